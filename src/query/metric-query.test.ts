import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Aggregation } from "#core/vocabulary.ts";
import { type MetricQuery, type MetricQueryAnswer, queryMetric } from "./metric-query.ts";
import { listMetrics } from "./metrics.ts";
import { seriesInserts, type SeriesInput } from "./testing/metric-rows.ts";
import { openTelemetryStore, type TelemetryStore } from "./testing/telemetry-store.ts";

const SECOND = 1_000_000_000n;
/** The start of a minute, so that steps of 60 s are whole. */
const T0 = 1_790_000_040n * SECOND;
const RANGE = { fromNs: T0, toNs: T0 + 600n * SECOND };
const at = (seconds: number): bigint => T0 + BigInt(seconds) * SECOND;

let store: TelemetryStore;
beforeAll(async () => {
  store = await openTelemetryStore();
  await store.insert(seriesInserts(SERIES));
});
afterAll(() => store.close());

const SERIES: SeriesInput[] = [
  {
    metric: "queue.depth",
    unit: "{item}",
    description: "Items that wait.",
    attributes: { queue: "a" },
    resource: { zone: "x" },
    numbers: [
      { timeNs: at(0), value: 1n },
      { timeNs: at(30), value: 3n },
      { timeNs: at(60), value: 10n },
    ],
  },
  {
    metric: "queue.depth",
    unit: "{item}",
    attributes: { queue: "b" },
    resource: { zone: "y" },
    service: "mail",
    numbers: [
      { timeNs: at(10), value: 5n },
      { timeNs: at(70), value: 9_007_199_254_740_993n },
    ],
  },
  {
    metric: "requests",
    type: "sum",
    temporality: "cumulative",
    monotonic: true,
    attributes: { code: 200 },
    // It grows by 10 a minute, and starts anew at 180 s.
    numbers: [
      { timeNs: at(-60), startNs: at(-3600), value: 100n },
      { timeNs: at(0), startNs: at(-3600), value: 110n },
      { timeNs: at(60), startNs: at(-3600), value: 120n },
      { timeNs: at(120), startNs: at(-3600), value: 130n },
      { timeNs: at(180), startNs: at(150), value: 4n },
      { timeNs: at(240), startNs: at(150), value: 9n },
    ],
  },
  {
    metric: "requests",
    type: "sum",
    temporality: "cumulative",
    monotonic: true,
    attributes: { code: 500 },
    // It is new: its first point tells of three.
    numbers: [
      { timeNs: at(60), startNs: at(10), value: 3n },
      { timeNs: at(120), startNs: at(10), value: 3n },
    ],
    exemplars: [
      {
        timeNs: at(61),
        value: 1n,
        trace: "0".repeat(31) + "a",
        span: "0".repeat(15) + "b",
        attributes: { user: "u" },
      },
    ],
  },
  {
    metric: "unknown.start",
    type: "sum",
    temporality: "cumulative",
    monotonic: true,
    // Nothing tells how much of the first value was added within the range.
    numbers: [
      { timeNs: at(0), value: 1000 },
      { timeNs: at(60), value: 1000.5 },
    ],
  },
  {
    metric: "delta",
    type: "sum",
    temporality: "delta",
    monotonic: true,
    numbers: [
      { timeNs: at(0), value: 2n },
      { timeNs: at(20), value: 3n },
      { timeNs: at(60), value: 7n },
    ],
  },
  {
    metric: "connections",
    type: "sum",
    temporality: "cumulative",
    monotonic: false,
    attributes: { pool: "a" },
    numbers: [
      { timeNs: at(0), value: 5n },
      { timeNs: at(50), value: 3n },
    ],
  },
  {
    metric: "connections",
    type: "sum",
    temporality: "cumulative",
    monotonic: false,
    attributes: { pool: "b" },
    numbers: [{ timeNs: at(5), value: 7n }],
  },
  {
    metric: "odd",
    numbers: [
      { timeNs: at(0), value: Number.NaN },
      { timeNs: at(60), value: Number.POSITIVE_INFINITY },
      { timeNs: at(120), value: -0.5 },
    ],
  },
  {
    metric: "latency",
    type: "histogram",
    temporality: "delta",
    distributions: [
      {
        timeNs: at(0),
        count: 10,
        sum: 50,
        min: 1,
        max: 9,
        bounds: [1, 5, 10],
        buckets: [0, 5, 5, 0],
      },
      {
        timeNs: at(30),
        count: 10,
        sum: 90,
        min: 2,
        max: 20,
        bounds: [1, 5, 10],
        buckets: [0, 5, 5, 0],
      },
    ],
  },
  {
    metric: "latency.total",
    type: "histogram",
    temporality: "cumulative",
    distributions: [
      {
        timeNs: at(-30),
        startNs: at(-900),
        count: 100,
        sum: 100,
        bounds: [1, 2],
        buckets: [100, 0, 0],
      },
      {
        timeNs: at(30),
        startNs: at(-900),
        count: 104,
        sum: 107,
        bounds: [1, 2],
        buckets: [100, 4, 0],
      },
      { timeNs: at(90), startNs: at(60), count: 2, sum: 1, bounds: [1, 2], buckets: [2, 0, 0] },
    ],
  },
  {
    metric: "sizes",
    type: "exponential_histogram",
    temporality: "cumulative",
    attributes: { kind: "fine" },
    distributions: [
      {
        timeNs: at(-30),
        startNs: at(-900),
        count: 4,
        sum: 8,
        scale: 1,
        positive_offset: 2,
        positive_buckets: [2, 2],
      },
      // The sender halved its scale: indices 2 and 3 became 1.
      {
        timeNs: at(30),
        startNs: at(-900),
        count: 8,
        sum: 30,
        scale: 0,
        positive_offset: 1,
        positive_buckets: [4, 4],
      },
    ],
  },
  {
    metric: "gc",
    type: "summary",
    distributions: [
      {
        timeNs: at(-30),
        startNs: at(-900),
        count: 10,
        sum: 1,
        quantiles: [0, 0.5, 1],
        quantile_values: [0.05, 0.1, 0.4],
      },
      {
        timeNs: at(30),
        startNs: at(-900),
        count: 14,
        sum: 3,
        quantiles: [0, 0.5, 1],
        quantile_values: [0.05, 0.2, 0.8],
      },
    ],
  },
  { org: "other", metric: "queue.depth", numbers: [{ timeNs: at(0), value: 1_000_000n }] },
];

const ask = (query: Partial<MetricQuery>, org = "default"): Promise<MetricQueryAnswer> =>
  queryMetric({ reader: store.reader, org }, RANGE, {
    name: "queue.depth",
    filter: [],
    groupBy: [],
    stepSeconds: 60,
    ...query,
  });

/** The values of each line by its labels, one for each step from the first that has one. */
async function values(query: Partial<MetricQuery>): Promise<Record<string, unknown[]>> {
  const { data } = await ask(query);
  return Object.fromEntries(
    data.map(({ labels, points }) => [
      Object.values(labels).join(),
      points.map(([, value]) => value),
    ]),
  );
}

describe("a metric query", () => {
  it("gives the start of each step and a value, and says what the metric is", async () => {
    expect(await ask({})).toEqual({
      name: "queue.depth",
      type: "gauge",
      unit: "{item}",
      aggregation: "avg",
      stepMs: 60_000,
      resolutionMs: 60_000,
      truncated: false,
      data: [
        {
          labels: {},
          points: [
            ["2026-09-21T14:14:00.000000000Z", 3],
            ["2026-09-21T14:15:00.000000000Z", 4_503_599_627_370_501],
          ],
          exemplars: [],
        },
      ],
    });
  });

  it.each<[Aggregation, unknown[]]>([
    ["min", [1, 10]],
    ["max", [5, "9007199254740993"]],
    ["count", [3, 2]],
    ["sum", [8, "9007199254741003"]],
    ["last", [3, "9007199254740993"]],
    ["p50", [3, 4_503_599_627_370_501]],
    ["increase", [2, "9007199254740995"]],
  ])("takes the %s of a gauge, exact beyond 2^53", async (aggregation, expected) => {
    expect(await values({ aggregation })).toEqual({ "": expected });
  });

  it("has a line for each value of the keys to group by, of series and resources", async () => {
    expect(await values({ groupBy: ["queue"], aggregation: "max" })).toEqual({
      a: [3, 10],
      b: [5, "9007199254740993"],
    });
    expect(await values({ groupBy: ["zone", "queue"], aggregation: "min" })).toEqual({
      "x,a": [1, 10],
      "y,b": [5, "9007199254740993"],
    });
    expect(await values({ groupBy: ["service"], aggregation: "min" })).toEqual({
      shop: [1, 10],
      mail: [5, "9007199254740993"],
    });
    const { data } = await ask({ groupBy: ["none", "service.name"] });
    expect(data.map(({ labels }) => labels)).toEqual([
      { none: "", "service.name": "mail" },
      { none: "", "service.name": "shop" },
    ]);
  });

  it.each<[string, string, unknown]>([
    ["queue", "a", [1, 10]],
    ["zone", "x", [1, 10]],
    ["service", "mail", [5, "9007199254740993"]],
    ["service.name", "shop", [1, 10]],
    ["queue", ".*", [1, 10]],
    ["queue", "c", undefined],
  ])("keeps to series with %s=%s", async (key, value, expected) => {
    expect((await values({ filter: [{ key, value }], aggregation: "min" }))[""]).toEqual(expected);
  });

  it("counts the growth of cumulative sums over resets, and of streams that are new", async () => {
    expect(await values({ name: "requests", aggregation: "increase", groupBy: ["code"] })).toEqual({
      200: [10, 10, 10, 4, 5],
      500: [3, 0],
    });
    expect(await values({ name: "requests" })).toEqual({
      "": [10 / 60, 13 / 60, 10 / 60, 4 / 60, 5 / 60],
    });
    expect(await values({ name: "unknown.start", aggregation: "increase" })).toEqual({
      "": [0, 0.5],
    });
  });

  it("adds up deltas", async () => {
    expect(await values({ name: "delta", aggregation: "increase" })).toEqual({ "": [5, 7] });
    expect(await values({ name: "delta", aggregation: "sum" })).toEqual({ "": [5, 7] });
    expect(await values({ name: "delta" })).toEqual({ "": [5 / 60, 7 / 60] });
  });

  it("adds the last values of a sum over its series", async () => {
    expect(await values({ name: "connections" })).toEqual({ "": [10] });
    expect(
      await values({ name: "connections", aggregation: "increase", groupBy: ["pool"] }),
    ).toEqual({ a: [-2], b: [0] });
  });

  it("tells NaN and the infinities", async () => {
    expect(await values({ name: "odd", aggregation: "last" })).toEqual({
      "": ["NaN", "Infinity", -0.5],
    });
  });

  it.each<[string, Aggregation | undefined, number[]]>([
    ["latency", undefined, [9.5]],
    ["latency", "p50", [5]],
    ["latency", "count", [20]],
    ["latency", "rate", [20 / 60]],
    ["latency", "sum", [140]],
    ["latency", "avg", [7]],
    ["latency", "min", [1]],
    ["latency", "max", [20]],
    ["latency.total", "p50", [1.5, 0.5]],
    ["latency.total", "count", [4, 2]],
    ["latency.total", "avg", [7 / 4, 1 / 2]],
    ["sizes", "count", [4]],
    ["sizes", "p50", [2 ** 2.5]],
    ["gc", undefined, [0.5]],
    ["gc", "p50", [0.2]],
    ["gc", "p99", []],
    ["gc", "max", [0.8]],
    ["gc", "count", [4]],
  ])("knows of the distribution %s its %s", async (name, aggregation, expected) => {
    const { data } = await ask({ name, aggregation });
    const values = data.flatMap(({ points }) => points.map(([, value]) => Number(value)));
    expect(values).toHaveLength(expected.length);
    expect(values.every((value, i) => Math.abs(value - expected[i]!) < 1e-9)).toBe(true);
  });

  it("brings exemplars to their lines", async () => {
    const { data } = await ask({ name: "requests", groupBy: ["code"] });
    expect(data.map(({ labels, exemplars }) => [labels["code"], exemplars])).toEqual([
      ["200", []],
      [
        "500",
        [
          {
            time: "2026-09-21T14:15:01.000000000Z",
            value: 1,
            traceId: "0".repeat(31) + "a",
            spanId: "0".repeat(15) + "b",
            attributes: { user: "u" },
          },
        ],
      ],
    ]);
  });

  it("answers with no lines for a metric that is not there", async () => {
    expect(await ask({ name: "none" })).toMatchObject({ type: null, data: [], aggregation: null });
  });

  it("takes by itself no step that is shorter than the points are apart", async () => {
    // Ten minutes in 240 points would be steps of 5 s.
    expect((await ask({ name: "requests", stepSeconds: undefined })).stepMs).toBe(60_000);
    expect((await ask({ name: "delta", stepSeconds: undefined })).stepMs).toBe(30_000);
    expect((await ask({ name: "latency", stepSeconds: undefined })).stepMs).toBe(30_000);
    expect((await ask({ name: "nothing", stepSeconds: undefined })).stepMs).toBe(5_000);
    expect((await ask({ name: "requests", stepSeconds: 5 })).stepMs).toBe(5_000);
  });

  it("thins out lines for a screen, and says how far its points are apart", async () => {
    const whole = await ask({ aggregation: "max", stepSeconds: 10 });
    expect(whole).toMatchObject({ stepMs: 10_000, resolutionMs: 10_000 });
    const { data, stepMs, resolutionMs } = await ask({
      aggregation: "max",
      stepSeconds: 10,
      downsampling: { method: "minmax", pixels: 2 },
    });
    expect(whole.data[0]!.points.length).toBeGreaterThan(4);
    expect({ stepMs, resolutionMs }).toEqual({ stepMs: 10_000, resolutionMs: 300_000 });
    expect(data[0]!.points.map(([, value]) => value)).toEqual([1, "9007199254740993"]);
    const wide = { aggregation: "max", stepSeconds: 10 } as const;
    expect(await ask({ ...wide, downsampling: { method: "lttb", pixels: 1_000 } })).toEqual(whole);
  });

  it("refuses a step that gives too many points, and too many keys to group by", async () => {
    const query = { name: "queue.depth", filter: [], groupBy: [], stepSeconds: 1 };
    const month = { fromNs: T0, toNs: T0 + 2_592_000n * SECOND };
    await expect(
      queryMetric({ reader: store.reader, org: "default" }, month, query),
    ).rejects.toThrow("step: found 1s");
    await expect(ask({ groupBy: Array.from({ length: 9 }, (_, i) => `k${i}`) })).rejects.toThrow(
      "groupBy: found 9",
    );
  });

  it("never sees another organization", async () => {
    const { data } = await ask({ aggregation: "sum" }, "other");
    expect(data[0]!.points.map(([, value]) => value)).toEqual([1_000_000]);
  });
});

describe("the list of metrics", () => {
  it("has each with its kind, keys and number of series", async () => {
    const { data, truncated } = await listMetrics(
      { reader: store.reader, org: "default" },
      RANGE,
      undefined,
    );
    expect(truncated).toBe(false);
    expect(data.map(({ name }) => name)).toEqual([
      "connections",
      "delta",
      "gc",
      "latency",
      "latency.total",
      "odd",
      "queue.depth",
      "requests",
      "sizes",
      "unknown.start",
    ]);
    expect(data.find(({ name }) => name === "requests")).toEqual({
      name: "requests",
      type: "sum",
      unit: "",
      description: "",
      temporality: "cumulative",
      monotonic: true,
      attributes: ["code"],
      series: 2,
      services: ["shop"],
    });
    expect(data.find(({ name }) => name === "queue.depth")!.services).toEqual(["mail", "shop"]);
  });

  it("can be searched by name and description", async () => {
    const search = async (text: string): Promise<string[]> =>
      (await listMetrics({ reader: store.reader, org: "default" }, RANGE, text)).data.map(
        ({ name }) => name,
      );
    expect(await search("LATENCY")).toEqual(["latency", "latency.total"]);
    expect(await search("wait")).toEqual(["queue.depth"]);
    expect(await search("%")).toEqual([]);
  });
});
