import type { StructuredData } from "./message.ts";

export interface StructuredDataRead {
  /** Undefined for the nil value. */
  readonly data: StructuredData | undefined;
  /** Where what follows begins. */
  readonly end: number;
}

type Parameters = Record<string, string | string[]>;

const NAME = /[^ =\]"\s]{1,255}/y;

/**
 * Reads STRUCTURED-DATA of RFC 5424 section 6.3 that begins at `from`: `-`, or elements such as
 * `[id@32473 name="value"]`, in which a backslash escapes `"`, `\` and `]`. Undefined when it is not
 * well formed.
 */
export function readStructuredData(text: string, from: number): StructuredDataRead | undefined {
  if (text[from] === "-") return { data: undefined, end: from + 1 };
  if (text[from] !== "[") return undefined;
  const data = Object.create(null) as Record<string, Parameters>;
  let at = from;
  while (text[at] === "[") {
    const end = readElement(text, at + 1, data);
    if (end === undefined) return undefined;
    at = end;
  }
  return { data, end: at };
}

function readElement(
  text: string,
  from: number,
  data: Record<string, Parameters>,
): number | undefined {
  const id = nameAt(text, from);
  if (id === undefined) return undefined;
  const parameters = (data[id] ??= Object.create(null) as Parameters);
  let at = from + id.length;
  for (;;) {
    while (text[at] === " ") at++;
    if (text[at] === "]") return at + 1;
    const name = nameAt(text, at);
    if (name === undefined) return undefined;
    at += name.length;
    if (text[at] !== "=" || text[at + 1] !== '"') return undefined;
    const close = closingQuote(text, at + 2);
    if (close === undefined) return undefined;
    addParameter(parameters, name, unescaped(text.slice(at + 2, close)));
    at = close + 1;
  }
}

function nameAt(text: string, from: number): string | undefined {
  NAME.lastIndex = from;
  return NAME.exec(text)?.[0];
}

function closingQuote(text: string, from: number): number | undefined {
  for (let at = from; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === '"') return at;
  }
  return undefined;
}

/** A backslash before any other character stands for itself. */
function unescaped(text: string): string {
  return text.includes("\\") ? text.replaceAll(/\\(["\\\]])/g, "$1") : text;
}

function addParameter(parameters: Parameters, name: string, value: string): void {
  const known = parameters[name];
  if (known === undefined) parameters[name] = value;
  else if (Array.isArray(known)) known.push(value);
  else parameters[name] = [known, value];
}
