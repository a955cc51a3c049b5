import { afterEach, describe, expect, it } from "vitest";
import {
  isPrometheusInstalled,
  PrometheusProcess,
  whyPrometheusIsSkipped,
} from "#pipeline/testing/prometheus-process.ts";
import { destinationTo } from "./testing/destination-under-test.ts";
import { counter, delivery, gauge, ns, rowsOf, TIME_MS } from "./testing/points.ts";

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean();
});

interface Answer {
  readonly data: { readonly result: { metric: Record<string, string>; value: [number, string] }[] };
}

/** What an expression is at the time of the second point. */
async function ask(url: string, query: string): Promise<Answer["data"]["result"]> {
  const search = new URLSearchParams({ query, time: String(TIME_MS / 1_000 + 1) });
  const answer = await fetch(`${url}/api/v1/query?${search}`);
  return ((await answer.json()) as Answer).data.result;
}

describe.skipIf(!isPrometheusInstalled)(`a real Prometheus${whyPrometheusIsSkipped}`, () => {
  it("takes counters, gauges and histograms, and answers with them", async () => {
    const prometheus = await PrometheusProcess.start("server");
    cleanups.push(() => prometheus.stop());
    const { url } = prometheus;
    const point = { timeUnixNano: ns(), startTimeUnixNano: ns(-60_000), count: "10", sum: 2.5 };
    const rows = rowsOf(
      [
        counter("http.requests", [3, 5], { unit: "{request}" }),
        gauge("cpu.used", [0.5, 0.25], { "cpu.id": "7" }),
        {
          name: "http.duration",
          unit: "s",
          histogram: {
            aggregationTemporality: 2,
            dataPoints: [{ ...point, explicitBounds: [0.1, 1], bucketCounts: ["4", "4", "2"] }],
          },
        },
        {
          name: "queue.wait",
          exponentialHistogram: {
            aggregationTemporality: 2,
            dataPoints: [
              {
                ...point,
                scale: 2,
                zeroCount: "1",
                positive: { offset: -1, bucketCounts: ["2", "3", "4"] },
              },
            ],
          },
        },
      ],
      { resource: { "service.name": "cart", "service.instance.id": "pod-1" } },
    );
    const { destination, logged } = destinationTo(`${url}/api/v1/write`);
    cleanups.push(async () => destination.stop());
    await destination.send(delivery(rows), new AbortController().signal);

    const [requests] = await ask(url, "http_requests_total");
    expect(requests).toMatchObject({
      metric: { job: "cart", instance: "pod-1" },
      value: [TIME_MS / 1_000 + 1, "5"],
    });
    const values = async (query: string): Promise<string[]> =>
      (await ask(url, query)).map(({ value }) => value[1]);
    expect(await values('cpu_used{cpu_id="7"}')).toEqual(["0.25"]);
    expect(await values('http_duration_seconds_bucket{le="0.1"}')).toEqual(["4"]);
    expect(await values("http_duration_seconds_count")).toEqual(["10"]);
    expect(await values("histogram_count(queue_wait)")).toEqual(["10"]);
    expect(await values("histogram_sum(queue_wait)")).toEqual(["2.5"]);
    expect(logged).toEqual([]);
  }, 60_000);
});
