/** The messages of one conversation in order of `seq`: repeats are dropped, a gap is held back until it was asked after. */
import type { Message } from "./protocol";

export class Timeline {
  messages: Message[] = [];
  /** The highest seq up to which nothing is missing. */
  last = 0;
  private held: Message[] = [];

  /** Takes one message; true when messages before it are missing and should be fetched. */
  take(message: Message): boolean {
    if (message.seq <= this.last) return false;
    if (message.seq === this.last + 1) {
      this.append(message);
      this.release();
      return false;
    }
    if (!this.held.some((other) => other.seq === message.seq)) this.held.push(message);
    return true;
  }

  /** Ends the wait for a gap: what was fetched is in, and what is still missing (a note of the team) never comes. */
  settle(fetched: Message[] = []): void {
    const all = [...fetched, ...this.held].sort((a, b) => a.seq - b.seq);
    this.held = [];
    for (const message of all) if (message.seq > this.last) this.append(message);
  }

  private append(message: Message): void {
    this.messages = [...this.messages, message];
    this.last = message.seq;
  }

  private release(): void {
    this.held.sort((a, b) => a.seq - b.seq);
    while (this.held[0] && this.held[0].seq <= this.last + 1) {
      const next = this.held.shift() as Message;
      if (next.seq === this.last + 1) this.append(next);
    }
  }
}
