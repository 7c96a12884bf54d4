/** What the launcher and the panel say to each other over postMessage, always to an exact origin. */

/** How a site dresses the chat: `window.firstlineSettings`, `boot(…)`, `update(…)` or data-* attributes. */
export interface Settings {
  language?: string;
  colour?: string;
  position?: "left" | "right";
  theme?: "light" | "dark" | "auto";
  open?: boolean;
  greeting?: string;
  starters?: string[];
  hide_launcher?: boolean;
  /** A conversation to go on with, such as one followed from a mail; both or neither. */
  conversation?: string;
  token?: string;
}

/** From the launcher to the panel. */
export type ToPanel = { firstline: "settings"; settings: Settings } | { firstline: "shown"; shown: boolean };

/** From the panel to the launcher. */
export type ToLauncher =
  | { firstline: "ready" }
  | { firstline: "close" }
  | { firstline: "colour"; colour: string }
  | { firstline: "unread"; count: number }
  | { firstline: "event"; event: "message" | "mode" | "conversation"; data: unknown };
