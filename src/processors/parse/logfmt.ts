import { ATTRIBUTE_TYPES } from "#core/attributes.ts";
import type { Fields } from "./fields.ts";
import { stringOf, type TextParser } from "./text-parser.ts";
import { addDetected } from "./typed-text.ts";

const SPACE = 0x20;
const QUOTE = 0x22;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;

/** What one backslash and a letter stand for, as Go's strconv.Quote writes them. */
const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  a: "\u0007",
  b: "\b",
  f: "\f",
  v: "\v",
};
const CODE_POINT_MAX = 0x10_ffff;

export interface LogfmtOptions {
  /** Whether values without quotes become the number or boolean that they read as. */
  readonly detectTypes: boolean;
  /** Whether words without a value make it no logfmt, as in `a=1 and more`; else they are true. */
  readonly pairsOnly: boolean;
  /** Fewer pairs make it no logfmt. */
  readonly pairsMin: number;
}

/**
 * Pairs of a key and a value, as Go's loggers (logrus, slog, go-kit) write them: `level=info msg="not found" took=12ms`.
 * Values in double quotes have the escapes of Go and JSON. A value without quotes goes to the next blank, whatever
 * it has in it.
 */
export function logfmtParser(options: LogfmtOptions): TextParser {
  return (source, into) => readPairs(stringOf(source), into, options);
}

function readPairs(text: string, into: Fields, options: LogfmtOptions): string | undefined {
  let pairs = 0;
  let at = skipBlanks(text, 0);
  while (at < text.length) {
    const keyEnd = endOfKey(text, at);
    if (keyEnd === at || text.charCodeAt(keyEnd) === QUOTE)
      return `not logfmt: found ${JSON.stringify(text[keyEnd])} at character ${keyEnd}, where a key should be`;
    const key = text.slice(at, keyEnd);
    if (text.charCodeAt(keyEnd) !== EQUALS) {
      if (options.pairsOnly) return `not logfmt: found no = at character ${keyEnd}`;
      into.add(key, "true", ATTRIBUTE_TYPES.bool);
      at = skipBlanks(text, keyEnd);
      continue;
    }
    pairs++;
    const end = addValue(text, keyEnd + 1, key, into, options);
    if (end < 0)
      return `not logfmt: the quote at character ${keyEnd + 1} is not closed as it should be`;
    at = skipBlanks(text, end);
  }
  return pairs < options.pairsMin ? "not logfmt: found too few pairs of key=value" : undefined;
}

/** Adds the value that begins at `from`; returns where it ends, or -1 where its quotes are wrong. */
function addValue(
  text: string,
  from: number,
  key: string,
  into: Fields,
  { detectTypes }: LogfmtOptions,
): number {
  if (text.charCodeAt(from) !== QUOTE) {
    let end = from;
    while (text.charCodeAt(end) > SPACE) end++;
    const value = text.slice(from, end);
    if (detectTypes) addDetected(into, key, value);
    else into.add(key, value, ATTRIBUTE_TYPES.string);
    return end;
  }
  let end = from + 1;
  let hasEscapes = false;
  while (end < text.length && text.charCodeAt(end) !== QUOTE) {
    if (text.charCodeAt(end) === BACKSLASH) {
      hasEscapes = true;
      end++;
    }
    end++;
  }
  if (end >= text.length || text.charCodeAt(end + 1) > SPACE) return -1;
  const quoted = text.slice(from + 1, end);
  into.add(key, hasEscapes ? unescaped(quoted) : quoted, ATTRIBUTE_TYPES.string);
  return end + 1;
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) <= SPACE) at++;
  return at;
}

/** The place of the first blank, `=` or quote, or the end. */
function endOfKey(text: string, from: number): number {
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    // At the end there is no code, which is not above anything.
    if (!(code > SPACE) || code === EQUALS || code === QUOTE) return at;
    at++;
  }
}

function unescaped(text: string): string {
  return text.replaceAll(
    /\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2})|([^]))/g,
    (
      all: string,
      four: string | undefined,
      eight: string | undefined,
      two: string | undefined,
      letter: string | undefined,
    ) => {
      if (letter !== undefined) return ESCAPES[letter] ?? letter;
      const code = Number.parseInt(four ?? eight ?? two ?? "", 16);
      if (code > CODE_POINT_MAX) return all;
      // Halves of a pair are joined where they stand next to each other.
      return four === undefined ? String.fromCodePoint(code) : String.fromCharCode(code);
    },
  );
}
