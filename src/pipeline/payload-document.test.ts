import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Batch } from "#core/batch.ts";
import { systemClock } from "#core/clock.ts";
import {
  BLOCK_COLUMNS,
  type BlockTable,
  RECORD_COLUMNS,
  type RecordTable,
} from "#core/native/block-columns.ts";
import { packPayload, PAYLOAD_VERSION, unpackRecord } from "#core/native/payload.ts";
import { writeSettledTraces } from "#core/native/settled-traces.ts";
import { encodeOtlp } from "#core/otlp/encode.ts";
import { DECODERS } from "#receivers/otlp/testing/decoder-under-test.ts";
import { GroupEncoder } from "./group-encoder.ts";
import { logs, points, spans, TIME_NS } from "./testing/batches.ts";

const document = readFileSync(new URL("../../docs/formats/payload.md", import.meta.url), "utf8");

interface Documented {
  readonly table: BlockTable | RecordTable;
  readonly number: number;
  readonly isByDay: boolean;
  /** Name and type, in their order. */
  readonly columns: readonly (readonly [string, string])[];
}

type Columns = Documented["columns"];
const columnsOf = (text: string): Columns =>
  [...text.matchAll(/`([^`]+)` ([^`]+?)(?:,\s(?=`)|\n$)/g)].map(
    ([, name, type]) => [name!, type!] as const,
  );

const documented: readonly Documented[] = [
  ...document.matchAll(/^### (\d+) (\w+)( \(by day\))?\n\n((?:.+\n)+)/gm),
].reduce<Documented[]>((tables, [, number, name, byDay, text]) => {
  const same = /^The columns of `(\w+)`/.exec(text!)?.[1];
  const columns = tables.find(({ table }) => table === same)?.columns ?? columnsOf(text!);
  const table = name as Documented["table"];
  return [...tables, { table, number: Number(number), isByDay: byDay !== undefined, columns }];
}, []);

function histograms(): Batch {
  const decoder = DECODERS.metrics();
  const metric = { name: "h", histogram: { dataPoints: [{ timeUnixNano: TIME_NS }] } };
  decoder.decode(
    encodeOtlp("metrics", { resourceMetrics: [{ scopeMetrics: [{ metrics: [metric] }] }] }),
  );
  return decoder.batch;
}

const settled = {
  holder: "tail_sample",
  org: "default",
  through: 7,
  seenMs: 1_750_000_000_000,
  traceIds: Buffer.alloc(16, 1),
  weights: Float32Array.of(10),
};

/** A section of every table, as the encoder makes them: of each group the second time, too. */
const sections = [
  [spans("web", { spanId: "a", kind: 3, attributes: { "db.system": "postgresql" } })],
  [logs("web", { body: "a" })],
  [points("web", { metric: "m", exemplar: "e" }), histograms()],
].flatMap((batches) => {
  const encoder = new GroupEncoder("default", systemClock);
  encoder.selfContained = true;
  const first = encoder.encode(batches, {
    table: "settled_traces",
    write: (writer) => writeSettledTraces(writer, settled),
  });
  first.remember();
  return [first, encoder.encode(batches)].flatMap(({ payload }) => unpackRecord(payload));
});
const ALL_COLUMNS = { ...BLOCK_COLUMNS, ...RECORD_COLUMNS };

/** A column's name and type as they stand in a block, where one follows the other. */
const header = (name: string, type: string): Buffer =>
  Buffer.concat([name, type].map((text) => Buffer.from([text.length, ...Buffer.from(text)])));

describe("docs/formats/payload.md", () => {
  it("has every table, with the number that payloads have for it", () => {
    expect(documented.map(({ table }) => table).toSorted()).toEqual(
      Object.keys(ALL_COLUMNS).toSorted(),
    );
    for (const { table, number } of documented) {
      const [packed] = packPayload([{ table, day: 0, rows: 0, bytes: 0 }], Buffer.alloc(0));
      expect(Buffer.from(packed).readUInt32LE(4)).toBe(number);
    }
  });

  it("has the version that payloads have", () => {
    expect(document).toContain(`version of the encoding, ${PAYLOAD_VERSION};`);
  });

  it.each(documented)("has the columns of $table with their types and in their order", (found) => {
    const { table, columns, isByDay } = found;
    expect(columns.map(([name]) => name)).toEqual(ALL_COLUMNS[table]);
    const section = sections.find((candidate) => candidate.table === table)!;
    expect(section.day > 0).toBe(isByDay);
    const block = Buffer.from(section.block);
    expect([block[0], block[1]]).toEqual([columns.length, section.rows]);
    let at = 2;
    for (const [name, type] of columns) {
      at = block.indexOf(header(name, type), at);
      expect(at, `${name} ${type}`).toBeGreaterThan(0);
    }
  });
});
