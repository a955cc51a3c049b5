import { REQUEST_LIMITS } from "../limits.ts";

/** OTLP's AnyValue in the form of OTLP/JSON; one without any field is the empty value. */
export interface AnyValue {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  /** In decimal. */
  readonly intValue?: string;
  /** `NaN`, `Infinity`, `-Infinity` and `-0` are text, for which `JSON.stringify` has no number. */
  readonly doubleValue?: number | string;
  readonly arrayValue?: { readonly values: readonly AnyValue[] };
  readonly kvlistValue?: { readonly values: readonly KeyValue[] };
  /** In base64. */
  readonly bytesValue?: string;
}

export interface KeyValue {
  readonly key: string;
  readonly value: AnyValue;
}

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
const STRING = /"(?:[^"\\]|\\.)*"/y;
const WORD = /true|false|null/y;
const INTEGER = /^-?\d+$/;

/**
 * The text of an array or kvlist as a value; see `ATTRIBUTE_TYPES`. Unlike with `JSON.parse`, keys keep their
 * order, and those that stand there twice are there twice. Undefined for what is no JSON, such as the text of
 * a value that was cut, or is nested too deeply.
 */
export function anyValueOfJson(text: string): AnyValue | undefined {
  const reader = new JsonReader(text);
  try {
    const value = reader.value(0);
    return reader.isAtEnd() ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

class JsonReader {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  isAtEnd(): boolean {
    this.match(SPACE);
    return this.at === this.text.length;
  }

  value(depth: number): AnyValue {
    if (depth > REQUEST_LIMITS.depthMax) throw new SyntaxError("nested too deeply");
    this.match(SPACE);
    switch (this.text[this.at]) {
      case "[":
        return { arrayValue: { values: this.list("]", () => this.value(depth + 1)) } };
      case "{":
        return { kvlistValue: { values: this.list("}", () => this.field(depth)) } };
      case '"':
        return { stringValue: this.string() };
      default:
        return this.word() ?? this.number();
    }
  }

  private list<Element>(close: string, element: () => Element): Element[] {
    const elements: Element[] = [];
    this.at += 1;
    this.match(SPACE);
    if (this.take(close)) return elements;
    for (;;) {
      elements.push(element());
      this.match(SPACE);
      if (this.take(close)) return elements;
      this.expect(",");
    }
  }

  private field(depth: number): KeyValue {
    this.match(SPACE);
    const key = this.string();
    this.match(SPACE);
    this.expect(":");
    return { key, value: this.value(depth + 1) };
  }

  private string(): string {
    const found = this.match(STRING);
    if (found === undefined) throw new SyntaxError("a string is missing");
    return found.includes("\\") ? (JSON.parse(found) as string) : found.slice(1, -1);
  }

  private word(): AnyValue | undefined {
    const found = this.match(WORD);
    if (found === undefined) return undefined;
    return found === "null" ? {} : { boolValue: found === "true" };
  }

  /** An integer that a double holds exactly is one; any other number is a double. */
  private number(): AnyValue {
    const found = this.match(NUMBER);
    if (found === undefined) throw new SyntaxError("a value is missing");
    const value = Number(found);
    // JSON.stringify would write this one as 0.
    if (Object.is(value, -0)) return { doubleValue: "-0" };
    const isInteger = INTEGER.test(found) && Number.isSafeInteger(value);
    return isInteger ? { intValue: found } : { doubleValue: value };
  }

  private expect(sign: string): void {
    if (!this.take(sign)) throw new SyntaxError(`${sign} is missing`);
  }

  private take(sign: string): boolean {
    if (this.text[this.at] !== sign) return false;
    this.at += 1;
    return true;
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }
}
