import { Buffer } from "node:buffer";
import { ATTRIBUTE_TYPES, type Attribute } from "#core/attributes.ts";
import { CODE } from "./detect/characters.ts";
import type { FieldRules } from "./field-rules.ts";
import { JsonRedactor } from "./json-redactor.ts";
import { type KeyMeaning, meaningOfKey } from "./key-meaning.ts";
import { charactersIn, type TextRedactor } from "./text-redactor.ts";

/** What is known of a field before its values are. */
export interface Field {
  readonly name: string;
  readonly meaning: KeyMeaning;
  readonly scanned: boolean;
  /** Whether a rule speaks of parts of it. */
  readonly hasInner: boolean;
}

/** Nothing that is found is shorter, but what a key calls a password. */
const TEXT_BYTES_MIN = 3;
const NUMBER_BYTES_MIN = 7;

/** Whether a value stays as it is whatever its bytes are. `type` is one of `ATTRIBUTE_TYPES`. */
export function isNothing(
  { scanned, hasInner, meaning }: Field,
  type: number,
  length: number,
): boolean {
  if (!scanned && !hasInner) return true;
  switch (type) {
    case ATTRIBUTE_TYPES.string:
      return length < TEXT_BYTES_MIN && meaning.named === 0;
    case ATTRIBUTE_TYPES.int:
    case ATTRIBUTE_TYPES.double:
      return length < NUMBER_BYTES_MIN && meaning.named === 0;
    default:
      return type !== ATTRIBUTE_TYPES.array && type !== ATTRIBUTE_TYPES.kvlist;
  }
}

/** Fields that are remembered; then all are forgotten. */
const FIELDS_MAX = 4_096;

const WORKING_BYTES_MAX = 1024 * 1024;

/** Is told which field was changed (with the keys inside of it) and how many characters its text had. */
export type OnChange = (path: string, characters: number) => void;

/** Redacts values of fields by their names and types. */
export class FieldRedactor {
  private readonly rules: FieldRules;
  private readonly texts: TextRedactor;
  private readonly json: JsonRedactor;
  private readonly fields = new Map<string, Field>();
  private readonly onChange: OnChange;
  private working = Buffer.allocUnsafeSlow(4096);

  constructor(rules: FieldRules, texts: TextRedactor, onChange: OnChange) {
    this.rules = rules;
    this.texts = texts;
    this.json = new JsonRedactor(texts, rules, onChange);
    this.onChange = onChange;
  }

  field(name: string): Field {
    let field = this.fields.get(name);
    if (field === undefined) {
      const { rules } = this;
      const scanned = rules.has(name);
      field = { name, meaning: meaningOfKey(name), scanned, hasInner: rules.hasInner(name) };
      if (this.fields.size >= FIELDS_MAX) this.fields.clear();
      this.fields.set(name, field);
    }
    return field;
  }

  /** The value anew, good until the next call; undefined where it stays. `type` is one of `ATTRIBUTE_TYPES`. */
  redact(field: Field, type: number, bytes: Buffer, from: number, to: number): Buffer | undefined {
    if (isNothing(field, type, to - from)) return undefined;
    switch (type) {
      case ATTRIBUTE_TYPES.string:
        return this.string(field, bytes, from, to);
      case ATTRIBUTE_TYPES.array:
      case ATTRIBUTE_TYPES.kvlist:
        return this.structured(field, bytes, from, to, true) ?? undefined;
      default:
        return this.plain(field, bytes, from, to);
    }
  }

  /** Text that is an object in JSON is redacted as one, so that it stays one. */
  private string(field: Field, bytes: Buffer, from: number, to: number): Buffer | undefined {
    if (bytes[from] === CODE.brace && bytes[to - 1] === CODE.braceEnd) {
      const redacted = this.structured(field, bytes, from, to, false);
      if (redacted !== null) return redacted;
    }
    return this.plain(field, bytes, from, to);
  }

  private plain(field: Field, bytes: Buffer, from: number, to: number): Buffer | undefined {
    if (!field.scanned) return undefined;
    const redacted = this.texts.redact(bytes, from, to, field.meaning);
    if (redacted !== undefined) this.onChange(field.name, charactersIn(bytes, from, to));
    return redacted;
  }

  private structured(
    field: Field,
    bytes: Buffer,
    from: number,
    to: number,
    isSure: boolean,
  ): Buffer | undefined | null {
    return this.json.redact(bytes, from, to, { field, isSure });
  }

  /** As {@link redact}, of a value that is not in a column. */
  redactText(field: Field, type: number, text: string): string | undefined {
    const room = text.length * 3;
    if (room > this.working.length || this.working.length > WORKING_BYTES_MAX)
      this.working = Buffer.allocUnsafeSlow(Math.max(4096, room));
    const length = this.working.write(text, "utf8");
    return this.redact(field, type, this.working, 0, length)?.toString("utf8");
  }

  /** Attributes of a resource, scope or series; the same list where none is changed. */
  redactList(attributes: readonly Attribute[]): readonly Attribute[] {
    let changed: Attribute[] | undefined;
    attributes.forEach((attribute, i) => {
      const { key, value, type } = attribute;
      const text = this.redactText(this.field(key), type, value);
      if (text === undefined) return;
      changed ??= [...attributes];
      const isJson = type === ATTRIBUTE_TYPES.array || type === ATTRIBUTE_TYPES.kvlist;
      changed[i] = { key, value: text, type: isJson ? type : ATTRIBUTE_TYPES.string };
    });
    return changed ?? attributes;
  }
}
