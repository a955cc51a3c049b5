import type { Buffer } from "node:buffer";
import { SightglassError } from "#core/errors.ts";
import type { DoorLimits } from "#pipeline/intake/door.ts";
import { parseJson } from "#pipeline/intake/json-text.ts";

/** Items of one envelope; Sentry itself allows fewer. */
const ITEMS_MAX = 1_000;
const NEWLINE = 0x0a;

export type JsonObject = Readonly<Record<string, unknown>>;

export interface EnvelopeItem {
  readonly type: string;
  readonly header: JsonObject;
  readonly payload: Buffer;
}

export interface Envelope {
  readonly header: JsonObject;
  readonly items: readonly EnvelopeItem[];
}

/**
 * Takes an envelope apart (https://develop.sentry.dev/sdk/foundations/envelopes/): a line of headers,
 * then for each item a line of headers and a payload, which is `length` bytes or a line.
 *
 * @throws SightglassError `bad_payload`
 */
export function readEnvelope(body: Buffer, limits: DoorLimits): Envelope {
  const headerEnd = lineEnd(body, 0);
  const header = objectOf(body.subarray(0, headerEnd), "the envelope's header", limits);
  const items: EnvelopeItem[] = [];
  let at = headerEnd + 1;
  while (at < body.length) {
    if (body[at] === NEWLINE) {
      at++;
      continue;
    }
    if (items.length === ITEMS_MAX) throw invalid(`found more than ${ITEMS_MAX} items`);
    const itemHeaderEnd = lineEnd(body, at);
    const where = `the header of item ${items.length}`;
    const itemHeader = objectOf(body.subarray(at, itemHeaderEnd), where, limits);
    const { type, length } = itemHeader;
    if (typeof type !== "string") throw invalid(`${where}: type: allowed is a string`);
    const from = Math.min(itemHeaderEnd + 1, body.length);
    const to = length === undefined ? lineEnd(body, from) : from + lengthOf(length, where);
    if (to > body.length) throw invalid(`${where}: length: ${to - from} bytes are not there`);
    items.push({ type, header: itemHeader, payload: body.subarray(from, to) });
    at = to + 1;
  }
  return { header, items };
}

function lineEnd(body: Buffer, from: number): number {
  const newline = body.indexOf(NEWLINE, from);
  return newline < 0 ? body.length : newline;
}

function lengthOf(length: unknown, where: string): number {
  if (Number.isSafeInteger(length) && Number(length) >= 0) return Number(length);
  throw invalid(`${where}: length: allowed is a number of bytes`);
}

/** @throws SightglassError `bad_payload` when it is not the JSON of an object. */
export function objectOf(bytes: Buffer, where: string, limits: DoorLimits): JsonObject {
  const value = parseJson(bytes, limits);
  if (isObject(value)) return value;
  throw invalid(`${where}: allowed is an object`);
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A member that is an object, or an empty one. */
export function objectIn(object: JsonObject, key: string): JsonObject {
  const value = object[key];
  return isObject(value) ? value : {};
}

/** A member that is text and not empty. */
export function textIn(object: JsonObject, key: string): string | undefined {
  const value = object[key];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A member that is an array, or an empty one. */
export function listIn(object: JsonObject, key: string): readonly unknown[] {
  const value = object[key];
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

function invalid(what: string): SightglassError {
  return new SightglassError("bad_payload", `envelope: ${what}`);
}
