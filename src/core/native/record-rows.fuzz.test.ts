import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Batch } from "../batch.ts";
import { systemClock } from "../clock.ts";
import { encodeOtlp } from "../otlp/encode.ts";
import type { RowSelection } from "../row-groups.ts";
import { histogramPointRow, logRow, numberPointRow, spanRow } from "../row-views.ts";
import { type Signal, SIGNALS } from "../signal.ts";
import { GroupEncoder } from "#pipeline/group-encoder.ts";
import { DECODERS } from "#receivers/otlp/testing/decoder-under-test.ts";
import { requestsAt } from "#receivers/otlp/testing/request-samples.ts";
import { rowsOfRecord } from "./record-rows.ts";
import type { SignalRow } from "./row-readers.ts";

const DAY_NS = 86_400_000_000_000n;
const MIDNIGHT = 1_748_736_000_000_000_000n;

/** Times of two days, and any that a column can hold. */
const times = fc.oneof(
  fc.constantFrom(-1n, 0n, 1n, DAY_NS - 1n).map((within) => MIDNIGHT + within),
  fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }),
);

const sampleOf = (signal: Signal) =>
  fc.record({
    request: requestsAt(signal, times),
    dropped: fc.array(fc.nat(20), { maxLength: 8 }),
  });
type Sample = ReturnType<typeof sampleOf> extends fc.Arbitrary<infer T> ? T : never;
const groupsOf = (signal: Signal) =>
  fc.array(fc.array(sampleOf(signal), { minLength: 1, maxLength: 4 }), {
    minLength: 1,
    maxLength: 3,
  });

/** The rows that can be dropped, by what they are dropped with. */
function selectionsOf(batch: Batch): readonly { rows: number; selection: RowSelection }[] {
  return batch.signal === "metrics" ? [batch.numbers, batch.histograms] : [batch];
}

function batchOf({ request, dropped }: Sample): Batch {
  const decoder = DECODERS[request.signal]();
  decoder.decode(encodeOtlp(request.signal, request.json));
  const { batch } = decoder;
  for (const { rows, selection } of selectionsOf(batch))
    for (const row of dropped) if (row < rows) selection.drop(row);
  return batch;
}

/** The rows of a batch that were not dropped, as its row views show them. */
function viewsOf(batch: Batch): SignalRow[] {
  const kept = <T>(
    { rows, selection }: { rows: number; selection: RowSelection },
    view: (row: number) => T,
  ): T[] =>
    Array.from({ length: rows }, (_, row) => row)
      .filter((row) => selection.has(row))
      .map(view);
  switch (batch.signal) {
    case "traces":
      return kept(batch, (row) => ({ kind: "span", row: spanRow(batch, row) }));
    case "logs":
      return kept(batch, (row) => ({ kind: "log", row: logRow(batch, row) }));
    case "metrics":
      return [
        ...kept(batch.numbers, (row) => {
          return { kind: "number_point" as const, row: numberPointRow(batch, row) };
        }),
        ...kept(batch.histograms, (row) => {
          return { kind: "histogram_point" as const, row: histogramPointRow(batch, row) };
        }),
      ];
  }
}

const KINDS = ["span", "log", "number_point", "histogram_point"];
const dayOf = ({ row }: SignalRow): number => Number(row.time / DAY_NS);

/** What a record must have of these batches: a kind after the other, and of each its days as they come. */
function expectedOf(batches: readonly Batch[]): SignalRow[] {
  const rows = batches.flatMap(viewsOf);
  return KINDS.flatMap((kind) => {
    const ofKind = rows.filter((row) => row.kind === kind);
    const days = new Set(ofKind.map(dayOf));
    return [...days].flatMap((day) => ofKind.filter((row) => dayOf(row) === day));
  });
}

const rowsIn = (signal: Signal, payload: readonly Uint8Array[]): SignalRow[] =>
  Array.from(rowsOfRecord(signal, payload), ({ row }) => row);

/** A point's exemplars are written by day, too: here with the earlier day first. */
function inOrder(row: SignalRow): SignalRow {
  if (!("exemplars" in row.row)) return row;
  const day = ({ time }: { time: bigint }): number => Number(time / DAY_NS);
  const exemplars = row.row.exemplars.toSorted((a, b) => day(a) - day(b));
  return { ...row, row: { ...row.row, exemplars } } as SignalRow;
}

// A case makes an encoder, which is large, and compares all of every row.
const numRuns = Math.ceil((fc.readConfigureGlobal().numRuns ?? 100) / 4);

describe("rowsOfRecord", () => {
  it.each(SIGNALS)("gives the rows of %s as the batches' views do", (signal) => {
    fc.assert(
      fc.property(groupsOf(signal), (groups) => {
        const encoder = new GroupEncoder("default", systemClock);
        encoder.selfContained = true;
        for (const samples of groups) {
          const batches = samples.map(batchOf);
          const group = encoder.encode(batches);
          expect(rowsIn(signal, group.payload).map(inOrder)).toStrictEqual(
            expectedOf(batches).map(inOrder),
          );
          group.remember();
        }
      }),
      { numRuns },
    );
  });

  it.each(SIGNALS)("gives rows of %s or a RangeError, whatever the bytes", (signal) => {
    const samples = fc.array(sampleOf(signal), { minLength: 1, maxLength: 3 });
    const changes = fc.array(fc.record({ at: fc.nat(), value: fc.nat(255) }), { maxLength: 6 });
    fc.assert(
      fc.property(samples, changes, fc.nat(), (list, changed, cut) => {
        const { payload } = new GroupEncoder("default", systemClock).encode(list.map(batchOf));
        const whole = Buffer.concat(payload);
        for (const { at, value } of changed) whole[at % whole.length] = value;
        const length = cut % 3 === 0 ? cut % (whole.length + 1) : whole.length;
        expect(outcomeOf(signal, whole.subarray(0, length))).not.toBe("another error");
      }),
    );
  });
});

/** Reading either fails before the first row, or gives them all. */
function outcomeOf(signal: Signal, payload: Uint8Array): "rows" | "RangeError" | "another error" {
  try {
    const rows = rowsOfRecord(signal, payload);
    return [...rows].length === rows.length ? "rows" : "another error";
  } catch (error) {
    return error instanceof RangeError ? "RangeError" : "another error";
  }
}
