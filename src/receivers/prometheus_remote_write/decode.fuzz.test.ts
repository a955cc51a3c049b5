import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MetricBuilder } from "#core/build/metric-builder.ts";
import { SightglassError } from "#core/errors.ts";
import { decodeVersion1, decodeVersion2, type WriteRequest } from "./decode.ts";
import { PointWriter } from "./points.ts";
import { encodeVersion1, encodeVersion2, type SeriesSample } from "./testing/write-request.ts";

const WINDOW = { oldestMs: 0, newestMs: Number.MAX_SAFE_INTEGER };
const timestamp = fc.integer({ min: 1, max: 4e12 });
const text = fc.string({ unit: "grapheme", maxLength: 12 });
const labels = fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), text, { maxKeys: 4 });
const value = fc.double({ noNaN: true });
const series: fc.Arbitrary<SeriesSample> = fc.record({
  labels: labels.map((own) => ({ __name__: "metric", ...own })),
  samples: fc.array(fc.record({ value, timestamp }), { maxLength: 4 }),
  exemplars: fc.array(fc.record({ labels, value, timestamp }), { maxLength: 2 }),
  histograms: fc.array(
    fc.record({
      count_int: fc.nat(),
      sum: value,
      schema: fc.integer({ min: -60, max: 60 }),
      positive_spans: fc.array(fc.record({ offset: fc.integer(), length: fc.nat(5) }), {
        maxLength: 3,
      }),
      positive_deltas: fc.array(fc.integer(), { maxLength: 9 }),
      negative_counts: fc.array(value, { maxLength: 3 }),
      negative_spans: fc.array(fc.record({ offset: fc.nat(9), length: fc.nat(5) }), {
        maxLength: 2,
      }),
      custom_values: fc.array(value, { maxLength: 3 }),
      timestamp,
    }),
    { maxLength: 2 },
  ),
});
const request = fc.uniqueArray(series, {
  maxLength: 5,
  selector: ({ labels: own }) => JSON.stringify(own),
});
const FORMATS = [
  [1, encodeVersion1, decodeVersion1],
  [2, encodeVersion2, decodeVersion2],
] as const;

function addTo(decoded: WriteRequest): number {
  const builder = new MetricBuilder({ window: WINDOW });
  const { samples, histograms } = new PointWriter().add(decoded, builder);
  expect(builder.rows).toBe(samples + histograms);
  builder.finish(1);
  return samples;
}

function outcomeOf(run: () => number): number | "refused" {
  try {
    return run();
  } catch (error) {
    if (error instanceof SightglassError) return "refused";
    throw error;
  }
}

describe.each(FORMATS)("the decoder of remote write %i", (_version, encode, decode) => {
  it("reads what the reference encoder writes", () => {
    fc.assert(
      fc.property(request, (sent) => {
        const decoded = decode(encode(sent));
        const plain = decoded.series.map((one) => ({
          labels: Object.fromEntries(one.labels),
          samples: one.samples.map((sample) => ({ value: sample.value, timestamp: sample.timeMs })),
          exemplars: one.exemplars.map((exemplar) => ({
            labels: Object.fromEntries(exemplar.labels),
            value: exemplar.value,
            timestamp: exemplar.timeMs,
          })),
        }));
        expect(plain).toEqual(
          sent.map((one) => ({
            labels: { ...one.labels },
            samples: [...one.samples!],
            exemplars: one.exemplars!.map((exemplar) => ({
              ...exemplar,
              labels: { ...exemplar.labels },
            })),
          })),
        );
        expect(
          decoded.series.map(({ histograms }) => histograms.map(({ count }) => count)),
        ).toEqual(
          sent.map(({ histograms }) =>
            histograms!.map((h) => (h as { count_int: number }).count_int),
          ),
        );
        const samples = sent.reduce((all, one) => all + one.samples!.length, 0);
        expect(addTo(decoded)).toBe(samples);
      }),
    );
  });

  it("takes any change of a request as another one, or refuses it", () => {
    const flips = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), {
      minLength: 1,
      maxLength: 10,
    });
    fc.assert(
      fc.property(request, flips, (sent, changes) => {
        const body = encode(sent);
        for (const [at, bits] of changes) if (body.length > 0) body[at % body.length]! ^= bits;
        outcomeOf(() => addTo(decode(body)));
      }),
    );
  });

  it("takes any bytes, or refuses them", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        outcomeOf(() => addTo(decode(Buffer.from(bytes))));
      }),
    );
  });
});
