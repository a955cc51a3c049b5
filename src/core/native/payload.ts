import { Buffer } from "node:buffer";
import { type BlockTable, RECORD_COLUMNS, type RecordTable } from "./block-columns.ts";

/**
 * A journal record's payload: the blocks of one group commit, each for one table and, where the
 * table is partitioned by the rows' time, one day. Layout in docs/formats/payload.md.
 */
export interface Section<Table extends BlockTable | RecordTable = BlockTable> {
  readonly table: Table;
  /** Days since 1970 of every row, or 0 for a table that is not split by day. */
  readonly day: number;
  readonly rows: number;
  /** One `Native` block. */
  readonly block: Uint8Array;
}

/** The version that is written, and the oldest that is read. */
export const PAYLOAD_VERSION = 3;
const PAYLOAD_VERSION_MIN = 1;
const HEADER_BYTES = 4;
const ENTRY_BYTES = 16;

/** Numbers of the tables in a payload: never reused for another. */
const TABLE_NUMBERS: Readonly<Record<BlockTable | RecordTable, number>> = {
  resources: 1,
  scopes: 2,
  series: 3,
  spans: 4,
  logs: 5,
  points: 6,
  histograms: 7,
  exemplars: 8,
  attribute_catalogue: 9,
  service_edges_1m: 10,
  repeated_resources: 11,
  repeated_scopes: 12,
  repeated_series: 13,
  exemplar_points: 14,
  settled_traces: 15,
};
const TABLES_BY_NUMBER = new Map(
  (Object.keys(TABLE_NUMBERS) as (BlockTable | RecordTable)[]).map((name) => [
    TABLE_NUMBERS[name],
    name,
  ]),
);

/** A section of a body that holds the blocks one after the other, without the block itself. */
export type SectionEntry = Omit<Section<BlockTable | RecordTable>, "block"> & {
  readonly bytes: number;
};

/** The payload in two pieces that are never copied: the table of sections, and the body of their blocks. */
export function packPayload(
  entries: readonly SectionEntry[],
  body: Uint8Array,
): [Uint8Array, Uint8Array] {
  const header = Buffer.alloc(HEADER_BYTES + entries.length * ENTRY_BYTES);
  header.writeUInt16LE(PAYLOAD_VERSION, 0);
  header.writeUInt16LE(entries.length, 2);
  entries.forEach(({ table, day, rows, bytes }, i) => {
    const at = HEADER_BYTES + i * ENTRY_BYTES;
    header.writeUInt32LE(TABLE_NUMBERS[table], at);
    header.writeUInt32LE(day, at + 4);
    header.writeUInt32LE(rows, at + 8);
    header.writeUInt32LE(bytes, at + 12);
  });
  return [header, body];
}

/**
 * The sections of a payload that are stored; see {@link unpackRecord} for all, and for what it throws.
 */
export function unpackPayload(parts: readonly Uint8Array[]): Section[] {
  return unpackRecord(parts).filter(isStored);
}

function isStored(section: Section<BlockTable | RecordTable>): section is Section {
  return !(section.table in RECORD_COLUMNS);
}

/**
 * All sections of a payload, given in whatever pieces: as views of it where these are one, or the two
 * of {@link packPayload}.
 * Throws a RangeError where it is not one, such as a payload of a version that is not readable.
 */
export function unpackRecord(parts: readonly Uint8Array[]): Section<BlockTable | RecordTable>[] {
  const [header, body] = headerAndBody(parts);
  const version = header.length < HEADER_BYTES ? -1 : header.readUInt16LE(0);
  if (version < PAYLOAD_VERSION_MIN || version > PAYLOAD_VERSION)
    throw new RangeError(
      `payload version ${version}, readable: ${PAYLOAD_VERSION_MIN} to ${PAYLOAD_VERSION}`,
    );
  const count = header.readUInt16LE(2);
  let at = body === header ? HEADER_BYTES + count * ENTRY_BYTES : 0;
  const sections: Section<BlockTable | RecordTable>[] = [];
  for (let i = 0; i < count; i++) {
    const entry = HEADER_BYTES + i * ENTRY_BYTES;
    if (entry + ENTRY_BYTES > header.length)
      throw new RangeError(`payload section ${i} is cut off`);
    const table = tableOf(header.readUInt32LE(entry), version);
    const length = header.readUInt32LE(entry + 12);
    if (table === undefined || at + length > body.length)
      throw new RangeError(`payload section ${i} is not readable`);
    const [day, rows] = [header.readUInt32LE(entry + 4), header.readUInt32LE(entry + 8)];
    sections.push({ table, day, rows, block: body.subarray(at, at + length) });
    at += length;
  }
  if (at !== body.length) throw new RangeError(`payload has ${body.length - at} bytes too many`);
  return sections;
}

/** Version 1 had no sections for the record alone, version 2 none of settled traces. */
function tableOf(number: number, version: number): BlockTable | RecordTable | undefined {
  const table = TABLES_BY_NUMBER.get(number);
  if (table === undefined || !(table in RECORD_COLUMNS)) return table;
  return version >= (table === "settled_traces" ? 3 : 2) ? table : undefined;
}

function headerAndBody(parts: readonly Uint8Array[]): [Buffer, Buffer] {
  if (parts.length === 2 && isHeader(asBuffer(parts[0]!)))
    return [asBuffer(parts[0]!), asBuffer(parts[1]!)];
  const whole = parts.length === 1 ? asBuffer(parts[0]!) : Buffer.concat(parts);
  return [whole, whole];
}

/** Whether the first of two pieces is the table of sections, and nothing but it. */
function isHeader(part: Buffer): boolean {
  return (
    part.length >= HEADER_BYTES && part.length === HEADER_BYTES + part.readUInt16LE(2) * ENTRY_BYTES
  );
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
