import { SightglassError } from "#core/errors.ts";
import type { DoorLimits } from "#pipeline/intake/door.ts";

const PREFIX_BYTES = 5;

/**
 * Puts together the one message of a unary call from the chunks of its stream
 * (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md): a byte that says whether it is
 * compressed, its length in 4 bytes, and the message.
 */
export class GrpcMessageReader {
  /** Bytes that came in, the prefix included. */
  bytes = 0;
  private readonly limits: DoorLimits;
  private chunks: Buffer[] = [];
  private length = -1;
  private flag = 0;

  constructor(limits: DoorLimits) {
    this.limits = limits;
  }

  get compressed(): boolean {
    return this.flag === 1;
  }

  /** @throws SightglassError once the message cannot be taken any more, however it goes on. */
  push(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.bytes += chunk.length;
    if (this.length < 0 && this.bytes >= PREFIX_BYTES) this.readPrefix();
    if (this.length < 0 || this.bytes <= PREFIX_BYTES + this.length) return;
    throw new SightglassError("bad_payload", "the call: found more than one message, allowed is 1");
  }

  /** The message, after the sender has ended the stream. */
  finish(): Buffer {
    const found = this.bytes - PREFIX_BYTES;
    if (this.length < 0 || found < this.length) {
      const allowed = this.length < 0 ? "one message" : `${this.length} bytes`;
      throw new SightglassError(
        "bad_payload",
        `the call: found ${Math.max(0, found)} bytes of its message, allowed is ${allowed}`,
      );
    }
    const message = this.whole().subarray(PREFIX_BYTES);
    this.chunks = [];
    return message;
  }

  /** Forgets what came in. */
  drop(): void {
    this.chunks = [];
  }

  private readPrefix(): void {
    const head = this.whole();
    this.chunks = [head];
    this.flag = head[0]!;
    this.length = head.readUInt32BE(1);
    if (this.flag > 1) {
      throw new SightglassError(
        "bad_payload",
        `the message's compressed flag: found ${this.flag}, allowed are 0 and 1`,
      );
    }
    const { compressedBytesMax, bodyBytesMax } = this.limits;
    const bytesMax = this.compressed ? compressedBytesMax : bodyBytesMax;
    if (this.length <= bytesMax) return;
    throw new SightglassError(
      "payload_too_large",
      `the message: found ${this.length} bytes, allowed are ${bytesMax}`,
    );
  }

  private whole(): Buffer {
    return this.chunks.length === 1 ? this.chunks[0]! : Buffer.concat(this.chunks, this.bytes);
  }
}

/** A message of a response, which is never compressed. */
export function frameMessage(message: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(PREFIX_BYTES + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  message.copy(frame, PREFIX_BYTES);
  return frame;
}

const UNIT_MS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

/** Reads a `grpc-timeout` as milliseconds; undefined when it is not one. */
export function timeoutMs(header: string): number | undefined {
  const match = /^(\d{1,8})([HMSmun])$/.exec(header);
  return match === null ? undefined : Number(match[1]) * UNIT_MS[match[2]!]!;
}

/** Percent-encodes a `grpc-message`: printable ASCII but `%` stays as it is. */
export function percentEncode(message: string): string {
  let encoded = "";
  for (const byte of Buffer.from(message)) {
    const plain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25;
    encoded += plain
      ? String.fromCharCode(byte)
      : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return encoded;
}
