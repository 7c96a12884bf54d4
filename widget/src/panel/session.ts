/** Which conversation this browser is in, and how far it was read; shared by its tabs. */
import type { Key } from "./http";
import type { Store } from "./storage";

export class Session {
  constructor(private readonly store: Store) {}

  get key(): Key | null {
    return this.parse("session");
  }

  /** The conversation left for a new one, so that the server may link the two. */
  get previous(): Key | null {
    return this.parse("previous");
  }

  get readUpTo(): number {
    return Number(this.store.get("read") ?? 0);
  }

  set readUpTo(seq: number) {
    this.store.set("read", `${seq}`);
  }

  enter(key: Key): void {
    this.store.set("session", JSON.stringify(key));
    this.store.remove("previous");
    this.store.remove("read");
  }

  leave(): void {
    if (this.key) this.store.set("previous", JSON.stringify(this.key));
    this.store.remove("session");
    this.store.remove("read");
  }

  /** The server knows nothing of it. */
  forgetPrevious(): void {
    this.store.remove("previous");
  }

  private parse(name: string): Key | null {
    return JSON.parse(this.store.get(name) ?? "null") as Key | null;
  }
}
