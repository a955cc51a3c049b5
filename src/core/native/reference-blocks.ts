import {
  type Attribute,
  METRIC_TYPES,
  type Resource,
  type Scope,
  type Series,
} from "../attributes.ts";
import type { ByteWriter } from "../bytes.ts";
import { AttributesColumn, DictionaryColumn } from "../columns.ts";
import { BLOCK_COLUMNS } from "./block-columns.ts";
import type { ColumnWriter } from "./column-writer.ts";

/** What is written once for a day: a resource, scope or series with the day (since 1970) that it was seen on. */
export interface Seen<T> {
  readonly item: T;
  readonly day: number;
}

export function writeResources(
  writer: ColumnWriter,
  org: string,
  seen: readonly Seen<Resource>[],
): number {
  writer.begin(BLOCK_COLUMNS.resources.length, seen.length);
  writer.constantText("org", seen.length, org);
  writeIdAndDay(writer, "resource_id", seen);
  writeTexts(writer, "service", seen, (r) => r.service);
  writeAttributeLists(writer, seen);
  writeTexts(writer, "schema_url", seen, (r) => r.schemaUrl);
  return seen.length;
}

export function writeScopes(
  writer: ColumnWriter,
  org: string,
  seen: readonly Seen<Scope>[],
): number {
  writer.begin(BLOCK_COLUMNS.scopes.length, seen.length);
  writer.constantText("org", seen.length, org);
  writeIdAndDay(writer, "scope_id", seen);
  writeTexts(writer, "name", seen, (s) => s.name);
  writeTexts(writer, "version", seen, (s) => s.version);
  writeAttributeLists(writer, seen);
  writeTexts(writer, "schema_url", seen, (s) => s.schemaUrl);
  return seen.length;
}

export function writeSeries(
  writer: ColumnWriter,
  org: string,
  seen: readonly Seen<Series>[],
): number {
  const rows = seen.length;
  const each = (
    name: string,
    type: string,
    write: (out: ByteWriter, series: Series) => void,
  ): void =>
    writer.column(name, type, (out) => {
      for (const { item } of seen) write(out, item);
    });
  writer.begin(BLOCK_COLUMNS.series.length, rows);
  writer.constantText("org", rows, org);
  writeTexts(writer, "metric", seen, (s) => s.metric.name);
  writeIdAndDay(writer, "series_id", seen);
  each("type", "Int8", (out, s) => out.u8(METRIC_TYPES[s.metric.type]));
  each("temporality", "Int8", (out, s) => out.u8(s.metric.temporality));
  each("monotonic", "UInt8", (out, s) => out.u8(s.metric.monotonic ? 1 : 0));
  writeTexts(writer, "unit", seen, (s) => s.metric.unit);
  each("description", "String", (out, s) => out.text(s.metric.description));
  writeTexts(writer, "service", seen, (s) => s.resource.service);
  each("resource_id", "UInt64", (out, s) => out.u64(s.resource.id.low, s.resource.id.high));
  each("scope_id", "UInt64", (out, s) => out.u64(s.scope.id.low, s.scope.id.high));
  writeAttributeLists(writer, seen);
  return rows;
}

function writeIdAndDay(
  writer: ColumnWriter,
  name: string,
  seen: readonly Seen<{ id: { low: number; high: number } }>[],
): void {
  writer.column(name, "UInt64", (out) => {
    for (const { item } of seen) out.u64(item.id.low, item.id.high);
  });
  writer.column("day", "Date", (out) => {
    for (const { day } of seen) out.u16(day);
  });
}

function writeTexts<T>(
  writer: ColumnWriter,
  name: string,
  seen: readonly Seen<T>[],
  text: (item: T) => string,
): void {
  const column = new DictionaryColumn();
  const numbers = new Map<string, number>();
  for (const { item } of seen) pushRepeated(column, numbers, text(item));
  writer.dictionary(name, [{ batch: column, runs: [0, seen.length] }], (c) => c);
}

function writeAttributeLists(
  writer: ColumnWriter,
  seen: readonly Seen<{ attributes: readonly Attribute[] }>[],
): void {
  const column = new AttributesColumn();
  const numbers = new Map<string, number>();
  for (const { item } of seen) {
    for (const { key, value, type } of item.attributes) {
      pushRepeated(column.keys, numbers, key);
      column.values.pushText(value);
      column.types.u8(type);
    }
    column.endRow();
  }
  writer.attributes("attrs", "attr_types", [{ batch: column, runs: [0, seen.length] }], (c) => c);
}

/** Looks a text up as the string that it is, which spares most of them their bytes. */
function pushRepeated(column: DictionaryColumn, numbers: Map<string, number>, text: string): void {
  let number = numbers.get(text);
  if (number === undefined) numbers.set(text, (number = column.dictionary.numberOfText(text)));
  column.numbers.push(number);
}

/** One row of the attribute catalogue; `value` '' counts the rows that have the key. */
export interface CatalogueRow {
  readonly signal: 1 | 2 | 3;
  readonly level: 1 | 2;
  /** Unix seconds, at a full hour. */
  readonly hour: number;
  readonly key: string;
  readonly value: string;
  readonly rows: number;
}

export function writeCatalogue(
  writer: ColumnWriter,
  org: string,
  list: readonly CatalogueRow[],
): number {
  const seen = list.map((item) => ({ item, day: 0 }));
  const each = (
    name: string,
    type: string,
    write: (out: ByteWriter, row: CatalogueRow) => void,
  ): void =>
    writer.column(name, type, (out) => {
      for (const row of list) write(out, row);
    });
  writer.begin(BLOCK_COLUMNS.attribute_catalogue.length, list.length);
  writer.constantText("org", list.length, org);
  each("signal", "Int8", (out, row) => out.u8(row.signal));
  each("level", "Int8", (out, row) => out.u8(row.level));
  each("hour", "DateTime", (out, row) => out.u32(row.hour));
  writeTexts(writer, "key", seen, (row) => row.key);
  each("value", "String", (out, row) => out.text(row.value));
  each("rows", "UInt64", (out, row) => out.count(row.rows));
  return list.length;
}

/** Calls from one service to another within a minute and a duration bucket. */
export interface EdgeRow {
  /** Unix seconds, at a full minute. */
  readonly minute: number;
  readonly source: string;
  readonly target: string;
  readonly bucket: number;
  readonly requests: number;
  readonly errors: number;
}

export function writeEdges(writer: ColumnWriter, org: string, list: readonly EdgeRow[]): number {
  const seen = list.map((item) => ({ item, day: 0 }));
  const each = (name: string, type: string, write: (out: ByteWriter, row: EdgeRow) => void): void =>
    writer.column(name, type, (out) => {
      for (const row of list) write(out, row);
    });
  writer.begin(BLOCK_COLUMNS.service_edges_1m.length, list.length);
  writer.constantText("org", list.length, org);
  each("minute", "DateTime", (out, row) => out.u32(row.minute));
  writeTexts(writer, "source", seen, (row) => row.source);
  writeTexts(writer, "target", seen, (row) => row.target);
  each("bucket", "UInt16", (out, row) => out.u16(row.bucket));
  each("requests", "Float64", (out, row) => out.f64(row.requests));
  each("errors", "Float64", (out, row) => out.f64(row.errors));
  return list.length;
}
