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
  /** As `voice`, and said to people only: a shorter number may follow. */
  dial: 256,
  /** As `call`, but it says no more than that a number follows: `the number is 555 1234`. */
  number: 512,
  /** A number after it is of something else: what words before it say of telephones counts no more. */
  other: 1024,
  /** With `number`, that of something else: `account number`. */
  named: 2048,
  /** In `moved to 1.2.3.4` and the like, a version rather than an address. */
  upgrade: 4096,
  /** Stands between such a word and its number. */
  filler: 8192,
  /** A number in groups before it is a telephone's where nothing else follows: `555 123 4567 (office)`. */
  after: 16384,
} as const;

/** How far before a number a word still speaks of it, and how many words are looked at. */
const REACH_BYTES = 44;
const REACH_WORDS = 8;
const WORD_BYTES_MAX = 16;

const LISTS: readonly (readonly [flags: number, words: string])[] = [
  [WORD.phone | WORD.after, "phone telephone telefon tel mobile mobil movil cell cellphone fax"],
  [WORD.phone | WORD.after, "landline whatsapp whats pager"],
  [WORD.phone, "phones phoneno phonenumber telephonenumber telefono telefone telefoon tele telef"],
  [WORD.phone, "telno telefonnummer telefonnr tlf tfn fon ph handy handynummer mobilnummer mob"],
  [WORD.phone, "mobileno mobilenumber mobiltelefon gsm celular cellulare cellular rufnummer"],
  [WORD.phone, "durchwahl sms msisdn hotline helpline voicemail handset portable telefax faxno"],
  [WORD.after, "office home work direct"],
  [WORD.call | WORD.voice, "called calls caller callback dialed"],
  [WORD.call | WORD.voice | WORD.dial, "call calling dial dialing ring ringing answering"],
  [WORD.voice | WORD.dial, "text texted"],
  [WORD.call | WORD.voice | WORD.at, "registered"],
  [WORD.call, "contact contacted reach reached reachable extension"],
  [WORD.number, "number nr num"],
  [WORD.at, "at on"],
  [
    WORD.other,
    "order orders invoice ticket tracking serial isbn issn ean sku zip zipcode postcode",
  ],
  [WORD.other, "postal license licence passport batch flight taxi cab apt suite unit box street"],
  [WORD.other, "stack syscall pid tid port offset page pages rows bytes version build"],
  [WORD.named, "account id case ref reference policy member customer employee badge room model"],
  [WORD.named, "part lot item product receipt transaction booking confirmation article"],
  [WORD.upgrade, "version versions upgraded upgrade downgraded downgrade firmware"],
  [WORD.filler, "to is was now number"],
  [WORD.card, "card cards credit debit visa mastercard maestro amex discover diners jcb"],
  [WORD.card, "unionpay cc ccn ccnum cardnumber creditcard debitcard pan carte karte tarjeta"],
  [WORD.card, "kreditkarte kaart mir rupay troy"],
  [WORD.ssn, "ssn ssns social socialsecurity ssnumber itin tin"],
  [WORD.iban, "iban"],
  [WORD.version, "v ver version versions release rel build firmware rev revision chrome safari"],
  [
    WORD.version,
    "chromium headlesschrome edg edge edga opr opera firefox webkit driver sdk oid sec section",
  ],
  [WORD.version, "chapter clause paragraph figure fig appendix annex article upgraded bios"],
];

interface Entry {
  readonly word: string;
  flags: number;
}

/** By the low bits of their hashes. */
const BUCKETS: Entry[][] = Array.from({ length: 1_024 }, () => []);
const BUCKET_MASK = BUCKETS.length - 1;
/** By the first two letters, a bit for each length that a word beginning so has: most words end their search here. */
const LENGTHS = new Int32Array(32 * 32);
for (const [flags, words] of LISTS) for (const word of words.split(" ")) enter(word, flags);

function enter(word: string, flags: number): void {
  LENGTHS[beginningOf(word.charCodeAt(0), word.charCodeAt(1), word.length)]! |= 1 << word.length;
  const bucket = BUCKETS[hashOf(Buffer.from(word), 0, word.length) & BUCKET_MASK]!;
  const known = bucket.find((entry) => entry.word === word);
  if (known === undefined) bucket.push({ word, flags });
  else known.flags |= flags;
}

function beginningOf(first: number, second: number, length: number): number {
  return ((first & 31) << 5) | (length > 1 ? second & 31 : 0);
}

/** Of letters as lower case. */
function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = to - from;
  for (let i = from; i < to; i++) hash = (Math.imul(hash, 31) + (bytes[i]! | 32)) | 0;
  return hash;
}

function flagsOf(bytes: Uint8Array, from: number, to: number): number {
  if (to - from > WORD_BYTES_MAX) return 0;
  const length = to - from;
  const beginning = beginningOf(bytes[from]!, bytes[from + 1]!, length);
  if ((LENGTHS[beginning]! & (1 << length)) === 0) return 0;
  for (const { word, flags } of BUCKETS[hashOf(bytes, from, to) & BUCKET_MASK]!)
    if (isWritten(bytes, from, to, word)) return flags;
  return 0;
}

function isWritten(bytes: Uint8Array, from: number, to: number, word: string): boolean {
  if (word.length !== to - from) return false;
  for (let i = from; i < to; i++) if ((bytes[i]! | 32) !== word.charCodeAt(i - from)) return false;
  return true;
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
  /** What is not taken from words further back. */
  let hidden = 0;
  let i = at;
  for (let words = 0; words < REACH_WORDS && i > floor;) {
    const byte = bytes[i - 1]!;
    const kind = CLASSES[byte]!;
    if ((kind & LETTER) !== 0) {
      const start = wordStart(bytes, i, scan.from);
      const before = start > scan.from ? CLASSES[bytes[start - 1]!]! : 0;
      // Letters after a digit are the end of an id.
      if ((before & DIGIT) === 0) {
        const word = flagsOf(bytes, start, i);
        flags |= word & ~hidden;
        if ((word & WORD.other) !== 0) hidden |= OF_PHONES;
      }
      i = start;
      words++;
    } else if ((kind & DIGIT) !== 0 || (endsContext(byte) && i < at - 1)) {
      break;
    } else {
      i--;
    }
  }
  const isNumber = (flags & WORD.number) !== 0 && (flags & (WORD.other | WORD.named)) === 0;
  return isNumber ? flags | WORD.call : flags;
}

/** What words say of telephones. */
export const OF_PHONES = WORD.phone | WORD.call | WORD.voice | WORD.dial;

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
  const end = rightBeforeEnd(scan, at);
  return flagsOf(scan.bytes, rightBeforeStart(scan, end), end);
}

/** The flags of the word before that one. */
export function secondWordBefore(scan: Scan, at: number): number {
  return wordRightBefore(scan, rightBeforeStart(scan, rightBeforeEnd(scan, at)));
}

function rightBeforeEnd({ bytes, from }: Scan, at: number): number {
  let end = at;
  const floor = Math.max(from, at - 3);
  while (end > floor && isBetween(bytes[end - 1]!)) end--;
  return end;
}

function rightBeforeStart({ bytes, from }: Scan, end: number): number {
  return wordStart(bytes, end, Math.max(from, end - WORD_BYTES_MAX - 1));
}

/**
 * The flags of the word right after `at`, such as that of `555 123 4567 (office)`, where no other follows:
 * a blank, a comma or a parenthesis may stand between.
 */
export function wordRightAfter(scan: Scan, at: number): number {
  let start = at;
  while (start < at + 3 && isAfterNumber(scan.byte(start))) start++;
  if (start === at) return 0;
  let end = start;
  while (end - start <= WORD_BYTES_MAX && (CLASSES[scan.byte(end)]! & LETTER) !== 0) end++;
  const isLast = scan.byte(end) !== CODE.space || (CLASSES[scan.byte(end + 1)]! & LETTER) === 0;
  return end > start && isLast ? flagsOf(scan.bytes, start, end) : 0;
}

function isAfterNumber(byte: number): boolean {
  return byte === CODE.space || byte === CODE.comma || byte === CODE.open || byte === CODE.dash;
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
  return flags & OF_KEYS;
}

const OF_KEYS = WORD.phone | WORD.card | WORD.ssn | WORD.iban;
