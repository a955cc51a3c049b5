import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "#core/clock.ts";
import { createLogger } from "#telemetry/log.ts";
import { createMeter } from "#telemetry/meter.ts";
import { prometheusRemoteWrite, RemoteWriteDestination } from "./destination.ts";
import { counter, delivery, gauge, ns, rowsOf, TIME_MS } from "./testing/points.ts";

const isInstalled = spawnSync("prometheus", ["--version"]).error === undefined;
const skipped = isInstalled ? "" : " (skipped: there is no prometheus, which Debian packages)";
const READY_MS_MAX = 30_000;

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean();
});

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Runs a real Prometheus that takes remote writes, until the test is over. */
async function startPrometheus(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "sightglass-prometheus-"));
  const config = join(folder, "prometheus.yml");
  await writeFile(config, "{}");
  const port = await freePort();
  const child = spawn(
    "prometheus",
    [
      `--config.file=${config}`,
      "--enable-feature=exemplar-storage,native-histograms",
      "--web.enable-remote-write-receiver",
      `--storage.tsdb.path=${join(folder, "data")}`,
      // What the points of these tests are: years old.
      "--storage.tsdb.retention.time=100y",
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: "ignore" },
  );
  cleanups.push(async () => {
    child.kill("SIGTERM");
    if (child.exitCode === null) await once(child, "exit");
    await rm(folder, { recursive: true, force: true });
  });
  const url = `http://127.0.0.1:${port}`;
  const isReady = (): Promise<boolean> =>
    fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  await expect.poll(isReady, { timeout: READY_MS_MAX }).toBe(true);
  return url;
}

interface Answer {
  readonly data: { readonly result: { metric: Record<string, string>; value: [number, string] }[] };
}

/** What an expression is at the time of the second point. */
async function ask(url: string, query: string): Promise<Answer["data"]["result"]> {
  const search = new URLSearchParams({ query, time: String(TIME_MS / 1_000 + 1) });
  const answer = await fetch(`${url}/api/v1/query?${search}`);
  return ((await answer.json()) as Answer).data.result;
}

describe.skipIf(!isInstalled)(`a real Prometheus${skipped}`, () => {
  it("takes counters, gauges and histograms, and answers with them", async () => {
    const url = await startPrometheus();
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
    const logged: unknown[] = [];
    const destination = new RemoteWriteDestination(
      prometheusRemoteWrite.settings.parse({ url: `${url}/api/v1/write`, allowPrivate: true }),
      {
        clock: systemClock,
        log: createLogger({
          level: "warn",
          clock: systemClock,
          sink: (record) => void logged.push(record),
        }),
        meter: createMeter(),
      },
    );
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
