import { ALPHANUMERIC, BEYOND_ASCII, CLASSES, CODE, DIGIT, LETTER } from "./characters.ts";
import { DigitGroups, isSpaced } from "./digit-groups.ts";
import type { Detectors } from "./detectors.ts";
import { ibanEnd } from "./iban.ts";
import { ipv4End } from "./ip-address.ts";
import { KIND } from "./matches.ts";
import { cardEnd } from "./payment-card.ts";
import { isEscape, phoneEnd, phoneStart } from "./phone.ts";
import type { Scan } from "./scan.ts";
import { ssnEnd } from "./ssn.ts";

const groups = new DigitGroups();

const HASH_MARK = Buffer.from("[REDACTED:");

/** Finds what a run of digits that begins at `at` is part of. Returns where to go on. */
export function numberAt(scan: Scan, at: number, detectors: Detectors): number {
  const before = scan.byte(at - 1);
  if ((CLASSES[before]! & LETTER) !== 0 && !isEscape(scan, at - 1)) {
    const end = detectors.iban ? ibanEnd(scan, at) : -1;
    if (end < 0) return wordEnd(scan, at);
    scan.matches.add(at - 2, end, KIND.iban);
    return end;
  }
  if (!detectors.numbers) return wordEnd(scan, at);
  const end = runEnd(scan, at);
  if (end - at < LONE_DIGITS_MIN) {
    if (end - at < 4 && scan.byte(end) === CODE.colon) return clockEnd(scan, end);
    if (!goesOn(scan, end)) return wordEnd(scan, end);
    // Six digits begin nothing that has more groups, but a card's number with ten more.
    if (end - at === 6 && before !== CODE.plus && !isDigit(scan.byte(end + 7)))
      return wordEnd(scan, end);
    if (end - at === 4 && isDate(scan, at)) return end + 6;
  }
  if (end - at === 8 && isBeforeTime(scan, end)) return end;
  groups.read(scan, at);
  const found = numberEnd(scan, detectors, before);
  return found < 0 ? wordEnd(scan, end) : found;
}

/** Fewer digits than these mean nothing alone. */
const LONE_DIGITS_MIN = 7;

/**
 * Where a time such as `17:41:44` ends, whose first number ends at `at`: the colons of times are so many
 * in logs that looking at each for addresses would take longer than all else.
 */
function clockEnd(scan: Scan, at: number): number {
  let end = at;
  for (let colons = 0; colons < 6; colons++) {
    let next = end + 1;
    while (next < end + 4 && isDigit(scan.byte(next))) next++;
    const after = scan.byte(next);
    if (next === end + 1 || (CLASSES[after]! & ALPHANUMERIC) !== 0 || after === CODE.dot) return at;
    if (after !== CODE.colon) return next;
    end = next;
  }
  return at;
}

/** `2024-01-31` at the four digits at `at`, without a digit right after it. */
function isDate(scan: Scan, at: number): boolean {
  const { bytes } = scan;
  const mark = scan.byte(at + 4);
  if (mark !== CODE.dash && mark !== CODE.slash) return false;
  if (scan.byte(at + 7) !== mark || (bytes[at] !== CODE.one && bytes[at] !== CODE.one + 1))
    return false;
  const isMonth = isDigit(scan.byte(at + 5)) && isDigit(scan.byte(at + 6));
  if (!isMonth || bytes[at + 5]! > CODE.one || !isDigit(scan.byte(at + 8))) return false;
  const after = scan.byte(at + 10);
  return isDigit(scan.byte(at + 9)) && !isDigit(after) && after !== mark;
}

/** Whether `-22:15` or `T22:15` follows, which makes a day of `20171223`. */
function isBeforeTime(scan: Scan, end: number): boolean {
  if (scan.byte(end + 3) !== CODE.colon || !isDigit(scan.byte(end + 2))) return false;
  const sign = scan.byte(end);
  return (sign === CODE.dash || sign === CODE.T) && isDigit(scan.byte(end + 1));
}

/** Whether another group of digits may follow the one that ends at `end`: most numbers of logs are over here. */
function goesOn(scan: Scan, end: number): boolean {
  const byte = scan.byte(end);
  if (byte === CODE.close) return true;
  if (byte !== CODE.space && byte !== CODE.dash && byte !== CODE.dot && byte !== CODE.slash)
    return byte === CODE.open || (CLASSES[byte]! & BEYOND_ASCII) !== 0;
  const next = scan.byte(end + 1);
  if (!isDigit(next)) return next === CODE.open || isSpaced(scan, end);
  // `Dec 10 06:55:46` goes on with a time.
  return byte !== CODE.space || scan.byte(end + 3) !== CODE.colon;
}

function runEnd(scan: Scan, at: number): number {
  const { bytes, to } = scan;
  let end = at + 1;
  while (end < to && (CLASSES[bytes[end]!]! & DIGIT) !== 0) end++;
  return end;
}

/** Tries the kinds of numbers from the most to the least certain, adds what is found and returns its end, or -1. */
function numberEnd(scan: Scan, detectors: Detectors, before: number): number {
  const start = groups.starts[0]!;
  let end = -1;
  if (!isFraction(scan, start, before)) {
    if (detectors.ipAddress && (end = ipv4End(scan, groups)) >= 0)
      return add(scan, start, end, KIND.ipAddress);
    if (isOpen(scan, start, before)) {
      if (detectors.creditCard && (end = cardEnd(scan, groups)) >= 0 && isEnd(scan, end))
        return add(scan, start, end, KIND.creditCard);
      if (detectors.ssn && (end = ssnEnd(scan, groups)) >= 0 && isEnd(scan, end))
        return add(scan, start, end, KIND.ssn);
    }
  }
  if (detectors.phone && (end = phoneEnd(scan, groups)) >= 0)
    return add(scan, phoneStart(), end, KIND.phone);
  return -1;
}

function add(scan: Scan, start: number, end: number, kind: number): number {
  scan.matches.add(start, end, kind);
  return end;
}

/** After a point and a digit, and after an underscore, digits are part of something else. */
function isFraction(scan: Scan, start: number, before: number): boolean {
  if (before === CODE.underscore || before === CODE.star) return true;
  return before === CODE.dot && isDigit(scan.byte(start - 2));
}

/**
 * Whether a card or social security number may begin here: not after `12-`, nor after a minus sign,
 * nor in the mark of a hash that this processor has written.
 */
function isOpen(scan: Scan, start: number, before: number): boolean {
  if (before === CODE.dash) {
    const beforeThat = CLASSES[scan.byte(start - 2)]!;
    return (beforeThat & (LETTER | BEYOND_ASCII)) !== 0;
  }
  if (before === CODE.slash || before === CODE.dot || before === CODE.plus)
    return !isDigit(scan.byte(start - 2)) && before !== CODE.plus;
  return before !== CODE.colon || !scan.has(start - HASH_MARK.length, HASH_MARK);
}

/** Whether a number is over at `end`: no letter follows, nor a separator and more digits, nor an @. */
function isEnd(scan: Scan, end: number): boolean {
  const after = scan.byte(end);
  if ((CLASSES[after]! & ALPHANUMERIC) !== 0 || after === CODE.underscore || after === CODE.at)
    return false;
  const isJoint = after === CODE.dash || after === CODE.dot || after === CODE.slash;
  return !isJoint || !isDigit(scan.byte(end + 1));
}

/** Past the letters and digits from `at` on: no number begins among them. */
function wordEnd(scan: Scan, at: number): number {
  const { bytes, to } = scan;
  let i = at;
  while (i < to && (CLASSES[bytes[i]!]! & ALPHANUMERIC) !== 0) i++;
  return i;
}

function isDigit(byte: number): boolean {
  return (CLASSES[byte]! & DIGIT) !== 0;
}
