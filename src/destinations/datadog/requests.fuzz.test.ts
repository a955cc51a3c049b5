import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, it } from "vitest";
import { LogBuilder } from "#core/build/log-builder.ts";
import { anyInput, anyText } from "#core/testing/attribute-inputs.ts";
import { logRow } from "#core/row-views.ts";
import type { Row } from "#pipeline/delivery/delivery.ts";
import { wellFormedJson } from "#pipeline/delivery/well-formed-json.ts";
import { PointConverter } from "./metrics.ts";
import { type Intake, RequestPlanner } from "./requests.ts";
import { datadogSettings } from "./settings.ts";
import { Origins } from "./tags.ts";
import { histogramOf, NOW_MS, NOW_NS, numberOf, spanOf } from "./testing/rows.ts";

const WINDOW = { oldestMs: 0, newestMs: Number.MAX_SAFE_INTEGER };

/** Values about as large as those at which an entry or a body is full, of characters that JSON writes longer. */
const large = fc
  .tuple(fc.constantFrom("a", "€", '"', "\\", "\n", "\0"), fc.integer({ min: 1, max: 32_000 }))
  .map(([unit, length]) => unit.repeat(length / unit.length));
const attributes = fc.array(fc.tuple(anyText, fc.oneof(anyInput, anyInput, large)), {
  maxLength: 40,
});

const log: fc.Arbitrary<Row> = fc
  .record({ service: anyText, host: anyInput, body: fc.oneof(anyInput, large), attributes })
  .map(({ service, host, body, attributes: own }) => {
    const builder = new LogBuilder({ observedNs: NOW_NS, window: WINDOW });
    builder.group({ "service.name": service, "host.name": host, "service.version": "a,b\n" });
    builder.add({ body, attributes: own, eventName: service, severity: 9 });
    return { kind: "log", row: logRow(builder.finish(1), 0) };
  });
const number: fc.Arbitrary<Row> = fc
  .record({
    name: anyText.map((text) => `m${text}`),
    value: fc.double(),
    isSum: fc.boolean(),
    temporality: fc.constantFrom(0, 1, 2),
    labels: fc.dictionary(anyText, fc.oneof(anyText, large), { maxKeys: 30 }),
  })
  .map(({ name, value, isSum, temporality, labels }) =>
    numberOf(
      { name, type: isSum ? "sum" : "gauge", monotonic: true, temporality },
      { value },
      labels,
    ),
  );
const histogram: fc.Arbitrary<Row> = fc
  .record({ sum: fc.double(), buckets: fc.array(fc.nat(5), { minLength: 1, maxLength: 20 }) })
  .map(({ sum, buckets }) =>
    histogramOf(
      { name: "h", temporality: 1 },
      {
        timeNs: NOW_NS,
        count: buckets.reduce((all, one) => all + one, 0),
        sum,
        bounds: buckets.slice(1).map((_, index) => index),
        buckets,
      },
    ),
  );
const span: fc.Arbitrary<Row> = fc
  .tuple(anyText, fc.dictionary(anyText, fc.oneof(anyInput, large), { maxKeys: 30 }))
  .map(([name, own]) => spanOf(name, own));

/** What each takes: bytes as sent, bytes before that, and of what form. */
const INTAKES = {
  logs: { bytesMax: 5_000_000, plainBytesMax: 5_000_000, judge: judgeLogs },
  series: { bytesMax: 512_000, plainBytesMax: 5_242_880, judge: judgeSeries },
  histograms: { bytesMax: 512_000, plainBytesMax: 5_242_880, judge: () => {} },
  events: { bytesMax: 5_000_000, plainBytesMax: 5_000_000, judge: judgeEvent },
  traces: { bytesMax: 3_200_000, plainBytesMax: 3_200_000, judge: () => {} },
} as const satisfies Record<Intake, object>;
/** What is in a body of JSON, which has whole characters only: many parsers stop at half of one. */
function jsonOf(plain: Buffer): unknown {
  const json: unknown = JSON.parse(plain.toString());
  expect(JSON.stringify(json)).toBe(wellFormedJson(json));
  return json;
}

const TAG = /^[^,\p{Cc}]{1,200}$/u;

it("requests have every row once, and never more than an intake takes", async () => {
  const rows = fc.array(fc.oneof(log, number, histogram, span), { maxLength: 25 });
  const property = fc.asyncProperty(
    rows,
    fc.boolean(),
    fc.boolean(),
    async (all, compression, events) => {
      const settings = datadogSettings.parse({ apiKey: "k", compression, events });
      const planner = new RequestPlanner(settings, new Origins(settings), new PointConverter());
      const { requests, refused, withheld } = await planner.plan({ rows: all, org: "o" }, NOW_MS);
      const places = [
        ...requests.flatMap((request) => request.places),
        ...refused.map(({ index }) => index),
      ];
      expect(new Set(places).size).toBe(places.length);
      expect(places.length + withheld).toBe(all.length);
      for (const { intake, bytes, isCompressed } of requests) {
        const plain = isCompressed ? gunzipSync(bytes) : bytes;
        const { bytesMax, plainBytesMax, judge } = INTAKES[intake];
        expect(bytes.length).toBeLessThanOrEqual(bytesMax);
        expect(plain.length).toBeLessThanOrEqual(plainBytesMax);
        judge(plain);
      }
    },
  );
  await fc.assert(property);
});

function judgeLogs(plain: Buffer): void {
  const entries = jsonOf(plain) as { message: unknown; ddtags: string }[];
  expect(entries.length).toBeLessThanOrEqual(1_000);
  for (const entry of entries) {
    expect(Buffer.byteLength(JSON.stringify(entry))).toBeLessThanOrEqual(1_000_000);
    expect(entry.message).toBeTypeOf("string");
    for (const tag of entry.ddtags.split(",")) expect(tag).toMatch(TAG);
  }
}

function judgeSeries(plain: Buffer): void {
  const { series } = jsonOf(plain) as {
    series: { metric: string; tags: string[]; points: { value: unknown }[] }[];
  };
  for (const { metric, tags, points } of series) {
    expect(metric).toMatch(/^[A-Za-z][A-Za-z0-9_.]{0,199}$/);
    for (const tag of tags) expect(tag).toMatch(TAG);
    for (const { value } of points) expect(value).toBeTypeOf("number");
  }
}

function judgeEvent(plain: Buffer): void {
  const { title, text } = jsonOf(plain) as { title: string; text: string };
  expect(title.length).toBeLessThanOrEqual(500);
  expect(text.length).toBeLessThanOrEqual(4_000);
}
