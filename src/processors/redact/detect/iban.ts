import { ALPHANUMERIC, CLASSES, CODE, DIGIT, LETTER } from "./characters.ts";
import type { Scan } from "./scan.ts";
import { WORD, wordsBefore } from "./words.ts";

/** Lengths by country, from the IBAN registry (SWIFT, release 99). */
const LENGTHS =
  "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 " +
  "DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 " +
  "IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 " +
  "MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 " +
  "SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30";

/** By the two letters, each less its case. */
const LENGTH_OF = new Uint8Array(32 * 32);
for (const entry of LENGTHS.split(" ")) {
  const index = (entry.charCodeAt(0) & 31) * 32 + (entry.charCodeAt(1) & 31);
  LENGTH_OF[index] = Number(entry.slice(2));
}

/**
 * Where the IBAN ends whose check digits begin at `at`, or -1: of its country's length, written in one
 * or in groups of four, and right by ISO 7064 mod 97-10, or called an IBAN.
 */
export function ibanEnd(scan: Scan, at: number): number {
  const { bytes } = scan;
  const start = at - 2;
  if (start < scan.floor || (CLASSES[bytes[start]!]! & LETTER) === 0) return -1;
  if ((CLASSES[bytes[start + 1]!]! & LETTER) === 0 || (CLASSES[scan.byte(at + 1)]! & DIGIT) === 0)
    return -1;
  const before = scan.byte(start - 1);
  if ((CLASSES[before]! & ALPHANUMERIC) !== 0 || before === CODE.underscore) return -1;
  const length = LENGTH_OF[(bytes[start]! & 31) * 32 + (bytes[start + 1]! & 31)]!;
  if (length === 0) return -1;
  const end = endOf(scan, start, length);
  if (end < 0) return -1;
  return isRight(bytes, start, end) || (wordsBefore(scan, start) & WORD.iban) !== 0 ? end : -1;
}

/** Where `length` letters and digits from `start` end, or -1. */
function endOf(scan: Scan, start: number, length: number): number {
  let i = start;
  for (let count = 0; count < length; count++) {
    if (count > 0 && count % 4 === 0 && scan.byte(i) === CODE.space) i++;
    if ((CLASSES[scan.byte(i)]! & ALPHANUMERIC) === 0) return -1;
    i++;
  }
  const after = scan.byte(i);
  return (CLASSES[after]! & ALPHANUMERIC) !== 0 || after === CODE.underscore ? -1 : i;
}

function isRight(bytes: Uint8Array, start: number, end: number): boolean {
  return remainder(bytes, start, start + 4, remainder(bytes, start + 4, end, 0)) === 1;
}

/** The remainder by 97 when the characters of a range are appended, letters as 10 to 35. */
function remainder(bytes: Uint8Array, from: number, to: number, before: number): number {
  let rest = before;
  for (let i = from; i < to; i++) {
    const byte = bytes[i]!;
    if (byte === CODE.space) continue;
    const isDigit = (CLASSES[byte]! & DIGIT) !== 0;
    rest = isDigit ? (rest * 10 + byte - CODE.zero) % 97 : (rest * 100 + (byte & 31) + 9) % 97;
  }
  return rest;
}
