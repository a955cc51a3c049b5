import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rowsOf } from "#receivers/otlp/testing/batch-rows.ts";
import { DECODERS } from "#receivers/otlp/testing/decoder-under-test.ts";
import { ANY_TIME, idHex } from "#receivers/otlp/testing/otlp-samples.ts";
import { batchPools } from "../batch.ts";
import { ROW_LIMITS } from "../limits.ts";
import { encodeOtlp } from "../otlp/encode.ts";
import { anyAttributes, anyText, otlpAttributes, textNear } from "../testing/attribute-inputs.ts";
import { SpanBuilder } from "./span-builder.ts";

const text = (bytes: number): fc.Arbitrary<string> =>
  fc.oneof({ weight: 9, arbitrary: anyText }, { weight: 1, arbitrary: textNear(bytes) });
const time = fc.bigInt({ min: 1n, max: 2n ** 62n });

const span = fc.record({
  traceId: idHex(16),
  spanId: idHex(8),
  parentSpanId: fc.oneof(fc.constant(""), idHex(8)),
  name: text(ROW_LIMITS.nameBytesMax),
  kind: fc.integer({ min: 0, max: 7 }),
  status: fc.integer({ min: 0, max: 4 }),
  statusMessage: text(ROW_LIMITS.statusMessageBytesMax),
  startNs: time,
  endNs: time,
  attributes: anyAttributes,
});
const request = fc.array(
  fc.record({
    resource: anyAttributes,
    scope: fc.record({ name: anyText, version: anyText }),
    spans: fc.array(span, { minLength: 1, maxLength: 4 }),
  }),
  { minLength: 1, maxLength: 3 },
);
type Request = typeof request extends fc.Arbitrary<infer T> ? T : never;

const otlpRequest = (groups: Request): unknown => ({
  resourceSpans: groups.map(({ resource, scope, spans }) => ({
    resource: { attributes: otlpAttributes(resource) },
    scopeSpans: [
      {
        scope,
        spans: spans.map(({ status, statusMessage, startNs, endNs, attributes, ...rest }) => ({
          ...rest,
          status: { code: status, message: statusMessage },
          startTimeUnixNano: startNs,
          endTimeUnixNano: endNs,
          attributes: otlpAttributes(attributes),
        })),
      },
    ],
  })),
});

describe("SpanBuilder", () => {
  it("gives the rows that the OTLP decoder gives of the same spans", () => {
    const decoder = DECODERS.traces();
    fc.assert(
      fc.property(request, (groups) => {
        decoder.decode(encodeOtlp("traces", otlpRequest(groups)));
        const builder = new SpanBuilder({ window: ANY_TIME });
        for (const { resource, scope, spans } of groups) {
          builder.group(resource, scope);
          for (const input of spans) expect(builder.add(input)).toBe(true);
        }
        const batch = builder.finish(1);
        expect(rowsOf(batch)).toEqual(rowsOf(decoder.batch));
        batchPools.traces.give(batch);
      }),
    );
  });
});
