import type { Buffer } from "node:buffer";
import { type Attribute, ATTRIBUTE_TYPES, attributesOfRow } from "#core/attributes.ts";
import type { AttributesColumn } from "#core/columns.ts";
import type { LogBatch } from "#core/log-batch.ts";
import { AttributeKey, listedAttribute, textEquals } from "#core/row-access.ts";
import type { SpanBatch } from "#core/span-batch.ts";
import type { Binding, Read, Source } from "./binding.ts";
import type { FieldReader } from "./read-fields.ts";
import { readOrigin } from "./read-fields.ts";
import { readOwnAttributes } from "./read-objects.ts";
import type { AttributeOwner } from "./typed.ts";
import { type Value, valueOfAttributes, valueOfText } from "./value.ts";

/** Digits that are read without making a text of them: below 2^53. */
const FAST_DIGITS_MAX = 15;
const MINUS = 0x2d;
const ZERO = 0x30;

/** Whether the rows of the context have columns of attributes; others have lists. */
function isColumn(binding: Binding, owner: AttributeOwner): boolean {
  if (owner !== "attributes" || binding.form === "objects") return false;
  return binding.context === "traces" || binding.context === "logs";
}

/** Reads one attribute; nil where there is none. */
export function readAttribute(binding: Binding, owner: AttributeOwner, key: string): FieldReader {
  if (isColumn(binding, owner)) {
    const place = new AttributePlace(binding, key);
    return { read: (row) => place.value(row) };
  }
  const { list, shared } = readList(binding, owner);
  const read = (row: number): Value => {
    const found = listedAttribute(list(row), key);
    return found === undefined ? null : valueOfText(found.value, found.type);
  };
  return shared === undefined ? { read } : { read, shared };
}

/** Reads all attributes as a map. */
export function readAttributes(binding: Binding, owner: AttributeOwner): FieldReader {
  if (isColumn(binding, owner)) {
    let column: AttributesColumn;
    binding.onBind((source) => {
      column = columnOf(source);
    });
    return { read: (row) => valueOfAttributes(attributesOfRow(column, row)) };
  }
  const { list, shared } = readList(binding, owner);
  const read = (row: number): Value => valueOfAttributes(list(row));
  return shared === undefined ? { read } : { read, shared };
}

/** Whether an attribute is exactly a text, without making a string of it; undefined where it is in no column. */
export function attributeEquals(
  binding: Binding,
  owner: AttributeOwner,
  key: string,
  bytes: Buffer,
): Read<boolean> | undefined {
  if (!isColumn(binding, owner)) return undefined;
  const place = new AttributePlace(binding, key);
  return (row) => place.equals(row, bytes);
}

function readList(
  binding: Binding,
  owner: AttributeOwner,
): { list: Read<readonly Attribute[]>; shared: FieldReader["shared"] } {
  const { resource, scope, series, shared } = readOrigin(binding);
  switch (owner) {
    case "resource.attributes":
      return { list: (row) => resource(row).attributes, shared };
    case "scope.attributes":
      return { list: (row) => scope(row).attributes, shared };
    default:
      if (binding.form === "objects" && binding.context !== "metrics")
        return { list: readOwnAttributes(binding), shared };
      return { list: (row) => series(row).attributes, shared };
  }
}

function columnOf(source: Source): AttributesColumn {
  return (source as SpanBatch | LogBatch).attributes;
}

/** Finds one attribute in the rows of a column: its key is looked up once a batch. */
class AttributePlace {
  private readonly key: AttributeKey;
  private column!: AttributesColumn;
  private keyNumber = -1;

  constructor(binding: Binding, key: string) {
    this.key = new AttributeKey(key);
    binding.onBind((source) => {
      this.column = columnOf(source);
      this.keyNumber = this.key.numberIn(this.column);
    });
  }

  private of(row: number): number {
    const { column, keyNumber } = this;
    if (keyNumber < 0) return -1;
    const numbers = column.keys.numbers.values;
    const to = column.ends.values[row]!;
    for (let i = column.start(row); i < to; i++) if (numbers[i] === keyNumber) return i;
    return -1;
  }

  value(row: number): Value {
    const i = this.of(row);
    if (i < 0) return null;
    const { types, values } = this.column;
    const type = types.bytes[i]!;
    if (type === ATTRIBUTE_TYPES.int) {
      const from = values.textStart(i);
      const to = values.ends.values[i]!;
      if (to - from <= FAST_DIGITS_MAX) return shortInt(values.data.bytes, from, to);
    }
    return valueOfText(values.text(i), type);
  }

  equals(row: number, bytes: Buffer): boolean {
    const i = this.of(row);
    if (i < 0) return false;
    const { types, values } = this.column;
    const type = types.bytes[i]!;
    if (type === ATTRIBUTE_TYPES.string) return textEquals(values, i, bytes);
    return valueOfText(values.text(i), type) === bytes.toString();
  }
}

/** An int64 of few digits, as its decimal text has it. */
function shortInt(bytes: Buffer, from: number, to: number): number {
  const isNegative = bytes[from] === MINUS;
  let value = 0;
  for (let i = isNegative ? from + 1 : from; i < to; i++) value = value * 10 + bytes[i]! - ZERO;
  return isNegative ? -value : value;
}
