import { Readable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { createGzip } from "node:zlib";
import type { ColumnSource } from "hyparquet-writer";
import type { Row } from "#pipeline/delivery/delivery.ts";
import { jsonOfRow } from "#pipeline/delivery/row-json.ts";
import type { JsonObject } from "#pipeline/delivery/row-json.ts";
import { wellFormedJson } from "#pipeline/delivery/well-formed-json.ts";

/** The bytes of an object, and how many they were before they were compressed. */
export interface ObjectBody {
  readonly bytes: Buffer;
  readonly originalBytes: number;
}

const PIECE_CHARACTERS = 131_072;
const PIECES_AHEAD = 2;
/** Rows that are encoded before other work gets its turn. */
const PARQUET_ROWS = 1_000;
/** Rows of a row group; readers skip and share out work by these. */
const PARQUET_GROUP_ROWS = 10_000;

/**
 * Rows as lines of JSON, compressed with gzip at `level`, if any. Compressing is done by another thread
 * while further lines are made. The same rows give the same bytes.
 */
export async function linesOf(
  rows: readonly Row[],
  level: number | undefined,
): Promise<ObjectBody> {
  let originalBytes = 0;
  function* pieces(): Generator<Buffer> {
    let text = "";
    const piece = (): Buffer => {
      const bytes = Buffer.from(text);
      originalBytes += bytes.length;
      text = "";
      return bytes;
    };
    for (const row of rows) {
      text += `${wellFormedJson(jsonOfRow(row))}\n`;
      if (text.length >= PIECE_CHARACTERS) yield piece();
    }
    if (text !== "") yield piece();
  }
  if (level === undefined) return { bytes: Buffer.concat([...pieces()]), originalBytes };
  const gzip = createGzip({ level, chunkSize: PIECE_CHARACTERS });
  const compressed: Buffer[] = [];
  const source = Readable.from(pieces(), { objectMode: true, highWaterMark: PIECES_AHEAD });
  source.on("error", (error) => gzip.destroy(error));
  for await (const bytes of source.pipe(gzip) as AsyncIterable<Buffer>) compressed.push(bytes);
  return { bytes: Buffer.concat(compressed), originalBytes };
}

/** A column of Parquet: a field that rows have in common, by where it stands in their JSON. */
interface Column {
  readonly name: string;
  readonly type: "STRING" | "JSON" | "TIMESTAMP" | "DOUBLE" | "INT64";
  of(json: JsonObject): unknown;
}

const text = (name: string, ...keys: readonly string[]): Column => ({
  name,
  type: "STRING",
  of: (json) => textOf([name, ...keys].map((key) => json[key]).find(isThere)),
});
const time = (name: string): Column => ({
  name,
  type: "TIMESTAMP",
  of: (json) => timeOf(json[name]),
});
const number = (name: string): Column => ({
  name,
  type: "DOUBLE",
  of: (json) => (json[name] === undefined ? undefined : Number(json[name])),
});
const json = (name: string): Column => ({ name, type: "JSON", of: (all) => all[name] });
const whole: Column = { name: "data", type: "JSON", of: (all) => all };

const LOG_COLUMNS: readonly Column[] = [
  time("timestamp"),
  text("event_type", "type"),
  text("level", "severity"),
  text("message"),
  text("trace_id", "traceId"),
  text("span_id", "spanId"),
  whole,
];
const SPAN_COLUMNS: readonly Column[] = [
  time("startTime"),
  number("durationMs"),
  text("service"),
  text("name"),
  text("kind"),
  { name: "status", type: "STRING", of: (span) => textOf((span["status"] as JsonObject)["code"]) },
  text("traceId"),
  text("spanId"),
  text("parentSpanId"),
  json("attributes"),
  whole,
];
const POINT_COLUMNS: readonly Column[] = [
  time("time"),
  text("service"),
  text("metric"),
  text("type"),
  text("unit"),
  number("value"),
  number("count"),
  number("sum"),
  json("attributes"),
  whole,
];

/** The columns of a kind of rows; its `data` has each row whole. */
function columnsOf(kind: Row["kind"]): readonly Column[] {
  if (kind === "log") return LOG_COLUMNS;
  return kind === "span" ? SPAN_COLUMNS : POINT_COLUMNS;
}

/** Rows of one kind as Apache Parquet (https://parquet.apache.org/docs/file-format/). The same rows give the same bytes. */
export async function parquetOf(rows: readonly Row[], isCompressed: boolean): Promise<ObjectBody> {
  const { ByteWriter, ParquetWriter, schemaFromColumnData } = await import("hyparquet-writer");
  const columns = columnsOf(rows[0]?.kind ?? "log");
  const writer = new ByteWriter();
  const empty = columns.map(({ name, type }) => ({ name, type, data: [] }));
  const file = new ParquetWriter({
    writer,
    schema: schemaFromColumnData({ columnData: empty }),
    codec: isCompressed ? "SNAPPY" : "UNCOMPRESSED",
    createdBy: "sightglass",
  });
  let originalBytes = 0;
  for (let from = 0; from < rows.length; from += PARQUET_GROUP_ROWS) {
    const data: unknown[][] = columns.map(() => []);
    const to = Math.min(rows.length, from + PARQUET_GROUP_ROWS);
    for (let at = from; at < to; at += 1) {
      if (at % PARQUET_ROWS === 0) await turn();
      const object = jsonOfRow(rows[at]!);
      originalBytes += addRow(data, columns, object);
    }
    const columnData: ColumnSource[] = columns.map(({ name }, index) => ({
      name,
      data: data[index]!,
    }));
    await file.write({ columnData, rowGroupSize: PARQUET_GROUP_ROWS });
  }
  await file.finish();
  return { bytes: Buffer.from(writer.getBytes()), originalBytes };
}

/** Adds a row's values to the columns; returns the bytes that it has as a line of JSON. */
function addRow(data: unknown[][], columns: readonly Column[], object: JsonObject): number {
  const line = wellFormedJson(object);
  // In a line that has such a character it may stand for half of one, which no column may have either.
  const clean = line.includes("\ufffd") ? (JSON.parse(line) as JsonObject) : object;
  for (const [index, column] of columns.entries()) data[index]!.push(column.of(clean));
  return Buffer.byteLength(line) + 1;
}

function isThere(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** To the millisecond; undefined for what an event calls its time and is none. */
function timeOf(value: unknown): Date | undefined {
  const ms = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? undefined : new Date(ms);
}
