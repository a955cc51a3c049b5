import fc from "fast-check";
import { expect, it } from "vitest";
import { ATTRIBUTE_TYPES, Resource, Scope, Series } from "#core/attributes.ts";
import type { Attribute } from "#core/attributes.ts";
import type { ExemplarRow, NumberPointRow, SpanRow } from "#core/row-views.ts";
import type { Row } from "./delivery.ts";
import { rowOfText, textOfRow } from "./row-text.ts";
import { logRowOf } from "./testing/delivery-fixture.ts";

const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom("", "\n", '{"$int":"1"}', "$int", "__proto__"),
);
const uint64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
const double = fc.double();
const attributes: fc.Arbitrary<Attribute[]> = fc.array(
  fc.record({ key: text, value: text, type: fc.constantFrom(...Object.values(ATTRIBUTE_TYPES)) }),
  { maxLength: 4 },
);
const resource = fc.tuple(attributes, text).map(([list, url]) => new Resource(list, url));
const scope = fc.tuple(text, text, attributes).map((parts) => new Scope(...parts));
const id = (bytes: number): fc.Arbitrary<string> =>
  fc
    .uint8Array({ minLength: bytes, maxLength: bytes })
    .map((all) => Buffer.from(all).toString("hex"));

const span: fc.Arbitrary<SpanRow> = fc.record({
  resource,
  scope,
  time: uint64,
  durationNs: uint64,
  traceId: id(16),
  spanId: id(8),
  parentSpanId: fc.oneof(fc.constant(""), id(8)),
  traceState: text,
  name: text,
  kind: fc.nat(5),
  status: fc.nat(2),
  statusMessage: text,
  flags: fc.nat(),
  weight: double,
  attributes,
  events: fc.array(fc.record({ time: uint64, name: text, attributes }), { maxLength: 3 }),
  links: fc.array(fc.record({ traceId: id(16), spanId: id(8), traceState: text, attributes }), {
    maxLength: 3,
  }),
  droppedAttributes: fc.nat(),
  droppedEvents: fc.nat(),
  droppedLinks: fc.nat(),
});

const series = fc
  .tuple(resource, scope, attributes, text)
  .map(
    ([from, by, list, name]) =>
      new Series(
        { name, description: "", unit: "", type: "sum", temporality: 2, monotonic: true },
        from,
        by,
        list,
      ),
  );

const point: fc.Arbitrary<NumberPointRow> = series.chain((of) =>
  fc.record({
    series: fc.constant(of),
    time: uint64,
    startTime: uint64,
    value: fc.oneof(double, fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n })),
    flags: fc.nat(),
    exemplars: fc.array(
      fc.record<ExemplarRow>({
        series: fc.constant(of),
        time: uint64,
        value: double,
        traceId: id(16),
        spanId: id(8),
        attributes,
      }),
      { maxLength: 2 },
    ),
  }),
);

const row: fc.Arbitrary<Row> = fc.oneof(
  span.map((one) => ({ kind: "span", row: one }) as const),
  text.map((body) => ({ kind: "log", row: logRowOf(body) }) as const),
  point.map((one) => ({ kind: "number_point", row: one }) as const),
);

it("gives back the row of a text, to the bit", () => {
  fc.assert(
    fc.property(row, (one) => {
      const line = textOfRow(one);
      expect(line).not.toContain("\n");
      expect(rowOfText(line)).toEqual(one);
    }),
  );
});
