import type { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import type { LogBuilder } from "#core/build/log-builder.ts";
import type { Clock, Timer } from "#core/clock.ts";
import { SightglassError } from "#core/errors.ts";
import { GROUP_LIMITS, REQUEST_LIMITS } from "#core/limits.ts";
import type { ReceiverContext } from "#pipeline/component.ts";
import type { LogIntake } from "#pipeline/intake/log-intake.ts";
import type { Handshake } from "./handshake.ts";
import { type Decompress, type ForwardMessage, readMessage } from "./message.ts";
import { MessageScanner } from "./msgpack.ts";
import { packed } from "./pack.ts";
import { ReceiveBuffer } from "./receive-buffer.ts";
import { recordOf } from "./record.ts";

/** The bounds of a connection, which tests make smaller. */
export interface ConnectionLimits {
  /** Of one message, as sent. */
  readonly messageBytesMax: number;
  /** Messages that are taken in one go. */
  readonly messagesMax: number;
  /** How long a message may stop coming when it has begun, and a sender may say nothing. */
  readonly messageIdleMsMax: number;
  readonly connectionIdleMsMax: number;
  /** How often, and after which time, what the pipeline refused is tried again; senders wait meanwhile. */
  readonly attemptsMax: number;
  readonly attemptMs: number;
}

/** What the connections of a receiver share. */
export interface ConnectionContext {
  readonly intake: LogIntake;
  readonly log: ReceiverContext["log"];
  readonly clock: Clock;
  readonly limits: ConnectionLimits;
  readonly decompress: Decompress;
  /** Bytes that connections hold; `hold` says whether more may be read now. */
  readonly hold: (bytes: number) => boolean;
  readonly onMessages: (count: number, outcome: "taken" | "lost" | "unreadable") => void;
}

/** Messages that become one batch. */
interface Portion {
  readonly builder: LogBuilder;
  /** Of each message, undefined where its sender wants no acknowledgement. */
  readonly chunks: readonly (string | undefined)[];
  /** The message after the last. */
  readonly to: number;
  /** Why the message at `to` cannot be read. */
  readonly failure: SightglassError | undefined;
}

/**
 * One sender of the forward protocol. Messages that have come are taken together, while the next are
 * read up to a bound; then the sender waits. A chunk is acknowledged when its events are durable, and
 * what the pipeline refuses for now is tried again, since most senders ask for no acknowledgement and
 * would lose it.
 */
export class Connection {
  private readonly socket: Socket;
  private readonly context: ConnectionContext;
  private readonly handshake: Handshake | undefined;
  private isWelcome: boolean;
  private readonly received = new ReceiveBuffer();
  private heldBytes = 0;
  private readonly scanner = new MessageScanner();
  private working: Promise<void> | undefined;
  private idleTimer: Timer | undefined;
  /** Ends a pause before another attempt. */
  private wake: (() => void) | undefined;
  /** The sender hears nothing any more. */
  private isGone = false;
  /** Nothing of it is taken any more. */
  private isRefused = false;
  private isStopping = false;

  /** The socket stays open for writing when the sender has ended (`allowHalfOpen`). */
  constructor(socket: Socket, context: ConnectionContext, handshake: Handshake | undefined) {
    this.socket = socket;
    this.context = context;
    this.handshake = handshake;
    this.isWelcome = handshake === undefined;
    socket.on("data", this.onData);
    socket.on("end", this.onEnd);
    socket.on("error", ignore);
    socket.on("close", this.onClose);
    if (handshake !== undefined) socket.write(handshake.helo());
    this.watch();
  }

  /** Takes what has come in whole, acknowledges it, and closes. */
  async stop(): Promise<void> {
    this.isStopping = true;
    this.socket.pause();
    this.wake?.();
    await this.working;
    this.socket.destroy();
  }

  private readonly onData = (piece: Buffer): void => {
    if (this.isRefused) return;
    this.received.append(piece);
    this.heldBytes += piece.length;
    const mayReadOn = this.context.hold(piece.length);
    if (this.working !== undefined) {
      const isFull = this.heldBytes >= this.context.limits.messageBytesMax;
      if (isFull || !mayReadOn) this.socket.pause();
    } else this.work();
    this.watch();
  };

  /** A sender that closes its side may still wait for acknowledgements. */
  private readonly onEnd = (): void => {
    void (this.working ?? Promise.resolve()).then(() => {
      this.socket.end();
    });
  };

  private readonly onClose = (): void => {
    this.isGone = true;
    this.idleTimer?.cancel();
    if (this.working === undefined) this.forget();
  };

  /** Closes a connection on which nothing comes any more. */
  private watch(): void {
    const { clock, limits } = this.context;
    this.idleTimer?.cancel();
    if (this.isGone) return;
    const isWithin = this.heldBytes > 0 || !this.isWelcome;
    const idleMs = isWithin ? limits.messageIdleMsMax : limits.connectionIdleMsMax;
    this.idleTimer = clock.setTimeout(() => {
      // While the pipeline is waited for it is not the sender who is slow.
      if (this.working === undefined) this.socket.destroy();
    }, idleMs);
  }

  /** Takes messages as long as there are some in whole. */
  private work(): void {
    this.working = this.takeAll()
      .catch((error: unknown) => {
        this.fail(error);
      })
      .finally(() => {
        this.working = undefined;
        if (this.isGone || this.isRefused) this.forget();
        else if (!this.isStopping) this.socket.resume();
        this.watch();
      });
  }

  private async takeAll(): Promise<void> {
    while (!this.isRefused) {
      const messages = this.next();
      if (messages.length === 0) {
        this.judgeRest();
        return;
      }
      if (this.isWelcome) await this.take(messages);
      else this.welcome(messages[0]!);
      if (!this.isStopping) this.socket.resume();
    }
  }

  /** A message that is not whole yet could wait for ever: there must be room for it. */
  private judgeRest(): void {
    if (this.heldBytes === 0 || this.context.hold(0)) return;
    throw new SightglassError("overloaded", "too many bytes of messages are under way");
  }

  /** The messages that are there in whole; before the handshake is over, one. */
  private next(): Buffer[] {
    const { limits } = this.context;
    const { received, scanner } = this;
    const messages: Buffer[] = [];
    const messagesMax = this.isWelcome ? limits.messagesMax : 1;
    while (messages.length < messagesMax && received.length > 0) {
      let length: number | undefined;
      try {
        length = scanner.scan(received.bytes, limits.messageBytesMax);
      } catch (error) {
        // What is before it is good; the scanner will say the same again.
        if (messages.length === 0) throw error;
      }
      if (length === undefined) break;
      messages.push(received.take(length));
    }
    return messages;
  }

  private welcome(ping: Buffer): void {
    const { isWelcome, answer } = this.handshake!.pong(ping);
    this.release(ping.length);
    this.socket.write(answer);
    this.isWelcome = isWelcome;
    if (isWelcome) return;
    this.context.log.warn("A sender of the forward protocol has another shared key");
    this.isRefused = true;
    this.socket.end();
  }

  private async take(bytes: readonly Buffer[]): Promise<void> {
    for (let from = 0; from < bytes.length;) {
      const { to, failure } = await this.push(bytes, from);
      for (; from < to; from++) this.release(bytes[from]!.length);
      if (failure !== undefined) throw failure;
    }
  }

  /** Pushes a portion, again and again while the pipeline cannot take it, and acknowledges. */
  private async push(bytes: readonly Buffer[], from: number): Promise<Portion> {
    const { intake, onMessages } = this.context;
    for (let attempt = 1; ; attempt++) {
      const portion = await this.portion(bytes, from);
      const { builder, chunks, to } = portion;
      const sourceBytes = bytes.slice(from, to).reduce((sum, one) => sum + one.length, 0);
      try {
        await intake.push(builder, sourceBytes);
      } catch (error) {
        if (this.mayTryAgain(error, attempt, chunks)) {
          await this.pause(error);
          continue;
        }
        onMessages(chunks.length, "lost");
        throw error;
      }
      onMessages(chunks.length, "taken");
      for (const chunk of chunks) {
        if (chunk !== undefined && !this.isGone) this.socket.write(packed({ ack: chunk }));
      }
      return portion;
    }
  }

  /** Decodes messages, as many as fit into one batch. One at a time is held as objects. */
  private async portion(bytes: readonly Buffer[], from: number): Promise<Portion> {
    const builder = this.context.intake.begin();
    const chunks: (string | undefined)[] = [];
    let to = from;
    while (to < bytes.length && builder.rows < GROUP_LIMITS.rowsMax) {
      let message: ForwardMessage | undefined;
      try {
        message = await readMessage(bytes[to]!, this.context.decompress);
      } catch (error) {
        if (!(error instanceof SightglassError)) throw error;
        // What came before it is good; after it, nothing on this connection can be trusted.
        return { builder, chunks, to, failure: error };
      }
      const rows = builder.rows + builder.rejections.count + (message?.events.length ?? 0);
      if (to > from && rows > REQUEST_LIMITS.rowsMax) break;
      to++;
      if (message === undefined) continue;
      addTo(builder, message);
      chunks.push(message.chunk);
    }
    return { builder, chunks, to, failure: undefined };
  }

  /** A sender that waits for an acknowledgement, and is gone, will send it again by itself. */
  private mayTryAgain(
    error: unknown,
    attempt: number,
    chunks: readonly (string | undefined)[],
  ): boolean {
    if (!(error instanceof SightglassError) || error.status < 500) return false;
    if (this.isStopping || attempt >= this.context.limits.attemptsMax) return false;
    return !this.isGone || chunks.includes(undefined);
  }

  private async pause(error: unknown): Promise<void> {
    const seconds = error instanceof SightglassError ? error.retryAfterSeconds : undefined;
    const waitMs = seconds === undefined ? this.context.limits.attemptMs : seconds * 1_000;
    await new Promise<void>((resolve) => {
      const timer = this.context.clock.setTimeout(resolve, waitMs);
      this.wake = () => {
        timer.cancel();
        resolve();
      };
    });
    this.wake = undefined;
  }

  private fail(error: unknown): void {
    const { log, onMessages } = this.context;
    if (error instanceof SightglassError && error.status < 500) onMessages(1, "unreadable");
    log.warn("A connection of the forward protocol was closed", { error });
    this.isRefused = true;
    this.socket.destroy();
  }

  private release(bytes: number): void {
    this.heldBytes -= bytes;
    this.context.hold(-bytes);
  }

  private forget(): void {
    this.release(this.heldBytes);
    this.received.clear();
  }
}

function addTo(builder: LogBuilder, { tag, events }: ForwardMessage): void {
  for (const event of events) {
    const { resource, input } = recordOf(tag, event);
    builder.group(resource);
    builder.add(input);
  }
}

function ignore(): void {
  // The connection is closed after it, which is all there is to do.
}
