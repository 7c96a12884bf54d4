/** The launcher's own style; nothing of the host page reaches in, nothing reaches out. */
const css = String.raw;

export const style = css`
  :host {
    all: initial;
    position: fixed;
    inset-block-end: 20px;
    right: 20px;
    z-index: 2147483000;
    display: block;
  }
  :host(.left) { right: auto; left: 20px; }
  [hidden] { display: none !important; }
  button {
    all: unset;
    box-sizing: border-box;
    position: relative;
    display: grid;
    place-items: center;
    width: 60px;
    height: 60px;
    border-radius: 50%;
    background: var(--fl-accent);
    color: var(--fl-on);
    cursor: pointer;
    box-shadow: 0 2px 6px #0003, 0 8px 28px #0004;
    transition: transform 0.16s, box-shadow 0.16s;
  }
  button:hover { transform: translateY(-2px); }
  button:active { transform: none; }
  button:focus-visible { outline: 3px solid var(--fl-accent); outline-offset: 3px; box-shadow: 0 0 0 3px #fff; }
  svg { width: 30px; height: 30px; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
  path { transition: opacity 0.16s, transform 0.16s; transform-origin: center; }
  .talk { fill: currentColor; stroke: none; }
  .less, :host(.shown) .talk { opacity: 0; transform: scale(0.6); }
  :host(.shown) .less { opacity: 1; transform: none; }
  .badge {
    position: absolute;
    top: -4px;
    inset-inline-end: -4px;
    min-width: 22px;
    height: 22px;
    box-sizing: border-box;
    padding: 0 6px;
    border-radius: 11px;
    background: #b3261e;
    color: #fff;
    font: 600 13px/22px system-ui, sans-serif;
    text-align: center;
    box-shadow: 0 0 0 2px #fff;
  }
  iframe {
    position: absolute;
    bottom: 76px;
    right: 0;
    width: min(400px, calc(100vw - 40px));
    height: min(680px, calc(100vh - 116px));
    border: 0;
    border-radius: 16px;
    background: transparent;
    color-scheme: normal;
    box-shadow: 0 8px 16px #0000001a, 0 24px 64px #00000038;
    visibility: hidden;
    opacity: 0;
    transform: translateY(12px);
    transition: opacity 0.2s, transform 0.2s, visibility 0s 0.2s;
  }
  :host(.left) iframe { right: auto; left: 0; }
  :host(.shown) iframe { visibility: visible; opacity: 1; transform: none; transition-delay: 0s; }
  @media (max-width: 520px), (max-height: 480px) {
    iframe { position: fixed; inset: 0; width: 100%; height: 100%; height: 100dvh; border-radius: 0; }
    :host(.shown) button { visibility: hidden; }
  }
  @media (prefers-reduced-motion: reduce) {
    * { transition: none !important; }
  }
  @media print {
    :host { display: none; }
  }
`;
