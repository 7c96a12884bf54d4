/** Empties the outbox one message at a time, so that messages are stored in the order they were written. */
import { frameOf, type Outbox } from "./outbox";
import type { ToServer } from "./protocol";

const ANSWER_WITHIN_MS = 15_000;

export interface Line {
  send(frame: ToServer): void;
  expect(withinMs: number): void;
}

export class Sender {
  private welcomed = false;
  private inFlight: string | null = null;
  private heldUntil = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly outbox: Outbox,
    private readonly line: Line,
  ) {}

  /** The server knows us: send what is waiting. What was on its way before is sent again, under the same id. */
  welcome(): void {
    this.welcomed = true;
    this.pump();
  }

  lose(): void {
    this.welcomed = false;
    this.inFlight = null;
  }

  pump(): void {
    const next = this.outbox.head();
    if (!next || !this.welcomed || this.inFlight || Date.now() < this.heldUntil) return;
    this.inFlight = next.client_id;
    this.line.send(frameOf(next));
    this.line.expect(ANSWER_WITHIN_MS);
  }

  /** The server has stored it. */
  settle(client_id: string): void {
    this.outbox.remove(client_id);
    this.release(client_id);
  }

  /** The server will not have it: it stays with its reason until the customer decides. */
  fail(client_id: string, reason: string): void {
    this.outbox.fail(client_id, reason);
    this.release(client_id);
  }

  /** The server asks for a pause; everything stays in line. */
  hold(client_id: string | null, seconds: number): void {
    this.heldUntil = Date.now() + seconds * 1000;
    if (this.inFlight === client_id) this.inFlight = null;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.pump(), seconds * 1000);
  }

  /** Looks again after a while: another tab wrote something and may have been closed before it was sent. */
  pumpLater(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.pump(), Math.max(ms, this.heldUntil - Date.now()));
  }

  private release(client_id: string): void {
    if (this.inFlight !== client_id) return;
    this.inFlight = null;
    this.pump();
  }
}
