import { Buffer } from "node:buffer";
import { type Attribute, attributesOfRow } from "../attributes.ts";
import { AttributesColumn } from "../columns.ts";
import { ROW_LIMITS } from "../limits.ts";
import { cutString } from "../utf8.ts";
import { type AttributeInputs, textOfInput, typeOfInput } from "./attribute-input.ts";
import { TextNumbers } from "./text-numbers.ts";

/** Appends attributes given as plain values to a column, within `ROW_LIMITS`. */
export class AttributeWriter {
  private readonly column: AttributesColumn;
  private readonly keyNumbers: TextNumbers;
  private readonly keys: string[] = [];
  private readonly texts: string[] = [];
  private readonly types: number[] = [];
  private over = 0;

  constructor(column: AttributesColumn) {
    this.column = column;
    this.keyNumbers = new TextNumbers(column.keys.dictionary);
  }

  /** To be called when the column was reset. */
  reset(): void {
    this.keyNumbers.reset();
  }

  /**
   * Turns a row's attributes into text, and touches no column yet.
   *
   * @throws RangeError when a value is nested too deeply.
   */
  prepare(attributes: AttributeInputs): void {
    this.keys.length = 0;
    this.texts.length = 0;
    this.types.length = 0;
    this.over = 0;
    if (Array.isArray(attributes)) {
      for (const [key, value] of attributes as readonly (readonly [string, never])[])
        this.prepareOne(key, value);
    } else {
      const fields = attributes as Readonly<Record<string, never>>;
      for (const key of Object.keys(fields)) this.prepareOne(key, fields[key]!);
    }
  }

  private prepareOne(key: string, value: Parameters<typeof textOfInput>[0]): void {
    if (this.keys.length === ROW_LIMITS.attributesMax) {
      this.over++;
      return;
    }
    const text = textOfInput(value, ROW_LIMITS.attributeValueBytesMax);
    // What is too long is not held on to: an empty key is refused as it would be.
    this.keys.push(key.length > ROW_LIMITS.attributeKeyBytesMax ? "" : key);
    this.texts.push(cutString(text, ROW_LIMITS.attributeValueBytesMax));
    this.types.push(typeOfInput(value));
  }

  /** Whatever was prepared as one text that equal attributes share, and others do not. */
  identity(): string {
    let text = "";
    for (let i = 0; i < this.keys.length; i++) {
      const [key, value] = [this.keys[i]!, this.texts[i]!];
      text += `${key.length}:${key}${this.types[i]}:${value.length}:${value}`;
    }
    return text;
  }

  /** Appends what was prepared as a row; returns how many attributes were left out. */
  pushRow(): number {
    const { column, keys } = this;
    const rowFrom = column.start(column.rows);
    let left = this.over;
    for (let i = 0; i < keys.length; i++) left += this.push(i, rowFrom);
    column.endRow();
    return left;
  }

  private push(i: number, rowFrom: number): 0 | 1 {
    const { column } = this;
    const { numbers } = column.keys;
    const key = this.keyNumbers.numberOf(this.keys[i]!, usableKey);
    if (key === undefined) return 1;
    for (let at = rowFrom; at < numbers.length; at++) if (numbers.values[at] === key) return 1;
    numbers.push(key);
    column.values.pushText(this.texts[i]!);
    column.types.u8(this.types[i]!);
    return 0;
  }
}

/** The key, unless no attribute may have it: it is empty or too long. */
function usableKey(key: string): string | undefined {
  const isUsable = key !== "" && Buffer.byteLength(key) <= ROW_LIMITS.attributeKeyBytesMax;
  return isUsable ? key : undefined;
}

/** Makes the attributes of resources, scopes and series, which stand outside the columns. */
export class AttributeListWriter {
  private readonly scratch = new AttributesColumn();
  private readonly writer = new AttributeWriter(this.scratch);

  /** See {@link AttributeWriter.prepare}. */
  prepare(attributes: AttributeInputs): void {
    this.writer.prepare(attributes);
  }

  identity(): string {
    return this.writer.identity();
  }

  /** What was prepared, within the limits, as objects. */
  list(): Attribute[] {
    this.scratch.reset();
    this.writer.reset();
    this.writer.pushRow();
    return attributesOfRow(this.scratch, 0);
  }
}
