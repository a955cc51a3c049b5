import { open } from "node:fs/promises";
import { type Attribute, ATTRIBUTE_TYPES } from "#core/attributes.ts";
import { readCsvRecord } from "#core/csv.ts";
import { messageOf, SightglassError } from "#core/errors.ts";
import { ROW_LIMITS } from "#core/limits.ts";
import { AttributeKey } from "#core/row-access.ts";
import { ownText } from "#core/utf8.ts";
import type { LookupSettings } from "./settings.ts";

const FILE_BYTES_MAX = 32 * 1024 * 1024;
const LINES_MAX = 500_000;

/** An attribute of a table, prepared for rows and for lists. */
export interface TableAttribute {
  readonly key: AttributeKey;
  readonly attribute: Attribute;
}

/** The attributes that a value of the key stands for. */
export class LookupTable {
  readonly key: AttributeKey;
  private readonly rows: ReadonlyMap<string, readonly TableAttribute[]>;

  constructor(key: string, rows: ReadonlyMap<string, readonly TableAttribute[]>) {
    this.key = new AttributeKey(key);
    this.rows = rows;
  }

  get(value: string): readonly TableAttribute[] | undefined {
    return this.rows.get(value);
  }
}

/** @throws SightglassError `config_invalid` when the file cannot be read, is too large, or is no such table. */
export async function readLookupTable(given: LookupSettings): Promise<LookupTable> {
  const text = await readText(given.file);
  return new LookupTable(given.key, parseTable(text, given));
}

async function readText(file: string): Promise<string> {
  const bytes = Buffer.allocUnsafe(FILE_BYTES_MAX + 1);
  let length = 0;
  try {
    const handle = await open(file);
    try {
      for (;;) {
        const { bytesRead } = await handle.read(bytes, length);
        length += bytesRead;
        if (bytesRead === 0 || length > FILE_BYTES_MAX) break;
      }
    } finally {
      await handle.close();
    }
  } catch (error) {
    const reason = messageOf(error);
    throw new SightglassError(
      "config_invalid",
      `the lookup file ${file} cannot be read: ${reason}`,
      {
        cause: error,
      },
    );
  }
  if (length > FILE_BYTES_MAX) throw invalid(file, `it has more than ${FILE_BYTES_MAX} bytes`);
  const text = bytes.toString("utf8", 0, length);
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}

/** The attributes by the value in the key's column. The first line of a value counts, and empty fields say nothing. */
export function parseTable(
  text: string,
  { file, key, column = key, attributes }: LookupSettings,
): Map<string, readonly TableAttribute[]> {
  const head = readCsvRecord(text, 0);
  if (head === undefined) throw invalid(file, "line 1 is not CSV");
  const place = placeOf(head.fields, column, file);
  const names = attributes ?? head.fields.filter((name) => name !== column && name !== "");
  const columns = names.map((name) => ({
    key: new AttributeKey(name),
    place: placeOf(head.fields, name, file),
  }));
  const rows = new Map<string, readonly TableAttribute[]>();
  let line = 2;
  for (let at = head.next; at < text.length; line++) {
    if (line > LINES_MAX) throw invalid(file, `it has more than ${LINES_MAX} records`);
    const record = readCsvRecord(text, at);
    if (record === undefined) throw invalid(file, `record ${line} is not CSV`);
    at = record.next;
    const { fields } = record;
    if (fields.length === 1 && fields[0] === "") continue;
    if (fields.length !== head.fields.length)
      throw invalid(file, `record ${line} has ${fields.length} fields, not ${head.fields.length}`);
    const value = fields[place]!;
    if (!rows.has(value)) rows.set(value, attributesOf(fields, columns));
  }
  return rows;
}

function placeOf(names: readonly string[], name: string, file: string): number {
  const place = names.indexOf(name);
  if (place < 0) throw invalid(file, `it has no column ${name}: there are ${names.join(", ")}`);
  return place;
}

function attributesOf(
  fields: readonly string[],
  columns: readonly { readonly key: AttributeKey; readonly place: number }[],
): readonly TableAttribute[] {
  const made: TableAttribute[] = [];
  for (const { key, place } of columns) {
    const value = ownText(fields[place]!, ROW_LIMITS.attributeValueBytesMax);
    if (value === "") continue;
    made.push({ key, attribute: { key: key.text, value, type: ATTRIBUTE_TYPES.string } });
  }
  return made;
}

function invalid(file: string, reason: string): SightglassError {
  return new SightglassError("config_invalid", `the lookup file ${file} is no table: ${reason}`);
}
