import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { systemClock } from "../clock.ts";
import { encodeOtlp } from "../otlp/encode.ts";
import { spanRow } from "../row-views.ts";
import { SpanBatch } from "../span-batch.ts";
import { GroupEncoder } from "#pipeline/group-encoder.ts";
import { DECODERS } from "#receivers/otlp/testing/decoder-under-test.ts";
import { requestsAt } from "#receivers/otlp/testing/request-samples.ts";
import { unpackRecord } from "./payload.ts";
import { RecordReferences } from "./record-references.ts";
import { rowsOfRecord } from "./record-rows.ts";
import { readSpanColumns } from "./span-columns.ts";
import { SpanCopier } from "./span-copier.ts";

const times = fc.constant(1_748_736_000_000_000_000n);
const requests = fc.array(requestsAt("traces", times), { minLength: 1, maxLength: 4 });
const AS_THEY_ARE = { resource: <T>(one: T): T => one, scope: <T>(one: T): T => one };

/** A record of each request, as the pipeline writes them. */
function payloadOf(request: { readonly json: unknown }): readonly Uint8Array[] {
  const decoder = DECODERS.traces();
  decoder.decode(encodeOtlp("traces", request.json));
  const encoder = new GroupEncoder("default", systemClock);
  encoder.selfContained = true;
  return encoder.encode([decoder.batch]).payload;
}

/** Copies the rows of a record that are wanted; `wanted` is asked for each row of all records. */
function copy(payload: readonly Uint8Array[], into: SpanBatch, wanted: () => boolean): void {
  const sections = unpackRecord(payload);
  const references = new RecordReferences(sections);
  for (const section of sections) {
    if (section.table !== "spans") continue;
    const copier = new SpanCopier(readSpanColumns(section, references), into, AS_THEY_ARE);
    for (let row = 0; row < section.rows; row++) if (wanted()) copier.copy(row);
    copier.end();
  }
}

// A case makes several encoders, which are large.
const numRuns = Math.ceil((fc.readConfigureGlobal().numRuns ?? 100) / 4);

describe("SpanCopier", () => {
  it("copies any rows of several records to one batch, as they are", () => {
    fc.assert(
      fc.property(requests, fc.nat(1_000), (list, seed) => {
        const into = new SpanBatch();
        const expected: unknown[] = [];
        for (const request of list) {
          const payload = payloadOf(request);
          const isWanted = (row: number): boolean => (row * 7 + seed) % 3 !== 0;
          let asked = 0;
          copy(payload, into, () => isWanted(asked++));
          const rows = [...rowsOfRecord("traces", payload)].map(({ row }) => row.row);
          expected.push(...rows.filter((_, row) => isWanted(row)));
        }
        const copied = Array.from({ length: into.rows }, (_, row) => spanRow(into, row));
        expect(copied).toStrictEqual(expected);
        const encoder = new GroupEncoder("default", systemClock);
        encoder.selfContained = true;
        const again = encoder.encode([into]);
        expect(again.rows).toBe(expected.length);
        expect([...rowsOfRecord("traces", again.payload)].map(({ row }) => row.row)).toStrictEqual(
          expected,
        );
      }),
      { numRuns },
    );
  });
});
