import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Batch } from "#core/batch.ts";
import { systemClock } from "#core/clock.ts";
import { BLOCK_COLUMNS } from "#core/native/block-columns.ts";
import { unpackPayload } from "#core/native/payload.ts";
import { encodeOtlp } from "#core/otlp/encode.ts";
import type { RowSelection } from "#core/row-groups.ts";
import type { Signal } from "#core/signal.ts";
import { SIGNALS } from "#core/signal.ts";
import { NO_ROWS, type PlainRows, rowsOf } from "#receivers/otlp/testing/batch-rows.ts";
import { DECODERS } from "#receivers/otlp/testing/decoder-under-test.ts";
import { requestsAt } from "#receivers/otlp/testing/request-samples.ts";
import { ENGINES, type StoreUnderTest, temporaryFolder } from "#store/testing/stores-under-test.ts";
import { GroupEncoder } from "./group-encoder.ts";
import { FakeClock } from "./testing/fake-clock.ts";
import { StoredRows } from "./testing/stored-rows.ts";

const DAY_NS = 86_400_000_000_000n;
/** A midnight that also begins a month. */
const MIDNIGHT = 1_748_736_000_000_000_000n;

/** Times of three days, often just before or at a midnight. */
const times = fc
  .tuple(
    fc.constantFrom(-1n, 0n, 1n),
    fc.oneof(fc.constantFrom(0n, 1n, DAY_NS - 1n), fc.bigInt({ min: 0n, max: DAY_NS - 1n })),
  )
  .map(([day, within]) => MIDNIGHT + day * DAY_NS + within);

/** A request with the share of its rows that a processor drops. */
const sampleOf = (signal: Signal) =>
  fc.record({
    request: requestsAt(signal, times),
    dropped: fc.array(fc.nat(20), { maxLength: 8 }),
  });
type Sample = ReturnType<typeof sampleOf> extends fc.Arbitrary<infer T> ? T : never;

/** The rows that can be dropped, by what they are dropped with. */
function pointsOf(batch: Batch): readonly { rows: number; selection: RowSelection }[] {
  return batch.signal === "metrics" ? [batch.numbers, batch.histograms] : [batch];
}

function batchOf({ request, dropped }: Sample): Batch {
  const decoder = DECODERS[request.signal]();
  decoder.decode(encodeOtlp(request.signal, request.json));
  const { batch } = decoder;
  for (const { rows, selection } of pointsOf(batch))
    for (const row of dropped) if (row < rows) selection.drop(row);
  return batch;
}

/** What must be stored of a batch: an exemplar goes with its point. */
function keptOf(batch: Batch): PlainRows {
  const rows = rowsOf(batch);
  if (batch.signal !== "metrics") {
    const isKept = (_: unknown, row: number): boolean => batch.selection.has(row);
    return { ...rows, spans: rows.spans.filter(isKept), logs: rows.logs.filter(isKept) };
  }
  const { numbers, histograms, exemplars } = batch;
  return {
    ...rows,
    numbers: rows.numbers.filter((_, row) => numbers.selection.has(row)),
    histograms: rows.histograms.filter((_, row) => histograms.selection.has(row)),
    exemplars: rows.exemplars.filter((_, row) => {
      const point = exemplars.points.values[row]!;
      return point < 0 ? histograms.selection.has(~point) : numbers.selection.has(point);
    }),
  };
}

/** The engine has an order of its own. */
function inOrder(parts: readonly PlainRows[]): Record<keyof PlainRows, string[]> {
  const text = (row: unknown): string =>
    JSON.stringify(row, (_, value: unknown) => {
      if (typeof value === "bigint") return `${value}n`;
      if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
      if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
      const entries = Object.entries(value);
      return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
    });
  const of = (name: keyof PlainRows): string[] =>
    parts.flatMap((part) => part[name].map(text)).toSorted();
  const names = Object.keys(NO_ROWS) as (keyof PlainRows)[];
  return Object.fromEntries(names.map((name) => [name, of(name)])) as Record<
    keyof PlainRows,
    string[]
  >;
}

// A case makes encoders, which are large, or inserts, which are synced: there are fewer than of other properties.
const numRuns = Math.ceil((fc.readConfigureGlobal().numRuns ?? 100) / 10);
const insertRuns = Math.ceil(numRuns / 4);

const folder = temporaryFolder();
let opened: StoreUnderTest;
let inserts = 0;

beforeAll(async () => {
  opened = await ENGINES.embedded(folder.path);
});
afterAll(async () => {
  await opened.close();
  folder.remove();
});

/** Encodes the batches as one group and has the engine store what it becomes. */
async function store(encoder: GroupEncoder, batches: readonly Batch[]): Promise<void> {
  const group = encoder.encode(batches);
  for (const { table, rows, block } of unpackPayload(group.payload)) {
    const path = join(folder.path, "block.native");
    writeFileSync(path, block);
    const columns = BLOCK_COLUMNS[table];
    await opened.store.writer.insert({ table, columns, path, rows, token: `t${inserts++}` });
  }
  group.remember();
}

/** A request of these, one after the other, decoded into one batch, without the rows of those left out. */
function joinedBatch(signal: Signal, parts: readonly { body: Buffer; isKept: boolean }[]): Batch {
  const decoder = DECODERS[signal]();
  const rowCounts = parts.map(({ body }) => {
    decoder.decode(body);
    return pointsOf(decoder.batch).map(({ rows }) => rows);
  });
  decoder.decode(Buffer.concat(parts.map(({ body }) => body)));
  for (const [kind, { selection }] of pointsOf(decoder.batch).entries()) {
    let row = 0;
    for (const [part, { isKept }] of parts.entries())
      for (const end = row + rowCounts[part]![kind]!; row < end; row++)
        if (!isKept) selection.drop(row);
  }
  return decoder.batch;
}

/** The blocks of a batch; of the catalogue, whose rows have no order to keep, the lengths alone. */
function sectionsOf(batch: Batch): unknown {
  const { payload } = new GroupEncoder("default", systemClock).encode([batch]);
  return unpackPayload(payload).map(({ table, block, ...entry }) => ({
    ...entry,
    table,
    block: table === "attribute_catalogue" ? block.length : Buffer.from(block).toString("base64"),
  }));
}

describe("rows that a processor has dropped", () => {
  it.each(SIGNALS)("leave the bytes as if %s had never been there", (signal) => {
    const part = fc.record({ request: requestsAt(signal, times), isKept: fc.boolean() });
    fc.assert(
      fc.property(fc.array(part, { maxLength: 5 }), (samples) => {
        const parts = samples.map(({ request, isKept }) => ({
          body: encodeOtlp(signal, request.json),
          isKept,
        }));
        const absent = parts.filter(({ isKept }) => isKept);
        expect(sectionsOf(joinedBatch(signal, parts))).toEqual(
          sectionsOf(joinedBatch(signal, absent)),
        );
      }),
      { numRuns },
    );
  });
});

describe("a self-contained group", () => {
  it.each(SIGNALS)("has of %s the same for the store as another", (signal) => {
    const groups = fc.array(fc.array(sampleOf(signal), { minLength: 1, maxLength: 3 }), {
      minLength: 1,
      maxLength: 3,
    });
    fc.assert(
      fc.property(groups, (samples) => {
        const encoders = [false, true].map((selfContained) => {
          const encoder = new GroupEncoder("default", new FakeClock());
          encoder.selfContained = selfContained;
          return encoder;
        });
        for (const group of samples) {
          const batches = group.map(batchOf);
          const [one, other] = encoders.map((encoder) => {
            const encoded = encoder.encode(batches);
            encoded.remember();
            return unpackPayload(encoded.payload);
          });
          expect(other).toEqual(one);
        }
      }),
      { numRuns },
    );
  });
});

let organizations = 0;

describe("blocks of a group", () => {
  it.each(SIGNALS)("are stored by the engine as the rows of %s were", async (signal) => {
    const groups = fc.array(fc.array(sampleOf(signal), { minLength: 1, maxLength: 4 }), {
      minLength: 1,
      maxLength: 3,
    });
    await fc.assert(
      fc.asyncProperty(groups, async (samples) => {
        const org = `org-${organizations++}`;
        const encoder = new GroupEncoder(org, systemClock);
        const kept: PlainRows[] = [];
        for (const group of samples) {
          const batches = group.map(batchOf);
          kept.push(...batches.map(keptOf));
          await store(encoder, batches);
        }
        const stored = await StoredRows.read(opened.store.reader, org);
        expect(inOrder([stored])).toEqual(inOrder(kept));
      }),
      { numRuns: insertRuns },
    );
  });
});
