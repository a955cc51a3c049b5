import { EXPRESSION_LIMITS } from "./expression-limits.ts";
import { ExpressionError, type Place } from "./expression-error.ts";
import type { Literal } from "./syntax.ts";

export type Token = Place &
  (
    | { readonly kind: "literal"; readonly literal: Literal }
    | { readonly kind: "name"; readonly text: string }
    | { readonly kind: "regex"; readonly pattern: string; readonly flags: string }
    | { readonly kind: "symbol"; readonly text: string }
    | { readonly kind: "end" }
  );

const BLANK = /[ \t\r\n]*/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const DURATION = /(?:(?:\d+(?:\.\d+)?|\.\d+)(?:ns|us|µs|ms|s|m|h|d))+(?![A-Za-z0-9_.])/y;
const DURATION_PART = /([\d.]+)([a-zµ]+)/g;
const SYMBOL = /==|!=|<=|>=|[<>()[\],.+\-*/%]/y;
const STRING = /"(?:[^"\\\n]|\\[^\n])*"|'(?:[^'\\\n]|\\[^\n])*'/y;
const REGEX = /\/((?:[^/\\\n]|\\[^\n])+)\/([a-z]*)/y;

/** Nanoseconds of each unit, the largest first. */
export const DURATION_UNITS: Readonly<Record<string, number>> = {
  d: 86_400e9,
  h: 3_600e9,
  m: 60e9,
  s: 1e9,
  ms: 1e6,
  us: 1e3,
  µs: 1e3,
  ns: 1,
};

/** What people write who know other languages, and what it is called here. */
const FOREIGN: Readonly<Record<string, string>> = {
  "=": "==",
  "&": "and",
  "|": "or",
  "!": "not",
  "~": "is_match(text, /pattern/)",
  "?": "coalesce(a, b)",
  "`": 'text in quotes ("…")',
};

const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  r: "\r",
  t: "\t",
  b: "\b",
  f: "\f",
  "0": "\0",
  "\\": "\\",
  "/": "/",
  '"': '"',
  "'": "'",
};

const INT64_MAX = 2n ** 63n;

/** Cuts the source into tokens, one at a time: whether `/` divides or begins a pattern is for the parser to say. */
export class Lexer {
  private readonly source: string;
  private position = 0;

  constructor(source: string) {
    this.source = source;
    if (source.length > EXPRESSION_LIMITS.charactersMax) {
      const place = { from: EXPRESSION_LIMITS.charactersMax, to: source.length };
      throw this.error(`more than ${EXPRESSION_LIMITS.charactersMax} characters`, place);
    }
  }

  error(reason: string, place: Place): ExpressionError {
    return new ExpressionError(reason, this.source, place);
  }

  /** @param isOperand Whether a value may stand here, such as a regular expression. */
  next(isOperand: boolean): Token {
    this.match(BLANK);
    const from = this.position;
    if (from === this.source.length) return { kind: "end", from, to: from };
    const first = this.source[from]!;
    if (first === '"' || first === "'") return this.string(from);
    if (first === "/" && isOperand) return this.regex(from);
    const digits = this.match(DURATION) ?? this.match(NUMBER);
    if (digits !== undefined) return this.number(digits, from);
    const name = this.match(NAME);
    if (name !== undefined) return { kind: "name", text: name, from, to: this.position };
    const symbol = this.match(SYMBOL);
    if (symbol !== undefined) return { kind: "symbol", text: symbol, from, to: this.position };
    throw this.unexpected(first, from);
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.source)?.[0];
    if (found !== undefined) this.position += found.length;
    return found;
  }

  private unexpected(first: string, from: number): ExpressionError {
    const character = String.fromCodePoint(this.source.codePointAt(from)!);
    const instead = FOREIGN[first];
    const hint = instead === undefined ? "" : `; write ${instead}`;
    const isDoubled = (first === "&" || first === "|") && this.source[from + 1] === first;
    const found = isDoubled ? first + first : character;
    return this.error(`found ${JSON.stringify(found)}${hint}`, { from, to: from + found.length });
  }

  private number(text: string, from: number): Token {
    const to = this.position;
    const place = { from, to };
    if (/[A-Za-z_]/.test(this.source[to] ?? ""))
      throw this.error(
        `a number is followed by ${JSON.stringify(this.source[to])}; units are ${Object.keys(DURATION_UNITS).join(", ")}`,
        { from, to: to + 1 },
      );
    if (/[a-zµ]$/.test(text))
      return { kind: "literal", literal: this.duration(text, place), from, to };
    if (/^\d+$/.test(text)) return { kind: "literal", literal: this.int(text, place), from, to };
    const value = Number(text);
    if (!Number.isFinite(value)) throw this.error("the number is too large for a double", place);
    return { kind: "literal", literal: { type: "double", value }, from, to };
  }

  /** 2^63 itself passes here, since it may be negated; the parser refuses it elsewhere. */
  private int(text: string, place: Place): Literal {
    const value = Number(text);
    if (Number.isSafeInteger(value)) return { type: "int", value };
    const exact = BigInt(text);
    if (exact > INT64_MAX) throw this.error("the integer is beyond 64 bits", place);
    return { type: "int", value: exact };
  }

  private duration(text: string, place: Place): Literal {
    let value = 0;
    for (const [, amount, unit] of text.matchAll(DURATION_PART))
      value += Number(amount) * DURATION_UNITS[unit!]!;
    value = Math.round(value);
    if (!Number.isSafeInteger(value)) throw this.error("the duration is over 100 days", place);
    return { type: "duration", value };
  }

  private string(from: number): Token {
    const text = this.match(STRING);
    if (text === undefined) {
      const lineEnd = this.source.indexOf("\n", from);
      const to = lineEnd < 0 ? this.source.length : lineEnd;
      throw this.error("the text is not closed with the quote that it began with", { from, to });
    }
    const value = this.unescaped(text.slice(1, -1), from + 1);
    return { kind: "literal", literal: { type: "string", value }, from, to: this.position };
  }

  private unescaped(text: string, from: number): string {
    if (!text.includes("\\")) return text;
    return text.replaceAll(
      /\\u([0-9a-fA-F]{4})|\\(.)/gsu,
      (escape, hex: string | undefined, letter: string | undefined, at: number) => {
        if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
        const character = ESCAPES[letter!];
        if (character !== undefined) return character;
        throw this.error(
          `there is no escape ${escape} in a text: write \\\\ for a backslash, or a pattern as /…/`,
          { from: from + at, to: from + at + escape.length },
        );
      },
    );
  }

  private regex(from: number): Token {
    REGEX.lastIndex = from;
    const found = REGEX.exec(this.source);
    if (found === null)
      throw this.error("the regular expression is not closed with a /", {
        from,
        to: this.source.length,
      });
    this.position += found[0].length;
    const [, pattern = "", flags = ""] = found;
    return {
      kind: "regex",
      pattern: pattern.replaceAll("\\/", "/"),
      flags,
      from,
      to: this.position,
    };
  }
}
