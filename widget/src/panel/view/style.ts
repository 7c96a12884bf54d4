/** The panel's style. Colours, spacing and type come from /static/site/tokens.css, which custom properties carry in here. */
import { css } from "lit";

export const controls = css`
  *, ::before, ::after { box-sizing: border-box; }
  button { font: inherit; color: inherit; cursor: pointer; touch-action: manipulation; }
  button:disabled { cursor: default; }
  :focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
  svg { width: 20px; height: 20px; flex: none; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
  .hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
  .quiet { display: grid; place-items: center; flex: none; width: 44px; height: 44px; border: 0; border-radius: 50%; background: none; transition: background var(--quick); }
  .quiet:hover { background: color-mix(in srgb, currentColor 12%, transparent); }
`;

export const fileStyle = css`
  :host { display: block; max-width: 100%; }
  .chip { display: flex; align-items: center; gap: 8px; max-width: 100%; min-height: 44px; padding: 8px 14px; border: 1px solid var(--line); border-radius: 12px; background: var(--surface); color: var(--text); font-size: 14px; }
  .chip:hover { background: var(--surface-hover); }
  .chip span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  small { flex: none; color: var(--text-faint); font-size: 12px; }
  .picture { display: block; padding: 0; border: 1px solid var(--line); border-radius: 14px; background: var(--surface-sunk); overflow: hidden; }
  img { display: block; max-width: 100%; width: auto; min-width: 44px; min-height: 44px; max-height: 220px; object-fit: cover; }
`;

export const composerStyle = css`
  :host { display: block; padding: 8px 12px 10px; border-top: 1px solid var(--line); background: var(--surface); }
  ul { list-style: none; margin: 0 0 8px; padding: 0; display: grid; gap: 6px; }
  li { display: flex; align-items: center; gap: 8px; padding-inline-start: 12px; border-radius: 12px; background: var(--surface-sunk); font-size: 14px; }
  li span { flex: 1; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  small { color: var(--text-faint); }
  progress { width: 72px; height: 6px; appearance: none; border: 0; border-radius: 3px; overflow: hidden; background: var(--line); }
  progress::-webkit-progress-bar { background: var(--line); }
  progress::-webkit-progress-value { background: var(--accent-text); }
  progress::-moz-progress-bar { background: var(--accent-text); }
  .field { display: flex; align-items: flex-end; gap: 2px; padding: 3px; border: 1px solid var(--line-strong); border-radius: 26px; background: var(--surface); transition: border-color var(--quick); }
  .field:focus-within { border-color: var(--accent-text); box-shadow: inset 0 0 0 1px var(--accent-text); }
  textarea { flex: 1; min-width: 0; height: 44px; max-height: 140px; padding: 10px 4px; border: 0; outline: 0; resize: none; background: none; color: var(--text); font: 16px/24px var(--font); }
  textarea:focus-visible { outline: 0; }
  textarea::placeholder { color: var(--text-faint); opacity: 1; }
  .quiet { color: var(--text-soft); }
  .send { display: grid; place-items: center; flex: none; width: 44px; height: 44px; border: 0; border-radius: 50%; background: var(--accent); color: var(--on-accent); transition: background var(--quick), color var(--quick); }
  .send[aria-disabled="true"] { background: var(--surface-sunk); color: var(--text-faint); cursor: default; }
  #left { margin: 4px 12px 0; color: var(--text-faint); font-size: 12px; text-align: end; }
  #left:empty { display: none; }
  #left.over { color: var(--bad); font-weight: 600; }
`;

export const panelStyle = css`
  :host { position: fixed; inset: 0; display: flex; flex-direction: column; overflow: hidden; background: var(--page); color: var(--text); font: 15px/1.5 var(--font); }
  h1, h2, p { margin: 0; }

  .top { display: flex; align-items: center; gap: 12px; padding: 12px 8px 12px 16px; background: var(--accent); color: var(--on-accent); --focus: var(--on-accent); }
  .logo { display: grid; place-items: center; flex: none; width: 40px; height: 40px; border-radius: 50%; background: color-mix(in srgb, currentColor 18%, transparent); font: 600 20px/1 var(--font-display); }
  .who { flex: 1; min-width: 0; }
  .top h1 { overflow: hidden; font-size: 16px; font-weight: 650; line-height: 1.3; text-overflow: ellipsis; white-space: nowrap; }
  .top p { display: flex; align-items: center; gap: 6px; font-size: 13px; line-height: 1.35; }
  .top p::before { content: ""; flex: none; width: 8px; height: 8px; border: 1.5px solid currentColor; border-radius: 50%; background: currentColor; }
  .top p.waiting::before, .top p.closed::before { background: none; }
  .top .quiet + .quiet { margin-inline-start: -12px; }

  .shade { position: absolute; inset: 0; z-index: 2; }
  #menu { position: absolute; top: 60px; inset-inline-end: 12px; z-index: 3; min-width: 220px; margin: 0; padding: 6px; border: 1px solid var(--line); border-radius: 14px; background: var(--surface); box-shadow: var(--shadow-3); list-style: none; }
  #menu button { width: 100%; min-height: 44px; padding: 8px 14px; border: 0; border-radius: 9px; background: none; text-align: start; }
  #menu button:hover:enabled { background: var(--surface-hover); }
  #menu button:disabled { color: var(--text-faint); }

  .notices { position: relative; z-index: 1; }
  .offline { padding: 8px 16px; background: var(--warn-wash); color: var(--warn); font-size: 13px; }
  .toast { position: absolute; top: 8px; inset-inline: 12px; display: flex; align-items: center; padding-inline-start: 14px; border-radius: 12px; background: var(--info-wash); color: var(--info); box-shadow: var(--shadow-2); font-size: 14px; line-height: 1.4; }
  .toast.bad { background: var(--bad-wash); color: var(--bad); }
  .toast span { flex: 1; padding-block: 8px; }

  .log { flex: 1; min-height: 0; overflow: hidden auto; overscroll-behavior: contain; padding: 16px; scrollbar-width: thin; }
  .log:focus-visible { outline-offset: -3px; }

  .welcome { display: grid; justify-items: center; gap: 8px; padding: 28px 8px; text-align: center; }
  .welcome .logo { width: 64px; height: 64px; margin-bottom: 8px; background: var(--accent-wash); color: var(--accent-text); font-size: 30px; }
  .welcome h2 { font: 600 22px/1.25 var(--font-display); text-wrap: balance; }
  .welcome > p { max-width: 32ch; color: var(--text-soft); text-wrap: pretty; }
  .welcome .buttons { justify-content: center; margin-top: 16px; }

  .day { display: flex; align-items: center; gap: 12px; margin: 20px 0 12px; color: var(--text-faint); font-size: 12px; }
  .day:first-child { margin-top: 0; }
  .day::before, .day::after { content: ""; flex: 1; border-top: 1px solid var(--line); }

  .message { display: flex; flex-direction: column; align-items: flex-start; gap: 6px; margin-top: 10px; }
  .message.first { margin-top: 18px; }
  .day + .message.first { margin-top: 0; }
  .message header { display: flex; align-items: center; gap: 8px; color: var(--text-soft); font-size: 13px; }
  .message header b { font-weight: 600; }
  .avatar { display: grid; place-items: center; width: 28px; height: 28px; border-radius: 50%; background: var(--accent-wash); color: var(--accent-text); font-size: 13px; font-weight: 650; }
  .agent .avatar { background: var(--info); color: var(--surface); }
  .avatar svg { width: 17px; height: 17px; }
  .bubble { max-width: min(86%, 560px); padding: 10px 14px; border: 1px solid var(--line); border-radius: 4px 18px 18px 18px; background: var(--surface); overflow-wrap: anywhere; }
  .bot .bubble, .agent .bubble { max-width: min(94%, 620px); }
  .agent .bubble { border-color: transparent; background: var(--info-wash); }
  .customer { align-items: flex-end; }
  .customer header { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .customer .bubble { border-color: transparent; border-radius: 18px 18px 4px 18px; background: var(--accent); color: var(--on-accent); white-space: pre-wrap; }
  .pending .bubble { opacity: 0.85; }
  .failed .bubble { border-color: var(--bad); background: var(--bad-wash); color: var(--text); opacity: 1; }
  .message footer { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 10px; color: var(--text-faint); font-size: 12px; }
  .message mark { color: inherit; background: color-mix(in srgb, var(--accent) 20%, transparent); border-radius: 3px; padding: 1px 2px; box-decoration-break: clone; -webkit-box-decoration-break: clone; }
  .mark { display: inline-flex; align-items: center; gap: 3px; }
  .mark svg { width: 15px; height: 15px; }
  .failure { justify-content: flex-end; row-gap: 0; }
  .failure .mark { flex-basis: 100%; justify-content: flex-end; }
  .message .failure .mark { color: var(--bad); font-size: 13px; }
  .link { min-height: 44px; padding: 0 6px; border: 0; background: none; color: var(--accent-text); font-weight: 600; text-decoration: underline; text-underline-offset: 3px; }

  .bubble p, .bubble ul, .bubble ol, .bubble pre, .bubble blockquote { margin: 0 0 10px; }
  .bubble :is(p, ul, ol, pre, blockquote):last-child { margin-bottom: 0; }
  .bubble ul, .bubble ol { padding-inline-start: 22px; }
  .bubble li + li { margin-top: 4px; }
  .bubble h1, .bubble h2, .bubble h3, .bubble h4 { margin: 12px 0 6px; font-size: 15px; line-height: 1.35; }
  .bubble :is(h1, h2, h3, h4):first-child { margin-top: 0; }
  .bubble a { color: var(--accent-text); font-weight: 550; text-underline-offset: 3px; }
  .bubble code { padding: 1px 5px; border-radius: 5px; background: var(--surface-sunk); font: 13px var(--font-mono); }
  .bubble pre { padding: 10px 12px; border-radius: 10px; background: var(--surface-sunk); overflow-x: auto; }
  .bubble pre code { padding: 0; background: none; }
  .bubble div > div { margin-bottom: 10px; overflow-x: auto; }
  .bubble div > div:last-child { margin-bottom: 0; }
  .bubble table { margin: 0; border-collapse: collapse; font-size: 14px; }
  .bubble th, .bubble td { padding: 6px 10px; border-bottom: 1px solid var(--line); text-align: start; vertical-align: top; }
  .bubble blockquote { padding-inline-start: 12px; border-inline-start: 3px solid var(--line); color: var(--text-soft); }
  .bubble img { max-width: 100%; border-radius: 10px; }

  .files { display: grid; grid-template-columns: minmax(0, 1fr); gap: 6px; justify-items: start; width: 86%; }
  .customer .files { justify-items: end; }
  .sources { width: min(94%, 620px); }
  .sources p { margin: 4px 0 6px; color: var(--text-faint); font-size: 12px; }
  .sources ul { margin: 0; padding: 0; border: 1px solid var(--line); border-radius: 12px; background: var(--surface); list-style: none; overflow: hidden; }
  .sources li + li { border-top: 1px solid var(--line); }
  .sources a { display: flex; align-items: center; gap: 10px; min-height: 44px; padding: 8px 12px; color: var(--text); font-size: 14px; line-height: 1.35; text-decoration: none; }
  .sources a:hover { background: var(--surface-hover); }
  .sources a:focus-visible { outline-offset: -3px; }
  .sources a > span[dir] { flex: 1; }
  .sources svg { width: 18px; height: 18px; color: var(--accent-text); }
  .sources svg ~ svg { width: 15px; color: var(--text-faint); }

  .ticket { display: inline-flex; align-items: center; gap: 8px; padding: 6px 12px; border-radius: 99px; background: var(--accent-wash); color: var(--accent-text); font-size: 13px; font-weight: 600; }
  .ticket svg { width: 18px; height: 18px; }

  .buttons { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 2px; }
  .buttons button { min-height: 44px; padding: 8px 16px; border: 1px solid var(--accent-text); border-radius: 22px; background: var(--surface); color: var(--accent-text); font-weight: 550; line-height: 1.3; text-align: start; transition: background var(--quick); }
  .buttons button:hover:enabled { background: var(--accent-wash); }
  .buttons button:disabled { border-color: var(--line); background: none; color: var(--text-faint); }

  .typing { display: inline-flex; gap: 5px; margin-top: 14px; padding: 14px 16px; border: 1px solid var(--line); border-radius: 4px 18px 18px 18px; background: var(--surface); }
  .typing i { width: 7px; height: 7px; border-radius: 50%; background: var(--text-faint); animation: breathe 1.2s infinite ease-in-out; }
  .typing i:nth-of-type(2) { animation-delay: 0.15s; }
  .typing i:nth-of-type(3) { animation-delay: 0.3s; }
  @keyframes breathe { 0%, 60%, 100% { opacity: 0.35; transform: none; } 30% { opacity: 1; transform: translateY(-3px); } }

  .newest { position: absolute; bottom: 84px; left: 50%; display: inline-flex; align-items: center; gap: 6px; min-height: 44px; padding: 0 18px 0 14px; border: 1px solid var(--line); border-radius: 22px; background: var(--surface); box-shadow: var(--shadow-2); font-size: 14px; transform: translateX(-50%); }
  .newest svg { width: 17px; height: 17px; }

  .linking { display: grid; gap: 8px; padding: 12px 16px; border-top: 1px solid var(--line); background: var(--info-wash); font-size: 14px; }
  .linking a { display: grid; place-items: center; text-decoration: none; }

  div.closed { display: grid; gap: 10px; justify-items: center; padding: 16px; border-top: 1px solid var(--line); background: var(--surface); color: var(--text-soft); font-size: 14px; }
  .primary { min-height: 44px; padding: 8px 22px; border: 0; border-radius: 22px; background: var(--accent); color: var(--on-accent); font-weight: 600; }

  .drop { position: absolute; inset: 8px; z-index: 4; display: grid; place-items: center; border: 2px dashed var(--accent-text); border-radius: 14px; background: color-mix(in srgb, var(--surface) 92%, transparent); color: var(--accent-text); font-weight: 600; pointer-events: none; }

  @media (min-width: 700px) {
    .log { padding-inline: max(16px, calc(50% - 360px)); }
  }
  @media (prefers-reduced-motion: reduce) {
    .typing i { animation: none; opacity: 0.7; }
  }
`;
