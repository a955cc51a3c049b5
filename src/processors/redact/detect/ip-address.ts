import { ALPHANUMERIC, CLASSES, CODE, DIGIT, HEX, LETTER, LOCAL_SIGN } from "./characters.ts";
import { type DigitGroups, SEPARATOR } from "./digit-groups.ts";
import type { Scan } from "./scan.ts";
import { secondWordBefore, WORD, wordRightBefore } from "./words.ts";

/**
 * Where the IPv4 address ends that the first four groups are, or -1. A version number of four parts
 * looks the same: a word such as `version` or a browser's name before it, or a suffix such as
 * `-rc1` after it, tells it apart.
 */
export function ipv4End(scan: Scan, groups: DigitGroups): number {
  if (groups.length < 4 || groups.separators[3] === SEPARATOR.dot) return -1;
  for (let group = 0; group < 4; group++) {
    if (group < 3 && groups.separators[group] !== SEPARATOR.dot) return -1;
    if (!isOctet(scan, groups, group)) return -1;
  }
  const end = groups.ends[3]!;
  const after = scan.byte(end);
  if ((CLASSES[after]! & ALPHANUMERIC) !== 0 || after === CODE.underscore || after === CODE.at)
    return -1;
  if (isSuffix(scan, end) || isPartOfName(scan, groups.starts[0]!, end)) return -1;
  return isVersion(scan, groups) ? -1 : end;
}

/** `lib.so.1.2.3.4`, and `name-1.2.3.4.zip`. */
function isPartOfName(scan: Scan, start: number, end: number): boolean {
  const before = scan.byte(start - 1);
  if (before !== CODE.dot && before !== CODE.dash) return false;
  if ((CLASSES[scan.byte(start - 2)]! & LETTER) === 0) return false;
  return before === CODE.dot || (scan.byte(end) === CODE.dot && isLetter(scan, end + 1));
}

function isLetter(scan: Scan, at: number): boolean {
  return (CLASSES[scan.byte(at)]! & LETTER) !== 0;
}

function isOctet(scan: Scan, groups: DigitGroups, group: number): boolean {
  const size = groups.size(group);
  if (size > 3 || (size > 1 && scan.bytes[groups.starts[group]!] === CODE.zero)) return false;
  return groups.value(scan, group) <= 255;
}

/** `-rc1`, `+build`, `.dev`. */
function isSuffix(scan: Scan, end: number): boolean {
  const byte = scan.byte(end);
  if (byte !== CODE.dash && byte !== CODE.plus) return false;
  const next = CLASSES[scan.byte(end + 1)]!;
  return (next & ALPHANUMERIC) !== 0 && (next & DIGIT) === 0;
}

function isVersion(scan: Scan, groups: DigitGroups): boolean {
  const start = groups.starts[0]!;
  const word = wordRightBefore(scan, start);
  if ((word & WORD.version) !== 0) return true;
  if ((word & WORD.filler) !== 0 && (secondWordBefore(scan, start) & WORD.upgrade) !== 0)
    return true;
  // `Product/120.0.0.0`, as user agents have it.
  const isProduct =
    scan.byte(start - 1) === CODE.slash && (CLASSES[scan.byte(start - 2)]! & ALPHANUMERIC) !== 0;
  return isProduct && groups.value(scan, 2) === 0 && groups.value(scan, 3) === 0;
}

/** What one reading of an IPv6 address has come to. */
interface Reading {
  end: number;
  groups: number;
  isCompressed: boolean;
  /** Whether all groups have two characters, as those of hardware addresses and fingerprints do. */
  isPairs: boolean;
  hasDigit: boolean;
  firstSize: number;
}

const reading: Reading = {
  end: 0,
  groups: 0,
  isCompressed: false,
  isPairs: true,
  hasDigit: false,
  firstSize: 0,
};

/** Where the IPv6 address (RFC 4291 §2.2) begins whose first colon is at `at`. */
export function ipv6Start(scan: Scan, at: number): number {
  let start = at;
  while (start > scan.floor && start > at - 5 && (CLASSES[scan.bytes[start - 1]!]! & HEX) !== 0)
    start--;
  return start;
}

/** Where the IPv6 address ends that begins at `start`, or -1. Times, hardware addresses and `a::b` are none. */
export function ipv6End(scan: Scan, start: number): number {
  const before = scan.byte(start - 1);
  if ((CLASSES[before]! & ALPHANUMERIC) !== 0 || before === CODE.underscore) return -1;
  if (before === CODE.colon || before === CODE.dot) return -1;
  if (!read(scan, start)) return -1;
  const { groups, isCompressed, isPairs, hasDigit, firstSize } = reading;
  const end = zoneEnd(scan, reading.end);
  const after = scan.byte(end);
  if ((CLASSES[after]! & ALPHANUMERIC) !== 0 || after === CODE.underscore) return -1;
  if (after === CODE.colon && !isPort(scan, start, end)) return -1;
  if (!isCompressed) return groups === 8 && !isPairs ? end : -1;
  if (groups > 7 || groups === 0) return -1;
  if (!hasDigit && groups < 4) return -1;
  // Short forms of what is in use begin with four digits, or with none: `abc::1` is rather a name.
  return groups > 2 || firstSize === 0 || firstSize === 4 ? end : -1;
}

/** The longest name of a zone that is looked for. */
const ZONE_BYTES_MAX = 16;

/** After a zone such as `%eth0` (RFC 4007 §11); otherwise `at`. */
function zoneEnd(scan: Scan, at: number): number {
  if (scan.byte(at) !== CODE.percent) return at;
  let end = at + 1;
  while (
    end - at <= ZONE_BYTES_MAX &&
    (CLASSES[scan.byte(end)]! & (ALPHANUMERIC | LOCAL_SIGN)) !== 0
  )
    end++;
  while (end > at && scan.byte(end - 1) === CODE.dot) end--;
  return end - at > 1 ? end : at;
}

/** A colon after an address is a sentence's, or that of a port as Java writes it: `/0:0:0:0:0:0:0:1:2181`. */
function isPort(scan: Scan, start: number, end: number): boolean {
  const next = scan.byte(end + 1);
  if ((CLASSES[next]! & ALPHANUMERIC) === 0) return next !== CODE.colon;
  return scan.byte(start - 1) === CODE.slash && (CLASSES[next]! & DIGIT) !== 0;
}

/** Fills `reading`; false when no address can be read. */
function read(scan: Scan, start: number): boolean {
  reading.groups = 0;
  reading.isCompressed = false;
  reading.isPairs = true;
  reading.hasDigit = false;
  let i = start;
  if (scan.byte(i) === CODE.colon) {
    if (scan.byte(i + 1) !== CODE.colon) return false;
    reading.isCompressed = true;
    i += 2;
  }
  reading.firstSize = 0;
  reading.end = i;
  while (reading.groups < 8) {
    const group = i;
    while (i < group + 4 && (CLASSES[scan.byte(i)]! & HEX) !== 0) {
      if ((CLASSES[scan.bytes[i]!]! & DIGIT) !== 0) reading.hasDigit = true;
      i++;
    }
    if (i === group) break;
    const mayBeMapped = reading.groups > 0 || reading.isCompressed;
    if (mayBeMapped && scan.byte(i) === CODE.dot && mappedEnd(scan, group)) return true;
    if (group === start) reading.firstSize = i - group;
    if (i - group !== 2) reading.isPairs = false;
    reading.groups++;
    reading.end = i;
    if (scan.byte(i) !== CODE.colon) break;
    if (scan.byte(i + 1) === CODE.colon) {
      if (reading.isCompressed) return false;
      reading.isCompressed = true;
      reading.end = i + 2;
      i += 2;
    } else {
      i++;
    }
  }
  return true;
}

/** The dotted end of an address such as `::ffff:192.0.2.1`. */
function mappedEnd(scan: Scan, from: number): boolean {
  let i = from;
  for (let octet = 0; octet < 4; octet++) {
    const start = i;
    let value = 0;
    while (i < start + 3 && (CLASSES[scan.byte(i)]! & DIGIT) !== 0)
      value = value * 10 + scan.bytes[i++]! - CODE.zero;
    if (i === start || value > 255) return false;
    if (octet < 3 && scan.byte(i++) !== CODE.dot) return false;
  }
  reading.groups += 2;
  reading.isPairs = false;
  reading.end = i;
  return true;
}
