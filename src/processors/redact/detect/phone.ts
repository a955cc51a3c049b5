import { ALPHANUMERIC, CLASSES, CODE, DIGIT, LETTER } from "./characters.ts";
import { type DigitGroups, SEPARATOR } from "./digit-groups.ts";
import type { Scan } from "./scan.ts";
import { OF_PHONES, WORD, wordRightAfter, wordRightBefore, wordsBefore } from "./words.ts";

/** ITU-T E.164 §6.2.1: digits of an international number. National ones in use have six or more. */
const DIGITS_MAX = 15;
const DIGITS_MIN = 7;
const FEW_DIGITS = 6;

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
  if (groups.digits < FEW_DIGITS) return -1;
  readLead(scan, groups);
  if (isInsideNumber(scan)) return -1;
  const mayBePlain = hasPlainStart(scan, groups);
  for (let count = joined(groups); count > 0; count--) {
    const digits = digitsOf(groups, count);
    if (digits > DIGITS_MAX) continue;
    if (digits < DIGITS_MIN && !isThreePairs(groups, count)) return -1;
    const end = endAfter(scan, groups, count);
    if (end < 0) continue;
    if (mayBePlain && digits >= DIGITS_MIN && isPlain(scan, groups, count)) return end;
    if (isPlausible(scan, groups, count) && isSaid(scan, groups, count, end)) return end;
  }
  return -1;
}

/** Whether a number that needs no word may begin so: most numbers do not. */
function hasPlainStart(scan: Scan, groups: DigitGroups): boolean {
  if (lead.isInternational || groups.length > 2) return true;
  return lead.isParenthesised || scan.bytes[groups.starts[0]!] === CODE.zero;
}

/** Whether a word before the number, or right after it, says that it is a telephone's. */
function isSaid(scan: Scan, groups: DigitGroups, count: number, end: number): boolean {
  const start = groups.starts[0]!;
  const words = wordsBefore(scan, start);
  const digits = digitsOf(groups, count);
  if ((words & OF_PHONES) === 0)
    return digits >= DIGITS_MIN && isSaidAfter(scan, groups, count, end);
  const isPhone = (words & WORD.phone) !== 0;
  if (isPhone && digits >= DIGITS_MIN) return true;
  const isAfterAt = (wordRightBefore(scan, start) & WORD.at) !== 0;
  const isAt = isAfterAt && (words & WORD.voice) !== 0;
  if (digits < DIGITS_MIN) return isAt || isPhone;
  if (count === 1) return isAt && isDialled(scan, groups, (words & WORD.dial) !== 0);
  if (digits > 13) return false;
  if (isAt) return true;
  const isCalled = isAfterAt || (words & WORD.dial) !== 0 || !isAmount(groups, count);
  if (isCalled && (words & WORD.call) !== 0) return true;
  return isSaidAfter(scan, groups, count, end);
}

/** `555 123 4567 (office)`. */
function isSaidAfter(scan: Scan, groups: DigitGroups, count: number, end: number): boolean {
  if (count < 3 || isAmount(groups, count)) return false;
  return (wordRightAfter(scan, end) & WORD.after) !== 0;
}

/** `32 16 45`, and no time such as `14.30.00`. */
function isThreePairs(groups: DigitGroups, count: number): boolean {
  if (count !== 3 || !isPairs(groups, count)) return false;
  const kinds = separatorsOf(groups, count);
  return kinds === SEPARATOR.space || kinds === SEPARATOR.dash;
}

/** `1 234 567` and `12.345.678`, which are rather amounts. */
function isAmount(groups: DigitGroups, count: number): boolean {
  const kinds = separatorsOf(groups, count);
  if (count < 3 || groups.size(0) > 2) return false;
  for (let group = 1; group < count; group++) if (groups.size(group) !== 3) return false;
  return kinds === SEPARATOR.space || kinds === SEPARATOR.dot;
}

function readLead(scan: Scan, groups: DigitGroups): void {
  const { floor } = scan;
  const at = groups.starts[0]!;
  lead.start = at;
  lead.isParenthesised = false;
  lead.isInternational = false;
  const isClosed = scan.byte(groups.ends[0]!) === CODE.close;
  if (isClosed && at > floor && scan.byte(at - 1) === CODE.open) {
    lead.isParenthesised = true;
    lead.start--;
  }
  if (lead.start > floor && scan.byte(lead.start - 1) === CODE.plus) {
    lead.isInternational = true;
    lead.start--;
  }
  // `(+44) 20 …`
  if (isClosed && lead.isInternational && lead.start > floor)
    if (scan.byte(lead.start - 1) === CODE.open) lead.start--;
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
  if ((separator & ~(SEPARATOR.space | SEPARATOR.spaced)) !== 0) return -1;
  if (after === CODE.at || after === CODE.underscore || after === CODE.percent) return -1;
  if (after === CODE.colon && (CLASSES[scan.byte(end + 1)]! & DIGIT) !== 0) return -1;
  // As many groups as only rows of numbers have.
  const isRow = separatorsOf(groups, count) === SEPARATOR.space && count > 3;
  if (isRow && separator === SEPARATOR.space) return -1;
  const extended = extensionEnd(scan, end);
  if (extended > end) return extended;
  return (CLASSES[after]! & ALPHANUMERIC) !== 0 ? -1 : end;
}

/** After `x12`, ` x12`, ` ext. 12`, ` extension 12` or `;ext=12` (RFC 3966 §3); otherwise `end`. */
function extensionEnd(scan: Scan, end: number): number {
  let i = end;
  if (isBeforeExtension(scan.byte(i))) i++;
  if (scan.byte(i) === CODE.space) i++;
  const first = scan.byte(i) | 32;
  if (first !== CODE.x && first !== EXTENSION[0]) return end;
  const word = i;
  while (i - word <= EXTENSION.length && (CLASSES[scan.byte(i)]! & LETTER) !== 0) i++;
  if (!isExtension(scan, word, i)) return end;
  if (isAfterExtension(scan.byte(i))) i++;
  if (scan.byte(i) === CODE.space) i++;
  const digits = i;
  while (i - digits <= EXTENSION_DIGITS_MAX && (CLASSES[scan.byte(i)]! & DIGIT) !== 0) i++;
  const isWhole = i > digits && (CLASSES[scan.byte(i)]! & ALPHANUMERIC) === 0;
  return isWhole ? i : end;
}

const EXTENSION = Buffer.from("extension");
/** Of its short forms: `ext`, `extn`. */
const SHORT_BYTES = 3;

/** Whether a word is `x`, `ext`, `extn` or `extension`, in letters of either case. */
function isExtension(scan: Scan, from: number, to: number): boolean {
  const length = to - from;
  if (length === 1) return (scan.byte(from) | 32) === CODE.x;
  if (length !== SHORT_BYTES && length !== SHORT_BYTES + 1 && length !== EXTENSION.length)
    return false;
  const compared = length === SHORT_BYTES + 1 ? SHORT_BYTES : length;
  for (let i = 0; i < compared; i++) if ((scan.byte(from + i) | 32) !== EXTENSION[i]) return false;
  return compared === length || (scan.byte(to - 1) | 32) === CODE.n;
}

function isBeforeExtension(byte: number): boolean {
  return byte === CODE.space || byte === CODE.comma || byte === CODE.semicolon;
}

function isAfterExtension(byte: number): boolean {
  return byte === CODE.dot || byte === CODE.equals || byte === CODE.colon;
}

/** Shapes that need no word. */
function isPlain(scan: Scan, groups: DigitGroups, count: number): boolean {
  const digits = digitsOf(groups, count);
  if (lead.isInternational) return digits >= 8;
  if (isNorthAmerican(scan, groups, count)) return true;
  if (lead.isParenthesised) return isParenthesised(groups, count, digits);
  return isAreaInside(groups, count, digits) || isTrunk(scan, groups, count);
}

/** `8 (800) 555-35-35`, `0 (532) 123 45 67`: an area code in parentheses after a trunk or country code. */
function isAreaInside(groups: DigitGroups, count: number, digits: number): boolean {
  if (count < 4 || digits < 10 || digits > 13) return false;
  if (groups.separators[0] !== SEPARATOR.parenthesis) return false;
  if (groups.separators[1] !== SEPARATOR.parenthesis) return false;
  const area = groups.size(1);
  if (groups.size(0) > 3 || area < 2 || area > 5) return false;
  for (let group = 2; group < count; group++)
    if (groups.size(group) < 2 || groups.size(group) > 4) return false;
  return true;
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
  if (first === SEPARATOR.parenthesis) return true;
  if (first === SEPARATOR.spaced || second === SEPARATOR.spaced) return false;
  const isBlank = first === SEPARATOR.space && second === SEPARATOR.space;
  return !isBlank && (first === second || from === 1);
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
  if (scan.bytes[start] !== CODE.zero || count < 2 || isAfterNumber(scan, start)) return false;
  const kinds = separatorsOf(groups, count);
  if ((kinds & (SEPARATOR.slash | SEPARATOR.spaced)) !== 0) return false;
  if ((kinds & SEPARATOR.dot) !== 0 && kinds !== SEPARATOR.dot) return false;
  const size = groups.size(0);
  if (size < 2 || size > 5) return false;
  const digits = digitsOf(groups, count);
  if (scan.bytes[start + 1] === CODE.zero) return isAbroad(scan, groups, count, digits);
  if (digits < 9 || digits > 14) return false;
  if (count === 2) return isOfTwo(groups, kinds, digits);
  for (let group = 1; group < count; group++) {
    const length = groups.size(group);
    if (length < 2 || length > 4) return false;
  }
  // Pairs alone are also how dumps and times are written; numbers in pairs have five.
  return !isPairs(groups, count) || count === 5;
}

/** After `00` comes a country's code, which begins with no zero. */
function isAbroad(scan: Scan, groups: DigitGroups, count: number, digits: number): boolean {
  if (digits < 11) return false;
  const first = groups.starts[0]! + 2;
  const code = first < groups.ends[0]! ? first : groups.starts[1]!;
  if (scan.bytes[code] === CODE.zero) return false;
  for (let group = 1; group < count; group++) {
    const length = groups.size(group);
    const isCode = group === 1 && first === groups.ends[0]!;
    if (isCode ? length > 3 : length < 2 && group > 1) return false;
    if (length > (count === 2 ? 13 : 8)) return false;
  }
  return !isPairs(groups, count);
}

/** `0961-7596216`, `07911 123456`, `06-12345678`. */
function isOfTwo(groups: DigitGroups, kinds: number, digits: number): boolean {
  const size = groups.size(0);
  const rest = groups.size(1);
  if (kinds === SEPARATOR.dash) return size === 2 ? rest >= 7 && rest <= 8 : digits <= 12;
  // Of blanks alone, only where no more numbers follow.
  const isWhole = groups.length === 2 && size >= 3 && rest >= 5 && rest <= 8;
  return kinds === SEPARATOR.space && isWhole && digits >= 10 && digits <= 12;
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

/** Digits after `at` or `on` that are neither Unix seconds nor a date: fewer than nine where people are spoken to. */
function isDialled(scan: Scan, groups: DigitGroups, isSpoken: boolean): boolean {
  const size = groups.size(0);
  if (size > 12 || size < (isSpoken ? DIGITS_MIN : 9)) return false;
  const first = scan.bytes[groups.starts[0]!]!;
  if (size === 8 && (first === CODE.one || first === CODE.one + 1))
    return !isDayOfYear(scan, groups.starts[0]!);
  return size !== 10 || first !== CODE.one;
}

/** `20240131`. */
function isDayOfYear({ bytes }: Scan, start: number): boolean {
  const two = (at: number): number => (bytes[at]! - CODE.zero) * 10 + bytes[at + 1]! - CODE.zero;
  const [century, month, day] = [two(start), two(start + 4), two(start + 6)];
  return (century === 19 || century === 20) && month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

/** `2024-01-31`, `31.01.2024` or `1/31/2024`, with what comes after it, and `2001-2010`. */
function isDate(scan: Scan, groups: DigitGroups, count: number): boolean {
  if (count === 2 && groups.size(0) === 4 && groups.size(1) === 4)
    return isYear(groups.value(scan, 0)) && isYear(groups.value(scan, 1));
  if (count < 3) return false;
  const [a, b, c] = [groups.size(0), groups.size(1), groups.size(2)];
  if (b > 2 || groups.value(scan, 1) > 31) return false;
  if (a === 4 && c <= 2) return isYear(groups.value(scan, 0));
  if (a > 2 || groups.value(scan, 0) > 31) return false;
  if (c === 4) return isYear(groups.value(scan, 2));
  // Of pairs parted by signs: `31-01-24`.
  const isParted = separatorsOf(groups, 3) !== SEPARATOR.space;
  return c === 2 && count === 3 && isParted && isMonth(scan, groups);
}

/** Whether the first or second of two numbers can be a month, and the other a day. */
function isMonth(scan: Scan, groups: DigitGroups): boolean {
  const [first, second] = [groups.value(scan, 0), groups.value(scan, 1)];
  return (first <= 12 && second <= 31) || (second <= 12 && first <= 31);
}

function isYear(value: number): boolean {
  return value >= 1900 && value < 2100;
}
