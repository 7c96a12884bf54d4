/**
 * The script a site embeds: a button in a shadow root, and the panel in an iframe of Firstline's own origin.
 * Sites talk to it through `Firstline("boot" | "show" | "hide" | "open" | "close" | "update" | "shutdown" | "on", …)`:
 * show and hide are about the button, open and close about the panel.
 */

import { textOn } from "./colour";
import type { Settings, ToLauncher, ToPanel } from "./frame";
import { style } from "./launcher-style";

type Listener = (data?: unknown) => void;
type Call = [name: string, ...rest: unknown[]];
interface Api {
  (...call: Call): void;
  q?: ArrayLike<unknown>[];
}
declare global {
  interface Window {
    Firstline?: Api;
    firstlineSettings?: Settings;
  }
}

const script = document.currentScript as HTMLScriptElement;
const origin = new URL(script.src).origin;
const TALKED = "firstline.talked";
const WORDS = {
  en: {
    open: "Open chat",
    close: "Close chat",
    unread: (n: number) => `Open chat, ${n} unread`,
    panel: "Chat",
  },
  zh: { open: "打开聊天", close: "关闭聊天", unread: (n: number) => `打开聊天，${n} 条未读`, panel: "聊天" },
};

const listeners: Record<string, Listener[]> = {};
let settings: Settings = {};
let host: HTMLElement | undefined;
let button: HTMLButtonElement;
let badge: HTMLElement;
let frame: HTMLIFrameElement | undefined;
let opener: HTMLElement | null;
let ready = false;
let shown = false;
let unread = 0;

function emit(event: string, data?: unknown): void {
  for (const listener of listeners[event] ?? []) listener(data);
}

/** A site may forbid storage; then the panel is only loaded when it is opened. */
function remembers(write?: boolean): boolean {
  try {
    if (write) localStorage.setItem(TALKED, "1");
    return !!localStorage.getItem(TALKED);
  } catch {
    return false;
  }
}

function tell(message: ToPanel): void {
  if (ready) frame?.contentWindow?.postMessage(message, origin);
}

function paint(): void {
  if (!host) return;
  const language = settings.language || document.documentElement.lang || navigator.language;
  const words = WORDS[/^zh/i.test(language) ? "zh" : "en"];
  const label = shown ? words.close : unread ? words.unread(unread) : words.open;
  button.setAttribute("aria-label", label);
  button.setAttribute("aria-expanded", `${shown}`);
  button.hidden = !!settings.hide_launcher;
  badge.textContent = unread > 9 ? "9+" : `${unread}`;
  badge.hidden = shown || !unread;
  if (frame) frame.title = words.panel;
  host.className = `${shown ? "shown" : ""} ${settings.position === "left" ? "left" : ""}`;
  const colour = settings.colour ?? "#0f766e";
  host.style.setProperty("--fl-accent", colour);
  host.style.setProperty("--fl-on", textOn(colour));
}

function load(): void {
  if (frame || !host) return;
  frame = document.createElement("iframe");
  frame.src = `${origin}/chat?origin=${encodeURIComponent(location.origin)}`;
  host.shadowRoot?.append(frame);
}

function show(now: boolean): void {
  if (!host || shown === now) return;
  const before = document.activeElement as HTMLElement | null;
  if (now) {
    load();
    opener = before;
  }
  shown = now;
  paint();
  tell({ firstline: "shown", shown });
  if (now) frame?.focus();
  else if (before === host) (button.hidden ? opener : button)?.focus();
  emit(now ? "open" : "close");
}

function boot(given?: Settings): void {
  settings = { ...settings, ...given };
  if (!host) {
    host = document.createElement("firstline-launcher");
    const root = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style);
    root.adoptedStyleSheets = [sheet];
    root.innerHTML =
      '<button type="button" aria-haspopup="dialog"><svg viewBox="0 0 24 24" aria-hidden="true">' +
      '<path class="talk" d="M12 3.5c-5 0-9 3.4-9 7.7 0 2.4 1.3 4.6 3.3 6-.1 1-.6 2.2-1.5 3.1 1.8-.2 3.4-.9 4.6-1.7.8.2 1.7.3 2.6.3 5 0 9-3.4 9-7.7s-4-7.7-9-7.7Z"/>' +
      '<path class="less" d="m6 9.5 6 6 6-6"/></svg><span class="badge" hidden></span></button>';
    button = root.querySelector("button") as HTMLButtonElement;
    badge = root.querySelector(".badge") as HTMLElement;
    button.onclick = () => show(!shown);
    host.onkeydown = (event) => event.key === "Escape" && show(false);
    document.body.append(host);
    if (remembers() || settings.token) load();
  }
  tell({ firstline: "settings", settings });
  paint();
  if (settings.open) show(true);
}

function shutdown(): void {
  host?.remove();
  host = frame = undefined;
  ready = shown = false;
  unread = 0;
}

const API: Record<string, (...rest: never[]) => void> = {
  boot,
  update: boot,
  shutdown,
  show: () => {
    settings.hide_launcher = false;
    paint();
  },
  hide: () => {
    show(false);
    settings.hide_launcher = true;
    paint();
  },
  open: () => show(true),
  close: () => show(false),
  on: (event: string, listener: Listener) => {
    listeners[event] = [...(listeners[event] ?? []), listener];
  },
};

const HEARD: Record<ToLauncher["firstline"], (message: never) => void> = {
  ready: () => {
    ready = true;
    tell({ firstline: "settings", settings });
    tell({ firstline: "shown", shown });
    emit("ready");
  },
  close: () => show(false),
  colour: ({ colour }: { colour: string }) => {
    settings.colour ??= colour;
    paint();
  },
  unread: ({ count }: { count: number }) => {
    unread = count;
    paint();
    emit("unread", count);
  },
  event: ({ event, data }: { event: string; data: unknown }) => {
    if (event === "conversation") remembers(true);
    emit(event, data);
  },
};

addEventListener("message", (event) => {
  if (event.origin !== origin || !frame || event.source !== frame.contentWindow) return;
  HEARD[(event.data as ToLauncher).firstline]?.(event.data as never);
});

/** data-hide-launcher="true" on the script stands for { hide_launcher: true }. */
function fromAttributes(): Settings {
  const found: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(script.dataset)) {
    const key = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    found[key] = value === "true" || (value === "false" ? false : value);
  }
  return found;
}

const waiting = window.Firstline?.q ?? [];
const run = (...call: Call): void => API[call[0]]?.(...(call.slice(1) as never[]));
window.Firstline = run;

function start(): void {
  boot({ ...fromAttributes(), ...window.firstlineSettings });
  for (const call of waiting) run(...(Array.from(call) as Call));
}
if (document.body) start();
else addEventListener("DOMContentLoaded", start);
