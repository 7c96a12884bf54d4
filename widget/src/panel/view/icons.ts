/** Line icons on a 24-unit grid. */
import { html, type TemplateResult } from "lit";

const PATHS = {
  attach:
    "m20 11.5-8.2 8.2a5 5 0 0 1-7.1-7.1l8.6-8.6a3.4 3.4 0 0 1 4.8 4.8l-8.6 8.5a1.7 1.7 0 0 1-2.4-2.4l7.6-7.6",
  send: "M12 19V5m-6 6 6-6 6 6",
  close: "m6 6 12 12M18 6 6 18",
  more: "M5.5 12a.5.5 0 1 1-1 0 .5.5 0 0 1 1 0Zm7 0a.5.5 0 1 1-1 0 .5.5 0 0 1 1 0Zm7 0a.5.5 0 1 1-1 0 .5.5 0 0 1 1 0Z",
  down: "M12 5v14m6-6-6 6-6-6",
  page: "M14 3H7a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V8Zm0 0v5h5M9 13h6m-6 4h4",
  out: "M8 7h9v9M17 7 7 17",
  tick: "m4 12.5 5 5L20 6.5",
  ticks: "m2 12.5 5 5L17 7m-5 10.5.5.5L23 7",
  clock: "M12 7v5l3 2m6-2a9 9 0 1 1-18 0 9 9 0 0 1 18 0Z",
  alert: "M12 8v5m0 3.5v.01M12 3 2.5 20h19Z",
  bot: "M12 3.5 13.9 9l5.6 2-5.6 2L12 18.5 10.1 13l-5.6-2 5.6-2ZM19 16v4m-2-2h4",
  ticket: "M3 9V6h18v3a3 3 0 0 0 0 6v3H3v-3a3 3 0 0 0 0-6Zm11-3v12",
  file: "M14 3H7a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V8Zm0 0v5h5",
};

export function icon(name: keyof typeof PATHS): TemplateResult {
  return html`<svg viewBox="0 0 24 24" aria-hidden="true"><path d=${PATHS[name]} /></svg>`;
}
