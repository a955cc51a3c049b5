import { type DigitGroups, SEPARATOR } from "./digit-groups.ts";
import type { Scan } from "./scan.ts";
import { WORD, wordsBefore } from "./words.ts";

/**
 * Where the US social security number ends that begins with the first group, or -1. Its areas 000,
 * 666 and from 900, group 00 and serial 0000 are never given out; a word that says what it is
 * outweighs that, and is needed for spellings other than `123-45-6789`.
 */
export function ssnEnd(scan: Scan, groups: DigitGroups): number {
  const first = groups.size(0);
  if (first === 9) return saysSsn(scan, groups) ? groups.ends[0]! : -1;
  if (first !== 3 || groups.length < 3) return -1;
  if (groups.size(1) !== 2 || groups.size(2) !== 4) return -1;
  const separator = groups.separators[0]!;
  if (groups.separators[1] !== separator || separator === SEPARATOR.parenthesis) return -1;
  const plain = separator === SEPARATOR.dash && isGivenOut(scan, groups);
  return plain || saysSsn(scan, groups) ? groups.ends[2]! : -1;
}

function saysSsn(scan: Scan, groups: DigitGroups): boolean {
  return (wordsBefore(scan, groups.starts[0]!) & WORD.ssn) !== 0;
}

function isGivenOut(scan: Scan, groups: DigitGroups): boolean {
  const area = groups.value(scan, 0);
  if (area === 0 || area === 666 || area >= 900) return false;
  return groups.value(scan, 1) !== 0 && groups.value(scan, 2) !== 0;
}
