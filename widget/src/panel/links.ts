/** Going on elsewhere: a link to Telegram, made by a click here, and confirmed here once its name is known. */
import { callLinks, type Key } from "./http";
import type { Link } from "./protocol";

export interface Owner {
  key(): Promise<Key>;
  changed(): void;
  linked(name: string): void;
  failed(sentence: string): void;
}

export class Links {
  /** The link that waits: to be followed, or to be confirmed. */
  waiting: Link | null = null;
  linked: Link | null = null;

  constructor(private readonly owner: Owner) {}

  begin(channel: string): Promise<void> {
    return this.attempt(async (key) => {
      this.waiting = await callLinks<Link>(key, "POST", "", { channel });
    });
  }

  /** Asks how things stand; an open link that another tab made is that tab's. */
  look(): Promise<void> {
    return this.attempt((key) => this.ask(key));
  }

  decide(confirm: boolean): Promise<void> {
    const { waiting } = this;
    this.waiting = null;
    return this.attempt(async (key) => {
      if (waiting) await callLinks(key, "POST", `/${waiting.id}`, { confirm });
      await this.ask(key);
      if (confirm && this.linked) this.owner.linked(this.linked.name ?? "?");
    });
  }

  undo(): Promise<void> {
    const { linked } = this;
    this.linked = null;
    return this.attempt(async (key) => {
      if (linked) await callLinks(key, "DELETE", `/${linked.id}`);
    });
  }

  /** Lets a link be: without a click here nobody becomes linked by it. */
  cancel(): void {
    this.waiting = null;
    this.owner.changed();
  }

  forget(): void {
    this.waiting = this.linked = null;
  }

  private async ask(key: Key): Promise<void> {
    const { links } = await callLinks<{ links: Link[] }>(key, "GET");
    const claimed = links.find(({ state }) => state === "claimed");
    const mine = links.some(({ id, state }) => state === "open" && id === this.waiting?.id);
    this.linked = links.find(({ state }) => state === "linked") ?? null;
    this.waiting = claimed ?? (mine ? this.waiting : null);
  }

  private async attempt(act: (key: Key) => Promise<void>): Promise<void> {
    try {
      await act(await this.owner.key());
    } catch (error) {
      this.waiting = null;
      this.owner.failed((error as Error).message);
    }
    this.owner.changed();
  }
}
