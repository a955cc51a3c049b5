import { CODE } from "./characters.ts";
import { type DigitGroups, SEPARATOR } from "./digit-groups.ts";
import type { Scan } from "./scan.ts";
import { WORD, wordsBefore } from "./words.ts";

/** ISO/IEC 7812-1: an account number has at most 19 digits; Maestro has the shortest in use. */
const DIGITS_MIN = 12;
const DIGITS_MAX = 19;

/** How card numbers are printed: the sizes of their groups. */
const PRINTED = [
  [4, 4, 4, 4],
  [4, 6, 5],
  [4, 6, 4],
  [4, 4, 4, 4, 3],
  [4, 5, 6],
];

const digits = new Uint8Array(DIGITS_MAX);

/** Where the card number ends that begins with the first group, or -1. */
export function cardEnd(scan: Scan, groups: DigitGroups): number {
  const first = groups.size(0);
  if (first >= DIGITS_MIN) {
    if (first > DIGITS_MAX) return -1;
    return isCard(scan, groups, 1, first >= 14 && first <= 16) ? groups.ends[0]! : -1;
  }
  if (groups.digits < DIGITS_MIN || (groups.separators[0]! & PARTING) === 0) return -1;
  for (let i = PRINTED.length - 1; first === 4 && i >= 0; i--) {
    const sizes = PRINTED[i]!;
    if (isPrinted(groups, sizes) && isCard(scan, groups, sizes.length, true))
      return groups.ends[sizes.length - 1]!;
  }
  return otherwiseEnd(scan, groups);
}

const PARTING = SEPARATOR.space | SEPARATOR.dash | SEPARATOR.dot | SEPARATOR.spaced;

/** Where a card number ends that is in groups of other sizes, which only a word before it says that it is. */
function otherwiseEnd(scan: Scan, groups: DigitGroups): number {
  let digits = groups.size(0);
  let end = -1;
  for (let group = 1; group < groups.length; group++) {
    if (groups.separators[group - 1] !== groups.separators[0]) break;
    digits += groups.size(group);
    if (digits > DIGITS_MAX) break;
    if (digits >= DIGITS_MIN && isCard(scan, groups, group + 1, false)) end = groups.ends[group]!;
  }
  return end;
}

function isPrinted(groups: DigitGroups, sizes: readonly number[]): boolean {
  if (groups.length < sizes.length) return false;
  const separator = groups.separators[0];
  for (let i = 0; i < sizes.length; i++) {
    if (groups.size(i) !== sizes[i]) return false;
    if (i > 0 && groups.separators[i - 1] !== separator) return false;
  }
  return true;
}

/**
 * Whether the digits of the first groups are a card's: the check digit is right, and either the
 * issuer's range and length are or a word before them says that it is a card.
 *
 * @param isUsual Whether no word is needed: lengths that are rare for cards and common for ids need it,
 *   unless they are printed as cards are.
 */
function isCard(scan: Scan, groups: DigitGroups, count: number, isUsual: boolean): boolean {
  let length = 0;
  for (let group = 0; group < count; group++)
    for (let i = groups.starts[group]!; i < groups.ends[group]!; i++)
      digits[length++] = scan.bytes[i]! - CODE.zero;
  if (!passesLuhn(length) || isOneDigit(length)) return false;
  if (isUsual && isIssued(length)) return true;
  return (wordsBefore(scan, groups.starts[0]!) & WORD.card) !== 0;
}

/** ISO/IEC 7812-1 annex B. */
function passesLuhn(length: number): boolean {
  let sum = 0;
  for (let i = length - 1, double = false; i >= 0; i--, double = !double) {
    const digit = digits[i]!;
    sum += double ? (digit > 4 ? digit * 2 - 9 : digit * 2) : digit;
  }
  return sum % 10 === 0;
}

function isOneDigit(length: number): boolean {
  for (let i = 1; i < length; i++) if (digits[i] !== digits[0]) return false;
  return true;
}

/** Whether an issuer in use gives out numbers with this beginning and length. */
function isIssued(length: number): boolean {
  const four = digits[0]! * 1000 + digits[1]! * 100 + digits[2]! * 10 + digits[3]!;
  const two = Math.trunc(four / 100);
  // Visa.
  if (digits[0] === 4) return length === 16 || length === 13 || length === 19;
  // American Express.
  if (two === 34 || two === 37) return length === 15;
  // JCB's older numbers.
  if (four === 1800 || four === 2131) return length === 15;
  // Diners Club.
  const isDiners = two === 36 || two === 38 || two === 39 || (four >= 3000 && four <= 3059);
  if (isDiners || four === 3095) return length === 14 || length === 16;
  // Mastercard, Mir.
  if ((two >= 51 && two <= 55) || (four >= 2221 && four <= 2720)) return length === 16;
  if (four >= 2200 && four <= 2204) return length >= 16;
  // JCB.
  if (four >= 3528 && four <= 3589) return length >= 16;
  // Discover and RuPay, UnionPay.
  if (four === 6011 || (four >= 6440 && four <= 6599) || two === 60) return length >= 16;
  if (two === 62 || two === 81 || two === 82) return length >= 16;
  // Maestro and other debit cards, Troy.
  return (
    length >= 12 &&
    (two === 50 ||
      (two >= 56 && two <= 58) ||
      two === 63 ||
      two === 67 ||
      four === 604 ||
      four === 9792)
  );
}
