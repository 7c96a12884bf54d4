/** One line of the conversation: who, what, with sources, buttons, files and marks. */
import { html, nothing, type TemplateResult } from "lit";
import type { Chat } from "../chat";
import type { Pending } from "../outbox";
import type { Attachment, Message } from "../protocol";
import { authorOf, localeOf } from "../transcript";
import type { Words } from "../words";
import { icon } from "./icons";

const bodies = new WeakMap<Message, Element>();

/** The server's sanitised HTML, fitted into the iframe: links lead out, wide things scroll; kept, so that a selection survives an update. */
function bodyOf(message: Message): Element {
  let body = bodies.get(message);
  if (!body) {
    body = document.createElement("div");
    body.innerHTML = message.html ?? "";
    for (const link of body.querySelectorAll("a")) {
      link.target = "_blank";
      link.rel = "noopener";
    }
    for (const table of body.querySelectorAll("table")) {
      const scroller = document.createElement("div");
      table.replaceWith(scroller);
      scroller.append(table);
    }
    // What scrolls sideways must be within the keyboard's reach.
    for (const wide of body.querySelectorAll<HTMLElement>("div, pre")) wide.tabIndex = 0;
    bodies.set(message, body);
  }
  return body;
}

export function day(at: string, chat: Chat): string {
  const date = new Date(at);
  const words = chat.words;
  const daysAgo = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(date).setHours(0, 0, 0, 0)) / 864e5);
  if (daysAgo === 0) return words.today;
  if (daysAgo === 1) return words.yesterday;
  return new Intl.DateTimeFormat(localeOf(chat.language), { dateStyle: "full" }).format(date);
}

export function time(at: string, chat: Chat): string {
  return new Intl.DateTimeFormat(localeOf(chat.language), { timeStyle: "short" }).format(new Date(at));
}

function files(attachments: Attachment[], chat: Chat): TemplateResult | typeof nothing {
  if (!attachments.length) return nothing;
  return html`<div class="files">
    ${attachments.map((file) => html`<firstline-file .chat=${chat} .file=${file}></firstline-file>`)}
  </div>`;
}

function sources(message: Message, words: Words): TemplateResult | typeof nothing {
  if (!message.sources.length) return nothing;
  return html`<section class="sources" aria-label=${words.sources}>
    <p>${words.sources}</p>
    <ul>
      ${message.sources.map(
        (source) => html`<li>
          <a href=${source.url} target="_blank" rel="noopener"
            >${icon("page")}<span dir="auto">${source.title}</span>${icon("out")}<span class="hidden">(${words.newTab})</span></a
          >
        </li>`,
      )}
    </ul>
  </section>`;
}

function buttons(message: Message, chat: Chat): TemplateResult | typeof nothing {
  if (!message.buttons.length) return nothing;
  return html`<div class="buttons">
    ${message.buttons.map(
      (button) =>
        html`<button type="button" dir="auto" ?disabled=${chat.isSpent(message, button)} @click=${() => chat.say(button.title, [], button)}>
          ${button.title}
        </button>`,
    )}
  </div>`;
}

function avatar(message: Message, name: string): TemplateResult {
  return html`<span class="avatar" aria-hidden="true">${message.author === "bot" ? icon("bot") : [...name][0]}</span>`;
}

function mark(message: Message, chat: Chat, words: Words): TemplateResult | typeof nothing {
  if (message.author !== "customer") return nothing;
  const delivered = message.seq <= chat.delivered;
  return html`<span class="mark">${icon(delivered ? "ticks" : "tick")}${delivered ? words.delivered : words.sent}</span>`;
}

/** A stored message; `first` and `last` of several in a row by the same author. */
export function messageView(message: Message, chat: Chat, first: boolean, last: boolean): TemplateResult {
  const words = chat.words;
  const name = authorOf(message, chat.language);
  return html`<article class="message ${message.author} ${first ? "first" : ""}">
    ${first ? html`<header>${message.author === "customer" ? nothing : avatar(message, name)}<b dir="auto">${name}</b></header>` : nothing}
    ${
      message.html || message.text
        ? html`<div class="bubble" dir="auto">${message.html === null ? message.text : bodyOf(message)}</div>`
        : nothing
    }
    ${files(message.attachments, chat)} ${sources(message, words)}
    ${message.ticket ? html`<p class="ticket">${icon("ticket")}${words.ticket(message.ticket)}</p>` : nothing}
    ${buttons(message, chat)}
    ${last ? html`<footer><time datetime=${message.at}>${time(message.at, chat)}</time>${mark(message, chat, words)}</footer>` : nothing}
  </article>`;
}

/** A message still on its way, or one that was refused. */
export function pendingView(item: Pending, chat: Chat, first: boolean): TemplateResult {
  const words = chat.words;
  const state = chat.online ? words.sending : words.queued;
  return html`<article class="message customer pending ${first ? "first" : ""} ${item.failed ? "failed" : ""}">
    ${first ? html`<header><b>${words.you}</b></header>` : nothing}
    ${item.text ? html`<div class="bubble" dir="auto">${item.text}</div>` : nothing} ${files(item.attachments, chat)}
    ${
      item.failed === null
        ? html`<footer><span class="mark">${icon("clock")}${state}</span></footer>`
        : html`<footer class="failure">
            <span class="mark">${icon("alert")}${words.notSent}: ${item.failed}</span>
            <button type="button" class="link" @click=${() => chat.retry(item)}>${words.retry}</button>
            <button type="button" class="link" @click=${() => chat.discard(item)}>${words.discard}</button>
          </footer>`
    }
  </article>`;
}
