import type { Buffer } from "node:buffer";
import {
  ALPHANUMERIC,
  BEYOND_ASCII,
  CLASSES,
  CODE,
  DIGIT,
  LETTER,
  LOCAL_SIGN,
} from "./characters.ts";
import { KIND } from "./matches.ts";
import type { Scan } from "./scan.ts";

/** RFC 5321 §4.5.3.1: octets of a local part and of a domain. */
const LOCAL_BYTES_MAX = 64;
const DOMAIN_BYTES_MAX = 253;

/** Last labels of what has the shape of an address but is a file or a systemd unit. */
const NOT_DOMAINS = new Set(
  (
    "png jpg jpeg gif svg webp ico js mjs cjs ts tsx jsx css map json html xml yaml yml " +
    "service socket mount timer slice target scope swap device automount"
  ).split(" "),
);

/**
 * Finds the e-mail address around the @ at `at`, or around the `%40` of a URL, which has so many `bytes`.
 * Returns where to go on.
 */
export function emailAt(scan: Scan, at: number, bytes = 1): number {
  const start = localStart(scan, at);
  if (start < 0) return at + 1;
  const end = domainEnd(scan, at + bytes);
  if (end < 0) return at + 1;
  scan.matches.add(start, end, KIND.email);
  return end;
}

/** Where the local part begins, or -1. */
function localStart(scan: Scan, at: number): number {
  if (scan.byte(at - 1) === CODE.quote) return quotedStart(scan, at);
  const start = plainStart(scan, at);
  return start < 0 || scan.bytes[at - 1] === CODE.dot || isGit(scan, start, at) ? -1 : start;
}

/** Of `"john doe"@example.com` (RFC 5321 §4.1.2). */
function quotedStart(scan: Scan, at: number): number {
  const floor = Math.max(scan.floor, at - LOCAL_BYTES_MAX);
  for (let start = at - 2; start >= floor; start--) {
    const byte = scan.bytes[start]!;
    if (byte === CODE.newline || byte === CODE.backslash || byte === CODE.star) return -1;
    if (byte === CODE.quote)
      return (CLASSES[scan.bytes[start + 1]!]! & ALPHANUMERIC) !== 0 ? start : -1;
  }
  return -1;
}

/** Of letters, digits and signs. Latin letters with accents belong to it, and any others if the last is one (RFC 6531). */
function plainStart(scan: Scan, at: number): number {
  const { bytes } = scan;
  const floor = Math.max(scan.floor, at - LOCAL_BYTES_MAX);
  const isOfOthers = letterBefore(bytes, at, floor) > 0;
  let start = at;
  while (start > floor) {
    const letter = isOfOthers ? letterBefore(bytes, start, floor) : 0;
    if ((CLASSES[bytes[start - 1]!]! & (ALPHANUMERIC | LOCAL_SIGN)) !== 0) start--;
    else if (letter > 0) start -= letter;
    else if (start - 2 >= floor && isLatin(bytes[start - 2]!, bytes[start - 1]!)) start -= 2;
    else if (start - 2 >= floor && start < at && isInnerApostrophe(bytes, start - 1)) start--;
    else break;
  }
  // What a mask has left of an address is not one.
  if (scan.byte(start - 1) === CODE.star) return -1;
  // A longer run of such characters is not the name of a mailbox.
  if (
    start === floor &&
    floor > scan.floor &&
    (CLASSES[scan.byte(start - 1)]! & ALPHANUMERIC) !== 0
  )
    return -1;
  while (
    start < at &&
    (CLASSES[bytes[start]!]! & LOCAL_SIGN) !== 0 &&
    bytes[start] !== CODE.underscore
  )
    start++;
  return start === at ? -1 : start;
}

/** `git@host:path` names a repository. */
function isGit({ bytes }: Scan, start: number, at: number): boolean {
  const isOfThree = at - start === 3 && bytes[start] === 103 && bytes[start + 1] === 105;
  return isOfThree && bytes[start + 2] === CODE.t;
}

/** That of `o'neil`, rather than a quote. */
function isInnerApostrophe(bytes: Buffer, at: number): boolean {
  if (bytes[at] !== CODE.apostrophe) return false;
  return (CLASSES[bytes[at - 1]!]! & LETTER) !== 0 && (CLASSES[bytes[at + 1]!]! & LETTER) !== 0;
}

/** How many bytes the letter beyond ASCII has that ends before `at`; 0 where it is none. */
function letterBefore(bytes: Buffer, at: number, floor: number): number {
  for (let length = 2; length <= 3 && at - length >= floor; length++) {
    const lead = bytes[at - length]!;
    if (lead >= 0xc0) return isLetter(lead, bytes[at - length + 1]!, length) ? length : 0;
    if (lead < 0x80) return 0;
  }
  return 0;
}

/**
 * Whether a character of two or three bytes is rather a letter than a sign: not those of U+0080 to U+00BF,
 * U+2000 to U+2FFF, U+3000 to U+303F and from U+F000 on.
 */
function isLetter(lead: number, second: number, length: number): boolean {
  if (length === 2) return lead >= 0xc3 && lead < 0xe0;
  return lead >= 0xe0 && lead < 0xef && lead !== 0xe2 && !(lead === 0xe3 && second === 0x80);
}

/** How many bytes the letter beyond ASCII at `at` has; 0 where it is none. */
function letterAt(scan: Scan, at: number, limit: number): number {
  const lead = scan.byte(at);
  const length = lead < 0xe0 ? 2 : 3;
  if (lead < 0xc3 || at + length > limit) return 0;
  return isLetter(lead, scan.byte(at + 1), length) ? length : 0;
}

/** A two-byte letter from U+00C0 to U+024F. */
function isLatin(lead: number, trail: number): boolean {
  return lead >= 0xc3 && lead <= 0xc9 && trail >= 0x80 && trail < 0xc0;
}

/**
 * Where a domain of two labels or more ends, the last being a name; or -1. A label that begins with a letter
 * beyond ASCII may go on with any: after others, what follows may be the next word of a text without blanks.
 */
function domainEnd(scan: Scan, from: number): number {
  const { bytes } = scan;
  if (scan.byte(from) === CODE.bracket) return literalEnd(scan, from);
  const limit = Math.min(scan.to, from + DOMAIN_BYTES_MAX);
  let label = from;
  let good = -1;
  for (let i = from; ; i++) {
    const byte = i < limit ? bytes[i]! : 0;
    if ((CLASSES[byte]! & ALPHANUMERIC) !== 0 || (byte === CODE.dash && i > label)) continue;
    const letter = (CLASSES[byte]! & BEYOND_ASCII) === 0 ? 0 : letterAt(scan, i, limit);
    const mayGoOn = i === label || (CLASSES[bytes[label]!]! & BEYOND_ASCII) !== 0;
    if (letter > 0 && (mayGoOn || isLatin(byte, bytes[i + 1]!))) {
      i += letter - 1;
      continue;
    }
    if (label > from && isLastLabel(scan, label, i)) good = i;
    if (byte !== CODE.dot || i === label) break;
    label = i + 1;
  }
  return good < 0 || isFile(scan, from, good) ? -1 : good;
}

/** Where an address in brackets ends (RFC 5321 §4.1.3), such as `[192.0.2.1]`; or -1. */
function literalEnd(scan: Scan, from: number): number {
  let end = from + 1;
  let hasDigit = false;
  while (end - from < LITERAL_BYTES_MAX && isOfLiteral(scan.byte(end))) {
    hasDigit ||= (CLASSES[scan.byte(end)]! & DIGIT) !== 0;
    end++;
  }
  return hasDigit && scan.byte(end) === CODE.bracketEnd ? end + 1 : -1;
}

/** `IPv6:` and the longest address. */
const LITERAL_BYTES_MAX = 46;

function isOfLiteral(byte: number): boolean {
  return (CLASSES[byte]! & ALPHANUMERIC) !== 0 || byte === CODE.dot || byte === CODE.colon;
}

/** Two characters or more, of which the first is a letter, and none a digit unless it is Punycode. */
function isLastLabel(scan: Scan, from: number, to: number): boolean {
  const { bytes } = scan;
  if (to - from < 2 || (CLASSES[bytes[from]!]! & DIGIT) !== 0) return false;
  if (bytes[to - 1] === CODE.dash) return false;
  const isPunycode = bytes[from] === CODE.x && scan.byte(from + 2) === CODE.dash;
  for (let i = from; i < to && !isPunycode; i++)
    if ((CLASSES[bytes[i]!]! & (DIGIT | LOCAL_SIGN)) !== 0) return false;
  return true;
}

function isFile(scan: Scan, from: number, end: number): boolean {
  const { bytes } = scan;
  let label = end;
  while (label > from && (CLASSES[bytes[label - 1]!]! & LETTER) !== 0) label--;
  if (end - label > 9) return false;
  return NOT_DOMAINS.has(String.fromCharCode(...bytes.subarray(label, end)).toLowerCase());
}
