import {
  ALPHANUMERIC,
  BLANK,
  CLASSES,
  CODE,
  DIGIT,
  JOINER,
  LETTER,
  LOWER,
  UPPER,
} from "./characters.ts";
import type { Scan } from "./scan.ts";

/** What a word near a number says of it. */
export const WORD = {
  /** A number after it is a telephone's, however it is written. */
  phone: 1,
  /** A number after it that is written in groups may be one. */
  call: 2,
  card: 4,
  ssn: 8,
  iban: 16,
  version: 32,
  /** A number after it and `at` or `on` may be one too when it is written in one. */
  voice: 64,
  at: 128,
} as const;

/** How far before a number a word still speaks of it, and how many words are looked at. */
const REACH_BYTES = 44;
const REACH_WORDS = 8;
const WORD_BYTES_MAX = 16;

const LISTS: readonly (readonly [flags: number, words: string])[] = [
  [WORD.phone, "phone phones telephone phonenumber telefon telefono telefone tel tele mobile"],
  [WORD.phone, "mobil movil handy cell cellphone cellular fax whatsapp sms msisdn landline"],
  [WORD.phone, "hotline helpline voicemail handset portable telefax"],
  [WORD.call | WORD.voice, "call called calls calling caller callback dial dialed dialing ring"],
  [WORD.call | WORD.voice, "ringing answering"],
  [WORD.call | WORD.voice | WORD.at, "registered"],
  [WORD.call, "contact contacted reach reached reachable number extension"],
  [WORD.at, "at on"],
  [WORD.card, "card cards credit debit visa mastercard maestro amex discover diners jcb"],
  [WORD.card, "unionpay cc ccn ccnum cardnumber creditcard debitcard pan carte karte tarjeta"],
  [WORD.ssn, "ssn social socialsecurity ssnumber"],
  [WORD.iban, "iban"],
  [WORD.version, "v ver version versions release rel build firmware rev revision chrome safari"],
  [
    WORD.version,
    "chromium headlesschrome edg edge edga opr opera firefox webkit driver sdk oid sec section",
  ],
];

interface Entry {
  readonly word: string;
  readonly flags: number;
}

const ENTRIES = new Map<number, Entry>();
/** By first letter, a bit for each length that a word beginning so has: most words end their search here. */
const LENGTHS_BY_LETTER = new Int32Array(32);
for (const [flags, words] of LISTS) {
  for (const word of words.split(" ")) {
    const hash = hashOf(Buffer.from(word), 0, word.length);
    const known = ENTRIES.get(hash);
    LENGTHS_BY_LETTER[word.charCodeAt(0) & 31]! |= 1 << word.length;
    ENTRIES.set(hash, { word, flags: flags | (known?.flags ?? 0) });
  }
}

/** Of letters as lower case. */
function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = to - from;
  for (let i = from; i < to; i++) hash = (Math.imul(hash, 31) + (bytes[i]! | 32)) | 0;
  return hash;
}

function flagsOf(bytes: Uint8Array, from: number, to: number): number {
  if (to - from > WORD_BYTES_MAX) return 0;
  if ((LENGTHS_BY_LETTER[bytes[from]! & 31]! & (1 << (to - from))) === 0) return 0;
  const entry = ENTRIES.get(hashOf(bytes, from, to));
  if (entry === undefined || entry.word.length !== to - from) return 0;
  for (let i = from; i < to; i++)
    if ((bytes[i]! | 32) !== entry.word.charCodeAt(i - from)) return 0;
  return entry.flags;
}

/** Where the word begins that ends before `end`: `userPhone` has two. */
function wordStart(bytes: Uint8Array, end: number, floor: number): number {
  let start = end;
  while (start > floor && (CLASSES[bytes[start - 1]!]! & LETTER) !== 0) {
    start--;
    const isHump =
      (CLASSES[bytes[start]!]! & UPPER) !== 0 &&
      start > floor &&
      (CLASSES[bytes[start - 1]!]! & LOWER) !== 0;
    if (isHump) break;
  }
  return start;
}

/** Signs that end what a word speaks of, unless they stand right before the number. */
function endsContext(byte: number): boolean {
  return (
    byte === CODE.semicolon ||
    byte === CODE.comma ||
    byte === CODE.brace ||
    byte === CODE.braceEnd ||
    byte === CODE.ampersand ||
    byte === CODE.bar
  );
}

/** The flags of the words before `at`, as far as the last digit or end of a statement, and of the key. */
export function wordsBefore(scan: Scan, at: number): number {
  if (scan.wordsAt !== at) {
    scan.words = readWords(scan, at);
    scan.wordsAt = at;
  }
  return scan.words;
}

function readWords(scan: Scan, at: number): number {
  const { bytes } = scan;
  const floor = Math.max(scan.from, at - REACH_BYTES);
  let flags = scan.hints | (isLabel(scan, at) ? WORD.call : 0);
  let i = at;
  for (let words = 0; words < REACH_WORDS && i > floor;) {
    const byte = bytes[i - 1]!;
    const kind = CLASSES[byte]!;
    if ((kind & LETTER) !== 0) {
      const start = wordStart(bytes, i, scan.from);
      flags |= flagsOf(bytes, start, i);
      i = start;
      words++;
    } else if ((kind & DIGIT) !== 0 || (endsContext(byte) && i < at - 1)) {
      break;
    } else {
      i--;
    }
  }
  return flags;
}

/** `T: `, `F:`, `M: ` and their like, as on business cards. */
function isLabel(scan: Scan, at: number): boolean {
  const colon = scan.byte(at - 1) === CODE.space ? at - 2 : at - 1;
  if (scan.byte(colon) !== CODE.colon) return false;
  const isWord = (CLASSES[scan.byte(colon - 2)]! & (ALPHANUMERIC | JOINER)) !== 0;
  return !isWord && LABELS.includes(scan.byte(colon - 1));
}

const LABELS = Buffer.from("TFMPCHOW");

/** The flags of the one word right before `at`, with at most three signs or blanks between. */
export function wordRightBefore(scan: Scan, at: number): number {
  const { bytes, from } = scan;
  let end = at;
  const floor = Math.max(from, at - 3);
  while (end > floor && isBetween(bytes[end - 1]!)) end--;
  const start = wordStart(bytes, end, Math.max(from, end - WORD_BYTES_MAX - 1));
  return flagsOf(bytes, start, end);
}

function isBetween(byte: number): boolean {
  return (
    (CLASSES[byte]! & BLANK) !== 0 ||
    byte === CODE.slash ||
    byte === CODE.equals ||
    byte === CODE.colon ||
    byte === CODE.quote ||
    byte === CODE.dash
  );
}

/** The flags of the words of a key, such as `user.phoneNumber` or `card_no`: hints for its value. */
export function hintsOfKey(key: string): number {
  const bytes = Buffer.from(key);
  let flags = 0;
  for (let end = bytes.length; end > 0;) {
    if ((CLASSES[bytes[end - 1]!]! & LETTER) === 0) {
      end--;
      continue;
    }
    const start = wordStart(bytes, end, 0);
    flags |= flagsOf(bytes, start, end);
    end = start;
  }
  // A key such as `call.number` or `message.id` is of programs, not of people.
  return flags & ~(WORD.call | WORD.voice | WORD.at | WORD.version);
}
