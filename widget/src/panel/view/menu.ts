/** The menu behind the three dots. */
import { html, type TemplateResult } from "lit";
import type { Chat } from "../chat";
import type { Words } from "../words";

type Entry = [string, () => void, boolean?];

function elsewhere({ elsewhere, links }: Chat, words: Words): Entry[] {
  if (links.linked) return [[words.unlink(links.linked.name ?? "?"), () => void links.undo()]];
  return elsewhere.includes("telegram") ? [[words.goOn, () => void links.begin("telegram")]] : [];
}

export function menuView(chat: Chat, words: Words, close: () => void, startNew: () => void): TemplateResult {
  const entries: Entry[] = [
    [words.person, () => chat.say(words.personText), chat.mode !== "bot"],
    [words.transcript, () => chat.saveTranscript(), !chat.timeline.messages.length],
    [words.startNew, startNew, !chat.session.key],
    ...elsewhere(chat, words),
    [words.language, () => chat.speak(chat.language === "en" ? "zh" : "en")],
  ];
  return html`<div class="shade" @click=${close}></div>
    <ul id="menu">
      ${entries.map(
        ([label, act, disabled]) => html`<li>
          <button
            type="button"
            ?disabled=${disabled}
            @click=${() => {
              close();
              act();
            }}
          >
            ${label}
          </button>
        </li>`,
      )}
    </ul>`;
}
