/** What the customer wrote and the server has not stored yet. Survives a reload; one key a message, so tabs don't clash. */
import type { Attachment, Button, ToServer } from "./protocol";
import type { Store } from "./storage";

export interface Pending {
  client_id: string;
  text: string;
  at: string;
  order: number;
  attachments: Attachment[];
  button: Button | null;
  /** Why the server refused it for good; it then waits for the customer to decide. */
  failed: string | null;
}

const KEY = "outbox.";

export class Outbox {
  constructor(
    private readonly store: Store,
    private readonly now: () => number = Date.now,
  ) {}

  items(): Pending[] {
    return this.store
      .keys()
      .filter((key) => key.startsWith(KEY))
      .flatMap((key) => this.read(key) ?? [])
      .sort((a, b) => a.order - b.order);
  }

  /** The next one to send; a refused one holds up nobody. */
  head(): Pending | undefined {
    return this.items().find((item) => item.failed === null);
  }

  add(text: string, attachments: Attachment[] = [], button: Button | null = null): Pending {
    const last = this.items().at(-1)?.order ?? 0;
    const item: Pending = {
      client_id: crypto.randomUUID(),
      text,
      at: new Date(this.now()).toISOString(),
      order: Math.max(this.now(), last + 1),
      attachments,
      button,
      failed: null,
    };
    this.write(item);
    return item;
  }

  find(client_id: string): Pending | null {
    return this.read(KEY + client_id);
  }

  remove(client_id: string): void {
    this.store.remove(KEY + client_id);
  }

  fail(client_id: string, detail: string): void {
    const item = this.find(client_id);
    if (item) this.write({ ...item, failed: detail });
  }

  retry(client_id: string): void {
    const item = this.find(client_id);
    if (item) this.write({ ...item, failed: null });
  }

  /** A new conversation knows neither the old one's buttons nor its files; words go along. */
  moveToNewConversation(): void {
    for (const item of this.items()) {
      if (item.button || !item.text) this.remove(item.client_id);
      else this.write({ ...item, attachments: [] });
    }
  }

  private read(key: string): Pending | null {
    try {
      return JSON.parse(this.store.get(key) ?? "null") as Pending | null;
    } catch {
      return null;
    }
  }

  private write(item: Pending): void {
    this.store.set(KEY + item.client_id, JSON.stringify(item));
  }
}

export function frameOf(item: Pending): ToServer {
  return item.button
    ? { type: "send", client_id: item.client_id, button: item.button.id }
    : {
        type: "send",
        client_id: item.client_id,
        text: item.text,
        attachments: item.attachments.map((file) => file.id),
      };
}
