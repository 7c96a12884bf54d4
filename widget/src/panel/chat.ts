/** The conversation as the panel knows it: what was said, who answers, what is still to be sent. */
import { Connection, type Why } from "./connection";
import { createConversation, fetchFile, fetchMessages, type Key, saveAs, upload } from "./http";
import { Links } from "./links";
import { Outbox, type Pending } from "./outbox";
import type { Attachment, Button, FromServer, Language, Message, Mode, Refusal, Welcome } from "./protocol";
import { Sender } from "./sender";
import { Session } from "./session";
import type { Store } from "./storage";
import { Timeline } from "./timeline";
import { authorOf, transcript } from "./transcript";
import { WORDS, type Words } from "./words";

const TYPING_MS = 6_000;
const TYPING_EVERY_MS = 3_000;
const REPLAY_MS = 400;
const TOAST_MS = 10_000;
const OTHER_TAB_MS = 10_000;

const OWN = {
  author: "customer" as const,
  agent_name: null,
  kind: "message",
  html: null,
  sources: [],
  buttons: [],
  ticket: null,
};

export interface Page {
  company: string;
  colour: string;
  uploadMaxBytes: number;
  socketUrl: string;
}

export interface Toast {
  text: string;
  bad: boolean;
}

export interface Observer {
  changed(): void;
  emit(event: "message" | "mode" | "conversation", data: unknown): void;
}

export class Chat {
  timeline = new Timeline();
  mode: Mode = "bot";
  position: number | null = null;
  agentName: string | null = null;
  /** null until the first connection: not yet worth a warning. */
  online: boolean | null = null;
  barred = false;
  replaying = false;
  typing: string | null = null;
  delivered = 0;
  shown = false;
  toast: Toast | null = null;
  readonly outbox: Outbox;
  readonly session: Session;
  readonly links: Links;
  elsewhere: string[] = [];
  private readonly connection: Connection;
  private readonly sender: Sender;
  private readonly pressed = new Set<string>();
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>();
  private lastTyping = 0;
  private fillingGap = false;
  private starting: Promise<Key> | null = null;

  constructor(
    private readonly store: Store,
    readonly page: Page,
    public language: Language,
    private readonly observer: Observer,
  ) {
    this.outbox = new Outbox(store);
    this.session = new Session(store);
    this.connection = new Connection(page.socketUrl, {
      opened: () => this.sayHello(),
      heard: (frame) => this.hear(frame),
      closed: (why) => this.lose(why),
    });
    this.links = new Links({
      key: () => Promise.resolve(this.session.key ?? this.openConversation()),
      changed: () => observer.changed(),
      linked: (name) => this.warn(this.words.linked(name), false),
      failed: (sentence) => this.warn(sentence || this.words.connecting),
    });
    this.sender = new Sender(this.outbox, this.connection);
    store.watch((key) => this.followOtherTab(key));
  }

  get words(): Words {
    return WORDS[this.language];
  }

  start(): void {
    this.connection.connect();
  }

  hurry(): void {
    this.connection.hurry();
    this.markRead();
  }

  // What the customer does

  say(text: string, attachments: Attachment[] = [], button: Button | null = null): void {
    if (button) this.pressed.add(button.id);
    this.outbox.add(text, attachments, button);
    this.sender.pump();
    this.observer.changed();
  }

  retry(item: Pending): void {
    this.outbox.retry(item.client_id);
    this.sender.pump();
    this.observer.changed();
  }

  discard(item: Pending): void {
    this.outbox.remove(item.client_id);
    this.observer.changed();
  }

  tellTyping(): void {
    const now = Date.now();
    if (!this.session.key || now - this.lastTyping < TYPING_EVERY_MS) return;
    this.lastTyping = now;
    this.connection.send({ type: "typing" });
  }

  /** Leaves this conversation; the next message opens a new one. */
  startAfresh(): void {
    this.leave();
    this.connection.connect();
  }

  /** Goes on with a conversation that was opened elsewhere, such as from a link in a mail. */
  adopt(key: Key): void {
    if (key.conversation !== this.session.key?.conversation) this.enter(key);
  }

  speak(language: Language): void {
    this.language = language;
    this.store.set("language", language);
    this.connection.connect();
    this.observer.changed();
  }

  async upload(file: File, progress: (share: number) => void): Promise<Attachment> {
    return upload(file, this.session.key ?? (await this.openConversation()), progress);
  }

  async fetch(file: Attachment): Promise<Blob> {
    const { key } = this.session;
    if (!key) throw new Error("no conversation");
    return fetchFile(file.id, key);
  }

  saveTranscript(): void {
    const text = transcript(this.timeline.messages, this.page.company, this.language);
    saveAs(new Blob([text], { type: "text/plain;charset=utf-8" }), "conversation.txt");
  }

  show(shown: boolean): void {
    this.shown = shown;
    this.markRead();
    this.observer.changed();
  }

  warn(text: string, bad = true): void {
    this.toast = { text, bad };
    this.later("toast", TOAST_MS, () => this.dismiss());
    this.observer.changed();
  }

  dismiss(): void {
    this.toast = null;
    this.observer.changed();
  }

  // What the views ask

  get unread(): number {
    const read = this.session.readUpTo;
    return this.timeline.messages.filter((message) => message.author !== "customer" && message.seq > read)
      .length;
  }

  /** A yes or no is answered once; of several suggestions the others stay open. */
  isSpent(message: Message, button: Button): boolean {
    if (this.pressed.has(button.id)) return true;
    const after = this.timeline.messages.filter(
      (other) => other.author === "customer" && other.seq > message.seq,
    );
    const texts = [...after, ...this.outbox.items()].map((other) => other.text);
    return message.kind === "suggestions" ? texts.includes(button.title) : texts.length > 0;
  }

  // The session, shared by every tab of this browser

  private enter(key: Key): void {
    this.session.enter(key);
    this.observer.emit("conversation", { conversation: key.conversation });
    this.forget();
  }

  private leave(): void {
    this.session.leave();
    this.outbox.moveToNewConversation();
    this.forget();
  }

  private forget(): void {
    this.timeline = new Timeline();
    this.mode = "bot";
    this.position = this.agentName = this.typing = null;
    this.delivered = 0;
    this.links.forget();
    this.observer.changed();
  }

  private followOtherTab(key: string): void {
    if (key === "session") {
      this.forget();
      this.connection.connect();
    } else if (key.startsWith("outbox.")) {
      this.sender.pumpLater(OTHER_TAB_MS);
    }
    this.observer.changed();
  }

  /** Once, however many files are dropped together. */
  private openConversation(): Promise<Key> {
    this.starting ??= createConversation(this.language)
      .then((key) => {
        this.enter(key);
        this.connection.connect();
        return key;
      })
      .finally(() => {
        this.starting = null;
      });
    return this.starting;
  }

  // The line

  private sayHello(): void {
    this.sender.lose();
    const { key, previous } = this.session;
    this.connection.send({
      type: "hello",
      conversation: key?.conversation ?? null,
      token: key?.token ?? null,
      since: this.timeline.last,
      language: this.language,
      ...(previous && !key ? { previous } : {}),
    });
  }

  private hear(frame: FromServer): void {
    if (frame.type === "ping") return;
    if (frame.type === "welcome") this.welcome(frame);
    else if (frame.type === "message") this.receive(frame.message);
    else if (frame.type === "sent") this.stored(frame.client_id, frame.seq);
    else if (frame.type === "delivered") this.delivered = Math.max(this.delivered, frame.seq);
    else if (frame.type === "mode") this.turn(frame);
    else if (frame.type === "error") this.refuse(frame);
    else if (frame.type === "link") void this.links.look();
    else {
      this.typing = authorOf({ ...frame, agent_name: frame.agent_name ?? this.agentName }, this.language);
      this.later("typing", TYPING_MS, () => this.stopTyping());
    }
    this.observer.changed();
  }

  private welcome(welcome: Welcome): void {
    const { conversation, token } = welcome;
    if (conversation && token && conversation !== this.session.key?.conversation)
      this.enter({ conversation, token });
    this.page.company = welcome.company;
    this.page.colour = welcome.colour;
    this.page.uploadMaxBytes = welcome.upload_max_bytes;
    this.turn(welcome);
    this.elsewhere = welcome.elsewhere ?? [];
    if (this.elsewhere.length && conversation) void this.links.look();
    this.online = true;
    this.replaying = true;
    this.later("replay", REPLAY_MS, () => {
      this.replaying = false;
      this.observer.changed();
    });
    this.sender.welcome();
  }

  private turn(now: Pick<Welcome, "mode" | "position" | "agent_name">): void {
    if (now.mode !== this.mode) this.observer.emit("mode", { mode: now.mode });
    this.mode = now.mode;
    this.position = now.position;
    this.agentName = now.agent_name;
  }

  private receive(message: Message): void {
    const { author, text, seq, client_id } = message;
    if (author !== "customer") {
      this.stopTyping();
      if (seq > this.timeline.last && !this.replaying) this.observer.emit("message", { author, text });
    }
    this.keep(message);
    if (client_id) this.sender.settle(client_id);
  }

  private stored(client_id: string, seq: number): void {
    const item = this.outbox.find(client_id);
    if (item) {
      const { text, attachments, at } = item;
      this.keep({ ...OWN, id: client_id, client_id, seq, text, attachments, at });
    }
    this.sender.settle(client_id);
  }

  private keep(message: Message): void {
    if (this.timeline.take(message)) void this.fillGap();
    this.markRead();
  }

  /** Asks once for what is missing; a gap that stays was never ours to see. */
  private async fillGap(): Promise<void> {
    const { timeline } = this;
    const { key } = this.session;
    if (!key || this.fillingGap) return;
    this.fillingGap = true;
    timeline.settle(await fetchMessages(key, timeline.last).catch(() => []));
    this.fillingGap = false;
    this.markRead();
    this.observer.changed();
  }

  private refuse({ code, detail, retry_after, client_id }: Refusal): void {
    if (code === "unauthorized") {
      this.lose("bad_token");
      this.connection.connect();
    } else if (code === "closed") {
      this.startAfresh();
    } else if (typeof retry_after === "number") {
      this.sender.hold(client_id, retry_after);
      this.warn(this.words.slowDown(Math.ceil(retry_after)));
    } else if (client_id) {
      this.sender.fail(client_id, detail);
    } else {
      this.warn(detail);
    }
  }

  private lose(why: Why): void {
    this.online = this.online === null ? null : false;
    this.barred = why === "bad_origin";
    this.sender.lose();
    if (why === "bad_token") {
      this.leave();
      this.session.forgetPrevious();
      this.warn(this.words.afresh, false);
    }
    this.stopTyping();
  }

  private markRead(): void {
    const { last } = this.timeline;
    if (!this.shown || document.hidden || last <= this.session.readUpTo) return;
    this.session.readUpTo = last;
    this.connection.send({ type: "read", seq: last });
  }

  private stopTyping(): void {
    this.typing = null;
    this.observer.changed();
  }

  private later(name: string, ms: number, act: () => void): void {
    clearTimeout(this.timers.get(name));
    this.timers.set(name, setTimeout(act, ms));
  }
}
