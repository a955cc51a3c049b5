import type { Clock, Timer } from "#core/clock.ts";
import { LIVE_LIMITS } from "#core/limits.ts";
import { eventFrame, RETRY_FRAME } from "./event-frame.ts";

/** What an answer is written to, as `ServerResponse` of Node is: a side of a connection that can be full. */
export interface StreamSocket {
  /** Bytes that were written and are not sent yet. */
  readonly writableLength: number;
  write(bytes: Uint8Array): boolean;
  /** Calls `listener` once nothing was sent for so long, not even a part of what waits. */
  setTimeout(ms: number, listener: () => void): unknown;
  end(): unknown;
  destroy(): unknown;
  on(event: "close" | "error" | "drain", listener: () => void): unknown;
}

/**
 * One open answer of server-sent events. What its reader has no room for is let go and counted, so that it
 * never takes more memory than its bound; one that reads nothing at all is let go itself.
 */
export class EventStream {
  private readonly socket: StreamSocket;
  private readonly clock: Clock;
  private readonly onEnd: () => void;
  private droppedRows = 0;
  private hasEnded = false;
  private heartbeat: Timer | undefined;

  /** @param onEnd called once, however it ends. */
  constructor(socket: StreamSocket, clock: Clock, onEnd: () => void) {
    this.socket = socket;
    this.clock = clock;
    this.onEnd = onEnd;
    socket.on("close", () => this.finish());
    socket.on("error", () => this.finish());
    socket.on("drain", () => this.tellDropped());
    // Only the socket knows of parts: what waits is handed over whole, and 'drain' comes when all of it is gone.
    socket.setTimeout(LIVE_LIMITS.stalledMsMax, () => {
      socket.destroy();
      this.finish();
    });
    socket.write(RETRY_FRAME);
    this.beat();
  }

  /** Sends bytes of whole events, which have so many rows, if there is room. */
  send(bytes: Uint8Array, rows: number): void {
    if (this.hasEnded) return;
    if (this.socket.writableLength > LIVE_LIMITS.waitingBytesMax) {
      this.droppedRows += rows;
      return;
    }
    this.tellDropped();
    this.socket.write(bytes);
  }

  /** Ends the answer as the server's side does. Idempotent. */
  end(): void {
    if (this.hasEnded) return;
    this.socket.end();
    this.finish();
  }

  private tellDropped(): void {
    const rows = this.droppedRows;
    if (rows === 0 || this.hasEnded) return;
    this.droppedRows = 0;
    this.socket.write(eventFrame("dropped", JSON.stringify({ rows, because: "slow" })));
  }

  private beat(): void {
    const time = new Date(this.clock.nowMs()).toISOString();
    this.send(eventFrame("heartbeat", JSON.stringify({ time })), 0);
    this.heartbeat = this.clock.setTimeout(() => this.beat(), LIVE_LIMITS.heartbeatMs);
  }

  private finish(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.heartbeat?.cancel();
    this.onEnd();
  }
}
