import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Batch } from "#core/batch.ts";
import { systemClock } from "#core/clock.ts";
import { BLOCK_COLUMNS, type BlockTable } from "#core/native/block-columns.ts";
import { packPayload, PAYLOAD_VERSION, unpackPayload } from "#core/native/payload.ts";
import { encodeOtlp } from "#core/otlp/encode.ts";
import { DECODERS } from "#receivers/otlp/testing/decoder-under-test.ts";
import { GroupEncoder } from "./group-encoder.ts";
import { logs, points, spans, TIME_NS } from "./testing/batches.ts";

const document = readFileSync(new URL("../../docs/formats/payload.md", import.meta.url), "utf8");

interface Documented {
  readonly table: BlockTable;
  readonly number: number;
  readonly isByDay: boolean;
  /** Name and type, in their order. */
  readonly columns: readonly (readonly [string, string])[];
}

const documented: readonly Documented[] = [
  ...document.matchAll(/^### (\d+) (\w+)( \(by day\))?\n\n((?:.+\n)+)/gm),
].map(([, number, table, byDay, columns]) => ({
  table: table as BlockTable,
  number: Number(number),
  isByDay: byDay !== undefined,
  columns: [...columns!.matchAll(/`([^`]+)` ([^`]+?)(?:,\s(?=`)|\n$)/g)].map(
    ([, name, type]) => [name!, type!] as const,
  ),
}));

function histograms(): Batch {
  const decoder = DECODERS.metrics();
  const metric = { name: "h", histogram: { dataPoints: [{ timeUnixNano: TIME_NS }] } };
  decoder.decode(
    encodeOtlp("metrics", { resourceMetrics: [{ scopeMetrics: [{ metrics: [metric] }] }] }),
  );
  return decoder.batch;
}

/** A section of every table, as the encoder makes them. */
const sections = [
  [spans("web", { spanId: "a", kind: 3, attributes: { "db.system": "postgresql" } })],
  [logs("web", { body: "a" })],
  [points("web", { metric: "m", exemplar: "e" }), histograms()],
].flatMap((batches) =>
  unpackPayload(new GroupEncoder("default", systemClock).encode(batches).payload),
);

/** A column's name and type as they stand in a block, where one follows the other. */
const header = (name: string, type: string): Buffer =>
  Buffer.concat([name, type].map((text) => Buffer.from([text.length, ...Buffer.from(text)])));

describe("docs/formats/payload.md", () => {
  it("has every table, with the number that payloads have for it", () => {
    expect(documented.map(({ table }) => table).toSorted()).toEqual(
      Object.keys(BLOCK_COLUMNS).toSorted(),
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
    expect(columns.map(([name]) => name)).toEqual(BLOCK_COLUMNS[table]);
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
