import { Buffer } from "node:buffer";

/** Hands over one message, valid only during the call; `isCut` when its end is missing. */
export type OnMessage = (message: Buffer, isCut: boolean) => void;

const LF = 10;
const CR = 13;
const BLANK = 32;
const ZERO = 48;
const NINE = 57;
const LESS_THAN = 60;
/** Digits of MSG-LEN; a number with more is no length. */
const COUNT_DIGITS_MAX = 9;
const GROWN_BYTES_MIN = 1_024;

type State = "start" | "count" | "counted" | "line";

/**
 * Cuts the bytes of one connection into syslog messages. Which of the two framings of RFC 6587 a
 * message has is seen from its first bytes, message by message: `123 <` begins an octet-counted one
 * (RFC 6587 section 3.4.1, RFC 5425 section 4.3), anything else ends at LF or NUL (section 3.4.2).
 * A message longer than the bound is handed over cut, and the rest of it is passed over.
 */
export class SyslogFraming {
  private readonly messageBytesMax: number;
  private readonly onMessage: OnMessage;
  private state: State = "start";
  /** What is known of a message whose end has not come yet. */
  private held = Buffer.alloc(0);
  private heldLength = 0;
  /** Bytes that the counted message still lacks. */
  private missing = 0;
  private isOver = false;

  constructor(messageBytesMax: number, onMessage: OnMessage) {
    this.messageBytesMax = messageBytesMax;
    this.onMessage = onMessage;
  }

  /** Takes what came next; a chunk may hold any part of one message, or of many. */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) at = this.step(chunk, at);
  }

  /** The sender is done: what it left unfinished is handed over too. */
  end(): void {
    if (this.state === "counted") this.finish(true);
    else if (this.heldLength > 0 || this.isOver) this.finish(false);
    this.state = "start";
  }

  private step(chunk: Buffer, at: number): number {
    switch (this.state) {
      case "start":
        return this.begin(chunk, at);
      case "count":
        return this.readCount(chunk, at);
      case "counted":
        return this.readCounted(chunk, at);
      case "line":
        return this.readLine(chunk, at);
    }
  }

  /** Some senders end counted messages with a line end as well: what is between messages is passed over. */
  private begin(chunk: Buffer, at: number): number {
    const byte = chunk[at]!;
    if (byte === LF || byte === CR || byte === 0 || byte === BLANK) return at + 1;
    this.state = byte > ZERO && byte <= NINE ? "count" : "line";
    return at;
  }

  private readCount(chunk: Buffer, at: number): number {
    const byte = chunk[at]!;
    const hasBlank = this.heldLength > 0 && this.held[this.heldLength - 1] === BLANK;
    if (hasBlank && byte === LESS_THAN) {
      this.missing = Number(this.held.toString("latin1", 0, this.heldLength - 1));
      this.heldLength = 0;
      this.state = "counted";
      return at;
    }
    const isDigit = byte >= ZERO && byte <= NINE;
    const belongs =
      !hasBlank && (byte === BLANK || (isDigit && this.heldLength < COUNT_DIGITS_MAX));
    if (!belongs) {
      this.state = "line";
      return at;
    }
    this.hold(chunk, at, at + 1);
    return at + 1;
  }

  private readCounted(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + this.missing);
    this.missing -= end - at;
    this.take(chunk, at, end, this.missing === 0);
    return end;
  }

  private readLine(chunk: Buffer, at: number): number {
    const end = lineEnd(chunk, at);
    this.take(chunk, at, end, end < chunk.length);
    return Math.min(end + 1, chunk.length);
  }

  /** Without a copy when the whole message is in this chunk. */
  private take(chunk: Buffer, from: number, to: number, isWhole: boolean): void {
    if (isWhole && this.heldLength === 0 && !this.isOver && to - from <= this.messageBytesMax) {
      this.state = "start";
      if (to > from) this.onMessage(chunk.subarray(from, to), false);
      return;
    }
    this.hold(chunk, from, to);
    if (isWhole) this.finish(false);
  }

  private hold(chunk: Buffer, from: number, to: number): void {
    const room = this.messageBytesMax - this.heldLength;
    const kept = Math.min(to - from, room);
    if (kept < to - from) this.isOver = true;
    if (this.heldLength + kept > this.held.length) this.grow(this.heldLength + kept);
    chunk.copy(this.held, this.heldLength, from, from + kept);
    this.heldLength += kept;
  }

  private grow(needed: number): void {
    const grown = Buffer.alloc(Math.max(GROWN_BYTES_MIN, this.held.length * 2, needed));
    this.held.copy(grown, 0, 0, this.heldLength);
    this.held = grown;
  }

  private finish(isCut: boolean): void {
    const message = this.held.subarray(0, this.heldLength);
    const wasOver = this.isOver;
    this.state = "start";
    this.held = Buffer.alloc(0);
    this.heldLength = 0;
    this.isOver = false;
    if (message.length > 0) this.onMessage(message, isCut || wasOver);
  }
}

/** Where LF or NUL is, or the end of the chunk. */
function lineEnd(chunk: Buffer, from: number): number {
  let at = from;
  while (at < chunk.length && chunk[at] !== LF && chunk[at] !== 0) at++;
  return at;
}
