import type { Buffer } from "node:buffer";
import { SightglassError } from "#core/errors.ts";
import type { DoorLimits } from "#pipeline/intake/door.ts";
import { parseJson } from "#pipeline/intake/json-text.ts";
import { WireReader } from "#pipeline/intake/wire.ts";
import { type Labels, labelsOfObject, parseLabels } from "./labels.ts";

/** Is told what a push has, in its order. */
export interface PushVisitor {
  stream(labels: Labels): void;
  /** `timeNs` is 0 where the sender gave none. */
  entry(timeNs: bigint, line: string, metadata: Labels): void;
}

/** Structured metadata of one entry; Loki itself allows 128. */
const METADATA_MAX = 256;
const NO_LABELS: Labels = [];

/**
 * Reads the protobuf form of a push, decompressed: `logproto.PushRequest` of Loki's `push.proto`.
 *
 * @throws SightglassError `bad_payload`
 */
export function decodeProtobuf(body: Buffer, visitor: PushVisitor): void {
  const reader = new WireReader(body);
  eachField(reader, body.length, (tag, end) => {
    if (tag === 0x0a) decodeStream(reader, end, visitor);
  });
}

/** The labels come first in practice, but a message may have its fields in any order. */
function decodeStream(reader: WireReader, end: number, visitor: PushVisitor): void {
  const from = reader.position;
  let labels = "{}";
  eachField(reader, end, (tag, to) => {
    if (tag === 0x0a) labels = textTo(reader, to);
  });
  visitor.stream(parseLabels(labels));
  reader.position = from;
  eachField(reader, end, (tag, to) => {
    if (tag === 0x12) decodeEntry(reader, to, visitor);
  });
}

function decodeEntry(reader: WireReader, end: number, visitor: PushVisitor): void {
  let timeNs = 0n;
  let line = "";
  let metadata: [string, string][] | undefined;
  eachField(reader, end, (tag, to) => {
    if (tag === 0x0a) {
      timeNs = timestamp(reader, to);
    } else if (tag === 0x12) {
      line = textTo(reader, to);
    } else if (tag === 0x1a) {
      metadata ??= [];
      if (metadata.length < METADATA_MAX) metadata.push(labelPair(reader, to));
    }
  });
  visitor.entry(timeNs, line, metadata ?? NO_LABELS);
}

/** `google.protobuf.Timestamp`. */
function timestamp(reader: WireReader, end: number): bigint {
  let seconds = 0n;
  let nanos = 0n;
  while (reader.position < end) {
    const tag = reader.varint(end);
    if (tag === 0x08) seconds = reader.varint64(end);
    else if (tag === 0x10) nanos = reader.varint64(end);
    else reader.skip(tag, end);
  }
  return seconds * 1_000_000_000n + nanos;
}

function labelPair(reader: WireReader, end: number): [string, string] {
  let name = "";
  let value = "";
  eachField(reader, end, (tag, to) => {
    if (tag === 0x0a) name = textTo(reader, to);
    else if (tag === 0x12) value = textTo(reader, to);
  });
  return [name, value];
}

/** Walks the fields of a message; the length-delimited ones are given with where they end. */
function eachField(
  reader: WireReader,
  end: number,
  field: (tag: number, end: number) => void,
): void {
  while (reader.position < end) {
    const tag = reader.varint(end);
    if ((tag & 7) !== 2) {
      reader.skip(tag, end);
      continue;
    }
    const to = reader.enter(end);
    field(tag, to);
    reader.position = to;
  }
}

function textTo(reader: WireReader, end: number): string {
  return reader.bytes.toString("utf8", reader.position, end);
}

/**
 * Reads the JSON form of a push: `{"streams": [{"stream": {…}, "values": [["<ns>", "line", {…}]]}]}`.
 *
 * @throws SightglassError `bad_payload` with the place of what is wrong.
 */
export function decodeJson(body: Buffer, limits: DoorLimits, visitor: PushVisitor): void {
  const push = parseJson(body, limits);
  const streams = arrayOf(member(push, "streams"), "streams");
  streams.forEach((stream, index) => {
    const where = `streams[${index}]`;
    visitor.stream(labelsOfObject(member(stream, "stream") ?? {}, `${where}.stream`));
    arrayOf(member(stream, "values"), `${where}.values`).forEach((value, place) => {
      decodeValue(value, `${where}.values[${place}]`, visitor);
    });
  });
}

function decodeValue(value: unknown, where: string, visitor: PushVisitor): void {
  const [time, line, metadata] = arrayOf(value, where);
  if (typeof line !== "string") throw wrong(`${where}[1]`, "a string");
  const labels = metadata === undefined ? NO_LABELS : labelsOfObject(metadata, `${where}[2]`);
  visitor.entry(timeOf(time, `${where}[0]`), line, labels);
}

function timeOf(time: unknown, where: string): bigint {
  const text = typeof time === "number" || typeof time === "bigint" ? String(time) : time;
  if (typeof text === "string" && /^\d{1,19}$/.test(text)) return BigInt(text);
  throw wrong(where, "Unix nanoseconds in decimal digits");
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name];
}

function arrayOf(value: unknown, where: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw wrong(where, "an array");
}

function wrong(where: string, allowed: string): SightglassError {
  return new SightglassError("bad_payload", `${where}: allowed is ${allowed}`);
}
