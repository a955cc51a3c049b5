import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PermanentError } from "#core/errors.ts";
import { PartialDeliveryError } from "#pipeline/delivery/delivery.ts";
import type { Row } from "#pipeline/delivery/delivery.ts";
import { FakeClock } from "#pipeline/testing/fake-clock.ts";
import { datadog, DatadogDestination } from "./destination.ts";
import { API_KEY, DatadogServer } from "./testing/datadog-server.ts";
import { deliveryOf, histogramOf, NOW_MS, NOW_NS, numberOf, RESOURCE } from "./testing/rows.ts";

const NEVER = new AbortController().signal;

let server: DatadogServer;
const destinations: DatadogDestination[] = [];

beforeEach(async () => {
  server = await DatadogServer.start();
});
afterEach(async () => {
  for (const destination of destinations.splice(0)) await destination.stop();
  await server.stop();
});

function destinationOf(given: object = {}): DatadogDestination {
  const { endpoint } = server;
  const own = { apiKey: API_KEY, endpoint, allowPrivate: true, ...given };
  const destination = new DatadogDestination(datadog.settings.parse(own), {
    clock: new FakeClock(NOW_MS),
  });
  destinations.push(destination);
  return destination;
}

describe("gauges and sums", () => {
  const counter = { name: "requests", type: "sum", monotonic: true, temporality: 2 } as const;

  it("are series of their kind, with tags, unit and host", async () => {
    const rows = [
      numberOf(
        { name: "system.memory usage", type: "gauge", unit: "By" },
        { value: 5n },
        { state: "used,free" },
      ),
      numberOf({ name: "jobs", type: "sum", monotonic: false, temporality: 2 }, { value: 3 }),
      numberOf({ name: "hits", type: "sum", monotonic: true, temporality: 1 }, { value: 7 }),
    ];
    await destinationOf({ metricPrefix: "orca." }).send(deliveryOf(rows), NEVER);
    const timestamp = NOW_MS / 1_000;
    const tags = ["service:cart", "env:prod", "version:1.2"];
    expect(server.series).toEqual([
      {
        metric: "orca.system.memory_usage",
        type: 3,
        unit: "byte",
        points: [{ timestamp, value: 5 }],
        resources: [{ type: "host", name: "web-1" }],
        tags: [...tags, "state:used_free"],
      },
      expect.objectContaining({ metric: "orca.jobs", type: 3, points: [{ timestamp, value: 3 }] }),
      expect.objectContaining({ metric: "orca.hits", type: 1, points: [{ timestamp, value: 7 }] }),
    ]);
  });

  it("of one second are added up where they are counts, and the last one counts where they are not", async () => {
    const hits = { name: "hits", type: "sum", monotonic: true, temporality: 1 } as const;
    const level = { name: "level", type: "gauge" } as const;
    const rows = [1, 2, 4].flatMap((value) => {
      const point = { value, timeNs: NOW_NS + BigInt(value) };
      return [numberOf(hits, point), numberOf(level, point)];
    });
    await destinationOf().send(deliveryOf(rows), NEVER);
    expect(
      server.series.map(({ metric, points }) => [metric, points.map(({ value }) => value)]),
    ).toEqual([
      ["hits", [7]],
      ["level", [4]],
    ]);
  });

  it("that are cumulative are counts of what they grew by; the first gives nothing, and a restart all", async () => {
    const destination = destinationOf();
    const values = [10n, 25n, 25n, 4n, 9n];
    for (const [second, value] of values.entries()) {
      const timeNs = NOW_NS + BigInt(second) * 1_000_000_000n;
      await destination.send(deliveryOf([numberOf(counter, { value, timeNs })]), NEVER);
    }
    expect(sentValues()).toEqual([15, 0, 4, 5]);
    expect(destination.statistics()).toMatchObject({ total_points_withheld: 1 });
  });

  it("that failed are the same when they are sent again, and count from what was taken before", async () => {
    const destination = destinationOf();
    const point = (second: number, value: bigint): Row =>
      numberOf(counter, { value, timeNs: NOW_NS + BigInt(second) * 1_000_000_000n });
    await destination.send(deliveryOf([point(0, 10n)]), NEVER);
    server.intercept = (_, response) => Boolean(response.writeHead(503).end());
    const again = deliveryOf([point(1, 15n), point(2, 18n)]);
    await expect(destination.send(again, NEVER)).rejects.toThrow("HTTP 503");
    server.intercept = () => false;
    await destination.send(again, NEVER);
    await destination.send(again, NEVER);
    expect(sentValues()).toEqual([5, 3]);
  });

  it("behind a request that was refused wait, so that nothing of what they grew by is lost", async () => {
    const destination = destinationOf({ compression: false });
    const point = (second: number, value: bigint): Row =>
      numberOf(counter, { value, timeNs: NOW_NS + BigInt(second) * 1_000_000_000n });
    await destination.send(deliveryOf([point(0, 10n)]), NEVER);
    // More than one body holds.
    const between = Array.from({ length: 2_500 }, (_, at) =>
      numberOf({ name: `level.${at}`, type: "gauge" }, { value: 1 }, { wide: "x".repeat(190) }),
    );
    server.intercept = (_, response) => Boolean(response.writeHead(400).end("bad"));
    const rows = [point(1, 15n), ...between, point(2, 18n)];
    const error = await destination.send(deliveryOf(rows), NEVER).catch((one: unknown) => one);
    expect(error).toBeInstanceOf(PermanentError);
    expect(server.seen).toHaveLength(1);
    server.intercept = () => false;
    await destination.send(deliveryOf([point(2, 18n)]), NEVER);
    expect(sentValues()).toEqual([8]);
  });

  it("of deliveries at the same time are counted once", async () => {
    const destination = destinationOf();
    const point = (second: number, value: bigint): Row =>
      numberOf(counter, { value, timeNs: NOW_NS + BigInt(second) * 1_000_000_000n });
    const all = [point(0, 1n), point(1, 3n), point(2, 7n)];
    await Promise.all(all.map((row) => destination.send(deliveryOf([row]), NEVER)));
    expect(sentValues()).toEqual([2, 4]);
  });

  it("that Datadog cannot take are refused, with the reason", async () => {
    const gauge = { name: "level", type: "gauge" } as const;
    const rows = [
      numberOf(gauge, { value: Number.NaN }),
      numberOf(gauge, { value: 1, timeNs: NOW_NS - 3_601_000_000_000n }),
      numberOf(gauge, { value: 1, timeNs: NOW_NS + 601_000_000_000n }),
      numberOf({ name: "123", type: "gauge" }, { value: 1 }),
      numberOf(gauge, { value: Number.NaN, flags: 1 }),
      numberOf(gauge, { value: 1 }),
    ];
    const sending = destinationOf().send(deliveryOf(rows), NEVER);
    const error = await sending.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PartialDeliveryError);
    const { refused, again } = error as PartialDeliveryError;
    expect(again).toEqual([]);
    expect(refused.toSorted((a, b) => a.index - b.index)).toEqual([
      { index: 0, reason: "Datadog takes no NaN and no infinity" },
      { index: 1, reason: "3601000 ms old; metricAgeMax is 3600000" },
      { index: 2, reason: "601000 ms in the future" },
      { index: 3, reason: "nothing of the metric's name is allowed" },
    ]);
    expect(sentValues()).toEqual([1]);
  });

  it("of two instances do not replace each other", async () => {
    const gauge = { name: "level", type: "gauge" } as const;
    const rows = ["a", "b"].map((id) =>
      numberOf(gauge, { value: 1 }, {}, { ...RESOURCE, "service.instance.id": id }),
    );
    await destinationOf().send(deliveryOf(rows), NEVER);
    expect(server.series.map(({ tags }) => tags?.at(-1))).toEqual([
      "service.instance.id:a",
      "service.instance.id:b",
    ]);
  });

  function sentValues(): number[] {
    return server.series.flatMap(({ points }) => points.map(({ value }) => value));
  }
});

describe("histograms", () => {
  const metric = { name: "duration", temporality: 2 } as const;
  const explicit = (second: number, buckets: readonly number[], sum: number): Row =>
    histogramOf(metric, {
      timeNs: NOW_NS + BigInt(second) * 1_000_000_000n,
      startNs: NOW_NS - 1_000_000_000n,
      count: buckets.reduce((all, count) => all + count, 0),
      sum,
      min: 0,
      max: 9,
      bounds: [1, 5],
      buckets,
    });

  it("keep their buckets, as deltas", async () => {
    const destination = destinationOf();
    await destination.send(deliveryOf([explicit(0, [1, 0, 2], 10)]), NEVER);
    expect(server.metrics).toEqual([]);
    await destination.send(deliveryOf([explicit(1, [1, 4, 3], 25)]), NEVER);
    const [point] = pointsOf("histogram");
    expect(point).toMatchObject({
      startTimeUnixNano: String(NOW_NS),
      timeUnixNano: String(NOW_NS + 1_000_000_000n),
      count: "5",
      sum: 15,
      bucketCounts: ["0", "4", "1"],
      explicitBounds: [1, 5],
    });
    expect(point).not.toHaveProperty("max");
    expect(JSON.stringify(point!["attributes"])).toMatch(/"route".*"service".*"env"/);
    expect(server.seen[0]!.headers["dd-otel-metric-config"]).toContain("distributions");
  });

  it("of the exponential kind are told apart at the lower of two scales", async () => {
    const exponential = (second: number, scale: number, offset: number, buckets: number[]): Row =>
      histogramOf(metric, {
        timeNs: NOW_NS + BigInt(second) * 1_000_000_000n,
        count: buckets.reduce((all, count) => all + count, 1),
        sum: 1,
        zeroCount: 1,
        scale,
        positive: { offset, buckets },
      });
    const destination = destinationOf();
    await destination.send(deliveryOf([exponential(0, 1, -1, [1, 2, 0, 3])]), NEVER);
    await destination.send(deliveryOf([exponential(1, 0, -1, [1, 3, 5])]), NEVER);
    expect(pointsOf("exponentialHistogram")[0]).toMatchObject({
      count: "3",
      positive: { offset: -1, bucketCounts: ["0", "1", "2"] },
    });
  });

  it("that are deltas already go as they are", async () => {
    const row = histogramOf(
      { name: "duration", temporality: 1 },
      { timeNs: NOW_NS, count: 2, sum: 3, max: 2, bounds: [1], buckets: [1, 1] },
    );
    await destinationOf().send(deliveryOf([row]), NEVER);
    expect(pointsOf("histogram")[0]).toMatchObject({ count: "2", max: 2 });
  });

  function pointsOf(kind: string): Record<string, unknown>[] {
    const found = server.metrics as unknown as {
      resourceMetrics: { scopeMetrics: { metrics: Record<string, { dataPoints: [] }>[] }[] }[];
    }[];
    return found
      .flatMap(({ resourceMetrics }) => resourceMetrics)
      .flatMap(({ scopeMetrics }) => scopeMetrics)
      .flatMap(({ metrics }) => metrics)
      .flatMap((one) => one[kind]?.dataPoints ?? []);
  }
});

describe("summaries", () => {
  it("are gauges of their quantiles, and counts of what they grew by", async () => {
    const base = histogramOf(
      { name: "latency", temporality: 2 },
      { timeNs: NOW_NS, count: 4, sum: 10, bounds: [], buckets: [] },
    );
    if (base.kind !== "histogram_point") throw new Error("not a histogram");
    const { series } = base.row;
    const summary = (second: number, count: bigint, sum: number): Row => ({
      kind: "histogram_point",
      row: {
        ...base.row,
        series: Object.assign(Object.create(series) as typeof series, {
          metric: { ...series.metric, type: "summary" as const },
        }),
        time: NOW_NS + BigInt(second) * 1_000_000_000n,
        count,
        sum,
        quantiles: [
          { quantile: 0.5, value: 2.5 },
          { quantile: 0.99, value: Number.NaN },
        ],
      },
    });
    const destination = destinationOf();
    await destination.send(deliveryOf([summary(0, 4n, 10)]), NEVER);
    await destination.send(deliveryOf([summary(1, 6n, 15)]), NEVER);
    const sent = server.series.map(({ metric, type, points }) => [metric, type, points[0]!.value]);
    expect(sent).toEqual([
      ["latency.quantile", 3, 2.5],
      ["latency.quantile", 3, 2.5],
      ["latency.count", 1, 2],
      ["latency.sum", 1, 5],
    ]);
    expect(server.series[0]!.tags).toContain("quantile:0.5");
  });
});
