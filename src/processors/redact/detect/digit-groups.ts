import { CLASSES, CODE, DIGIT } from "./characters.ts";
import type { Scan } from "./scan.ts";

/** How groups of digits may be parted. */
export const SEPARATOR = {
  none: 0,
  space: 1,
  dash: 2,
  dot: 4,
  slash: 8,
  /** With a parenthesis, such as the `) ` of `(555) 123-4567`. */
  parenthesis: 16,
  /** A dash or slash between blanks. */
  spaced: 32,
} as const;

const GROUPS_MAX = 8;

/** Runs of digits from one place on, as far as single separators join them. Reused. */
export class DigitGroups {
  length = 0;
  /** Of all groups together. */
  digits = 0;
  readonly starts = new Int32Array(GROUPS_MAX);
  readonly ends = new Int32Array(GROUPS_MAX);
  /** What stands between a group and the one after it: one of {@link SEPARATOR}. */
  readonly separators = new Uint8Array(GROUPS_MAX);

  /** Reads up to eight groups from the digit at `at`. */
  read(scan: Scan, at: number): void {
    const { bytes, to } = scan;
    let start = at;
    let count = 0;
    let digits = 0;
    for (;;) {
      let end = start + 1;
      while (end < to && (CLASSES[bytes[end]!]! & DIGIT) !== 0) end++;
      this.starts[count] = start;
      this.ends[count] = end;
      this.separators[count] = SEPARATOR.none;
      digits += end - start;
      count++;
      if (count === GROUPS_MAX || end >= to) break;
      const next = this.separate(scan, end, count - 1);
      if (next < 0) break;
      start = next;
    }
    this.length = count;
    this.digits = digits;
  }

  /** Notes the separator at `end` and returns where the next group begins, or -1. */
  private separate(scan: Scan, end: number, group: number): number {
    const first = scan.bytes[end]!;
    const kind = separatorOf(first);
    if (kind !== SEPARATOR.none && isDigit(scan, end + 1)) return this.part(group, kind, end + 1);
    if (kind === SEPARATOR.none && first !== CODE.open && first !== CODE.close)
      return first < BEYOND_ASCII_MIN ? -1 : this.separateBeyondAscii(scan, end, group);
    if (isSpaced(scan, end)) return this.part(group, SEPARATOR.spaced, end + 3);
    let next = end;
    let parentheses = 0;
    for (; next < end + 3; next++) {
      const byte = scan.byte(next);
      if (byte === CODE.open || byte === CODE.close) parentheses++;
      else if (byte !== CODE.space && byte !== CODE.dash) break;
    }
    if (parentheses !== 1 || !isDigit(scan, next)) return -1;
    return this.part(group, SEPARATOR.parenthesis, next);
  }

  private part(group: number, kind: number, next: number): number {
    this.separators[group] = kind;
    return next;
  }

  /** Blanks that do not break and the dashes of typesetters, as word processors and phones write them. */
  private separateBeyondAscii(scan: Scan, end: number, group: number): number {
    const kind = blankOrDash(scan, end);
    if (kind === SEPARATOR.none) return -1;
    const next = end + (scan.bytes[end] === NO_BREAK_SPACE[0] ? 2 : 3);
    return isDigit(scan, next) ? this.part(group, kind, next) : -1;
  }

  size(group: number): number {
    return this.ends[group]! - this.starts[group]!;
  }

  /** The number that a group of at most four digits is. */
  value(scan: Scan, group: number): number {
    let value = 0;
    for (let i = this.starts[group]!; i < this.ends[group]!; i++)
      value = value * 10 + scan.bytes[i]! - CODE.zero;
    return value;
  }
}

const BEYOND_ASCII_MIN = 128;
/** U+00A0. */
const NO_BREAK_SPACE = [0xc2, 0xa0] as const;

/** What a character beyond ASCII at `at` is: U+2000 to U+200A and U+202F are blanks, U+2010 to U+2015 and U+2212 dashes. */
function blankOrDash(scan: Scan, at: number): number {
  const [first, second, third] = [scan.byte(at), scan.byte(at + 1), scan.byte(at + 2)];
  if (first === NO_BREAK_SPACE[0])
    return second === NO_BREAK_SPACE[1] ? SEPARATOR.space : SEPARATOR.none;
  if (first !== 0xe2) return SEPARATOR.none;
  if (second === 0x88) return third === 0x92 ? SEPARATOR.dash : SEPARATOR.none;
  if (second !== 0x80) return SEPARATOR.none;
  if (third <= 0x8a || third === 0xaf) return SEPARATOR.space;
  return third >= 0x90 && third <= 0x95 ? SEPARATOR.dash : SEPARATOR.none;
}

/** ` - ` or ` / ` before a digit. */
export function isSpaced(scan: Scan, at: number): boolean {
  if (scan.byte(at) !== CODE.space || scan.byte(at + 2) !== CODE.space) return false;
  const sign = scan.byte(at + 1);
  return (sign === CODE.dash || sign === CODE.slash) && isDigit(scan, at + 3);
}

function separatorOf(byte: number): number {
  switch (byte) {
    case CODE.space:
      return SEPARATOR.space;
    case CODE.dash:
      return SEPARATOR.dash;
    case CODE.dot:
      return SEPARATOR.dot;
    case CODE.slash:
      return SEPARATOR.slash;
    default:
      return SEPARATOR.none;
  }
}

function isDigit(scan: Scan, at: number): boolean {
  return at < scan.to && (CLASSES[scan.bytes[at]!]! & DIGIT) !== 0;
}
