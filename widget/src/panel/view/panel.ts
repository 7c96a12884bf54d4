/** The panel: header, messages, composer. */
import { html, LitElement, nothing, type TemplateResult } from "lit";
import type { Settings } from "../../frame";
import type { Chat } from "../chat";
import type { Message } from "../protocol";
import type { Words } from "../words";
import type { Composer } from "./composer";
import { icon } from "./icons";
import { linkView } from "./link";
import { menuView } from "./menu";
import { day, messageView, pendingView } from "./message";
import { controls, panelStyle } from "./style";

const TOGETHER_MS = 5 * 60_000;

export class Panel extends LitElement {
  static override styles = [controls, panelStyle];
  static override properties = {
    chat: { attribute: false },
    settings: { attribute: false },
    close: { attribute: false },
    menuOpen: { state: true },
    away: { state: true },
    dragging: { state: true },
  };
  declare chat: Chat;
  settings: Settings = {};
  /** How to close the panel; null where it is a page of its own. */
  close: (() => void) | null = null;
  menuOpen = false;
  /** Scrolled up, with something newer below. */
  away = false;
  dragging = false;
  private shownLast = 0;
  private following = true;
  private top = 0;

  focusComposer(): void {
    void this.updateComplete.then(() => this.composer?.focus());
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.addEventListener("keydown", (event) => this.onKey(event));
    this.addEventListener("dragover", (event) => {
      event.preventDefault();
      this.dragging = !!event.dataTransfer?.types.includes("Files");
    });
    this.addEventListener("dragleave", (event) => {
      if (!event.relatedTarget) this.dragging = false;
    });
    this.addEventListener("drop", (event) => {
      event.preventDefault();
      this.dragging = false;
      this.composer?.attach(event.dataTransfer?.files ?? []);
    });
  }

  private get composer(): Composer | null {
    return this.renderRoot.querySelector<Composer>("firstline-composer");
  }

  private get log(): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>(".log");
  }

  private onKey(event: KeyboardEvent): void {
    if (event.key !== "Escape" || event.isComposing) return;
    if (this.menuOpen) this.closeMenu();
    else this.close?.();
  }

  private closeMenu(): void {
    this.menuOpen = false;
    this.renderRoot.querySelector<HTMLElement>("[aria-controls=menu]")?.focus();
  }

  private get count(): number {
    return (
      this.chat.timeline.messages.length + this.chat.outbox.items().length + (this.chat.typing ? 0.5 : 0)
    );
  }

  private isAtEnd(): boolean {
    const { log } = this;
    return !log || log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  }

  private scrollToEnd(): void {
    const { log } = this;
    if (log) {
      log.scrollTop = log.scrollHeight;
      this.top = log.scrollTop;
    }
    this.following = true;
    this.away = false;
  }

  override firstUpdated(): void {
    const sizes = new ResizeObserver(() => this.follow());
    for (const box of this.renderRoot.querySelectorAll(".log, .lines")) sizes.observe(box);
  }

  override updated(): void {
    for (const child of this.renderRoot.querySelectorAll<LitElement>("firstline-composer, firstline-file")) {
      child.requestUpdate();
    }
    const grown = this.count > this.shownLast;
    this.shownLast = this.count;
    this.follow();
    if (grown && !this.following) this.away = true;
  }

  /** Stays at the end when something is added, a picture arrives or the composer grows. */
  private follow(): void {
    if (this.following) this.scrollToEnd();
  }

  /** Only scrolling up lets go of the end; growing content also moves it away. */
  private onScroll(): void {
    const top = this.log?.scrollTop ?? 0;
    if (this.isAtEnd()) {
      this.following = true;
      this.away = false;
    } else if (top < this.top) {
      this.following = false;
    }
    this.top = top;
  }

  private status(words: Words): string {
    const { mode, position, agentName } = this.chat;
    if (mode === "waiting") return words.waitingStatus(position);
    if (mode === "human") return words.humanStatus(agentName ?? words.colleague);
    return mode === "closed" ? words.closedStatus : words.botStatus;
  }

  private header(words: Words): TemplateResult {
    const { chat } = this;
    return html`<div class="top">
      <span class="logo" aria-hidden="true">${[...chat.page.company][0]}</span>
      <div class="who">
        <h1 dir="auto">${chat.page.company}</h1>
        <p class=${chat.mode} role="status" dir="auto">${this.status(words)}</p>
      </div>
      <button type="button" class="quiet" aria-label=${words.menu} aria-expanded=${this.menuOpen} aria-controls="menu"
        @click=${() => {
          this.menuOpen = !this.menuOpen;
        }}>${icon("more")}</button>
      ${this.close ? html`<button type="button" class="quiet" aria-label=${words.close} @click=${this.close}>${icon("close")}</button>` : nothing}
    </div>`;
  }

  private lines(): TemplateResult[] {
    const { chat } = this;
    const { messages } = chat.timeline;
    const lines = messages.flatMap((message, at) => {
      const [before, after] = [messages[at - 1], messages[at + 1]];
      const newDay = !before || day(before.at, chat) !== day(message.at, chat);
      const view = messageView(
        message,
        chat,
        newDay || !together(before, message),
        !after || !together(message, after),
      );
      return newDay ? [html`<p class="day"><span>${day(message.at, chat)}</span></p>`, view] : [view];
    });
    const waiting = chat.outbox
      .items()
      .map((item, at) => pendingView(item, chat, at === 0 && messages.at(-1)?.author !== "customer"));
    return [...lines, ...waiting];
  }

  private welcome(words: Words): TemplateResult {
    const starters = this.settings.starters ?? [];
    return html`<section class="welcome">
      <span class="logo" aria-hidden="true">${[...this.chat.page.company][0]}</span>
      <h2 dir="auto">${this.settings.greeting || words.greeting(this.chat.page.company)}</h2>
      <p>${words.greetingMore}</p>
      ${
        starters.length
          ? html`<div class="buttons">
              ${starters.map((text) => html`<button type="button" dir="auto" @click=${() => this.chat.say(text)}>${text}</button>`)}
            </div>`
          : nothing
      }
    </section>`;
  }

  private notices(words: Words): TemplateResult {
    const { chat } = this;
    const offline = chat.barred ? words.badOrigin : chat.online === false ? words.connecting : null;
    return html`<div class="notices">
      <div role="status">${offline ? html`<p class="offline">${offline}</p>` : nothing}</div>
      <div role="alert">
        ${
          chat.toast
            ? html`<p class="toast ${chat.toast.bad ? "bad" : ""}"><span dir="auto">${chat.toast.text}</span>
                <button type="button" class="quiet" aria-label=${words.dismiss} @click=${() => chat.dismiss()}>${icon("close")}</button></p>`
            : nothing
        }
      </div>
    </div>`;
  }

  private footer(words: Words): TemplateResult {
    if (this.chat.mode === "closed") {
      return html`<div class="closed"><p>${words.closedNote}</p>
        <button type="button" class="primary" @click=${this.startNew}>${words.startNew}</button></div>`;
    }
    return html`<firstline-composer .chat=${this.chat} @said=${() => this.scrollToEnd()}></firstline-composer>`;
  }

  private startNew(): void {
    this.chat.startAfresh();
    this.focusComposer();
  }

  override render() {
    const { chat } = this;
    const words = chat.words;
    const lines = this.lines();
    return html`${this.header(words)}
      ${
        this.menuOpen
          ? menuView(
              chat,
              words,
              () => this.closeMenu(),
              () => this.startNew(),
            )
          : nothing
      }
      ${this.notices(words)}
      <div class="log" role="log" aria-live="polite" aria-busy=${chat.replaying} aria-label=${words.messages} tabindex="0"
        @scroll=${this.onScroll}>
        <div class="lines">
          ${lines.length ? lines : this.welcome(words)}
          ${chat.typing ? html`<p class="typing"><span class="hidden">${words.typing(chat.typing)}</span><i></i><i></i><i></i></p>` : nothing}
        </div>
      </div>
      ${this.away ? html`<button type="button" class="newest" @click=${() => this.scrollToEnd()}>${icon("down")}${words.newest}</button>` : nothing}
      ${chat.links.waiting ? linkView(chat.links.waiting, chat.links, words) : nothing}
      ${this.footer(words)} ${this.dragging ? html`<p class="drop">${words.drop}</p>` : nothing}`;
  }
}

function together(one: Message | undefined, next: Message): boolean {
  if (!one || one.author !== next.author || one.agent_name !== next.agent_name) return false;
  return Date.parse(next.at) - Date.parse(one.at) < TOGETHER_MS;
}
