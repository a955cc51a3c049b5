import fc from "fast-check";
import { expect, it } from "vitest";
import type { Attribute } from "#core/attributes.ts";
import { Resource, Scope, Series } from "#core/attributes.ts";
import { LogBuilder } from "#core/build/log-builder.ts";
import { type LogRow, logRow } from "#core/row-views.ts";
import { anyAttributes, anyInput, anyText } from "#core/testing/attribute-inputs.ts";
import type { Row } from "#pipeline/delivery/delivery.ts";
import { EventEncoder } from "./events.ts";
import { splunkHecSettings } from "./settings.ts";
import { envelopesOf, problemOf } from "./testing/hec-events.ts";

const OBSERVED_NS = 1_750_000_000_000_000_000n;
const window = { oldestMs: 0, newestMs: Number.MAX_SAFE_INTEGER };

const record: fc.Arbitrary<LogRow> = fc
  .record({ body: anyInput, eventName: anyText, severityText: anyText, attributes: anyAttributes })
  .map((input) => {
    const builder = new LogBuilder({ observedNs: OBSERVED_NS, window });
    builder.group({ "service.name": input.severityText, [input.eventName]: input.severityText });
    builder.add(input);
    return logRow(builder.finish(1), 0);
  });
const log: fc.Arbitrary<Row> = record.map((row) => ({ kind: "log", row }));

const number = fc.oneof(
  fc.double(),
  fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }),
  fc.constantFrom(Number.NaN, Number.NEGATIVE_INFINITY, -0),
);

function seriesOf(name: string, resource: Resource, attributes: readonly Attribute[]): Series {
  const metric = { name, description: "", unit: "", type: "gauge", temporality: 0 } as const;
  return new Series({ ...metric, monotonic: false }, resource, new Scope("", ""), attributes);
}

const point: fc.Arbitrary<Row> = fc
  .record({ value: number, of: record, name: fc.oneof(anyText, fc.constant("__proto__")) })
  .map(({ value, of, name }) => {
    const series = seriesOf(name, of.resource, of.attributes);
    const row = { series, time: OBSERVED_NS, startTime: 0n, value, flags: 0, exemplars: [] };
    return { kind: "number_point", row };
  });

const settings = fc
  .record({
    eventFormat: fc.constantFrom("json", "body"),
    indexedFields: fc.constantFrom("none", "resource", "all"),
    host: fc.constantFrom("{service.name}", "fixed"),
  })
  .map((given) => splunkHecSettings.parse({ url: "https://a.example.com", token: "t", ...given }));

it("makes events that HEC takes, each row in one at least, whatever a row says", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(log, point), { maxLength: 5 }),
      settings,
      async (rows, given) => {
        const { events, refused } = await new EventEncoder(given).encode(rows);
        const lines = events.map(({ json }) => json);
        for (const line of lines) expect(line).not.toContain("\n");
        const { envelopes, isBroken } = envelopesOf(lines.join("\n"));
        expect(isBroken).toBe(false);
        expect(envelopes).toHaveLength(events.length);
        expect(envelopes.map(problemOf)).toEqual(envelopes.map(() => undefined));
        const places = [
          ...events.flatMap((event) => event.rows),
          ...refused.map(({ index }) => index),
        ];
        expect(new Set(places)).toEqual(new Set(rows.keys()));
      },
    ),
  );
});

it("gives each finite value of a metric as it was", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(anyText, fc.double()), { maxLength: 6 }), async (points) => {
      const resource = new Resource([]);
      const rows = points.map(([name, value]): Row => {
        const series = seriesOf(name, resource, []);
        const row = { series, time: OBSERVED_NS, startTime: 0n, value, flags: 0, exemplars: [] };
        return { kind: "number_point", row };
      });
      const given = splunkHecSettings.parse({ url: "https://a.example.com", token: "t" });
      const { events } = await new EventEncoder(given).encode(rows);
      const found = events.flatMap(({ json }) =>
        Object.entries((JSON.parse(json) as { fields: Record<string, number> }).fields),
      );
      const sent = points
        .filter(([, value]) => Number.isFinite(value))
        .map(([name, value]) => [`metric_name:${name.toWellFormed()}`, value === 0 ? 0 : value]);
      const sorted = (list: unknown[][]): string[] =>
        list.map((one) => JSON.stringify(one)).toSorted();
      expect(sorted(found)).toEqual(sorted(sent));
    }),
  );
});
