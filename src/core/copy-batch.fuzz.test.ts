import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GroupEncoder } from "#pipeline/group-encoder.ts";
import { DECODERS } from "#receivers/otlp/testing/decoder-under-test.ts";
import { REQUESTS } from "#receivers/otlp/testing/request-samples.ts";
import { type Batch, dropAll, keptRows, releaseBatch } from "./batch.ts";
import { systemClock } from "./clock.ts";
import { copyBatch } from "./copy-batch.ts";
import { rowsOfRecord } from "./native/record-rows.ts";
import { encodeOtlp } from "./otlp/encode.ts";
import { SIGNALS } from "./signal.ts";

/** The rows that the journal would have of a batch. */
function encodedRows(batch: Batch): unknown[] {
  const encoder = new GroupEncoder("default", systemClock);
  encoder.selfContained = true;
  const { payload } = encoder.encode([batch]);
  return Array.from(rowsOfRecord(batch.signal, payload), ({ row }) => row.row);
}

function batchOf(request: (typeof REQUESTS)["traces"] extends fc.Arbitrary<infer T> ? T : never) {
  const decoder = DECODERS[request.signal]();
  decoder.decode(encodeOtlp(request.signal, request.json));
  return decoder.batch;
}

function drop(batch: Batch, row: number): void {
  if (batch.signal !== "metrics") {
    if (row < batch.rows) batch.selection.drop(row);
  } else if (row < batch.numbers.rows) batch.numbers.selection.drop(row);
  else if (row < batch.rows) batch.histograms.selection.drop(row - batch.numbers.rows);
}

// A case makes several encoders, which are large.
const numRuns = Math.ceil((fc.readConfigureGlobal().numRuns ?? 100) / 5);

describe.each(SIGNALS)("a copy of a batch of %s", (signal) => {
  it("has the same rows, whatever becomes of the other", () => {
    fc.assert(
      fc.property(
        REQUESTS[signal],
        fc.array(fc.nat(8), { maxLength: 3 }),
        fc.boolean(),
        (request, dropped, copyGoes) => {
          const batch = batchOf(request);
          for (const row of dropped) drop(batch, row);
          const rows = encodedRows(batch);
          const copy = copyBatch(batch);
          expect(keptRows(copy)).toBe(keptRows(batch));
          expect(copy.sourceBytes).toBe(batch.sourceBytes);
          expect(encodedRows(copy)).toEqual(rows);
          const [goes, stays] = copyGoes ? [copy, batch] : [batch, copy];
          dropAll(goes);
          releaseBatch(goes);
          // Whoever takes it from the pool writes into its memory.
          const next = batchOf(request);
          const again = copyBatch(next);
          expect(encodedRows(stays)).toEqual(rows);
          for (const one of [stays, next, again]) releaseBatch(one);
        },
      ),
      { numRuns },
    );
  });
});
