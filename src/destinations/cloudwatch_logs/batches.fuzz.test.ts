import fc from "fast-check";
import { expect, it } from "vitest";
import { LogBuilder } from "#core/build/log-builder.ts";
import { anyInput, anyText } from "#core/testing/attribute-inputs.ts";
import { logRow } from "#core/row-views.ts";
import type { Row } from "#pipeline/delivery/delivery.ts";
import { wellFormedJson } from "#pipeline/delivery/well-formed-json.ts";
import { batchesOf } from "./batches.ts";
import { nameBy } from "./names.ts";

const DAY_MS = 86_400_000;
const NOW_MS = 1_750_000_000_000;

/** Sizes about those at which a batch, or an event, is full. */
const size = fc.oneof(
  fc.nat(200),
  fc.constantFrom(20_000, 30_000, 32_000).chain((at) => fc.integer({ min: at - 60, max: at + 60 })),
);

const record = fc.record({
  ms: fc.integer({ min: -3 * DAY_MS, max: DAY_MS }),
  service: fc.oneof(anyText, fc.constantFrom("a", "b")),
  body: anyInput,
  attributes: fc.array(
    fc.tuple(
      anyText,
      fc.oneof(
        anyInput,
        size.map((n) => "€".repeat(n / 3)),
      ),
    ),
    {
      maxLength: 60,
    },
  ),
});

function rowOf({
  ms,
  service,
  body,
  attributes,
}: typeof record extends fc.Arbitrary<infer T> ? T : never): Row {
  const window = { oldestMs: 0, newestMs: Number.MAX_SAFE_INTEGER };
  const builder = new LogBuilder({ observedNs: 1n, window });
  builder.group({ "service.name": service });
  builder.add({ timeNs: BigInt(NOW_MS + ms) * 1_000_000n, body, attributes });
  return { kind: "log", row: logRow(builder.finish(1), 0) };
}

it("batches have every row once, in order, and never more than the service takes", () => {
  const naming = {
    group: nameBy("/x/{service.name}", "group"),
    stream: nameBy("{service.name}", "stream"),
  };
  const property = fc.property(fc.array(record, { maxLength: 30 }), (records) => {
    const rows = records.map(rowOf);
    const { batches, refused } = batchesOf({ rows, org: "o" }, naming);
    const places = [
      ...batches.flatMap((batch) => batch.places),
      ...refused.map(({ index }) => index),
    ];
    expect(places.toSorted((a, b) => a - b)).toEqual(rows.map((_, place) => place));
    for (const { group, stream, events, places: own } of batches) {
      expect(group).toMatch(/^[.\-_/#A-Za-z0-9]{1,512}$/);
      expect(stream).toMatch(/^[^:*]{1,512}$/);
      expect(events.length).toBe(own.length);
      let bytes = 0;
      for (const [index, { timestamp, message }] of events.entries()) {
        bytes += Buffer.byteLength(message) + 26;
        expect(timestamp).toBeGreaterThanOrEqual(events[index - 1]?.timestamp ?? 0);
        expect(message).toBe(wellFormedJson(JSON.parse(message)));
      }
      expect(bytes).toBeLessThanOrEqual(1_048_576);
      expect(events.at(-1)!.timestamp - events[0]!.timestamp).toBeLessThanOrEqual(DAY_MS);
    }
  });
  fc.assert(property);
});
