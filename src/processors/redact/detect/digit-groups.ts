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
} as const;

const GROUPS_MAX = 8;

/** Runs of digits from one place on, as far as single separators join them. Reused. */
export class DigitGroups {
  length = 0;
  readonly starts = new Int32Array(GROUPS_MAX);
  readonly ends = new Int32Array(GROUPS_MAX);
  /** What stands between a group and the one after it: one of {@link SEPARATOR}. */
  readonly separators = new Uint8Array(GROUPS_MAX);

  /** Reads up to eight groups from the digit at `at`. */
  read(scan: Scan, at: number): void {
    const { bytes, to } = scan;
    let start = at;
    let count = 0;
    for (;;) {
      let end = start + 1;
      while (end < to && (CLASSES[bytes[end]!]! & DIGIT) !== 0) end++;
      this.starts[count] = start;
      this.ends[count] = end;
      this.separators[count] = SEPARATOR.none;
      count++;
      if (count === GROUPS_MAX || end >= to) break;
      const next = this.separate(scan, end, count - 1);
      if (next < 0) break;
      start = next;
    }
    this.length = count;
  }

  /** Notes the separator at `end` and returns where the next group begins, or -1. */
  private separate(scan: Scan, end: number, group: number): number {
    const { bytes } = scan;
    const kind = separatorOf(bytes[end]!);
    if (kind !== SEPARATOR.none && isDigit(scan, end + 1)) {
      this.separators[group] = kind;
      return end + 1;
    }
    let next = end;
    let parentheses = 0;
    for (; next < end + 3; next++) {
      const byte = scan.byte(next);
      if (byte === CODE.open || byte === CODE.close) parentheses++;
      else if (byte !== CODE.space && byte !== CODE.dash) break;
    }
    if (parentheses !== 1 || !isDigit(scan, next)) return -1;
    this.separators[group] = SEPARATOR.parenthesis;
    return next;
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
