/** What a byte of text can be part of: one bit each, for tests without branches. */
export const DIGIT = 1;
export const UPPER = 2;
export const LOWER = 4;
export const LOWER_HEX = 8;
export const HEX = 16;
/** What stands between words of an identifier: `_` and `-`. */
export const JOINER = 32;
/** What the part of an e-mail address before the @ may have beside letters and digits. */
export const LOCAL_SIGN = 64;
/** Beside letters, digits and joiners in base64: `+`, `/` and `=`. */
export const BASE64_SIGN = 128;
/** A byte of a character beyond ASCII. */
export const BEYOND_ASCII = 256;
/** Space, tab and line ends. */
export const BLANK = 512;

export const LETTER = UPPER | LOWER;
export const ALPHANUMERIC = DIGIT | LETTER;
export const BASE64_URL = ALPHANUMERIC | JOINER;
export const BASE64 = ALPHANUMERIC | BASE64_SIGN;

/** The classes of each byte. */
export const CLASSES: Uint16Array = classes();

function classes(): Uint16Array {
  const table = new Uint16Array(256);
  const mark = (characters: string, bits: number): void => {
    for (const character of characters) table[character.charCodeAt(0)]! |= bits;
  };
  mark("0123456789", DIGIT | HEX | LOWER_HEX);
  mark("ABCDEFGHIJKLMNOPQRSTUVWXYZ", UPPER);
  mark("abcdefghijklmnopqrstuvwxyz", LOWER);
  mark("abcdef", LOWER_HEX | HEX);
  mark("ABCDEF", HEX);
  mark("_-", JOINER);
  mark("._%+-", LOCAL_SIGN);
  mark("+/=", BASE64_SIGN);
  mark(" \t\r\n", BLANK);
  for (let byte = 128; byte < 256; byte++) table[byte] = BEYOND_ASCII;
  return table;
}

/** The ASCII codes that detectors name. */
export const CODE = {
  tab: 9,
  newline: 10,
  space: 32,
  quote: 34,
  hash: 35,
  dollar: 36,
  percent: 37,
  ampersand: 38,
  apostrophe: 39,
  open: 40,
  close: 41,
  star: 42,
  plus: 43,
  comma: 44,
  dash: 45,
  dot: 46,
  slash: 47,
  zero: 48,
  one: 49,
  four: 52,
  nine: 57,
  colon: 58,
  semicolon: 59,
  less: 60,
  equals: 61,
  greater: 62,
  question: 63,
  at: 64,
  A: 65,
  Q: 81,
  T: 84,
  bracket: 91,
  backslash: 92,
  bracketEnd: 93,
  underscore: 95,
  backtick: 96,
  n: 110,
  r: 114,
  s: 115,
  t: 116,
  u: 117,
  x: 120,
  brace: 123,
  bar: 124,
  braceEnd: 125,
  tilde: 126,
} as const;
