import {
  BEGINNINGS,
  FIRST_BYTES,
  joined,
  joinedEnd,
  keyAt,
  privateKeyEnd,
  storageKeyStart,
} from "./api-key.ts";
import { ALPHANUMERIC, BASE64_URL, BEYOND_ASCII, CLASSES, CODE, HEX } from "./characters.ts";
import type { Detectors } from "./detectors.ts";
import { emailAt } from "./email.ts";
import { ipv6End, ipv6Start } from "./ip-address.ts";
import { KIND } from "./matches.ts";
import { namedSecretAt, urlPasswordAt } from "./named-secret.ts";
import { numberAt } from "./numbers.ts";
import type { Scan } from "./scan.ts";

/** What the scanner does at a byte: most are passed over with one look at the table. */
const ACT = {
  pass: 0,
  number: 1,
  at: 2,
  colon: 3,
  equals: 4,
  joiner: 5,
  sign: 6,
  tilde: 7,
  percent: 8,
} as const;

const ACTS = acts();

function acts(): Uint8Array {
  const table = new Uint8Array(256);
  for (let byte = 0; byte < 256; byte++) {
    const kind = CLASSES[byte]!;
    table[byte] = (kind & (ALPHANUMERIC | BEYOND_ASCII)) === 0 ? ACT.sign : ACT.pass;
    if (byte >= CODE.zero && byte <= CODE.nine) table[byte] = ACT.number;
  }
  table[CODE.at] = ACT.at;
  table[CODE.colon] = ACT.colon;
  table[CODE.equals] = ACT.equals;
  table[CODE.dash] = ACT.joiner;
  table[CODE.underscore] = ACT.joiner;
  table[CODE.tilde] = ACT.tilde;
  table[CODE.percent] = ACT.percent;
  return table;
}

/**
 * Adds to `scan.matches` what the detectors find in its text, from the left and after what is there. One pass over the
 * bytes: at digits, `@`, `:`, `=`, `-`, `_` and the beginnings of words a detector looks at what is
 * around, never further than a bound, so that the time is linear in the text whatever it holds.
 */
export function scanText(scan: Scan, on: Detectors): void {
  const { bytes, from, to } = scan;
  let i = scan.floor;
  if (on.apiKey && i === from) {
    const end = keyAt(scan, from);
    if (end > 0) i = end;
  }
  while (i < to) {
    const act = ACTS[bytes[i]!]!;
    if (act === ACT.pass) i++;
    else if (act === ACT.sign) i = on.apiKey && maySayKey(bytes, i) ? signAt(scan, i) : i + 1;
    else if (act === ACT.number) i = numberAt(scan, i, on);
    else if (act === ACT.joiner && !mayJoinKey(bytes, from, i)) i++;
    else i = otherAt(scan, i, act, on);
  }
}

/** Whether a private key may begin at the `-` or `_` at `at`, or one of {@link joinedEnd} have it inside. */
function mayJoinKey(bytes: Buffer, from: number, at: number): boolean {
  if (bytes[at + 1] === CODE.dash) return true;
  return at - 32 >= from && (CLASSES[bytes[at - 32]!]! & ALPHANUMERIC) !== 0;
}

/** Whether a key may begin after the sign at `at`, or Discord's token go on. What lies beyond the text is judged later. */
function maySayKey(bytes: Buffer, at: number): boolean {
  const first = bytes[at + 1]!;
  if (FIRST_BYTES[first] === 1 && BEGINNINGS[(first << 8) | bytes[at + 2]!] !== 0) return true;
  return bytes[at] === CODE.dot && bytes[at + 7] === CODE.dot;
}

function signAt(scan: Scan, at: number): number {
  const end = keyAt(scan, at + 1);
  if (end >= 0) return end;
  return scan.bytes[at] === CODE.dot && scan.byte(at + 7) === CODE.dot
    ? discordAt(scan, at)
    : at + 1;
}

/** Those of `%40`. */
const ENCODED_AT_BYTES = 3;

function otherAt(scan: Scan, at: number, act: number, on: Detectors): number {
  let end = -1;
  if (act === ACT.at) {
    if (on.email) return emailAt(scan, at);
  } else if (act === ACT.percent) {
    if (on.email && scan.byte(at + 1) === CODE.four && scan.byte(at + 2) === CODE.zero)
      return emailAt(scan, at, ENCODED_AT_BYTES);
    if (on.apiKey) end = keyAt(scan, at + 1);
  } else if (act === ACT.joiner) {
    if (on.apiKey) end = joinerAt(scan, at);
  } else if (act === ACT.tilde) {
    if (on.apiKey) end = azureAt(scan, at);
  } else {
    if (act === ACT.colon) end = colonAt(scan, at, on);
    else if (on.apiKey && scan.byte(at + 1) === CODE.equals) end = paddingAt(scan, at);
    if (end < 0 && (on.password || on.apiKey)) end = namedSecretAt(scan, at, on);
    if (end < 0 && on.apiKey) end = keyAt(scan, at + 1);
  }
  return end < 0 ? at + 1 : end;
}

function colonAt(scan: Scan, at: number, on: Detectors): number {
  if (scan.byte(at + 1) === CODE.slash) {
    const isUrl = on.password && scan.byte(at + 2) === CODE.slash;
    return isUrl ? urlPasswordAt(scan, at) : -1;
  }
  const next = scan.byte(at + 1);
  const mayBeAddress = next === CODE.colon || (CLASSES[next]! & HEX) !== 0;
  if (on.ipAddress && mayBeAddress) {
    const start = ipv6Start(scan, at);
    const end = start < at || next === CODE.colon ? ipv6End(scan, start) : -1;
    if (end >= 0) {
      scan.matches.add(start, end, KIND.ipAddress);
      return end;
    }
  }
  return on.apiKey && next === CODE.A ? telegramAt(scan, at) : -1;
}

function paddingAt(scan: Scan, at: number): number {
  const start = storageKeyStart(scan, at);
  if (start < 0) return -1;
  scan.matches.add(start, at + 2, KIND.apiKey);
  return at + 2;
}

function joinerAt(scan: Scan, at: number): number {
  const isBlock = scan.bytes[at] === CODE.dash && scan.byte(at + 1) === CODE.dash;
  const end = isBlock ? privateKeyEnd(scan, at) : joinedEnd(scan, at);
  if (end < 0) return -1;
  scan.matches.add(isBlock ? at : joined.start, end, KIND.apiKey);
  return end;
}

/** A Telegram bot's token: its id, a colon, and 35 characters that begin with `AA`. */
function telegramAt(scan: Scan, at: number): number {
  let start = at;
  while (start > scan.floor && start > at - 11 && isDigit(scan.bytes[start - 1]!)) start--;
  const end = base64UrlEnd(scan, at + 1, 36);
  if (at - start < 8 || at - start > 10 || end - at !== 36 || scan.byte(at + 2) !== CODE.A)
    return -1;
  scan.matches.add(start, end, KIND.apiKey);
  return end;
}

function isDigit(byte: number): boolean {
  return byte >= CODE.zero && byte <= CODE.nine;
}

function base64UrlEnd(scan: Scan, from: number, lengthMax: number): number {
  let end = from;
  while (end - from < lengthMax && (CLASSES[scan.byte(end)]! & BASE64_URL) !== 0) end++;
  return end;
}

/** A Discord bot's token: its id in base64, six characters, and 27 to 38. */
function discordAt(scan: Scan, at: number): number {
  const { bytes } = scan;
  let start = at;
  while (start > scan.floor && start > at - 29 && (CLASSES[bytes[start - 1]!]! & BASE64_URL) !== 0)
    start--;
  const length = at - start;
  const isId = length >= 24 && length <= 28 && bytes[start]! >= 77 && bytes[start]! <= 79;
  if (!isId || base64UrlEnd(scan, at + 1, 7) !== at + 7) return at + 1;
  const end = base64UrlEnd(scan, at + 8, 40);
  if (end - at - 8 < 27 || end - at - 8 > 38) return at + 1;
  scan.matches.add(start, end, KIND.apiKey);
  return end;
}

/** A client secret of Entra ID: three characters, a digit, `Q~`, and 31 to 34 characters. */
function azureAt(scan: Scan, at: number): number {
  if (scan.byte(at - 1) !== CODE.Q || !isDigit(scan.byte(at - 2))) return -1;
  const start = at - 5;
  if (start < scan.floor) return -1;
  let end = at + 1;
  while (end - at <= 35 && isAzureByte(scan.byte(end))) end++;
  while (end > at && scan.bytes[end - 1] === CODE.dot) end--;
  if (end - at - 1 < 31 || end - at - 1 > 34) return -1;
  scan.matches.add(start, end, KIND.apiKey);
  return end;
}

function isAzureByte(byte: number): boolean {
  return (CLASSES[byte]! & BASE64_URL) !== 0 || byte === CODE.dot || byte === CODE.tilde;
}
