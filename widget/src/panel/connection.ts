/** One WebSocket that is always being brought back: jittered backoff, and a watch on a line gone dead. */
import { Backoff } from "./backoff";
import { BAD_ORIGIN, BAD_TOKEN, type FromServer, type ToServer } from "./protocol";

const PING_EVERY_MS = 25_000;

export type Why = "lost" | "bad_token" | "bad_origin";
const WHY: Record<number, Why> = { [BAD_TOKEN]: "bad_token", [BAD_ORIGIN]: "bad_origin" };

export interface Listener {
  /** The socket is open: say hello. */
  opened(): void;
  heard(frame: FromServer): void;
  closed(why: Why): void;
}

export class Connection {
  private socket: WebSocket | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private watchdog: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly url: string,
    private readonly listener: Listener,
    private readonly backoff = new Backoff(),
    private readonly open: (url: string) => WebSocket = (to) => new WebSocket(to),
  ) {}

  get isOpen(): boolean {
    return this.socket?.readyState === 1;
  }

  /** Opens the line now, dropping the one there is. */
  connect(): void {
    clearTimeout(this.timer);
    this.drop();
    const socket = this.open(this.url);
    this.socket = socket;
    this.expect(15_000);
    socket.onopen = () => {
      this.listener.opened();
    };
    socket.onmessage = ({ data }) => {
      this.expect(PING_EVERY_MS * 2.4);
      const frame = JSON.parse(data as string) as FromServer;
      if (frame.type === "ping") this.send({ type: "pong" });
      if (frame.type === "welcome") this.backoff.reset();
      this.listener.heard(frame);
    };
    socket.onclose = ({ code }) => this.lost(code);
  }

  /** Comes back at once where a wait is running: the network returned, or the tab was looked at again. */
  hurry(): void {
    if (!this.socket) {
      this.backoff.reset();
      this.connect();
    }
  }

  send(frame: ToServer): void {
    if (this.isOpen) this.socket?.send(JSON.stringify(frame));
  }

  /** Gives the server this long to say something before the line counts as dead. */
  expect(withinMs: number): void {
    clearTimeout(this.watchdog);
    this.watchdog = setTimeout(() => {
      this.drop();
      this.lost(1006);
    }, withinMs);
  }

  private lost(code: number): void {
    this.drop();
    this.listener.closed(WHY[code] ?? "lost");
    if (code === BAD_ORIGIN) return;
    this.timer = setTimeout(() => this.connect(), this.backoff.next());
  }

  private drop(): void {
    clearTimeout(this.watchdog);
    const socket = this.socket;
    this.socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}
