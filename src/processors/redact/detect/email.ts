import type { Buffer } from "node:buffer";
import { ALPHANUMERIC, CLASSES, CODE, DIGIT, LETTER, LOCAL_SIGN } from "./characters.ts";
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

/** Finds the e-mail address around the @ at `at`. Returns where to go on. */
export function emailAt(scan: Scan, at: number): number {
  const start = localStart(scan, at);
  if (start < 0) return at + 1;
  const end = domainEnd(scan, at + 1);
  if (end < 0) return at + 1;
  scan.matches.add(start, end, KIND.email);
  return end;
}

/** Where the local part begins, or -1. Latin letters with accents belong to it (RFC 6531). */
function localStart(scan: Scan, at: number): number {
  const { bytes } = scan;
  const floor = Math.max(scan.floor, at - LOCAL_BYTES_MAX);
  let start = at;
  while (start > floor) {
    if ((CLASSES[bytes[start - 1]!]! & (ALPHANUMERIC | LOCAL_SIGN)) !== 0) start--;
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
  if (start === at || bytes[at - 1] === CODE.dot) return -1;
  // `git@host:path` names a repository.
  const isGit = at - start === 3 && bytes[start] === 103 && bytes[start + 1] === 105;
  return isGit && bytes[start + 2] === CODE.t ? -1 : start;
}

/** That of `o'neil`, rather than a quote. */
function isInnerApostrophe(bytes: Buffer, at: number): boolean {
  if (bytes[at] !== CODE.apostrophe) return false;
  return (CLASSES[bytes[at - 1]!]! & LETTER) !== 0 && (CLASSES[bytes[at + 1]!]! & LETTER) !== 0;
}

/** A two-byte letter from U+00C0 to U+024F. */
function isLatin(lead: number, trail: number): boolean {
  return lead >= 0xc3 && lead <= 0xc9 && trail >= 0x80 && trail < 0xc0;
}

/** Where a domain of two labels or more ends, the last being a name; or -1. */
function domainEnd(scan: Scan, from: number): number {
  const { bytes } = scan;
  const limit = Math.min(scan.to, from + DOMAIN_BYTES_MAX);
  let label = from;
  let good = -1;
  for (let i = from; ; i++) {
    const byte = i < limit ? bytes[i]! : 0;
    if ((CLASSES[byte]! & ALPHANUMERIC) !== 0 || (byte === CODE.dash && i > label)) continue;
    if (i + 1 < limit && isLatin(byte, bytes[i + 1]!)) {
      i++;
      continue;
    }
    if (label > from && isLastLabel(scan, label, i)) good = i;
    if (byte !== CODE.dot || i === label) break;
    label = i + 1;
  }
  return good < 0 || isFile(scan, from, good) ? -1 : good;
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
