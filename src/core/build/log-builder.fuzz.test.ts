import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeOtlp } from "../otlp/encode.ts";
import { rowsOf } from "#receivers/otlp/testing/batch-rows.ts";
import { DECODERS } from "#receivers/otlp/testing/decoder-under-test.ts";
import { ARRIVAL_MS } from "#receivers/otlp/testing/log-samples.ts";
import { ANY_TIME } from "#receivers/otlp/testing/otlp-samples.ts";
import { batchPools } from "../batch.ts";
import { ROW_LIMITS } from "../limits.ts";
import {
  anyAttributes,
  anyInput,
  anyText,
  otlpAttributes,
  otlpValue,
  textNear,
} from "../testing/attribute-inputs.ts";
import { LogBuilder } from "./log-builder.ts";

const OBSERVED_NS = BigInt(ARRIVAL_MS) * 1_000_000n;

const name = fc.oneof(
  { weight: 9, arbitrary: anyText },
  { weight: 1, arbitrary: textNear(ROW_LIMITS.nameBytesMax) },
);
const HEX = Array.from("0123456789abcdef");
const hex = (length: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...HEX), minLength: length, maxLength: length });

const record = fc.record({
  timeNs: fc.oneof(fc.constant(0n), fc.bigInt({ min: 1n, max: 2n ** 62n })),
  severity: fc.integer({ min: 0, max: 30 }),
  severityText: name,
  body: fc.oneof(
    { weight: 9, arbitrary: anyInput },
    { weight: 1, arbitrary: textNear(ROW_LIMITS.bodyBytesMax) },
  ),
  eventName: name,
  traceId: fc.oneof(hex(32), hex(30)),
  spanId: fc.oneof(hex(16), hex(18)),
  attributes: anyAttributes,
});
const group = fc.record({
  resource: anyAttributes,
  scope: fc.record({ name, version: name }),
  records: fc.array(record, { minLength: 1, maxLength: 4 }),
});
const request = fc.array(group, { minLength: 1, maxLength: 3 });
type Request = typeof request extends fc.Arbitrary<infer T> ? T : never;

const otlpRequest = (groups: Request): unknown => ({
  resourceLogs: groups.map(({ resource, scope, records }) => ({
    resource: { attributes: otlpAttributes(resource) },
    scopeLogs: [
      {
        scope,
        logRecords: records.map((r) => ({
          timeUnixNano: r.timeNs,
          severityNumber: r.severity,
          severityText: r.severityText,
          body: r.body === null ? undefined : otlpValue(r.body),
          eventName: r.eventName,
          traceId: r.traceId.length === 32 ? r.traceId : "",
          spanId: r.spanId.length === 16 ? r.spanId : "",
          attributes: otlpAttributes(r.attributes),
        })),
      },
    ],
  })),
});

describe("LogBuilder", () => {
  it("gives the rows that the OTLP decoder gives of the same records", () => {
    const decoder = DECODERS.logs();
    fc.assert(
      fc.property(request, (groups) => {
        decoder.decode(encodeOtlp("logs", otlpRequest(groups)));
        const builder = new LogBuilder({ observedNs: OBSERVED_NS, window: ANY_TIME });
        for (const { resource, scope, records } of groups) {
          builder.group(resource, scope);
          for (const input of records) expect(builder.add(input)).toBe(true);
        }
        const batch = builder.finish(1);
        expect(rowsOf(batch)).toEqual(rowsOf(decoder.batch));
        batchPools.logs.give(batch);
      }),
    );
  });
});
