import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteWriter } from "#core/bytes.ts";
import { dayOf, rowsByDay, timeMsOf } from "./rows-by-day.ts";

const DAY_NS = 86_400_000_000_000n;

function timesOf(ns: readonly bigint[]): ByteWriter {
  const time = new ByteWriter();
  for (const value of ns) time.u64(Number(value & 0xffffffffn), Number(value >> 32n));
  return time;
}

/** Often just before or after a midnight, up to the year 2554. */
const time = fc
  .tuple(fc.bigInt({ min: 0n, max: 213_502n }), fc.bigInt({ min: -3n, max: 3n }))
  .map(([day, off]) => (day * DAY_NS + off < 0n ? 0n : day * DAY_NS + off));

describe("dayOf", () => {
  it("is the day that the engine partitions by, to the nanosecond", () => {
    fc.assert(
      fc.property(fc.oneof(time, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })), (ns) => {
        expect(dayOf(timesOf([ns]), 0)).toBe(Number(ns / DAY_NS));
      }),
      { seed: 1, numRuns: 1_000 },
    );
  });

  it("takes the last nanosecond of a day for that day, which a double cannot tell from the next", () => {
    const midnight = 20_254n * DAY_NS;
    const column = timesOf([midnight - 1n, midnight]);
    expect(timeMsOf(column, 0)).toBe(timeMsOf(column, 1));
    expect([dayOf(column, 0), dayOf(column, 1)]).toEqual([20_253, 20_254]);
  });
});

describe("rowsByDay", () => {
  it("splits the rows of all batches into runs of one day, each row once and in order", () => {
    const few = fc.constantFrom(20_000n, 20_001n, 20_002n).map((day) => day * DAY_NS);
    const batch = fc.array(fc.tuple(few, fc.boolean()), { maxLength: 20 });
    fc.assert(
      fc.property(fc.array(batch, { maxLength: 4 }), (samples) => {
        const batches = samples.map((rows) => ({ time: timesOf(rows.map(([ns]) => ns)), rows }));
        const days = rowsByDay(
          batches,
          ({ rows }) => rows.flatMap(([, isKept], row) => (isKept ? [row, row + 1] : [])),
          (b) => b.time,
        );
        const found = new Map([...days].map(([day, parts]) => [day, parts.map(rowsOfPart)]));
        const model = new Map<number, [number, number[]][]>();
        for (const [number, { rows }] of batches.entries()) {
          for (const [row, [ns, isKept]] of rows.entries()) {
            if (!isKept) continue;
            const day = Number(ns / DAY_NS);
            const parts = model.get(day) ?? [];
            model.set(day, parts);
            if (parts.at(-1)?.[0] !== number) parts.push([number, []]);
            parts.at(-1)![1].push(row);
          }
        }
        expect(found).toEqual(
          new Map([...model].map(([day, parts]) => [day, parts.map(([, rows]) => rows)])),
        );
      }),
      { seed: 1 },
    );
  });
});

function rowsOfPart({ runs }: { readonly runs: readonly number[] }): number[] {
  const rows: number[] = [];
  for (let r = 0; r < runs.length; r += 2)
    for (let row = runs[r]!; row < runs[r + 1]!; row++) rows.push(row);
  return rows;
}
