import { Buffer } from "node:buffer";
import { timeOfValue } from "#core/build/time-value.ts";
import { SightglassError } from "#core/errors.ts";
import { REQUEST_LIMITS } from "#core/limits.ts";
import { CODINGS, type Coding } from "#pipeline/intake/decompress.ts";
import { EventTime, MessagePackReader, type Value } from "./msgpack.ts";

const NIL = 0xc0;
/** Tag, time, record and option. */
const ELEMENTS_MAX = 4;

/** One event: its time in Unix nanoseconds, undefined when it has none that can be read. */
export interface ForwardEvent {
  readonly timeNs: bigint | undefined;
  readonly record: { readonly [key: string]: Value };
}

export interface ForwardMessage {
  readonly tag: string;
  /** To be acknowledged with, where the sender wants that. */
  readonly chunk: string | undefined;
  readonly events: readonly ForwardEvent[];
}

/** Decompresses; see `Decompressor`. */
export type Decompress = (coding: Coding, body: Buffer) => Promise<Buffer>;

/**
 * Reads a message of the forward protocol, version 1
 * (https://github.com/fluent/fluentd/wiki/Forward-Protocol-Specification-v1), in any of its four modes.
 * Undefined for `nil`, which senders use to see whether someone is there.
 *
 * @throws SightglassError `bad_payload`, or `payload_too_large`.
 */
export async function readMessage(
  bytes: Buffer,
  decompress: Decompress,
): Promise<ForwardMessage | undefined> {
  if (bytes[0] === NIL) return undefined;
  const reader = new MessagePackReader(bytes);
  const length = reader.arrayLength();
  if (length < 2 || length > ELEMENTS_MAX) throw invalid(`a message of ${length} elements`);
  const tag = textOf(reader.rawValue());
  const second = reader.rawValue();
  const third = length > 2 ? reader.value() : undefined;
  const fourth = length > 3 ? reader.value() : undefined;
  if (Array.isArray(second)) {
    if (second.length > REQUEST_LIMITS.rowsMax) throw tooManyEvents();
    const events = (second as readonly Value[]).map(eventOfEntry);
    return { tag, chunk: chunkOf(third), events };
  }
  if (Buffer.isBuffer(second)) {
    const entries = await decompress(codingOf(third), second);
    return { tag, chunk: chunkOf(third), events: packedEvents(entries) };
  }
  return { tag, chunk: chunkOf(fourth), events: [eventOf(second, third)] };
}

function packedEvents(entries: Buffer): ForwardEvent[] {
  const reader = new MessagePackReader(entries);
  const events: ForwardEvent[] = [];
  while (!reader.isAtEnd) {
    if (events.length === REQUEST_LIMITS.rowsMax) throw tooManyEvents();
    events.push(eventOfEntry(reader.value()));
  }
  return events;
}

function eventOfEntry(entry: Value): ForwardEvent {
  if (!Array.isArray(entry)) throw invalid("an entry that is not an array of time and record");
  const [time, record] = entry as readonly (Value | undefined)[];
  // Fluent Bit may send metadata beside the time, as [[time, metadata], record].
  return eventOf(Array.isArray(time) ? (time as readonly Value[])[0] : time, record);
}

function eventOf(time: Value | undefined, record: Value | undefined): ForwardEvent {
  if (!isRecord(record)) throw invalid("a record that is not a map");
  return { timeNs: timeOf(time), record };
}

/** Nanoseconds in the extension, or a number: of seconds, though some senders write milliseconds. */
function timeOf(time: Value | undefined): bigint | undefined {
  return time instanceof EventTime ? time.ns : timeOfValue(time);
}

function chunkOf(option: Value | undefined): string | undefined {
  const chunk = isRecord(option) ? option["chunk"] : undefined;
  if (typeof chunk === "string") return chunk;
  return Buffer.isBuffer(chunk) ? chunk.toString("utf8") : undefined;
}

function codingOf(option: Value | undefined): Coding {
  const compressed = isRecord(option) ? option["compressed"] : undefined;
  if (compressed === undefined || compressed === "text") return "identity";
  const coding = CODINGS.find((known) => known === compressed);
  if (coding !== undefined) return coding;
  throw invalid(`a compression other than ${CODINGS.join(", ")}`);
}

function isRecord(value: Value | undefined): value is { readonly [key: string]: Value } {
  if (typeof value !== "object" || value === null) return false;
  return !Array.isArray(value) && !Buffer.isBuffer(value) && !(value instanceof EventTime);
}

function textOf(tag: Value): string {
  if (Buffer.isBuffer(tag)) return tag.toString("utf8");
  throw invalid("a tag that is not text");
}

function tooManyEvents(): SightglassError {
  const message = `found more than ${REQUEST_LIMITS.rowsMax} events in one message`;
  return new SightglassError("payload_too_large", message);
}

function invalid(what: string): SightglassError {
  return new SightglassError("bad_payload", `forward protocol: found ${what}`);
}
