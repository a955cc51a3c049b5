import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { CLASSES, CODE, DIGIT } from "./detect/characters.ts";
import { KIND } from "./detect/matches.ts";

/** What becomes of what was found: part of it stays, a digest stands for it, or nothing of it is left. */
export const MODES = ["mask", "hash", "remove"] as const;
export type Mode = (typeof MODES)[number];

/** Stars that stand for what is masked: more would only tell how long it was. */
const STARS_MAX = 64;
/** What a replacement may be longer than the match: a digest, or stars after a prefix. */
export const GROWTH_BYTES_MAX = 80;

const REMOVED = Buffer.from("[REDACTED]");
const DIGEST_CHARACTERS = 16;
/** Of other kinds a mask shows a fifth, and at most this many characters. */
const SHOWN_MAX = 4;
const SHOWN_SHARE = 0.2;

/**
 * Writes what stands for the bytes `start` to `end` at `at` of another buffer, which has room for the match and
 * {@link GROWTH_BYTES_MAX} more; returns where it ends.
 */
export type Replace = (
  out: Buffer,
  at: number,
  match: {
    readonly bytes: Buffer;
    readonly start: number;
    readonly end: number;
    readonly kind: number;
  },
) => number;

/**
 * How matches are replaced. `mask` gives `u***r@example.com`, `555-***-**67`, the last four digits of a
 * card, and of all else a prefix of a fifth, at most four characters; `hash` gives
 * `[REDACTED:<16 hexadecimal digits of the SHA-256 of match and salt>]`, equal for equal matches;
 * `remove` gives `[REDACTED]`.
 */
export function replacing(mode: Mode, salt: string): Replace {
  switch (mode) {
    case "mask":
      return mask;
    case "hash":
      return (out, at, { bytes, start, end }) => {
        const hash = createHash("sha256").update(bytes.subarray(start, end)).update(salt);
        const digest = hash.digest("hex").slice(0, DIGEST_CHARACTERS);
        return at + out.write(`[REDACTED:${digest}]`, at, "latin1");
      };
    case "remove":
      return (out, at) => copyBytes(REMOVED, 0, REMOVED.length, out, at);
  }
}

const mask: Replace = (out, at, match) => {
  switch (match.kind) {
    case KIND.email:
      return maskEmail(out, at, match);
    case KIND.phone:
      return maskDigits(out, at, match, { first: 3, last: 2 });
    case KIND.creditCard:
      return maskDigits(out, at, match, { first: 0, last: 4 });
    default:
      return maskRest(out, at, match);
  }
};

type Match = Parameters<Replace>[2];

/** The first and last character of the mailbox, and the domain. */
function maskEmail(out: Buffer, at: number, match: Match): number {
  const { bytes, start, end } = match;
  let sign = end - 1;
  while (sign > start && bytes[sign] !== CODE.at) sign--;
  // In a URL the sign is written otherwise; a domain in brackets is an IP address.
  if (sign === start || bytes[end - 1] === CODE.bracketEnd) return maskRest(out, at, match);
  let last = sign - 1;
  while (last > start && isContinuation(bytes[last]!)) last--;
  const first = characterEnd(bytes, start, sign);
  let to = at;
  const shows = last > first;
  if (shows) to = copyBytes(bytes, start, first, out, to);
  to = putStars(out, to, 3);
  return copyBytes(bytes, shows ? last : sign, end, out, to);
}

/** Digits but the first and last few become stars; what parts them stays. Short numbers show only their end. */
function maskDigits(
  out: Buffer,
  at: number,
  { bytes, start, end }: Match,
  shown: { readonly first: number; readonly last: number },
): number {
  let digits = 0;
  for (let i = start; i < end; i++) if (isDigit(bytes[i]!)) digits++;
  const first = digits < 10 ? 0 : shown.first;
  let seen = 0;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    const isShown = !isDigit(byte) || ++seen <= first || seen > digits - shown.last;
    out[at + i - start] = isShown ? byte : CODE.star;
  }
  return at + end - start;
}

function maskRest(out: Buffer, at: number, { bytes, start, end }: Match): number {
  let characters = 0;
  for (let i = start; i < end; i++) if (!isContinuation(bytes[i]!)) characters++;
  const shown = Math.min(SHOWN_MAX, Math.floor(characters * SHOWN_SHARE));
  let prefix = start;
  for (let i = 0; i < shown; i++) prefix = characterEnd(bytes, prefix, end);
  const stars = Math.min(characters - shown, STARS_MAX);
  return putStars(out, copyBytes(bytes, start, prefix, out, at), stars);
}

function putStars(out: Buffer, at: number, stars: number): number {
  for (let i = at; i < at + stars; i++) out[i] = CODE.star;
  return at + stars;
}

/** Longer pieces are copied natively; for shorter ones the call alone takes longer than the bytes. */
const NATIVE_BYTES_MIN = 64;

/** Copies a range of bytes to `at` of another buffer; returns where it ends there. */
export function copyBytes(
  source: Buffer,
  from: number,
  to: number,
  out: Buffer,
  at: number,
): number {
  if (to - from >= NATIVE_BYTES_MIN) return at + source.copy(out, at, from, to);
  let end = at;
  for (let i = from; i < to; i++) out[end++] = source[i]!;
  return end;
}

function characterEnd(bytes: Buffer, at: number, limit: number): number {
  let end = at + 1;
  while (end < limit && isContinuation(bytes[end]!)) end++;
  return end;
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

function isDigit(byte: number): boolean {
  return (CLASSES[byte]! & DIGIT) !== 0;
}
