/** The menu behind the three dots. */
import { html, type TemplateResult } from "lit";
import type { Chat } from "../chat";
import type { Words } from "../words";

export function menuView(chat: Chat, words: Words, close: () => void, startNew: () => void): TemplateResult {
  const entries: [string, () => void, boolean?][] = [
    [words.person, () => chat.say(words.personText), chat.mode !== "bot"],
    [words.transcript, () => chat.saveTranscript(), !chat.timeline.messages.length],
    [words.startNew, startNew, !chat.session.key],
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
