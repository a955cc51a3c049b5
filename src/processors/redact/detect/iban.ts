import { ALPHANUMERIC, CLASSES, CODE, DIGIT, LETTER, UPPER } from "./characters.ts";
import type { Scan } from "./scan.ts";
import { WORD, wordsBefore } from "./words.ts";

/**
 * What follows the check digits by country, from the IBAN registry (SWIFT, release 99): so many digits
 * (`n`), letters (`a`), or either (`c`).
 */
const STRUCTURES =
  "AD8n12c AE19n AL8n16c AT16n AZ4a20c BA16n BE12n BG4a6n8c BH4a14c BI23n BR23n1a1c BY4c4n16c CH5n12c " +
  "CR18n CY8n16c CZ20n DE18n DJ23n DK14n DO4c20n EE16n EG25n ES20n FI14n FK2a12n FO14n FR10n11c2n GB4a14n " +
  "GE2a16n GI4a15c GL14n GR7n16c GT24c HN4a20n HR17n HU24n IE4a14n IL19n IQ4a15n IS22n IT1a10n12c JO4a4n18c " +
  "KW4a22c KZ3n13c LB4n20c LC4a24c LI5n12c LT16n LU3n13c LV4a13c LY21n MC10n11c2n MD20c ME18n MK3n10c2n " +
  "MN16n MR23n MT4a5n18c MU4a19n3a NI4a20n NL4a10n NO11n OM3n16c PK4a16c PL24n PS4a21c PT21n QA4a21c " +
  "RO4a16c RS18n RU14n15c SA2n18c SC4a20n3a SD14n SE20n SI15n SK20n SM1a10n12c SO19n ST21n SV4a20n TL19n " +
  "TN20n TR6n16c UA6n19c VA18n VG4a16n XK16n YE4a4n18c";

/** The classes of the characters that the parts of a structure are of. */
const CLASS_OF: Readonly<Record<string, number>> = { n: DIGIT, a: LETTER, c: ALPHANUMERIC };

/** The class of each character after the check digits, by the two letters, each less its case. */
const BODY_OF: readonly (Uint8Array | undefined)[] = bodies();

function bodies(): (Uint8Array | undefined)[] {
  const all: (Uint8Array | undefined)[] = Array.from({ length: 32 * 32 });
  for (const structure of STRUCTURES.split(" ")) {
    const parts = [...structure.slice(2).matchAll(/(\d+)([nac])/g)];
    const classes = parts.flatMap(([, count, kind]) =>
      Array.from({ length: Number(count) }, () => CLASS_OF[kind!]!),
    );
    all[countryOf(structure.charCodeAt(0), structure.charCodeAt(1))] = Uint8Array.from(classes);
  }
  return all;
}

function countryOf(first: number, second: number): number {
  return (first & 31) * 32 + (second & 31);
}

/** The characters of one candidate, without what parts them: the longest IBAN in use has 33. */
const characters = new Uint8Array(34);

/**
 * Where the IBAN ends whose check digits begin at `at`, or -1: of its country's length and structure and
 * right by ISO 7064 mod 97-10, or called an IBAN. It may be written in groups of four, and in capital
 * letters in any groups.
 */
export function ibanEnd(scan: Scan, at: number): number {
  const { bytes } = scan;
  const start = at - 2;
  if (start < scan.floor || (CLASSES[bytes[start]!]! & LETTER) === 0) return -1;
  if ((CLASSES[bytes[start + 1]!]! & LETTER) === 0 || (CLASSES[scan.byte(at + 1)]! & DIGIT) === 0)
    return -1;
  const before = scan.byte(start - 1);
  if ((CLASSES[before]! & ALPHANUMERIC) !== 0 || before === CODE.underscore) return -1;
  const body = BODY_OF[countryOf(bytes[start]!, bytes[start + 1]!)];
  if (body === undefined) return -1;
  const isCapital = (CLASSES[bytes[start]!]! & CLASSES[bytes[start + 1]!]! & UPPER) !== 0;
  const length = body.length + 4;
  const end = endOf(scan, start, length, isCapital);
  if (end < 0) return -1;
  if (hasStructure(body) && isRight(length)) return end;
  return (wordsBefore(scan, start) & WORD.iban) !== 0 ? end : -1;
}

/** Reads `length` letters and digits from `start`; where they end, or -1. */
function endOf(scan: Scan, start: number, length: number, isCapital: boolean): number {
  let i = start;
  for (let count = 0; count < length; count++) {
    if (count >= 4 && (isCapital || count % 4 === 0)) i += partingBytes(scan, i);
    const byte = scan.byte(i);
    if ((CLASSES[byte]! & ALPHANUMERIC) === 0) return -1;
    characters[count] = byte;
    i++;
  }
  const after = scan.byte(i);
  return (CLASSES[after]! & ALPHANUMERIC) !== 0 || after === CODE.underscore ? -1 : i;
}

/** How many bytes what parts groups at `at` has: a blank, also one that does not break, a dash or a dot. */
function partingBytes(scan: Scan, at: number): number {
  const byte = scan.byte(at);
  if (byte === CODE.space || byte === CODE.dash || byte === CODE.dot) return 1;
  if (byte === 0xc2 && scan.byte(at + 1) === 0xa0) return 2;
  return byte === 0xe2 && scan.byte(at + 1) === 0x80 && scan.byte(at + 2) === 0xaf ? 3 : 0;
}

function hasStructure(body: Uint8Array): boolean {
  for (let i = 0; i < body.length; i++)
    if ((CLASSES[characters[i + 4]!]! & body[i]!) === 0) return false;
  return true;
}

function isRight(length: number): boolean {
  return remainder(0, 4, remainder(4, length, 0)) === 1;
}

/** The remainder by 97 when the characters of a range are appended, letters as 10 to 35. */
function remainder(from: number, to: number, before: number): number {
  let rest = before;
  for (let i = from; i < to; i++) {
    const byte = characters[i]!;
    const isDigit = (CLASSES[byte]! & DIGIT) !== 0;
    rest = isDigit ? (rest * 10 + byte - CODE.zero) % 97 : (rest * 100 + (byte & 31) + 9) % 97;
  }
  return rest;
}
