import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { z } from "zod";
import { attributeValue, type Attribute } from "#core/attributes.ts";
import type { Batch } from "#core/batch.ts";
import { SightglassError } from "#core/errors.ts";
import type { MetricBatch } from "#core/metric-batch.ts";
import { histogramPointRow, numberPointRow } from "#core/row-views.ts";
import type { SpanBatch } from "#core/span-batch.ts";
import type { Outcome, Processor, ProcessorContext } from "#pipeline/component.ts";
import { logs, spans, type SpanFields } from "#pipeline/testing/batches.ts";
import { FakeClock } from "#pipeline/testing/fake-clock.ts";
import { settings } from "./settings.ts";
import { spanMetrics } from "./span-metrics.ts";

type Written = z.input<typeof settings>;

const EPOCH_NS = 1_750_000_000_000_000_000n;
const INTERVAL = 60_000;

interface Emitted {
  readonly org: string;
  readonly batch: MetricBatch;
}

/** The processor with all that it emits; `isFull` says whether that is refused. */
class Bench {
  readonly clock = new FakeClock();
  readonly emitted: Emitted[] = [];
  isFull = false;
  readonly processor: Processor;

  constructor(written: Written = {}, random: () => number = () => 0) {
    const context = {
      name: "span_metrics",
      clock: this.clock,
      random,
      emit: async (batch: MetricBatch, org: string) => {
        if (this.isFull) throw new SightglassError("overloaded", "full");
        this.emitted.push({ org, batch });
      },
      timeWindow: () => ({ oldestMs: 0, newestMs: 8e15 }),
      log: { warn: () => {} },
    } as unknown as ProcessorContext;
    this.processor = spanMetrics.create(settings.parse(written), context);
  }

  /** Has a batch processed, which is under way then. */
  begin(batch: Batch, org = "acme"): Outcome {
    return this.processor.process(batch, org) as Outcome;
  }

  take(batch: Batch, org = "acme"): void {
    this.begin(batch, org).accepted!();
  }

  async flush(): Promise<void> {
    await this.clock.advance(INTERVAL);
  }

  get points() {
    return this.emitted.flatMap(({ batch }) =>
      Array.from({ length: batch.numbers.rows }, (_, row) => numberPointRow(batch, row)),
    );
  }

  get histograms() {
    return this.emitted.flatMap(({ batch }) =>
      Array.from({ length: batch.histograms.rows }, (_, row) => histogramPointRow(batch, row)),
    );
  }

  /** The values of the calls, in the order in which they were emitted. */
  get calls(): number[] {
    return this.points.map(({ value }) => Number(value));
  }
}

async function started(written: Written = {}, random?: () => number): Promise<Bench> {
  const bench = new Bench(written, random);
  await bench.processor.start!();
  return bench;
}

const plain = (attributes: readonly Attribute[]): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value, type }) => [key, attributeValue(value, type)]));

const span = (fields: Partial<SpanFields> = {}): SpanFields => ({ spanId: "1", ...fields });
const ms = (count: number): bigint => BigInt(count * 1e6);

describe("metrics of spans", () => {
  it("have the names, kinds and attributes of the spanmetrics connector", async () => {
    const bench = await started();
    const batch = spans(
      "shop",
      span({ name: "GET /", kind: 2, status: 2, durationNs: ms(3) }),
      span({ name: "GET /", kind: 2, status: 2, durationNs: ms(2) }),
      span({ name: "GET /", kind: 2, status: 0, durationNs: ms(20_000) }),
    );
    bench.take(batch);
    await bench.flush();
    const [errors, others] = bench.points;
    expect(errors!.series.metric).toMatchObject({
      name: "traces.span.metrics.calls",
      type: "sum",
      monotonic: true,
      temporality: 2,
    });
    expect(plain(errors!.series.attributes)).toEqual({
      "service.name": "shop",
      "span.name": "GET /",
      "span.kind": "SPAN_KIND_SERVER",
      "status.code": "STATUS_CODE_ERROR",
    });
    expect(plain(errors!.series.resource.attributes)).toEqual({ "service.name": "shop" });
    expect(plain(others!.series.attributes)["status.code"]).toBe("STATUS_CODE_UNSET");
    expect(bench.calls).toEqual([2, 1]);
    expect(errors!.time).toBe(EPOCH_NS + ms(INTERVAL));
    expect(errors!.startTime).toBe(EPOCH_NS);
    const [durations, long] = bench.histograms;
    expect(durations!.series.metric).toMatchObject({
      name: "traces.span.metrics.duration",
      type: "histogram",
      unit: "ms",
      temporality: 2,
    });
    expect(durations).toMatchObject({ count: 2n, sum: 5 });
    expect(durations!.bounds).toHaveLength(16);
    expect(durations!.buckets.slice(0, 3)).toEqual([1n, 1n, 0n]);
    expect(long!.buckets.at(-1)).toBe(1n);
  });

  it("count a span for as many as it stands for", async () => {
    const bench = await started();
    bench.take(spans("shop", span({ traceState: "ot=th:8", durationNs: ms(3) }), span()));
    await bench.flush();
    expect(bench.calls).toEqual([3]);
    expect(bench.histograms[0]).toMatchObject({ count: 3n, sum: 7 });
  });

  it("make whole numbers of fractions of weights by chance", async () => {
    let calls = 0;
    const bench = await started({}, () => (calls++ % 4) / 4);
    // Each stands for 4/3: two of four times chance says that it is 2.
    const batch = spans(
      "shop",
      ...Array.from({ length: 300 }, () => span({ traceState: "ot=th:4" })),
    );
    bench.take(batch);
    await bench.flush();
    expect(bench.calls).toEqual([450]);
    expect(bench.histograms[0]!.count).toBe(450n);
  });

  it("are told apart by own dimensions, of the span, its resource or by default", async () => {
    const dimensions = [
      { name: "route" },
      { name: "service.name.alias", default: "none" },
      { name: "absent" },
    ];
    const bench = await started({ dimensions, excludeDimensions: ["span.name", "status.code"] });
    bench.take(
      spans(
        "shop",
        span({ attributes: { route: "/a" }, name: "x" }),
        span({ attributes: { route: "/a" }, name: "y", status: 2 }),
        span({ attributes: { route: "/b", "service.name.alias": "s" } }),
      ),
    );
    await bench.flush();
    expect(bench.calls).toEqual([2, 1]);
    expect(bench.points.map(({ series }) => plain(series.attributes))).toEqual([
      {
        "service.name": "shop",
        "span.kind": "SPAN_KIND_UNSPECIFIED",
        route: "/a",
        "service.name.alias": "none",
      },
      {
        "service.name": "shop",
        "span.kind": "SPAN_KIND_UNSPECIFIED",
        route: "/b",
        "service.name.alias": "s",
      },
    ]);
  });

  it("leave dropped rows and other signals out, and keep services and organizations apart", async () => {
    const bench = await started();
    const batch = spans("shop", span(), span());
    batch.selection.drop(0);
    bench.take(batch);
    bench.take(spans("bank", span()));
    bench.take(spans("shop", span()), "umbrella");
    expect(bench.processor.process(logs("shop", { body: "a" }), "acme")).toBeUndefined();
    await bench.flush();
    expect(bench.emitted.map(({ org, batch: { rows } }) => [org, rows])).toEqual([
      ["acme", 4],
      ["umbrella", 2],
    ]);
    expect(bench.calls).toEqual([1, 1, 1]);
  });

  it("have seconds and the settings' bounds where they are told to", async () => {
    const bench = await started({ unit: "s", buckets: [500, 1_000], namespace: "spans" });
    bench.take(spans("shop", span({ durationNs: ms(500) }), span({ durationNs: ms(501) })));
    await bench.flush();
    const [point] = bench.histograms;
    expect(point!.series.metric).toMatchObject({ name: "spans.duration", unit: "s" });
    expect(point).toMatchObject({ bounds: [0.5, 1], buckets: [1n, 1n, 0n] });
    expect(point!.sum).toBeCloseTo(1.001);
  });

  it("have an exponential histogram where they are told to", async () => {
    const bench = await started({ histogram: "exponential", exponentialSizeMax: 4 });
    const durations = [0n, ms(1), ms(2), ms(16)];
    bench.take(spans("shop", ...durations.map((durationNs) => span({ durationNs }))));
    await bench.flush();
    const [point] = bench.histograms;
    expect(point!.series.metric.type).toBe("exponential_histogram");
    expect(point).toMatchObject({ count: 4n, sum: 19, zeroCount: 1n, scale: -1 });
    expect(point!.positive).toEqual({ offset: -1, buckets: [1n, 1n, 1n] });
  });
});

describe("points of spans over time", () => {
  it("are cumulative since the series began", async () => {
    const bench = await started();
    for (const count of [1, 0, 2]) {
      if (count > 0) bench.take(spans("shop", ...Array.from({ length: count }, () => span())));
      await bench.flush();
    }
    expect(bench.calls).toEqual([1, 1, 3]);
    expect(new Set(bench.points.map(({ startTime }) => startTime))).toEqual(new Set([EPOCH_NS]));
  });

  it("are the difference since the last with delta, and none without spans", async () => {
    const bench = await started({ temporality: "delta" });
    for (const count of [1, 0, 2]) {
      if (count > 0) bench.take(spans("shop", ...Array.from({ length: count }, () => span())));
      await bench.flush();
    }
    expect(bench.calls).toEqual([1, 2]);
    expect(bench.points[0]!.series.metric.temporality).toBe(1);
    for (const { startTime, time } of bench.points) expect(startTime).toBeLessThan(time);
  });

  it("end when there was no span for long, and begin anew", async () => {
    const bench = await started({ expiration: INTERVAL * 2 });
    bench.take(spans("shop", span()));
    for (let i = 0; i < 5; i++) await bench.flush();
    expect(bench.calls).toEqual([1]);
    expect(bench.processor.statistics!()).toMatchObject({ series: 0 });
    bench.take(spans("shop", span()));
    await bench.flush();
    expect(bench.calls).toEqual([1, 1]);
    const [first, second] = bench.points;
    expect(second!.startTime).toBeGreaterThan(first!.time);
  });

  it("leave out what a refused batch had, and count it once when it is sent again", async () => {
    const bench = await started();
    const outcome = bench.begin(spans("shop", span()));
    outcome.refused?.();
    await bench.flush();
    expect(bench.emitted).toEqual([]);
    bench.take(spans("shop", span()));
    await bench.flush();
    expect(bench.calls).toEqual([1]);
  });

  it.each(["delta", "cumulative"] as const)(
    "that were refused are told with the next: %s",
    async (temporality) => {
      const bench = await started({ temporality });
      bench.take(spans("shop", span()));
      bench.isFull = true;
      await bench.flush();
      bench.take(spans("shop", span(), span({ name: "other" })));
      bench.isFull = false;
      await bench.flush();
      expect(bench.calls.toSorted((a, b) => a - b)).toEqual([1, 2]);
      const whole = bench.points.find(({ value }) => Number(value) === 2)!;
      expect(whole.startTime).toBe(EPOCH_NS);
      expect(bench.processor.statistics!()).toMatchObject({ total_points_refused: 2 });
    },
  );

  it("are told when it stops, once, and no more after", async () => {
    const bench = await started();
    bench.take(spans("shop", span()));
    await bench.processor.stop!();
    await bench.processor.stop!();
    expect(bench.calls).toEqual([1]);
    expect(bench.clock.pending).toBe(0);
    await new Bench().processor.stop!();
  });

  it("have the spans that were under way when it stopped", async () => {
    const bench = await started({ temporality: "delta" });
    const outcome = bench.begin(spans("shop", span()));
    await bench.processor.stop!();
    outcome.accepted!();
    await bench.clock.advance(0);
    expect(bench.calls).toEqual([1]);
  });

  it("do not end before they begin when the clock is set back", async () => {
    const bench = await started();
    let back = 0;
    const { clock } = bench;
    const nowMs = clock.nowMs.bind(clock);
    clock.nowMs = () => nowMs() - back;
    bench.take(spans("shop", span()));
    back = 3_600_000;
    await bench.flush();
    const [point] = bench.points;
    expect(point!.time).toBe(point!.startTime);
  });
});

describe("the bounds of metrics of spans", () => {
  it("count what is beyond them in one overflow series", async () => {
    const bench = await started({ seriesMax: 3 });
    const named = (...names: readonly string[]): SpanBatch =>
      spans("shop", ...names.map((name) => span({ name })));
    bench.take(named("a", "b", "c", "d"));
    bench.take(named("a", "e"));
    await bench.flush();
    expect(bench.points.map(({ series, value }) => [plain(series.attributes), value])).toEqual([
      [expect.objectContaining({ "span.name": "a" }), 2n],
      [expect.objectContaining({ "span.name": "b" }), 1n],
      [{ "otel.metric.overflow": true }, 3n],
    ]);
    expect(bench.processor.statistics!()).toMatchObject({ total_overflowed: 3, series: 3 });
  });

  it("emit many series in several batches", async () => {
    const bench = await started();
    const list = Array.from({ length: 2_500 }, (_, i) => span({ name: `n${i}` }));
    bench.take(spans("shop", ...list));
    await bench.flush();
    expect(bench.emitted.map(({ batch }) => batch.rows)).toEqual([4_000, 1_000]);
  });

  it("name as many examples as they may, each once, the last of each doubling", async () => {
    const bench = await started({ exemplarsMax: 2 });
    const durations = [1, 2, 4, 4];
    bench.take(
      spans("shop", ...durations.map((d, i) => span({ spanId: `${i + 1}`, durationNs: ms(d) }))),
    );
    await bench.flush();
    const found = bench.histograms[0]!.exemplars.map(({ spanId, value }) => [spanId, value]);
    expect(found).toEqual([
      ["2".padStart(16, "0"), 2],
      ["4".padStart(16, "0"), 4],
    ]);
    expect(bench.histograms[0]!.exemplars[0]!.traceId).toBe("1".padStart(32, "0"));
    await bench.flush();
    expect(bench.histograms[1]!.exemplars).toEqual([]);
  });
});

describe("the sum of calls", () => {
  const weight = fc.constantFrom("", "ot=th:8", "ot=th:c", "ot=th:f");
  const one = fc.record({ name: fc.constantFrom("a", "b", "c", "d"), traceState: weight });
  const step = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        spans: fc.array(one, { minLength: 1, maxLength: 6 }),
        isAccepted: fc.boolean(),
      }),
    },
    fc.record({ isFull: fc.boolean() }),
  );
  const weights: Readonly<Record<string, number>> = {
    "": 1,
    "ot=th:8": 2,
    "ot=th:c": 4,
    "ot=th:f": 16,
  };

  it.each([
    ["delta", "explicit"],
    ["delta", "exponential"],
    ["cumulative", "explicit"],
    ["cumulative", "exponential"],
  ] as const)(
    "is that of the weights of accepted spans, whatever the batches: %s, %s",
    async (temporality, histogram) => {
      const property = fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const bench = await started({ temporality, histogram, seriesMax: 4 });
        let expected = 0;
        for (const each of steps) {
          if ("isFull" in each) {
            bench.isFull = each.isFull;
            await bench.flush();
            continue;
          }
          const outcome = bench.begin(spans("shop", ...each.spans.map((fields) => span(fields))));
          if (!each.isAccepted) {
            outcome.refused?.();
            continue;
          }
          outcome.accepted!();
          for (const { traceState } of each.spans) expected += weights[traceState]!;
        }
        bench.isFull = false;
        await bench.processor.stop!();
        const last = new Map<string, number>();
        let sum = 0;
        for (const { series, value } of bench.points) {
          sum += Number(value);
          last.set(`${series.id.low} ${series.id.high}`, Number(value));
        }
        const cumulative = [...last.values()].reduce((a, b) => a + b, 0);
        expect(temporality === "delta" ? sum : cumulative).toBe(expected);
        for (const [index, { count }] of bench.histograms.entries())
          expect(Number(count)).toBe(bench.calls[index]);
      });
      await fc.assert(property, { seed: 7, numRuns: 60 });
    },
  );
});

describe("the settings of span_metrics", () => {
  it.each([
    [{ buckets: [2, 1] }, "bounds that do not rise"],
    [{ dimensions: [{ name: "a" }, { name: "a" }] }, "a dimension twice"],
    [{ dimensions: [{ name: "span.name" }] }, "span.name is a dimension of every span"],
  ])("refuse %j", (written, message) => {
    expect(settings.safeParse(written).error?.issues[0]?.message).toContain(message);
  });
});
