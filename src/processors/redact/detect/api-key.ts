import {
  ALPHANUMERIC,
  BASE64,
  BASE64_URL,
  CLASSES,
  CODE,
  DIGIT,
  JOINER,
  LOWER,
  LOWER_HEX,
  UPPER,
} from "./characters.ts";
import { KEY_FORMATS, type KeyFormat } from "./key-formats.ts";
import { KIND } from "./matches.ts";
import type { Scan } from "./scan.ts";

/** By the first two bytes of a word: 0 when no key begins so, or one more than the place of its formats in `FORMAT_LISTS`. */
export const BEGINNINGS = new Uint8Array(1 << 16);
const FORMAT_LISTS: KeyFormat[][] = [];
const JSON_WEB_TOKEN = 255;
const BEARER = 254;

for (const format of KEY_FORMATS) {
  const pair = (format.prefix[0]! << 8) | format.prefix[1]!;
  if (BEGINNINGS[pair] === 0) BEGINNINGS[pair] = FORMAT_LISTS.push([]);
  // The longest prefix is tried first: `sk-ant-` before `sk-`.
  const list = FORMAT_LISTS[BEGINNINGS[pair]! - 1]!;
  list.push(format);
  list.sort((a, b) => b.prefix.length - a.prefix.length);
}
BEGINNINGS[(101 << 8) | 121] = JSON_WEB_TOKEN;
BEGINNINGS[(66 << 8) | 101] = BEARER;
BEGINNINGS[(98 << 8) | 101] = BEARER;

/** The first bytes of all of these: a smaller table, which says no to most. */
export const FIRST_BYTES = new Uint8Array(256);
for (let pair = 0; pair < BEGINNINGS.length; pair++)
  if (BEGINNINGS[pair] !== 0) FIRST_BYTES[pair >> 8] = 1;

const TOKEN_START = Buffer.from("eyJ");
const BEARERS = [Buffer.from("Bearer "), Buffer.from("bearer ")];
const BLOCK_START = Buffer.from("-----BEGIN ");
const BLOCK_END = Buffer.from("-----END ");
const PRIVATE_KEY = Buffer.from("PRIVATE KEY");

/** What a key in the middle of a text takes at most, so that a search for its end is bounded. */
const BLOCK_BYTES_MAX = 16 * 1024;
const BEARER_BYTES_MIN = 16;

/** Finds a key that begins with the word at `at`. Returns its end, or -1. */
export function keyAt(scan: Scan, at: number): number {
  if (at + 2 >= scan.to) return -1;
  const { bytes } = scan;
  const beginning = BEGINNINGS[(bytes[at]! << 8) | bytes[at + 1]!]!;
  if (beginning === 0) return -1;
  const end = endOf(scan, at, beginning);
  if (end < 0) return -1;
  if (beginning === BEARER) scan.matches.add(at + BEARERS[0]!.length, end, KIND.apiKey);
  else scan.matches.add(at, end, KIND.apiKey);
  const isAws = end - at === 20 && bytes[at] === CODE.A;
  return isAws ? Math.max(end, awsSecretAfter(scan, end)) : end;
}

function endOf(scan: Scan, at: number, beginning: number): number {
  if (beginning === JSON_WEB_TOKEN) return tokenEnd(scan, at);
  if (beginning === BEARER) return bearerEnd(scan, at);
  for (const format of FORMAT_LISTS[beginning - 1]!) {
    if (!scan.has(at, format.prefix)) continue;
    const end = formatEnd(scan, at + format.prefix.length, format);
    if (end >= 0) return end;
  }
  return -1;
}

function formatEnd(scan: Scan, from: number, format: KeyFormat): number {
  const { bytes } = scan;
  const { classes, sign, lengthMin, lengthMax } = format;
  const limit = Math.min(scan.to, from + lengthMax + 1);
  let end = from;
  while (end < limit && ((CLASSES[bytes[end]!]! & classes) !== 0 || bytes[end] === sign)) end++;
  // A sentence's point or a dash after a key is not of it.
  while (
    end > from &&
    (CLASSES[bytes[end - 1]!]! & ALPHANUMERIC) === 0 &&
    bytes[end - 1] !== CODE.equals &&
    bytes[end - 1] !== CODE.dash &&
    bytes[end - 1] !== CODE.underscore
  )
    end--;
  const length = end - from;
  if (length < lengthMin || length > lengthMax) return -1;
  if ((CLASSES[scan.byte(end)]! & ALPHANUMERIC) !== 0) return -1;
  return format.isCommon && !isRandom(bytes, from, end) ? -1 : end;
}

/** Whether a run of characters is rather made than written: digits among letters of both cases, or many. */
export function isRandom(bytes: Uint8Array, from: number, to: number): boolean {
  let digits = 0;
  let upper = 0;
  let lower = 0;
  for (let i = from; i < to; i++) {
    const kind = CLASSES[bytes[i]!]!;
    if ((kind & DIGIT) !== 0) digits++;
    else if ((kind & UPPER) !== 0) upper++;
    else if ((kind & LOWER) !== 0) lower++;
  }
  const length = to - from;
  if (upper > 0 && lower > 0 && digits > 0) return length >= 16;
  if (upper > 1 && lower > 1) return length >= 24 && upper * 8 > length;
  return digits > 2 && upper + lower > 2 && length >= 20 && digits * 10 > length;
}

/** RFC 7519: a header, claims and a signature (RFC 7516: five parts), in base64url with points between. */
function tokenEnd(scan: Scan, at: number): number {
  if (!scan.has(at, TOKEN_START)) return -1;
  const header = runEnd(scan, at);
  if (header - at < 12 || scan.byte(header) !== CODE.dot) return -1;
  let end = header;
  let parts = 1;
  while (parts < 5 && scan.byte(end) === CODE.dot) {
    const next = runEnd(scan, end + 1);
    if (next === end + 1 && parts !== 1 && parts !== 2) break;
    end = next;
    parts++;
  }
  return parts >= 3 && end - header > 12 ? end : -1;
}

/** Where the run of base64url characters from `from` ends. */
function runEnd(scan: Scan, from: number): number {
  const { bytes, to } = scan;
  let end = from;
  while (end < to && (CLASSES[bytes[end]!]! & BASE64_URL) !== 0) end++;
  return end;
}

/** RFC 6750 §2.1, outside of a header: a token after `Bearer`. */
function bearerEnd(scan: Scan, at: number): number {
  if (!scan.has(at, BEARERS[0]!) && !scan.has(at, BEARERS[1]!)) return -1;
  const { bytes, to } = scan;
  const from = at + BEARERS[0]!.length;
  let end = from;
  while (end < to && isTokenByte(bytes[end]!)) end++;
  while (end > from && bytes[end - 1] === CODE.dot) end--;
  return end - from >= BEARER_BYTES_MIN && isRandom(bytes, from, end) ? end : -1;
}

/** RFC 6750 `b64token`. */
function isTokenByte(byte: number): boolean {
  return (CLASSES[byte]! & (BASE64 | JOINER)) !== 0 || byte === CODE.dot || byte === CODE.tilde;
}

/** The secret that stands beside an access key id, as in credentials files: 40 characters of base64. */
function awsSecretAfter(scan: Scan, end: number): number {
  const { bytes } = scan;
  let from = end;
  while (from < end + 4 && (CLASSES[scan.byte(from)]! & BASE64_URL) === 0) from++;
  let to = from;
  while (to < scan.to && to - from <= 40 && (CLASSES[bytes[to]!]! & BASE64) !== 0) to++;
  if (from === end || to - from !== 40 || !isRandom(bytes, from, to)) return -1;
  scan.matches.add(from, to, KIND.apiKey);
  return to;
}

/** Finds a private key (RFC 7468) whose first dash is at `at`. Returns its end, or -1. */
export function privateKeyEnd(scan: Scan, at: number): number {
  if (!scan.has(at, BLOCK_START)) return -1;
  let title = at + BLOCK_START.length;
  const titleMax = title + 24;
  while (title < titleMax && !scan.has(title, PRIVATE_KEY)) title++;
  if (title === titleMax) return -1;
  const limit = Math.min(scan.to, at + BLOCK_BYTES_MAX);
  for (let i = title + PRIVATE_KEY.length; i < limit; i++) {
    if (scan.bytes[i] !== CODE.dash || !scan.has(i, BLOCK_END)) continue;
    let end = i + BLOCK_END.length;
    while (end < limit && scan.bytes[end] !== CODE.dash) end++;
    while (end < limit && scan.bytes[end] === CODE.dash) end++;
    return end;
  }
  // It was cut off: what is left of it is still secret.
  return limit;
}

/** Where the key ends that has a `-` or `_` at `at`: Mailchimp's, or 32 characters and 16 more; its start is `joinedStart`. */
export function joinedEnd(scan: Scan, at: number): number {
  const { bytes } = scan;
  if (at - 32 < scan.floor || (CLASSES[bytes[at - 32]!]! & ALPHANUMERIC) === 0) return -1;
  let start = at;
  while (
    start > scan.floor &&
    start > at - 130 &&
    (CLASSES[bytes[start - 1]!]! & ALPHANUMERIC) !== 0
  )
    start--;
  const before = scan.byte(start - 1);
  if (at - start < 32 || (isPart(before) && before !== CODE.equals)) return -1;
  let end = at + 1;
  const limit = Math.min(scan.to, end + 130);
  while (end < limit && (CLASSES[bytes[end]!]! & ALPHANUMERIC) !== 0) end++;
  if (isPart(scan.byte(end))) return -1;
  joined.start = start;
  return isMailchimp(scan, start, at, end) || (end - at > 16 && isMixed(bytes, start, end))
    ? end
    : -1;
}

/** Where the key begins that {@link joinedEnd} found. */
export const joined = { start: 0 };

function isPart(byte: number): boolean {
  return (CLASSES[byte]! & (BASE64 | JOINER)) !== 0;
}

/** `<32 hexadecimal digits>-us12`. */
function isMailchimp(scan: Scan, start: number, at: number, end: number): boolean {
  if (at - start !== 32 || scan.byte(at + 1) !== CODE.u || scan.byte(at + 2) !== CODE.s)
    return false;
  for (let i = start; i < at; i++) if ((CLASSES[scan.bytes[i]!]! & LOWER_HEX) === 0) return false;
  return end - at <= 5 && (CLASSES[scan.byte(at + 3)]! & DIGIT) !== 0;
}

/** Ids and digests are hexadecimal, in one case; such keys have more letters, and both cases. */
function isMixed(bytes: Uint8Array, from: number, to: number): boolean {
  let isHex = true;
  for (let i = from; i < to && isHex; i++)
    isHex = (CLASSES[bytes[i]! | 32]! & (LOWER_HEX | JOINER)) !== 0;
  return !isHex && isRandom(bytes, from, to);
}

/** A key of Azure Storage: 64 bytes in base64. Digests of that size say so before them (`sha512-…`). */
const STORAGE_KEY_CHARACTERS = 86;

/** Where the storage key begins whose padding begins at `at`, or -1. */
export function storageKeyStart(scan: Scan, at: number): number {
  const { bytes } = scan;
  const start = at - STORAGE_KEY_CHARACTERS;
  if (start < scan.floor || scan.byte(at + 1) !== CODE.equals) return -1;
  if (!isUnpadded(bytes[start]!) || isPart(scan.byte(at + 2))) return -1;
  for (let i = start; i < at; i++) if (!isUnpadded(bytes[i]!)) return -1;
  const before = scan.byte(start - 1);
  if (isUnpadded(before) || before === CODE.dash) return -1;
  return isRandom(bytes, start, at) ? start : -1;
}

function isUnpadded(byte: number): boolean {
  return (CLASSES[byte]! & BASE64) !== 0 && byte !== CODE.equals;
}
