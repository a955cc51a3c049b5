import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "#core/clock.ts";
import type { Clock } from "#core/clock.ts";
import { PermanentError } from "#core/errors.ts";
import { EndpointRefusedError, RetryAfterError } from "#pipeline/delivery/delivery.ts";
import { FakeClock } from "#pipeline/testing/fake-clock.ts";
import { startReceiver, stopReceivers } from "#pipeline/testing/receiver-under-test.ts";
import { prometheusRemoteWrite as receiver } from "#receivers/prometheus_remote_write/receiver.ts";
import { prometheusRemoteWrite } from "./destination.ts";
import { destinationTo as destinationOf } from "./testing/destination-under-test.ts";
import { counter, delivery, gauge, ns, rowsOf, TIME_MS } from "./testing/points.ts";
import { StrictReceiver, writtenOf } from "./testing/strict-receiver.ts";

const cleanups: (() => unknown)[] = [];
const never = new AbortController().signal;
const VERSIONS = ["1.0", "2.0"] as const;

afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean();
  await stopReceivers();
});

function destinationTo(url: string, settings: object = {}, clock: Clock = systemClock) {
  const made = destinationOf(url, settings, clock);
  cleanups.push(() => made.destination.stop());
  return made;
}

async function strict(): Promise<{ strictReceiver: StrictReceiver; url: string }> {
  const strictReceiver = new StrictReceiver();
  cleanups.push(() => {
    strictReceiver.stop();
    expect(strictReceiver.wrong).toEqual([]);
  });
  return { strictReceiver, url: await strictReceiver.start() };
}

function errorOf(sending: Promise<void>): Promise<unknown> {
  return sending.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe.each(VERSIONS)("remote write %s", (version) => {
  it("has names, labels and samples as Prometheus makes them, in the order of time", async () => {
    const { strictReceiver, url } = await strict();
    const rows = rowsOf(
      [
        counter("http.requests", [3, 5], { unit: "{request}", description: "Requests." }),
        gauge("cpu.used", [0.5], { "cpu.id": "7", cpu_id: "8", Zone: "b", empty: "" }),
      ],
      {
        resource: {
          "service.name": "cart",
          "service.namespace": "shop",
          "service.instance.id": "pod-1",
          "host.name": "a",
        },
        scope: { name: "library", version: "1.2.0" },
      },
    );
    const { destination } = destinationTo(url, { version });
    await destination.send(delivery(rows.toReversed()), never);
    const target = { job: "shop/cart", instance: "pod-1" };
    const scope = { otel_scope_name: "library", otel_scope_version: "1.2.0" };
    expect(strictReceiver.series.map(({ labels }) => labels)).toEqual([
      { __name__: "cpu_used", cpu_id: "7;8", Zone: "b", ...scope, ...target },
      { __name__: "http_requests_total", ...scope, ...target },
      { __name__: "target_info", host_name: "a", ...target },
    ]);
    const [requests] = strictReceiver.named("http_requests_total");
    expect(requests!.samples).toMatchObject([
      { value: 3, timestamp: TIME_MS },
      { value: 5, timestamp: TIME_MS + 1_000 },
    ]);
    expect(destination.statistics()).toMatchObject({ total_points_sent: 3, total_samples_sent: 4 });
  });

  it("says what a metric is", async () => {
    const { strictReceiver, url } = await strict();
    const rows = rowsOf([counter("requests", [3], { description: "Requests.", unit: "s" })]);
    await destinationTo(url, { version, targetInfo: false }).destination.send(
      delivery(rows),
      never,
    );
    const [family] = strictReceiver.seen[0]!.metadata;
    const [series] = strictReceiver.series;
    const said = {
      "1.0": [family, series!.metadata, series!.samples[0]!.start_timestamp],
      "2.0": [series!.metadata, family, series!.samples[0]!.start_timestamp],
    }[version];
    const start = { "1.0": undefined, "2.0": TIME_MS - 60_000 }[version];
    expect(said).toEqual([
      expect.objectContaining({ type: 1, help: "Requests.", unit: "seconds" }),
      undefined,
      start,
    ]);
    expect(series).toMatchObject({ labels: { __name__: "requests_seconds_total" } });
    expect((series as object as { created_timestamp?: number }).created_timestamp).toBe(start);
  });

  it("has histograms and summaries as several series", async () => {
    const { strictReceiver, url } = await strict();
    const point = { timeUnixNano: ns(), startTimeUnixNano: ns(-1), count: "7", sum: 2.5 };
    const traceId = "0af7651916cd43dd8448eb211c80319c";
    const rows = rowsOf([
      {
        name: "latency",
        unit: "s",
        histogram: {
          aggregationTemporality: 2,
          dataPoints: [
            {
              ...point,
              bucketCounts: ["1", "2", "4"],
              explicitBounds: [0.000_000_1, 1e21],
              exemplars: [{ timeUnixNano: ns(), asDouble: 0.5, traceId }],
            },
          ],
        },
      },
      {
        name: "sizes",
        summary: { dataPoints: [{ ...point, quantileValues: [{ quantile: 0.99, value: 4 }] }] },
      },
    ]);
    await destinationTo(url, { version }).destination.send(delivery(rows), never);
    const found = strictReceiver.series.map(({ labels, samples }) => {
      const { __name__: name, le, quantile } = labels;
      return [name, le ?? quantile, samples[0]!.value];
    });
    expect(found).toEqual([
      ["latency_seconds_sum", undefined, 2.5],
      ["latency_seconds_count", undefined, 7],
      ["latency_seconds_bucket", "0.0000001", 1],
      ["latency_seconds_bucket", "1000000000000000000000", 3],
      ["latency_seconds_bucket", "+Inf", 7],
      ["sizes_sum", undefined, 2.5],
      ["sizes_count", undefined, 7],
      ["sizes", "0.99", 4],
    ]);
    const exemplars = strictReceiver.series.flatMap(({ labels, exemplars: of }) =>
      of.map((one) => [labels["le"], one.labels]),
    );
    expect(exemplars).toEqual([["1000000000000000000000", { trace_id: traceId }]]);
  });

  it("has exponential histograms as native ones, made coarser where they must be", async () => {
    const { strictReceiver, url } = await strict();
    const point = (scale: number): object => ({
      timeUnixNano: ns(),
      count: "17",
      sum: 1,
      scale,
      zeroCount: "3",
      zeroThreshold: 0.001,
      positive: { offset: -3, bucketCounts: ["1", "2", "0", "0", "0", "0", "5", "1"] },
      negative: { offset: 4, bucketCounts: ["2", "0", "3"] },
    });
    const metric = (name: string, scale: number): object => ({
      name,
      exponentialHistogram: { aggregationTemporality: 2, dataPoints: [point(scale)] },
    });
    const rows = rowsOf([metric("fine", 10), metric("same", 3), metric("coarse", -5)]);
    const { destination } = destinationTo(url, { version });
    await destination.send(delivery(rows), never);
    const [same] = strictReceiver.named("same");
    expect(same!.histograms).toMatchObject([
      {
        schema: 3,
        positive_spans: [
          { offset: -2, length: 2 },
          { offset: 4, length: 2 },
        ],
        positive_deltas: [1, 1, 3, -4],
        negative_spans: [{ offset: 5, length: 3 }],
        negative_deltas: [2, -2, 3],
        timestamp: TIME_MS,
      },
    ]);
    expect(strictReceiver.named("fine")[0]!.histograms[0]).toMatchObject({
      schema: 8,
      // Of 4 buckets each: 1 and 2 are in that which ends at 1, 5 in the next, 1 in the one after.
      positive_spans: [{ length: 3 }],
      positive_deltas: [3, 2, -4],
    });
    expect(strictReceiver.named("coarse")).toEqual([]);
    expect(destination.statistics()).toMatchObject({ dropped_scale: 1 });
  });

  it("leaves out what Prometheus has no form for, and counts it", async () => {
    const { strictReceiver, url } = await strict();
    const { destination, logged } = destinationTo(url, { version });
    const dataPoints = [{ timeUnixNano: ns(), asInt: "4" }];
    const rows = rowsOf([
      { name: "delta", sum: { aggregationTemporality: 1, dataPoints } },
      { name: "…", gauge: { dataPoints } },
      { name: "twice", gauge: { dataPoints: [...dataPoints, { ...dataPoints[0], asInt: "5" }] } },
    ]);
    await destination.send(delivery(rows), never);
    expect(strictReceiver.series).toMatchObject([{ samples: [{ value: 5 }] }]);
    const counted = { dropped_delta: 1, dropped_name: 1, dropped_duplicate: 1 };
    expect(destination.statistics()).toMatchObject(counted);
    expect(JSON.stringify(logged)).toContain("delta");
    await destination.send(delivery(rows.slice(0, 1)), never);
    expect(strictReceiver.seen).toHaveLength(1);
  });

  it("comes back from the project's own receiver as it was", async () => {
    const { url, pushed } = await startReceiver(receiver, {});
    const nowNs = BigInt(systemClock.nowMs()) * 1_000_000n;
    const at = { timeUnixNano: nowNs, startTimeUnixNano: nowNs - 60_000_000_000n };
    const rows = rowsOf(
      [
        {
          name: "requests_total",
          sum: {
            aggregationTemporality: 2,
            isMonotonic: true,
            dataPoints: [{ ...at, asDouble: 41 }],
          },
        },
        { name: "gone", gauge: { dataPoints: [{ ...at, flags: 1 }] } },
        {
          name: "sizes",
          exponentialHistogram: {
            aggregationTemporality: 2,
            dataPoints: [
              {
                ...at,
                count: "6",
                sum: 4,
                scale: 2,
                zeroCount: "1",
                positive: { offset: -1, bucketCounts: ["2", "0", "0", "0", "3"] },
              },
            ],
          },
        },
      ],
      { resource: { "service.name": "cart", "service.namespace": "shop" } },
    );
    const settings = { version, targetInfo: false };
    await destinationTo(`${url}/api/v1/write`, settings).destination.send(delivery(rows), never);
    expect(pushed.errors).toEqual([]);
    expect(pushed.numbers).toMatchObject([
      {
        value: 41,
        series: {
          metric: { name: "requests_total", type: "sum", monotonic: true },
          resource: { service: "cart" },
        },
      },
      { flags: 1, series: { metric: { name: "gone", type: "gauge" } } },
    ]);
    const histogram = rows.find(({ kind }) => kind === "histogram_point")!.row;
    const {
      series: _,
      time: __,
      startTime: ___,
      ...same
    } = histogram as object as Record<string, unknown>;
    expect(pushed.histograms).toMatchObject([same]);
  });
});

describe("what is said now and then", () => {
  it("is said once a minute: metadata of version 1 by the clock, target_info by the points", async () => {
    const { strictReceiver, url } = await strict();
    const clock = new FakeClock();
    const { destination } = destinationTo(url, {}, clock);
    const resource = { "service.name": "cart", "host.name": "a" };
    const rowsAt = (ms: number) =>
      rowsOf([{ name: "load", gauge: { dataPoints: [{ timeUnixNano: ns(ms), asDouble: 1 }] } }], {
        resource,
      });
    const said: unknown[] = [];
    for (const ms of [0, 30_000, 60_000, 59_000]) {
      await destination.send(delivery(rowsAt(ms)), never);
      const { series, metadata } = strictReceiver.seen.at(-1)!;
      said.push([series.length === 2, metadata.length]);
      await clock.advance(20_000);
    }
    expect(said).toEqual([
      [true, 2],
      [false, 0],
      [true, 0],
      [false, 1],
    ]);
  });

  it("is said again where it did not arrive", async () => {
    const { strictReceiver, url } = await strict();
    const { destination } = destinationTo(url);
    const rows = rowsOf([gauge("load", [1])], {
      resource: { "service.name": "cart", "host.name": "a" },
    });
    const { answer } = strictReceiver;
    strictReceiver.answer = (_, response) => response.writeHead(503).end();
    expect(await errorOf(destination.send(delivery(rows), never))).toBeInstanceOf(Error);
    strictReceiver.answer = answer;
    await destination.send(delivery(rows), never);
    expect(strictReceiver.seen.map(({ series }) => series.length)).toEqual([2, 2]);
  });
});

describe("answers", () => {
  const rows = rowsOf([gauge("load", [1, 2])]);

  it.each([429, 500, 503, 401, 403])("%i may be tried again, when it says", async (status) => {
    const { strictReceiver, url } = await strict();
    const { destination } = destinationTo(url);
    strictReceiver.answer = (_, response) => response.writeHead(status).end();
    const plain = await errorOf(destination.send(delivery(rows), never));
    expect(plain).not.toBeInstanceOf(PermanentError);
    expect(plain).not.toBeInstanceOf(RetryAfterError);
    strictReceiver.answer = (_, response) =>
      response.writeHead(status, { "retry-after": "3" }).end();
    const timed = await errorOf(destination.send(delivery(rows), never));
    expect(timed).toMatchObject({ name: "RetryAfterError", afterMs: 3_000 });
  });

  it.each([
    [400, false],
    [409, false],
    [413, false],
    [404, true],
    [415, true],
    [302, true],
  ])("%i is for good", async (status, isEndpoints) => {
    const { strictReceiver, url } = await strict();
    strictReceiver.answer = (_, response) => response.writeHead(status).end("out of order");
    const error = await errorOf(destinationTo(url).destination.send(delivery(rows), never));
    expect(error).toBeInstanceOf(PermanentError);
    expect(error instanceof EndpointRefusedError).toBe(isEndpoints);
    expect(String(error)).toContain(`HTTP ${status}: `);
  });

  it("of version 2 that wrote a part: the rest is counted, and nothing is sent again", async () => {
    const { strictReceiver, url } = await strict();
    const { destination, logged } = destinationTo(url, { version: "2.0" });
    strictReceiver.answer = (seen, response) => {
      const headers = { ...writtenOf(seen), "x-prometheus-remote-write-samples-written": "1" };
      response.writeHead(400, headers).end("out of order sample");
    };
    await destination.send(delivery(rows), never);
    expect(destination.statistics()).toMatchObject({
      partial_rejections: 1,
      total_samples_sent: 1,
    });
    expect(JSON.stringify(logged)).toContain("out of order sample");
    strictReceiver.answer = (_, response) =>
      response.writeHead(400, { "x-prometheus-remote-write-samples-written": "0" }).end();
    const error = await errorOf(destination.send(delivery(rows), never));
    expect(error).toBeInstanceOf(PermanentError);
  });

  it("of version 2 that do not say what was written are those of a receiver of version 1", async () => {
    const { strictReceiver, url } = await strict();
    strictReceiver.answer = (_, response) => response.writeHead(204).end();
    const { destination } = destinationTo(url, { version: "2.0" });
    const error = await errorOf(destination.send(delivery(rows), never));
    expect(error).toBeInstanceOf(EndpointRefusedError);
    expect(String(error)).toContain("2.0");
  });
});

describe("settings", () => {
  it.each([
    [{ authToken: "secret" }, "Bearer secret"],
    [{ username: "user", password: "pass" }, `Basic ${btoa("user:pass")}`],
    [{ headers: { Authorization: "Custom x" } }, "Custom x"],
  ])("%j say who sends", async (settings, authorization) => {
    const { strictReceiver, url } = await strict();
    const { destination } = destinationTo(url, settings);
    await destination.send(delivery(rowsOf([gauge("load", [1])])), never);
    expect(strictReceiver.seen[0]!.headers).toMatchObject({ authorization });
  });

  it("promote attributes of resources, and leave scopes and targets out", async () => {
    const { strictReceiver, url } = await strict();
    const settings = {
      promoteResourceAttributes: ["host.name", "none"],
      scopeLabels: false,
      targetInfo: false,
      translation: "NoTranslation",
    };
    const rows = rowsOf([gauge("load.avg", [1], { "a.b": "c" })], {
      resource: { "service.name": "cart", "host.name": "a" },
      scope: { name: "library" },
    });
    await destinationTo(url, settings).destination.send(delivery(rows), never);
    expect(strictReceiver.series.map(({ labels }) => labels)).toEqual([
      { __name__: "load.avg", "a.b": "c", "host.name": "a", job: "cart" },
    ]);
  });

  it.each([
    [{ url: "ftp://example.com" }, "url"],
    [{ url: "http://127.0.0.1:9090/api/v1/write" }, "url"],
    [{ url: "https://example.com", username: "user" }, "password"],
    [{ url: "https://example.com", username: "a", password: "b", authToken: "c" }, "authToken"],
    [{ url: "https://example.com", version: "3.0" }, "version"],
    [{ url: "https://example.com", translation: "None" }, "translation"],
  ])("%j are refused where they are wrong", (settings, field) => {
    const { error } = prometheusRemoteWrite.settings.safeParse(settings);
    expect(error?.issues[0]?.path[0]).toBe(field);
  });
});
