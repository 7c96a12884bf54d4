/** Starts the panel: reads the page, listens to the launcher, mounts the element. */

import { textLike, textOn } from "../colour";
import type { Settings, ToLauncher, ToPanel } from "../frame";
import { Chat } from "./chat";
import type { Language } from "./protocol";
import { openStore } from "./storage";
import { Composer } from "./view/composer";
import { FileView } from "./view/file";
import { Panel } from "./view/panel";
import { languageOf } from "./words";

customElements.define("firstline-file", FileView);
customElements.define("firstline-composer", Composer);
customElements.define("firstline-chat", Panel);

const page = document.documentElement;
const embedder = parent === window ? null : new URL(location.href).searchParams.get("origin");
const store = openStore();

function tell(message: ToLauncher): void {
  if (embedder) parent.postMessage(message, embedder);
}

function language(wanted?: string): Language {
  const chosen = [store.get("language"), wanted, ...navigator.languages, page.dataset.language];
  return chosen.map(languageOf).find((found) => found !== null) ?? "en";
}

const panel = new Panel();
panel.role = "main";
const chat = new Chat(
  store,
  {
    company: page.dataset.company ?? "",
    colour: page.dataset.colour ?? "",
    uploadMaxBytes: Number(page.dataset.uploadMaxBytes),
    socketUrl: `${location.origin.replace(/^http/, "ws")}/api/chat`,
  },
  language(),
  { changed: () => refresh(), emit: (event, data) => tell({ firstline: "event", event, data }) },
);

let painted = "";

/** Paints the accent with colours that can be read beside it, on whichever ground the theme has. */
function paint(): void {
  const accent = panel.settings.colour || chat.page.colour;
  const ground = getComputedStyle(page).getPropertyValue("--surface").trim();
  if (painted === accent + ground) return;
  painted = accent + ground;
  page.style.setProperty("--accent", accent);
  page.style.setProperty("--on-accent", textOn(accent));
  page.style.setProperty("--accent-text", textLike(accent, ground));
  tell({ firstline: "colour", colour: accent });
}

function refresh(): void {
  page.lang = chat.language;
  paint();
  tell({ firstline: "unread", count: chat.unread });
  panel.requestUpdate();
}

function dress(settings: Settings): void {
  panel.settings = settings;
  if (settings.theme === "light" || settings.theme === "dark") page.dataset.theme = settings.theme;
  else delete page.dataset.theme;
  chat.language = language(settings.language);
  const { conversation, token } = settings;
  if (conversation && token) chat.adopt({ conversation, token });
  refresh();
}

function show(shown: boolean): void {
  chat.show(shown);
  if (shown) panel.focusComposer();
}

/** What arrives from now on is unread, though the launcher hears of the closing a moment later. */
function close(): void {
  chat.show(false);
  tell({ firstline: "close" });
}

let begun = false;

/** Connects once it is known which language and which conversation the site asks for. */
function begin(): void {
  if (!begun) chat.start();
  begun = true;
}

addEventListener("message", ({ origin, source, data }) => {
  if (origin !== embedder || source !== parent) return;
  const message = data as ToPanel;
  if (message.firstline === "settings") {
    dress(message.settings);
    begin();
  }
  if (message.firstline === "shown") show(message.shown);
});
addEventListener("online", () => begun && chat.hurry());
document.addEventListener("visibilitychange", () => begun && !document.hidden && chat.hurry());
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", refresh);

panel.chat = chat;
if (embedder) panel.close = close;
document.body.append(panel);
refresh();
if (embedder) {
  tell({ firstline: "ready" });
} else {
  begin();
  show(true);
}
