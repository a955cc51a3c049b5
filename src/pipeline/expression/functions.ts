import { createHash } from "node:crypto";
import { REQUEST_LIMITS } from "#core/limits.ts";
import { EXPRESSION_LIMITS } from "./expression-limits.ts";
import type { Type } from "./fields.ts";
import type { LinearRegex } from "./linear-regex.ts";
import { intOfBigint, isList, isNumber, textOf, type Value } from "./value.ts";

/**
 * What a parameter takes. `text` takes any value as its text (see the function `string`), `pattern` a
 * regular expression or a text in quotes that is one, `needle` a text or a regular expression.
 */
export type Parameter = "text" | "int" | "duration" | "any" | "pattern" | "needle";

/** A function of expressions: total, without effects, and bounded in what it makes. */
export interface FunctionDefinition {
  readonly parameters: readonly Parameter[];
  /** How many of them must be given; all when it is absent. */
  readonly required?: number;
  /** What any further arguments are. */
  readonly rest?: Parameter;
  /** `first` is the type that the arguments share. */
  readonly result: Type | "first";
  /** Whether it is given nil as well. Others give nil (or false, where they give a bool) when an argument is nil. */
  readonly takesNil?: boolean;
  /** Whether it can give nil though no argument is. */
  readonly mayFail?: boolean;
  readonly apply?: (...args: Value[]) => Value;
  /** Used where the second argument is a regular expression; `args` are the others. */
  readonly applyRegex?: (regex: LinearRegex, ...args: Value[]) => Value;
  readonly example: string;
}

const { textCharactersMax, partsMax } = EXPRESSION_LIMITS;

/** Every function, by its name. */
export const FUNCTIONS: Readonly<Record<string, FunctionDefinition>> = {
  is_match: {
    parameters: ["text", "pattern"],
    result: "bool",
    applyRegex: (regex, text) => regex.test(text as string),
    example: "is_match(name, /^GET /)",
  },
  starts_with: {
    parameters: ["text", "text"],
    result: "bool",
    apply: (text, start) => (text as string).startsWith(start as string),
    example: 'starts_with(attributes["url.path"], "/api/")',
  },
  ends_with: {
    parameters: ["text", "text"],
    result: "bool",
    apply: (text, end) => (text as string).endsWith(end as string),
    example: 'ends_with(attributes["url.path"], ".js")',
  },
  contains: {
    parameters: ["text", "text"],
    result: "bool",
    apply: (text, part) => (text as string).includes(part as string),
    example: 'contains(body, "timeout")',
  },
  lower: {
    parameters: ["text"],
    result: "string",
    apply: (text) => cut((text as string).toLowerCase()),
    example: "lower(severity_text)",
  },
  upper: {
    parameters: ["text"],
    result: "string",
    apply: (text) => cut((text as string).toUpperCase()),
    example: 'upper(attributes["http.request.method"])',
  },
  trim: {
    parameters: ["text"],
    result: "string",
    apply: (text) => (text as string).trim(),
    example: "trim(body)",
  },
  concat: {
    parameters: ["any"],
    rest: "any",
    result: "string",
    takesNil: true,
    apply: concat,
    example: 'concat(attributes["http.request.method"], " ", attributes["http.route"])',
  },
  replace: {
    parameters: ["text", "needle", "text"],
    result: "string",
    apply: (text, part, by) => replaceAll(text as string, part as string, by as string),
    applyRegex: (regex, text, by) => regex.replace(text as string, by as string, textCharactersMax),
    example: 'replace(name, /\\d+/, "{id}")',
  },
  split: {
    parameters: ["text", "text"],
    result: "list",
    apply: (text, separator) => split(text as string, separator as string),
    example: 'split(attributes["client.address"], ".")[0]',
  },
  substring: {
    parameters: ["text", "int", "int"],
    required: 2,
    result: "string",
    apply: (text, start, length = Infinity) => substring(text as string, start!, length),
    example: "substring(body, 0, 100)",
  },
  len: {
    parameters: ["any"],
    result: "int",
    mayFail: true,
    apply: (value) => sizeOf(value!),
    example: "len(body)",
  },
  int: {
    parameters: ["any"],
    result: "int",
    mayFail: true,
    apply: (value) => intOf(value!),
    example: 'int(attributes["retries"])',
  },
  double: {
    parameters: ["any"],
    result: "double",
    mayFail: true,
    apply: (value) => doubleOf(value!),
    example: 'double(attributes["ratio"])',
  },
  string: {
    parameters: ["text"],
    result: "string",
    apply: (text) => cut(text as string),
    example: "string(body)",
  },
  coalesce: {
    parameters: ["any"],
    rest: "any",
    result: "first",
    takesNil: true,
    apply: (...values) => values.find((value) => value !== null) ?? null,
    example: 'coalesce(attributes["http.route"], attributes["url.path"], "unknown")',
  },
  sha256: {
    parameters: ["text"],
    result: "string",
    apply: (text) =>
      createHash("sha256")
        .update(text as string)
        .digest("hex"),
    example: 'sha256(attributes["user.id"])',
  },
  parse_json: {
    parameters: ["text"],
    result: "any",
    mayFail: true,
    apply: (text) => parseJson(text as string),
    example: 'parse_json(body)["level"]',
  },
  nanoseconds: {
    parameters: ["duration"],
    result: "int",
    apply: (duration) => duration!,
    example: "nanoseconds(duration)",
  },
  milliseconds: {
    parameters: ["duration"],
    result: "double",
    apply: (duration) => (duration as number) / 1e6,
    example: "milliseconds(duration)",
  },
  seconds: {
    parameters: ["duration"],
    result: "double",
    apply: (duration) => (duration as number) / 1e9,
    example: "seconds(duration)",
  },
};

/** What OTTL calls them where it is more than another spelling (`IsMatch` is found as `is_match`). */
const OTTL_NAMES: Readonly<Record<string, string>> = {
  has_prefix: "starts_with",
  has_suffix: "ends_with",
  to_lower_case: "lower",
  to_upper_case: "upper",
  parse_j_s_o_n: "parse_json",
  s_h_a256: "sha256",
};

/** The name that a function has here, given that or the one that it has in OTTL; undefined for others. */
export function functionName(name: string): string | undefined {
  if (Object.hasOwn(FUNCTIONS, name)) return name;
  if (!/^[A-Z]/.test(name)) return undefined;
  const snake = name.replaceAll(/(?<!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
  if (Object.hasOwn(FUNCTIONS, snake)) return snake;
  return Object.hasOwn(OTTL_NAMES, snake) ? OTTL_NAMES[snake] : undefined;
}

function cut(text: string): string {
  return text.length > textCharactersMax ? text.slice(0, textCharactersMax) : text;
}

/** All values as text after each other, nil as nothing; of a list and a text, the list's with the text between. */
function concat(...values: Value[]): string {
  const [first = null, between = null] = values;
  const isJoin = isList(first) && values.length <= 2;
  const parts = isJoin ? first : values;
  const separator = isJoin ? (textOf(between) ?? "") : "";
  let made = "";
  for (const [i, part] of parts.entries()) {
    if (made.length >= textCharactersMax) break;
    made += (i === 0 ? "" : separator) + (textOf(part) ?? "");
  }
  return cut(made);
}

/** In a loop of its own, since what `replaceAll` makes has no bound. */
function replaceAll(text: string, part: string, by: string): string {
  if (part === "" || !text.includes(part)) return text;
  let made = "";
  let from = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, from)) {
    made += text.slice(from, at) + by;
    from = at + part.length;
    if (made.length >= textCharactersMax) return cut(made);
  }
  return cut(made + text.slice(from));
}

function split(text: string, separator: string): Value {
  if (separator === "") return [text];
  const parts: string[] = [];
  let from = 0;
  while (parts.length < partsMax - 1) {
    const at = text.indexOf(separator, from);
    if (at < 0) break;
    parts.push(text.slice(from, at));
    from = at + separator.length;
  }
  parts.push(text.slice(from));
  return parts;
}

/** Counts UTF-16 units; half a pair at the edges becomes U+FFFD. */
function substring(text: string, start: Value, length: Value): Value {
  if (!isNumber(start) || !isNumber(length)) return null;
  const from = Math.max(0, Math.trunc(Number(start)));
  return text.slice(from, from + Math.max(0, Number(length))).toWellFormed();
}

function sizeOf(value: Value): Value {
  if (typeof value === "string" || isList(value)) return value.length;
  return typeof value === "object" && value !== null ? Object.keys(value).length : null;
}

function intOf(value: Value): Value {
  switch (typeof value) {
    case "number":
      return Number.isFinite(value) ? intOfBigint(BigInt(Math.trunc(value))) : null;
    case "bigint":
      return value;
    case "boolean":
      return value ? 1 : 0;
    case "string":
      return /^\s*[+-]?\d{1,19}\s*$/.test(value)
        ? intOfBigint(BigInt(value.trim().replace("+", "")))
        : null;
    default:
      return null;
  }
}

function doubleOf(value: Value): Value {
  switch (typeof value) {
    case "number":
    case "bigint":
      return Number(value);
    case "boolean":
      return value ? 1 : 0;
    case "string":
      return /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/.test(value) ? Number(value) : null;
    default:
      return null;
  }
}

/** Nil for what is not JSON, or is nested too deeply. */
function parseJson(text: string): Value {
  if (nestingOf(text) > REQUEST_LIMITS.depthMax) return null;
  try {
    return JSON.parse(text) as Value;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** How deep the brackets of a JSON text are within each other. */
function nestingOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let isQuoted = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === '"') isQuoted = !isQuoted;
    else if (isQuoted) i += character === "\\" ? 1 : 0;
    else if (character === "[" || character === "{") deepest = Math.max(deepest, ++depth);
    else if (character === "]" || character === "}") depth--;
  }
  return deepest;
}
