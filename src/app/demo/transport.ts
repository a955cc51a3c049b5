import type { Signal } from "#core/signal.ts";

/** What a server said to an export request. */
export interface Answer {
  /** `retry`: the same request may succeed later. `refused`: it never will. */
  readonly outcome: "accepted" | "retry" | "refused";
  /** Rows that the server left out although it accepted the request. */
  readonly rejected: number;
  readonly message: string;
  /** How long the server asks to wait. */
  readonly retryAfterMs?: number | undefined;
}

/** One way to send export requests. Several may be under way at once. */
export interface Transport {
  /** Sends a gzipped protobuf request. Resolves whatever happens: a failed connection is a `retry`. */
  send(signal: Signal, gzipped: Uint8Array): Promise<Answer>;
  /** Drops what is under way and lets go of the connections. */
  close(): void;
}

export interface TransportOptions {
  readonly endpoint: URL;
  readonly token: string | undefined;
  readonly connectionsMax: number;
}

/** How long a request may take, from its first byte to the last of its answer. */
export const REQUEST_MS_MAX = 30_000;

/**
 * Reads the rejected rows and the message of an Export…ServiceResponse: field 1, and within it
 * fields 1 and 2. All three signals have the same numbers.
 */
export function readPartialSuccess(response: Buffer): { rejected: number; message: string } {
  const outcome = { rejected: 0, message: "" };
  for (const { number, bytes } of fields(response)) {
    if (number !== 1 || bytes === undefined) continue;
    for (const inner of fields(bytes)) {
      if (inner.number === 1) outcome.rejected = inner.value;
      if (inner.number === 2) outcome.message = inner.bytes?.toString() ?? "";
    }
  }
  return outcome;
}

interface WireField {
  readonly number: number;
  readonly value: number;
  readonly bytes?: Buffer;
}

function* fields(message: Buffer): Generator<WireField> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; at < message.length; factor *= 128) {
      const byte = message[at++]!;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) break;
    }
    return value;
  };
  while (at < message.length) {
    const tag = varint();
    const value = varint();
    if (tag % 8 === 0) yield { number: Math.floor(tag / 8), value };
    else if (tag % 8 === 2) {
      yield { number: Math.floor(tag / 8), value, bytes: message.subarray(at, at + value) };
      at += value;
    } else return;
  }
}
