import { ALPHANUMERIC, BLANK, CLASSES, CODE, DIGIT, LETTER } from "./characters.ts";
import { isRandom } from "./api-key.ts";
import type { Detectors } from "./detectors.ts";
import { KIND } from "./matches.ts";
import type { Scan } from "./scan.ts";

/** What a name says of its value. */
export const NAMED = { nothing: 0, password: 1, secret: 2, authorization: 3 } as const;

/** Ends of names, without case and joiners. A longer one outweighs a shorter: `pagetoken` is no `token`. */
const ENDINGS: readonly (readonly [meaning: number, names: string])[] = [
  [NAMED.password, "password passwd pwd passphrase passcode pass passwords"],
  [NAMED.secret, "secret secretkey secretaccesskey clientsecret apikey accesskey privatekey"],
  [NAMED.secret, "accountkey sharedaccesskey encryptionkey signingkey masterkey authkey"],
  [NAMED.secret, "subscriptionkey licensekey servicekey servicerolekey appkey applicationkey"],
  [NAMED.secret, "token credential credentials sharedaccesssignature secrettoken integrationkey"],
  [NAMED.secret, "routingkey hmackey jwtkey instrumentationkey cookiesecret sig amzsignature"],
  [NAMED.authorization, "authorization"],
  [
    NAMED.nothing,
    "pagetoken nexttoken continuationtoken cancellationtoken synctoken bypass compass",
  ],
  [
    NAMED.nothing,
    "csrftoken xsrftoken canceltoken resumetoken stoptoken eostoken bostoken padtoken",
  ],
];
const MEANINGS = new Map<string, number>();
for (const [meaning, names] of ENDINGS) {
  for (const name of names.split(" ")) MEANINGS.set(name, meaning);
}
const NAME_LENGTHS = [...new Set([...MEANINGS.keys()].map((name) => name.length))].toSorted(
  (a, b) => b - a,
);
const NAME_BYTES_MAX = 40;

/** The last three letters of the names: what ends otherwise needs no closer look. */
const LAST_THREE = new Uint8Array(1 << 15);
for (const name of MEANINGS.keys()) LAST_THREE[lastThree(Buffer.from(name), name.length)] = 1;

function lastThree(bytes: Uint8Array, end: number): number {
  return ((bytes[end - 3]! & 31) << 10) | ((bytes[end - 2]! & 31) << 5) | (bytes[end - 1]! & 31);
}

const VALUE_BYTES_MAX = 4096;

/** Values that say that there is none. */
const NO_VALUES = new Set(["true", "false", "null", "nil", "none", "undefined", "yes", "no"]);

/** Words that follow a name in sentences, such as `password: incorrect`. */
const SENTENCE_WORDS = new Set(
  (
    "on off empty unset ok set missing required invalid incorrect wrong expired changed failed " +
    "success accepted rejected reset not is must cannot was has string number boolean object " +
    "redacted hidden masked optional unknown verified valid mismatch disabled enabled the a an " +
    "your for and or"
  ).split(" "),
);

/** Finds the value that a secret's name gives before the `=` or `:` at `at`. Returns where to go on, or -1. */
export function namedSecretAt(scan: Scan, at: number, on: Detectors): number {
  const nameEnd = endOfName(scan, at);
  if (nameEnd < 0) return -1;
  const meaning = meaningOfName(scan, nameEnd);
  if (meaning === NAMED.nothing) return -1;
  const isAssigned = scan.byte(at) === CODE.equals || isQuote(scan.byte(nameEnd));
  return valueAfter(scan, at + 1, { meaning, isAssigned, on, nameEnd });
}

/** Where the name before the sign at `at` ends, less blanks and quotes; -1 when it cannot be a secret's. */
function endOfName(scan: Scan, at: number): number {
  const { bytes, floor } = scan;
  let end = at;
  if (bytes[at] === CODE.equals && scan.byte(at - 1) === CODE.colon) end--;
  while (end > floor && end > at - 4 && isQuoteOrBlank(bytes[end - 1]!)) end--;
  if (end - 3 < floor || LAST_THREE[lastThree(bytes, end)] === 0) return -1;
  return isLetter(bytes[end - 1]!) && isLetter(bytes[end - 3]!) ? end : -1;
}

function isQuoteOrBlank(byte: number): boolean {
  return (
    byte === CODE.quote ||
    byte === CODE.apostrophe ||
    byte === CODE.space ||
    byte === CODE.backslash ||
    byte === CODE.bracket + 2
  );
}

function meaningOfName(scan: Scan, end: number): number {
  const { bytes } = scan;
  const floor = Math.max(scan.from, end - NAME_BYTES_MAX);
  let name = "";
  let start = end;
  for (; start > floor; start--) {
    const byte = bytes[start - 1]!;
    if (
      (CLASSES[byte]! & ALPHANUMERIC) === 0 &&
      byte !== CODE.dash &&
      byte !== CODE.underscore &&
      byte !== CODE.dot
    )
      break;
  }
  for (let i = start; i < end; i++) name += String.fromCharCode(bytes[i]!);
  return meaningOf(name);
}

/** What a name such as `db.password`, `X-Api-Key` or `clientSecret` says of its value. */
export function meaningOf(name: string): number {
  const plain = name.replaceAll(/[-_.]/g, "").toLowerCase();
  for (const length of NAME_LENGTHS) {
    if (length > plain.length) continue;
    const meaning = MEANINGS.get(plain.slice(-length));
    if (meaning === undefined) continue;
    // Short names count as whole words only: `smtp_pass`, but not `compass`.
    if (length < 5 && plain.length > length && !/(?:^|[-_.])\w+$|[a-z][A-Z]\w*$/.test(name))
      continue;
    return meaning;
  }
  return NAMED.nothing;
}

interface Naming {
  readonly meaning: number;
  /** Written as a program would, not as in a sentence. */
  readonly isAssigned: boolean;
  readonly on: Detectors;
  readonly nameEnd: number;
}

function valueAfter(scan: Scan, at: number, naming: Naming): number {
  const { bytes } = scan;
  let from = at;
  if (scan.byte(from) === CODE.equals) return -1;
  if (scan.byte(from) === CODE.greater) from++;
  while (from < at + 3 && (scan.byte(from) === CODE.space || scan.byte(from) === CODE.tab)) from++;
  if (scan.byte(from) === CODE.bracket && isQuote(scan.byte(from + 1))) from++;
  if (scan.byte(from) === CODE.backslash && scan.byte(from + 1) === CODE.quote) from++;
  const quote = isQuote(scan.byte(from)) ? bytes[from++]! : 0;
  if (naming.meaning === NAMED.authorization) return authorizationAfter(scan, from, naming.on);
  const end = valueEnd(scan, from, quote);
  if (end === from) return -1;
  if (naming.meaning === NAMED.password) {
    if (!naming.on.password || !isPassword(scan, from, end, naming)) return -1;
    scan.matches.add(from, end, KIND.password);
    return end;
  }
  if (!naming.on.apiKey || !isSecret(scan, from, end)) return -1;
  scan.matches.add(from, end, KIND.apiKey);
  return end;
}

function isQuote(byte: number): boolean {
  return byte === CODE.quote || byte === CODE.apostrophe || byte === CODE.backtick;
}

/** Up to the closing quote or, without one, to a blank or a sign that ends a value. */
function valueEnd(scan: Scan, from: number, quote: number): number {
  const { bytes } = scan;
  const limit = Math.min(scan.to, from + VALUE_BYTES_MAX);
  let end = from;
  for (; end < limit; end++) {
    const byte = bytes[end]!;
    if (quote !== 0) {
      if (byte === quote || byte === CODE.newline) break;
      if (byte === CODE.backslash) {
        if (scan.byte(end + 1) === quote && scan.byte(from - 2) === CODE.backslash) break;
        end++;
      }
    } else if (endsValue(byte)) {
      break;
    }
  }
  end = Math.min(end, limit);
  while (end > from && end < scan.to && (bytes[end]! & 0xc0) === 0x80) end--;
  return end;
}

function endsValue(byte: number): boolean {
  if ((CLASSES[byte]! & BLANK) !== 0) return true;
  switch (byte) {
    case CODE.comma:
    case CODE.semicolon:
    case CODE.ampersand:
    case CODE.quote:
    case CODE.apostrophe:
    case CODE.backtick:
    case CODE.braceEnd:
    case CODE.less:
    case CODE.backslash:
      return true;
    default:
      return false;
  }
}

function isPassword(scan: Scan, from: number, end: number, naming: Naming): boolean {
  const { bytes } = scan;
  const { isAssigned, nameEnd } = naming;
  if (isPlaceholder(scan, from, end) || isOneOf(NO_VALUES, bytes, from, end)) return false;
  if (!isAssigned && (end - from < 3 || isOneOf(SENTENCE_WORDS, bytes, from, end))) return false;
  // `PWD=/srv` is the working directory; `pass: 12` counts tests.
  const isPwd = (bytes[nameEnd - 1]! | 32) === 100 && (bytes[nameEnd - 3]! | 32) === 112;
  if (bytes[from] === CODE.slash && isPwd) return false;
  const isPass = (bytes[nameEnd - 1]! | 32) === CODE.s;
  return !(isPass && isNumber(bytes, from, end));
}

function isNumber(bytes: Buffer, from: number, end: number): boolean {
  for (let i = from; i < end; i++) if ((CLASSES[bytes[i]!]! & DIGIT) === 0) return false;
  return true;
}

/** Whether a value is one of a few words, less the signs after it. */
function isOneOf(words: ReadonlySet<string>, bytes: Buffer, from: number, end: number): boolean {
  if (end - from > 12) return false;
  let to = end;
  while (to > from && (CLASSES[bytes[to - 1]!]! & ALPHANUMERIC) === 0) to--;
  return words.has(bytes.toString("latin1", from, to).toLowerCase());
}

/** `${NAME}`, `$NAME`, `{{ name }}`, `<name>`, `%s`, and what masks and redaction leave. */
function isPlaceholder(scan: Scan, from: number, end: number): boolean {
  const { bytes } = scan;
  const first = bytes[from]!;
  const second = scan.byte(from + 1);
  if (first === CODE.dollar)
    return second === CODE.brace || second === CODE.open || isLetter(second);
  if (first === CODE.brace || first === CODE.less || first === CODE.bracket) return true;
  if (first === CODE.percent) return end - from < 4;
  if (first === CODE.star) return true;
  for (let i = from; i < end; i++) {
    if (bytes[i] === CODE.star && scan.byte(i + 1) === CODE.star) return true;
    if (bytes[i] === CODE.bracket && scan.has(i, REDACTED)) return true;
  }
  return false;
}

const REDACTED = Buffer.from("[REDACTED");

function isLetter(byte: number): boolean {
  return (CLASSES[byte]! & LETTER) !== 0;
}

const SECRET_BYTES_MIN = 8;

/** Whether a value could be made by a machine: a name ending in `token` or `key` has other values too. */
function isSecret(scan: Scan, from: number, end: number): boolean {
  const { bytes } = scan;
  if (end - from < SECRET_BYTES_MIN || isPlaceholder(scan, from, end)) return false;
  if (isNumber(bytes, from, end)) return false;
  if (bytes[from] === CODE.slash && !isRandom(bytes, from, end)) return false;
  let digits = 0;
  let letters = 0;
  for (let i = from; i < end; i++) {
    const kind = CLASSES[bytes[i]!]!;
    if ((kind & DIGIT) !== 0) digits++;
    else if ((kind & LETTER) !== 0) letters++;
    else if ((kind & BLANK) !== 0 || bytes[i] === CODE.open) return false;
  }
  return isRandom(bytes, from, end) || (digits > 0 && letters > 0);
}

/** Adds the text itself where its key says that it is a secret: a password, whatever it is. */
export function namedValueAt(scan: Scan, meaning: number, on: Detectors): void {
  const { bytes, from, to, matches } = scan;
  if (meaning === NAMED.authorization) {
    authorizationAfter(scan, from, on);
  } else if (meaning === NAMED.password) {
    if (!on.password || from === to || isPlaceholder(scan, from, to)) return;
    if (!isOneOf(NO_VALUES, bytes, from, to)) matches.add(from, to, KIND.password);
  } else if (meaning === NAMED.secret && on.apiKey && isSecret(scan, from, to)) {
    matches.add(from, to, KIND.apiKey);
  }
}

/** The credentials of RFC 9110 §11.6.2, after their scheme, which is kept. */
function authorizationAfter(scan: Scan, at: number, on: Detectors): number {
  const { bytes } = scan;
  let from = at;
  while (from < scan.to && from - at < 12 && isLetter(bytes[from]!)) from++;
  const isScheme = from > at && scan.byte(from) === CODE.space;
  const isBasic = isScheme && (bytes[at]! | 32) === 98 && (bytes[at + 1]! | 32) === 97;
  from = isScheme ? from + 1 : at;
  let end = from;
  const limit = Math.min(scan.to, from + VALUE_BYTES_MAX);
  while (end < limit && !endsValue(bytes[end]!)) end++;
  while (end > from && end < scan.to && (bytes[end]! & 0xc0) === 0x80) end--;
  if (end - from < 6 || isPlaceholder(scan, from, end)) return -1;
  if (isBasic ? !on.password : !on.apiKey) return -1;
  if (!isScheme && !isSecret(scan, from, end)) return -1;
  scan.matches.add(from, end, isBasic ? KIND.password : KIND.apiKey);
  return end;
}

/** What a URL has of user and password (RFC 3986 §3.2.1), and its host, is looked for no further than this. */
const USER_BYTES_MAX = 512;

/** Finds the password of a URL whose `://` begins at `at`. Returns where to go on, or -1. */
export function urlPasswordAt(scan: Scan, at: number): number {
  const { bytes } = scan;
  const from = at + 3;
  const limit = Math.min(scan.to, from + USER_BYTES_MAX);
  let colon = -1;
  let end = -1;
  for (let i = from; i < limit; i++) {
    const byte = bytes[i]!;
    if (byte === CODE.at) end = i;
    else if (byte === CODE.colon && colon < 0) colon = i;
    else if (byte === CODE.slash || byte === CODE.question || byte === CODE.hash) break;
    else if ((CLASSES[byte]! & BLANK) !== 0 || byte === CODE.quote || byte === CODE.less) break;
  }
  if (colon < 0 || end <= colon + 1 || isPlaceholder(scan, colon + 1, end)) return -1;
  scan.matches.add(colon + 1, end, KIND.password);
  return end + 1;
}
