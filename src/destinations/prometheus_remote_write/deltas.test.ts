import { afterEach, describe, expect, it } from "vitest";
import {
  isPrometheusInstalled,
  PrometheusProcess,
  whyPrometheusIsSkipped,
} from "#pipeline/testing/prometheus-process.ts";
import { CumulativePoints } from "./cumulative-points.ts";
import { destinationTo as destinationOf } from "./testing/destination-under-test.ts";
import { delivery, ns, rowsOf, TIME_MS } from "./testing/points.ts";
import { StrictReceiver } from "./testing/strict-receiver.ts";

const never = new AbortController().signal;
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean();
});

async function strict(): Promise<{ receiver: StrictReceiver; url: string }> {
  const receiver = new StrictReceiver();
  cleanups.push(() => {
    receiver.stop();
    expect(receiver.wrong).toEqual([]);
  });
  return { receiver, url: await receiver.start() };
}

function destinationTo(url: string, settings: object = {}) {
  const { destination, logged } = destinationOf(url, { targetInfo: false, ...settings });
  cleanups.push(() => destination.stop());
  return { destination, logged };
}

const DELTA = 1;

/** Sums of what came in each second, by the second from which on it counts. */
const requests = (deltas: Readonly<Record<number, number>>, isMonotonic = true): object => ({
  name: "requests",
  sum: {
    aggregationTemporality: DELTA,
    isMonotonic,
    dataPoints: Object.entries(deltas).map(([second, asDouble]) => ({
      startTimeUnixNano: ns(Number(second) * 1_000),
      timeUnixNano: ns(Number(second) * 1_000 + 1_000),
      asDouble,
    })),
  },
});

const second = (at: number): number => TIME_MS + at * 1_000;

describe("counters of delta temporality", () => {
  it("are added up over deliveries, from the start of the first", async () => {
    const { receiver, url } = await strict();
    const { destination, logged } = destinationTo(url, { version: "2.0" });
    await destination.send(delivery(rowsOf([requests({ 0: 2, 1: 3 })]).toReversed()), never);
    await destination.send(delivery(rowsOf([requests({ 2: 5 })])), never);
    const samples = receiver.named("requests_total").flatMap((series) => series.samples);
    expect(samples).toMatchObject([
      { timestamp: second(1), value: 2, start_timestamp: second(0) },
      { timestamp: second(2), value: 5, start_timestamp: second(0) },
      { timestamp: second(3), value: 10, start_timestamp: second(0) },
    ]);
    expect(destination.statistics()).toMatchObject({ dropped_delta: 0 });
    expect(logged).toEqual([]);
  });

  it("are the same when a delivery is sent again, and count once", async () => {
    const { receiver, url } = await strict();
    const { destination } = destinationTo(url);
    await destination.send(delivery(rowsOf([requests({ 0: 2 })])), never);
    const { answer } = receiver;
    receiver.answer = (_, response) => response.writeHead(503).end();
    const next = delivery(rowsOf([requests({ 1: 3 })]));
    await expect(destination.send(next, never)).rejects.toThrow("503");
    receiver.answer = answer;
    await destination.send(next, never);
    await destination.send(delivery(rowsOf([requests({ 2: 1 })])), never);
    const values = receiver.named("requests_total").map(({ samples }) => samples[0]!.value);
    expect(values).toEqual([2, 5, 5, 6]);
  });

  it("that come late count in the next total", async () => {
    const { receiver, url } = await strict();
    const { destination } = destinationTo(url);
    for (const deltas of [{ 5: 1 }, { 2: 10 }, { 6: 1 }])
      await destination.send(delivery(rowsOf([requests(deltas)])), never);
    const samples = receiver.named("requests_total").flatMap((series) => series.samples);
    expect(samples).toMatchObject([
      { timestamp: second(6), value: 1 },
      { timestamp: second(7), value: 12 },
    ]);
  });

  it("are sent one delivery after the other, whatever waits beside them", async () => {
    const { receiver, url } = await strict();
    const { destination } = destinationTo(url);
    const { answer } = receiver;
    const first = Promise.withResolvers<void>();
    receiver.answer = (seen, response) => void first.promise.then(() => answer(seen, response));
    const sending = [{ 0: 2 }, { 1: 3 }].map((deltas) =>
      destination.send(delivery(rowsOf([requests(deltas)])), never),
    );
    await expect.poll(() => receiver.seen.length).toBe(1);
    first.resolve();
    await Promise.all(sending);
    const values = receiver.named("requests_total").map(({ samples }) => samples[0]!.value);
    expect(values).toEqual([2, 5]);
  });

  it("of organizations are counted apart", () => {
    const points = new CumulativePoints();
    const of = (org: string): unknown => {
      const pass = points.begin(org);
      const [row] = rowsOf([requests({ 0: 2 })]);
      const total = row?.kind === "number_point" ? pass.of(row.row) : undefined;
      pass.settle();
      return total;
    };
    expect([of("one"), of("two")]).toMatchObject([{ value: 2 }, { value: 2 }]);
  });

  it("are dropped where that is asked for, and always where they may fall", async () => {
    const { receiver, url } = await strict();
    const dropping = destinationTo(url, { deltaTemporality: "drop" });
    await dropping.destination.send(delivery(rowsOf([requests({ 0: 2 })])), never);
    expect(dropping.destination.statistics()).toMatchObject({ dropped_delta: 1 });
    const { destination } = destinationTo(url);
    await destination.send(delivery(rowsOf([requests({ 0: 2 }, false)])), never);
    expect(destination.statistics()).toMatchObject({ dropped_delta: 1 });
    expect(receiver.seen).toEqual([]);
  });
});

const histogram = (at: number, point: object): object => ({
  name: "latency",
  histogram: {
    aggregationTemporality: DELTA,
    dataPoints: [
      { startTimeUnixNano: ns(at * 1_000), timeUnixNano: ns((at + 1) * 1_000), ...point },
    ],
  },
});

const exponential = (at: number, point: object): object => ({
  name: "wait",
  exponentialHistogram: {
    aggregationTemporality: DELTA,
    dataPoints: [
      { startTimeUnixNano: ns(at * 1_000), timeUnixNano: ns((at + 1) * 1_000), ...point },
    ],
  },
});

describe("histograms of delta temporality", () => {
  it("are added up bucket by bucket, and begin anew with other limits", async () => {
    const { receiver, url } = await strict();
    const { destination } = destinationTo(url, { version: "2.0" });
    const points = [
      { count: "3", sum: 1, explicitBounds: [1], bucketCounts: ["2", "1"] },
      { count: "2", sum: 4, explicitBounds: [1], bucketCounts: ["0", "2"] },
      { count: "3", sum: 9, explicitBounds: [2], bucketCounts: ["2", "1"] },
    ];
    for (const [at, point] of points.entries())
      await destination.send(delivery(rowsOf([histogram(at, point)])), never);
    const of = (name: string, le?: string): unknown[] =>
      receiver
        .named(name)
        .filter(({ labels }) => labels["le"] === le)
        .flatMap(({ samples }) => samples.map(({ value, start_timestamp: from }) => [value, from]));
    const counted = [second(0), second(0), second(2)];
    expect(of("latency_count")).toEqual([3, 5, 3].map((value, at) => [value, counted[at]]));
    expect(of("latency_sum")).toEqual([1, 5, 9].map((value, at) => [value, counted[at]]));
    expect(of("latency_bucket", "1")).toEqual([
      [2, counted[0]],
      [2, counted[1]],
    ]);
    expect(of("latency_bucket", "2")).toEqual([[2, counted[2]]]);
  });

  it("of exponential buckets are added up in those of the coarser one", async () => {
    const { receiver, url } = await strict();
    const { destination } = destinationTo(url);
    const points = [
      {
        count: "4",
        sum: 2,
        scale: 1,
        zeroCount: "1",
        positive: { offset: -2, bucketCounts: ["1", "2"] },
      },
      { count: "3", sum: 1, scale: 0, positive: { offset: 1, bucketCounts: ["3"] } },
    ];
    for (const [at, point] of points.entries())
      await destination.send(delivery(rowsOf([exponential(at, point)])), never);
    const totals = receiver.named("wait").flatMap(({ histograms }) => histograms);
    expect(totals).toMatchObject([
      { count_int: 4, schema: 1, positive_deltas: [1, 1] },
      {
        count_int: 7,
        sum: 3,
        zero_count_int: 1,
        positive_spans: [{ length: 3 }],
        positive_deltas: [3, -3, 3],
      },
    ]);
  });
});

describe.skipIf(!isPrometheusInstalled)(`a real Prometheus${whyPrometheusIsSkipped}`, () => {
  it("answers with what the deltas add up to", async () => {
    const prometheus = await PrometheusProcess.start("server");
    cleanups.push(() => prometheus.stop());
    const { destination } = destinationTo(`${prometheus.url}/api/v1/write`);
    const point = { count: "2", sum: 1, explicitBounds: [1], bucketCounts: ["1", "1"] };
    for (const at of [0, 1, 2]) {
      const rows = rowsOf([requests({ [at]: 4 }), histogram(at, point)]);
      await destination.send(delivery(rows), never);
    }
    const ask = async (query: string): Promise<string> => {
      const search = new URLSearchParams({ query, time: String(second(3) / 1_000) });
      const answer = await fetch(`${prometheus.url}/api/v1/query?${search}`);
      const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
      return data.result[0]!.value[1];
    };
    expect(await ask("requests_total")).toBe("12");
    expect(await ask('latency_bucket{le="1"}')).toBe("3");
    expect(await ask("latency_count")).toBe("6");
  }, 60_000);
});
