import { ALPHANUMERIC, CLASSES, CODE, DIGIT } from "./characters.ts";
import { type DigitGroups, SEPARATOR } from "./digit-groups.ts";
import type { Scan } from "./scan.ts";
import { WORD, wordRightBefore, wordsBefore } from "./words.ts";

/** ITU-T E.164 §6.2.1: digits of an international number. National ones in use have seven or more. */
const DIGITS_MAX = 15;
const DIGITS_MIN = 7;

/** The digits of an extension such as `x123`. */
const EXTENSION_DIGITS_MAX = 6;

/** What a number is preceded by, beside words. */
interface Lead {
  start: number;
  isInternational: boolean;
  isParenthesised: boolean;
}

const lead: Lead = { start: 0, isInternational: false, isParenthesised: false };

/** Where {@link phoneEnd} found that the number begins: at a `+` or `(` before its digits. */
export function phoneStart(): number {
  return lead.start;
}

/**
 * Where the telephone number ends that begins with the first group, or -1. Numbers of a shape that
 * little else has (`+49 …`, `(555) 123-4567`, `555-123-4567`, `01.84.17.61.18`) are taken as they
 * are; other groups of digits, and digits alone, only after a word that says so.
 */
export function phoneEnd(scan: Scan, groups: DigitGroups): number {
  if (digitsOf(groups, groups.length) < DIGITS_MIN) return -1;
  readLead(scan, groups.starts[0]!);
  if (isInsideNumber(scan)) return -1;
  let words = -1;
  for (let count = joined(groups); count > 0; count--) {
    const digits = digitsOf(groups, count);
    if (digits < DIGITS_MIN || digits > DIGITS_MAX) continue;
    const end = endAfter(scan, groups, count);
    if (end < 0) continue;
    if (isPlain(scan, groups, count)) return end;
    if (!isPlausible(scan, groups, count)) continue;
    if (words < 0) words = wordsBefore(scan, groups.starts[0]!);
    if ((words & WORD.phone) !== 0) return end;
    if (count > 1 && digits <= 13 && (words & WORD.call) !== 0) return end;
    if (count === 1 && (words & WORD.voice) !== 0 && isDialled(scan, groups)) return end;
  }
  return -1;
}

function readLead(scan: Scan, at: number): void {
  const { floor } = scan;
  lead.start = at;
  lead.isParenthesised = false;
  lead.isInternational = false;
  if (at > floor && scan.byte(at - 1) === CODE.open) {
    lead.isParenthesised = true;
    lead.start--;
  }
  if (lead.start > floor && scan.byte(lead.start - 1) === CODE.plus) {
    lead.isInternational = true;
    lead.start--;
  }
}

/** Whether what is before the start belongs to the digits: a letter, or a digit and a separator. */
function isInsideNumber(scan: Scan): boolean {
  const before = scan.byte(lead.start - 1);
  const kind = CLASSES[before]!;
  if ((kind & ALPHANUMERIC) !== 0) return !isEscape(scan, lead.start - 1);
  if (before === CODE.underscore || before === CODE.plus || before === CODE.star) return true;
  const beforeThat = CLASSES[scan.byte(lead.start - 2)]!;
  if (before === CODE.colon) return (beforeThat & DIGIT) !== 0;
  const isJoint = before === CODE.dash || before === CODE.dot || before === CODE.slash;
  return isJoint && (beforeThat & ALPHANUMERIC) !== 0;
}

/** The letter of a line end that is written as `\n`. */
export function isEscape(scan: Scan, at: number): boolean {
  const byte = scan.byte(at);
  const isLineEnd = byte === CODE.n || byte === CODE.r || byte === CODE.t;
  return isLineEnd && scan.byte(at - 1) === CODE.backslash;
}

/** How many groups could be one number: international ones end where their digits are complete. */
function joined(groups: DigitGroups): number {
  if (!lead.isInternational) return groups.length;
  let digits = 0;
  for (let count = 1; count <= groups.length; count++) {
    digits += groups.size(count - 1);
    const isNorthAmerican = groups.size(0) === 1 && digits === 11;
    if (digits >= 12 || isNorthAmerican || (count === 1 && digits >= 9)) return count;
  }
  return groups.length;
}

function digitsOf(groups: DigitGroups, count: number): number {
  let digits = 0;
  for (let group = 0; group < count; group++) digits += groups.size(group);
  return digits;
}

/** Where the first groups end with their extension, or -1 when they go on with something else. */
function endAfter(scan: Scan, groups: DigitGroups, count: number): number {
  const end = groups.ends[count - 1]!;
  const after = scan.byte(end);
  const separator = groups.separators[count - 1]!;
  if (separator !== SEPARATOR.none && separator !== SEPARATOR.space) return -1;
  if (after === CODE.at || after === CODE.underscore || after === CODE.percent) return -1;
  if (after === CODE.colon && (CLASSES[scan.byte(end + 1)]! & DIGIT) !== 0) return -1;
  // As many groups as only rows of numbers have.
  const isRow = separatorsOf(groups, count) === SEPARATOR.space && count > 3;
  if (isRow && separator === SEPARATOR.space) return -1;
  const extended = extensionEnd(scan, end);
  if (extended > end) return extended;
  return (CLASSES[after]! & ALPHANUMERIC) !== 0 ? -1 : end;
}

/** After `x12`, ` x12` or ` ext. 12`; otherwise `end`. */
function extensionEnd(scan: Scan, end: number): number {
  let i = end;
  if (scan.byte(i) === CODE.space) i++;
  if (scan.byte(i) === CODE.x) i++;
  else if (scan.has(i, EXTENSION)) i += scan.byte(i + 3) === CODE.dot ? 4 : 3;
  else return end;
  if (scan.byte(i) === CODE.space) i++;
  const digits = i;
  while (i - digits <= EXTENSION_DIGITS_MAX && (CLASSES[scan.byte(i)]! & DIGIT) !== 0) i++;
  const isWhole = i > digits && (CLASSES[scan.byte(i)]! & ALPHANUMERIC) === 0;
  return isWhole ? i : end;
}

const EXTENSION = Buffer.from("ext");

/** Shapes that need no word. */
function isPlain(scan: Scan, groups: DigitGroups, count: number): boolean {
  const digits = digitsOf(groups, count);
  if (lead.isInternational) return digits >= 8;
  if (isNorthAmerican(scan, groups, count)) return true;
  if (lead.isParenthesised) return isParenthesised(groups, count, digits);
  return isTrunk(scan, groups, count);
}

/** `555-123-4567`, `(555) 123-4567`, `1.555.123.4567`; with nothing but blanks it is a row of numbers. */
function isNorthAmerican(scan: Scan, groups: DigitGroups, count: number): boolean {
  const from = count - 3;
  if (from < 0 || from > 1) return false;
  if (from === 1 && (groups.size(0) !== 1 || groups.value(scan, 0) !== 1)) return false;
  if (groups.size(from) !== 3 || groups.size(from + 1) !== 3 || groups.size(from + 2) !== 4)
    return false;
  const first = groups.separators[from]!;
  const second = groups.separators[from + 1]!;
  if (first === SEPARATOR.slash || second === SEPARATOR.slash) return false;
  const isBlank = first === SEPARATOR.space && second === SEPARATOR.space;
  return !isBlank && (first === second || first === SEPARATOR.parenthesis || from === 1);
}

/** `(64) 3591-3246`: an area code in parentheses, and six to eight digits. */
function isParenthesised(groups: DigitGroups, count: number, digits: number): boolean {
  const area = groups.size(0);
  if (area < 2 || area > 5 || groups.separators[0] !== SEPARATOR.parenthesis) return false;
  if (count < 3 || count > 5 || digits - area > 9) return false;
  for (let group = 1; group < count; group++) if (groups.size(group) < 2) return false;
  return groups.separators[1] !== SEPARATOR.slash;
}

/** Numbers with a trunk or international prefix: `01.84.17.61.18`, `0680 298 70 63`, `0044 20 7946 0958`. */
function isTrunk(scan: Scan, groups: DigitGroups, count: number): boolean {
  const start = groups.starts[0]!;
  if (scan.bytes[start] !== CODE.zero || count < 2) return false;
  const digits = digitsOf(groups, count);
  const isInternational = scan.bytes[start + 1] === CODE.zero;
  if (digits < (isInternational ? 11 : 9) || digits > 14) return false;
  const size = groups.size(0);
  if (size < 2 || size > 5 || isAfterNumber(scan, start)) return false;
  const kinds = separatorsOf(groups, count);
  if ((kinds & SEPARATOR.slash) !== 0) return false;
  if ((kinds & SEPARATOR.dot) !== 0 && kinds !== SEPARATOR.dot) return false;
  if (count === 2) return kinds === SEPARATOR.dash && size >= 3 && digits <= 11;
  for (let group = 1; group < count; group++) {
    const length = groups.size(group);
    if (length < 2 || length > 4) return false;
  }
  // Pairs alone are also how dumps and times are written; numbers in pairs have five.
  return !isPairs(groups, count) || count === 5;
}

/** Whether a digit and a blank are before: then it is rather a row of numbers. */
function isAfterNumber(scan: Scan, start: number): boolean {
  return scan.byte(start - 1) === CODE.space && (CLASSES[scan.byte(start - 2)]! & DIGIT) !== 0;
}

function isPairs(groups: DigitGroups, count: number): boolean {
  for (let group = 0; group < count; group++) if (groups.size(group) !== 2) return false;
  return true;
}

/** Which separators stand between the first groups, as bits. */
function separatorsOf(groups: DigitGroups, count: number): number {
  let kinds = 0;
  for (let group = 0; group < count - 1; group++) kinds |= groups.separators[group]!;
  return kinds;
}

/** Whether groups could be a number if a word says so: not a date, a fraction or a row of numbers. */
function isPlausible(scan: Scan, groups: DigitGroups, count: number): boolean {
  if (count === 1) return true;
  if (count > 6 || groups.size(0) > 5) return false;
  const kinds = separatorsOf(groups, count);
  if (kinds === SEPARATOR.dot && count < 3) return false;
  for (let group = 1; group < count; group++) {
    const size = groups.size(group);
    if (size < 2 || size > 8) return false;
  }
  return !isDate(scan, groups, count);
}

/** Nine to twelve digits after `at` or `on`, and not Unix seconds. */
function isDialled(scan: Scan, groups: DigitGroups): boolean {
  const size = groups.size(0);
  if (size < 9 || size > 12) return false;
  if (size === 10 && scan.bytes[groups.starts[0]!] === CODE.one) return false;
  return (wordRightBefore(scan, groups.starts[0]!) & WORD.at) !== 0;
}

/** `2024-01-31` or `31.01.2024`, with what comes after it, and `2001-2010`. */
function isDate(scan: Scan, groups: DigitGroups, count: number): boolean {
  if (count === 2 && groups.size(0) === 4 && groups.size(1) === 4)
    return isYear(groups.value(scan, 0)) && isYear(groups.value(scan, 1));
  if (count < 3) return false;
  const [a, b, c] = [groups.size(0), groups.size(1), groups.size(2)];
  if (b !== 2 || groups.value(scan, 1) > 31) return false;
  if (a === 4 && c === 2) return isYear(groups.value(scan, 0));
  return a === 2 && c === 4 && isYear(groups.value(scan, 2));
}

function isYear(value: number): boolean {
  return value >= 1900 && value < 2100;
}
