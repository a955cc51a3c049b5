import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeOtlp } from "#core/otlp/encode.ts";
import type { MetricBatch } from "#core/metric-batch.ts";
import { DECODERS } from "#receivers/otlp/testing/decoder-under-test.ts";
import { requestsAt } from "#receivers/otlp/testing/request-samples.ts";
import { decodeVersion1, decodeVersion2 } from "#receivers/prometheus_remote_write/decode.ts";
import { CumulativePoints } from "./cumulative-points.ts";
import { encodeVersion1, encodeVersion2 } from "./encode.ts";
import { remoteWriteSettings, type RemoteWriteSettings } from "./settings.ts";
import { rowsOfBatch } from "./testing/points.ts";
import { Translation } from "./translate.ts";
import type { WriteSeries } from "./write-series.ts";

const times = fc.bigInt({ min: 1_000_000n, max: 4_000_000_000_000_000_000n });
const settings = fc
  .record({
    url: fc.constant("https://example.com"),
    translation: fc.constantFrom(
      "UnderscoreEscapingWithSuffixes",
      "UnderscoreEscapingWithoutSuffixes",
      "NoUTF8EscapingWithSuffixes",
      "NoTranslation",
    ),
    scopeLabels: fc.boolean(),
    promoteResourceAttributes: fc.array(fc.string({ minLength: 1 }), { maxLength: 2 }),
  })
  .map((given) => remoteWriteSettings.parse(given));

const translationOf = (given: RemoteWriteSettings): Translation =>
  new Translation({
    settings: given,
    isTargetDue: () => true,
    cumulative: new CumulativePoints().begin("default"),
  });

const translated = fc.tuple(requestsAt("metrics", times), settings).map(([{ json }, given]) => {
  const decoder = DECODERS.metrics();
  decoder.decode(encodeOtlp("metrics", json));
  const rows = rowsOfBatch(decoder.batch as MetricBatch);
  return { rows, translated: translationOf(given).of(rows) };
});

const labelsText = (labels: WriteSeries["labels"]): string => JSON.stringify(labels);

describe("series of any points", () => {
  it("have labels that are sorted and whole, and samples in the order of time", () => {
    fc.assert(
      fc.property(translated, ({ translated: { series } }) => {
        const seen = new Set<string>();
        for (const { labels, samples, histograms } of series) {
          const names = labels.map(([name]) => Buffer.from(name).toString("hex"));
          expect(names).toEqual(names.toSorted());
          expect(new Set(names).size).toBe(names.length);
          expect(labels.every(([name, value]) => name !== "" && value !== "")).toBe(true);
          expect(labels.filter(([name]) => name === "__name__")).toHaveLength(1);
          expect(seen.has(labelsText(labels))).toBe(false);
          seen.add(labelsText(labels));
          for (const list of [samples, histograms])
            for (const [at, { timeMs }] of list.entries())
              expect(at === 0 || timeMs > list[at - 1]!.timeMs).toBe(true);
        }
      }),
    );
  });

  it("are read as they were written, in both versions", () => {
    const plain = (all: readonly { samples: readonly object[]; labels: unknown }[]): string[] =>
      all
        .filter(({ samples }) => samples.length > 0)
        .map(({ labels, samples }) => JSON.stringify([labels, samples]))
        .toSorted();
    fc.assert(
      fc.property(translated, ({ translated: { series } }) => {
        const of = (version: 1 | 2): string[] =>
          plain(
            series.map(({ labels, samples }) => ({
              labels,
              samples: samples.map(({ timeMs, startMs, value, isStale }) => ({
                value: isStale ? Number.NaN : value,
                timeMs,
                startMs: version === 1 ? 0 : startMs,
                isStale,
              })),
            })),
          );
        expect(plain(decodeVersion1(encodeVersion1(series, [])).series)).toEqual(of(1));
        expect(plain(decodeVersion2(encodeVersion2(series)).series)).toEqual(of(2));
      }),
    );
  });

  it("have every count of every native histogram", () => {
    fc.assert(
      fc.property(translated, ({ translated: { series } }) => {
        for (const { histograms } of series)
          for (const { positive, negative } of histograms)
            for (const { spans, deltas } of [positive, negative]) {
              expect(spans.reduce((sum, { length }) => sum + length, 0)).toBe(deltas.length);
              let count = 0n;
              for (const delta of deltas) expect((count += delta) >= 0n).toBe(true);
            }
      }),
    );
  });
});
