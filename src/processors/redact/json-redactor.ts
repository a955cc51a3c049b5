import { Buffer } from "node:buffer";
import { BLANK, CLASSES, CODE } from "./detect/characters.ts";
import type { FieldRules } from "./field-rules.ts";
import { JsonKeys, type KeyMeaning } from "./key-meaning.ts";
import { charactersIn, type TextRedactor } from "./text-redactor.ts";

/** Objects in objects beyond this take their key from the one around them. */
const DEPTH_MAX = 128;

/** What holds for the values at one place of a JSON text. */
export interface Place {
  /** The key, or the name of the field. */
  readonly name: string;
  readonly meaning: KeyMeaning;
  readonly scanned: boolean;
  readonly outer?: Place;
}

/** The keys from the field on, joined by points. */
function pathOf({ name, outer }: Place): string {
  return outer === undefined ? name : `${pathOf(outer)}.${name}`;
}

/**
 * Redacts the strings and numbers of a JSON text and leaves every other byte as it is: order, spaces,
 * and numbers beyond 2^53. Keys are not changed, and say what their values are. A number of which something
 * was replaced becomes a string.
 */
export class JsonRedactor {
  private readonly redactor: TextRedactor;
  private readonly rules: FieldRules;
  /** Where something was replaced, as the path of the last text and its length in characters. */
  private readonly onChange: (path: string, characters: number) => void;
  private readonly keys = new JsonKeys();
  private readonly parts: Buffer[] = [];
  private readonly places: Place[] = [];
  /** That of the key that was read last, which its value has. */
  private place: Place | undefined;
  private bytes: Buffer = Buffer.alloc(0);
  private done = 0;

  constructor(
    redactor: TextRedactor,
    rules: FieldRules,
    onChange: (path: string, characters: number) => void,
  ) {
    this.redactor = redactor;
    this.rules = rules;
    this.onChange = onChange;
  }

  /**
   * The text with all that is found replaced; undefined when nothing is.
   *
   * @param isSure Whether it is JSON, though perhaps cut off. Otherwise `null` says that it is not.
   */
  redact(
    bytes: Buffer,
    from: number,
    to: number,
    options: { readonly field: Place; readonly isSure: boolean },
  ): Buffer | undefined | null {
    this.bytes = bytes;
    this.done = from;
    this.parts.length = 0;
    this.places.length = 0;
    this.place = options.field;
    if (!this.walk(from, to) && !options.isSure) return null;
    if (this.parts.length === 0) return undefined;
    this.parts.push(bytes.subarray(this.done, to));
    return Buffer.concat(this.parts);
  }

  /** False when something is not JSON; it is then scanned as text as far as a value could be. */
  private walk(from: number, to: number): boolean {
    const { bytes } = this;
    let isJson = true;
    let outer: Place = this.place!;
    let tooDeep = 0;
    for (let i = from; i < to;) {
      const byte = bytes[i]!;
      if ((CLASSES[byte]! & BLANK) !== 0 || byte === CODE.colon) i++;
      else if (byte === CODE.comma) {
        this.place = outer;
        i++;
      } else if (byte === CODE.brace || byte === CODE.bracket) {
        if (this.places.length < DEPTH_MAX) {
          this.places.push(outer);
          outer = this.place!;
        } else {
          tooDeep++;
        }
        i++;
      } else if (byte === CODE.braceEnd || byte === CLOSE_BRACKET) {
        if (tooDeep > 0) tooDeep--;
        else outer = this.places.pop() ?? outer;
        this.place = outer;
        i++;
      } else if (byte === CODE.quote) {
        const end = stringEnd(bytes, i + 1, to);
        if (isKey(bytes, end, to)) this.enter(i, end, outer);
        else this.string(i, end);
        i = end;
      } else {
        const end = wordEnd(bytes, i, to);
        if (!this.word(i, end)) isJson = false;
        i = end;
      }
    }
    return isJson;
  }

  /** Turns to the value of the key between two quotes. */
  private enter(from: number, end: number, outer: Place): void {
    const { text, meaning } = this.keys.at(this.bytes, from + 1, end - 1);
    const { rules } = this;
    const isNamed = meaning.named !== 0 || meaning.hints !== 0;
    const place = {
      name: text,
      meaning: isNamed ? meaning : outer.meaning,
      scanned: outer.scanned,
      outer,
    };
    if (rules.haveInner) place.scanned = rules.inner(pathOf(place), outer.scanned);
    this.place = place;
  }

  private string(from: number, end: number): void {
    const { bytes } = this;
    const isClosed = end - from >= 2 && bytes[end - 1] === CODE.quote;
    const [start, stop] = [from + 1, isClosed ? end - 1 : end];
    const isEscaped = isClosed && hasEscape(bytes, start, stop);
    const plain = isEscaped ? parsedString(bytes, from, end) : undefined;
    if (plain === undefined) {
      this.text(start, stop, (redacted) => redacted);
      return;
    }
    const text = Buffer.from(plain);
    const redacted = this.redactText(text, 0, text.length);
    if (redacted !== undefined) this.put(from, end, JSON.stringify(redacted.toString("utf8")));
  }

  /** A number, a literal, or what is none. */
  private word(from: number, end: number): boolean {
    const { bytes } = this;
    const first = bytes[from]!;
    const isNumber = first === CODE.dash || (first >= CODE.zero && first <= CODE.nine);
    if (isNumber) {
      this.text(from, end, (redacted) => Buffer.concat([QUOTE, redacted, QUOTE]));
      return true;
    }
    const isLiteral = LITERALS.has(bytes.toString("latin1", from, Math.min(end, from + 6)));
    if (!isLiteral) this.text(from, end, (redacted) => redacted);
    return isLiteral;
  }

  private text(from: number, end: number, wrap: (redacted: Buffer) => Buffer): void {
    const redacted = this.redactText(this.bytes, from, end);
    if (redacted !== undefined) this.put(from, end, wrap(redacted));
  }

  private redactText(bytes: Buffer, from: number, to: number): Buffer | undefined {
    const place = this.place!;
    if (!place.scanned) return undefined;
    const redacted = this.redactor.redact(bytes, from, to, place.meaning);
    if (redacted !== undefined) this.onChange(pathOf(place), charactersIn(bytes, from, to));
    return redacted;
  }

  private put(from: number, end: number, text: Buffer | string): void {
    this.parts.push(this.bytes.subarray(this.done, from), Buffer.from(text));
    this.done = end;
  }
}

const CLOSE_BRACKET = CODE.bracket + 2;
const QUOTE = Buffer.from('"');
const LITERALS = new Set(["true", "false", "null"]);

/** After the closing quote of the string whose text begins at `from`, or `to` where it has none. */
function stringEnd(bytes: Buffer, from: number, to: number): number {
  let i = from;
  while (i < to && bytes[i] !== CODE.quote) i += bytes[i] === CODE.backslash ? 2 : 1;
  return Math.min(i + 1, to);
}

function hasEscape(bytes: Buffer, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (bytes[i] === CODE.backslash) return true;
  return false;
}

function isKey(bytes: Buffer, end: number, to: number): boolean {
  let i = end;
  while (i < to && (CLASSES[bytes[i]!]! & BLANK) !== 0) i++;
  return i < to && bytes[i] === CODE.colon;
}

function wordEnd(bytes: Buffer, from: number, to: number): number {
  let i = from + 1;
  while (i < to && !isStructure(bytes[i]!)) i++;
  return i;
}

function isStructure(byte: number): boolean {
  if ((CLASSES[byte]! & BLANK) !== 0) return true;
  return (
    byte === CODE.comma ||
    byte === CODE.brace ||
    byte === CODE.braceEnd ||
    byte === CODE.bracket ||
    byte === CLOSE_BRACKET ||
    byte === CODE.quote
  );
}

function parsedString(bytes: Buffer, from: number, end: number): string | undefined {
  try {
    return String(JSON.parse(bytes.toString("utf8", from, end))).toWellFormed();
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
