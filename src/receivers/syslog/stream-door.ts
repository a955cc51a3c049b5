import type { Server, Socket } from "node:net";
import type { Buffer } from "node:buffer";
import type { Clock, Timer } from "#core/clock.ts";
import { SyslogFraming } from "./framing.ts";

/** Of a connection: where its messages come from. */
export interface Peer {
  readonly address: string;
  readonly port: number;
}

export interface StreamDoorOptions {
  readonly clock: Clock;
  readonly messageBytesMax: number;
  readonly connectionsMax: number;
  readonly idleMsMax: number;
  readonly isAllowed: (address: string) => boolean;
  /** Whether connections may be read now. */
  readonly mayRead: () => boolean;
  readonly onMessage: (message: Buffer, peer: Peer, isCut: boolean) => void;
  readonly onClosed: (reason: "idle" | "too_many" | "not_allowed" | "broken") => void;
}

const CLOSE_LIMITS = {
  /** Without a byte for this long a connection that was told to end is ended. */
  quietMs: 100,
  msMax: 5_000,
} as const;

/**
 * The connections of a TCP or TLS listener. While the pipeline is behind none of them is read, so
 * that senders are held up by TCP itself.
 */
export class StreamDoor {
  private readonly options: StreamDoorOptions;
  private readonly connections = new Map<Socket, Connection>();
  private chunks = 0;

  constructor(options: StreamDoorOptions) {
    this.options = options;
  }

  /** Takes the connections of a server; `event` is what it says when one is ready to be read. */
  serve(server: Server, event: "connection" | "secureConnection"): void {
    server.on(event, (socket: Socket) => this.admit(socket));
  }

  /** Goes on reading, after {@link StreamDoorOptions.mayRead} was false. */
  resume(): void {
    for (const [socket, connection] of this.connections) {
      connection.touch();
      socket.resume();
    }
  }

  /** Stops reading for a moment; what a connection has already handed over is kept. */
  pause(): void {
    for (const socket of this.connections.keys()) socket.pause();
  }

  /**
   * Ends all connections: each is told so, and what is on its way is still read until nothing has come
   * for a moment. What they left unfinished is handed over.
   */
  async close(): Promise<void> {
    for (const socket of this.connections.keys()) socket.end();
    const { clock } = this.options;
    const startedMs = clock.monotonicMs();
    let seen = -1;
    while (this.connections.size > 0 && seen !== this.chunks) {
      if (clock.monotonicMs() - startedMs > CLOSE_LIMITS.msMax) break;
      seen = this.chunks;
      await new Promise<void>((resolve) => {
        clock.setTimeout(resolve, CLOSE_LIMITS.quietMs);
      });
    }
    for (const [socket, connection] of this.connections) {
      connection.end();
      socket.destroy();
    }
    this.connections.clear();
  }

  private admit(socket: Socket): void {
    socket.on("error", () => this.options.onClosed("broken"));
    const { connectionsMax, isAllowed } = this.options;
    const peer = { address: plainAddress(socket.remoteAddress), port: socket.remotePort ?? 0 };
    if (!isAllowed(peer.address)) return this.refuse(socket, "not_allowed");
    if (this.connections.size >= connectionsMax) return this.refuse(socket, "too_many");
    const connection = new Connection(this.options, peer, () => {
      this.options.onClosed("idle");
      socket.destroy();
    });
    this.connections.set(socket, connection);
    socket.on("data", (chunk: Buffer) => {
      this.chunks++;
      connection.take(chunk);
      if (!this.options.mayRead()) this.pause();
    });
    socket.on("close", () => {
      if (this.connections.delete(socket)) connection.end();
    });
    if (!this.options.mayRead()) socket.pause();
  }

  private refuse(socket: Socket, reason: "too_many" | "not_allowed"): void {
    this.options.onClosed(reason);
    socket.destroy();
  }
}

class Connection {
  private readonly framing: SyslogFraming;
  private readonly options: StreamDoorOptions;
  private readonly onIdle: () => void;
  private timer: Timer | undefined;
  private lastMs: number;
  private isEnded = false;

  constructor(options: StreamDoorOptions, peer: Peer, onIdle: () => void) {
    this.options = options;
    this.onIdle = onIdle;
    this.lastMs = options.clock.monotonicMs();
    this.framing = new SyslogFraming(options.messageBytesMax, (message, isCut) =>
      options.onMessage(message, peer, isCut),
    );
    this.watch(options.idleMsMax);
  }

  take(chunk: Buffer): void {
    this.touch();
    this.framing.push(chunk);
  }

  touch(): void {
    this.lastMs = this.options.clock.monotonicMs();
  }

  end(): void {
    if (this.isEnded) return;
    this.isEnded = true;
    this.timer?.cancel();
    this.framing.end();
  }

  /** One timer that looks when the connection was last heard of, instead of a new one for each chunk. */
  private watch(delayMs: number): void {
    const { clock, idleMsMax, mayRead } = this.options;
    this.timer = clock.setTimeout(() => {
      // A connection that is not read is not to blame for its silence.
      if (!mayRead()) this.touch();
      const leftMs = this.lastMs + idleMsMax - clock.monotonicMs();
      if (leftMs <= 0) this.onIdle();
      else this.watch(leftMs);
    }, delayMs);
  }
}

/** IPv4 in its own form where the system maps it into IPv6. */
export function plainAddress(address: string | undefined): string {
  return (address ?? "").replace(/^::ffff:(?=\d+\.)/, "");
}
