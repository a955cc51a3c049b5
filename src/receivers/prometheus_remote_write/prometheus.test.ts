import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import {
  isPrometheusInstalled,
  PrometheusProcess,
  whyPrometheusIsSkipped,
} from "#pipeline/testing/prometheus-process.ts";
import {
  type PushedRows,
  startReceiver,
  stopReceivers,
  textsOf,
} from "#pipeline/testing/receiver-under-test.ts";
import { prometheusRemoteWrite } from "./receiver.ts";

const EXPOSITION = `# HELP shop_requests_total Requests.
# TYPE shop_requests_total counter
shop_requests_total{code="200"} 41 # {trace_id="0af7651916cd43dd8448eb211c80319c"} 1
# TYPE shop_temperature gauge
shop_temperature 21.5
# EOF
`;

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean();
  await stopReceivers();
});

async function scraped(): Promise<Server> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "application/openmetrics-text; version=1.0.0" });
    response.end(EXPOSITION);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  return server;
}

/** What scrapes one target and writes what it finds. */
function scraping(targetPort: number, writeUrl: string): object {
  return {
    global: { scrape_interval: "200ms", scrape_timeout: "200ms" },
    scrape_configs: [
      { job_name: "shop", static_configs: [{ targets: [`127.0.0.1:${targetPort}`] }] },
    ],
    remote_write: [
      {
        url: writeUrl,
        authorization: { credentials: "secret" },
        send_exemplars: true,
        send_native_histograms: true,
        metadata_config: { send_interval: "1s" },
        queue_config: { batch_send_deadline: "200ms" },
      },
    ],
  };
}

const named = ({ numbers }: PushedRows, name: string) =>
  numbers.filter(({ series }) => series.metric.name === name);

describe.skipIf(!isPrometheusInstalled)(`a real Prometheus${whyPrometheusIsSkipped}`, () => {
  it("writes what it scrapes, with exemplars, and stale markers when a target is gone", async () => {
    const { url, pushed } = await startReceiver(prometheusRemoteWrite, { token: "secret" });
    const target = await scraped();
    const { port } = target.address() as AddressInfo;
    const config = scraping(port, `${url}/api/v1/write`);
    const prometheus = await PrometheusProcess.start("agent", config);
    cleanups.push(() => prometheus.stop());
    await expect
      .poll(() => named(pushed, "shop_requests_total").length, { timeout: 20_000 })
      .toBeGreaterThan(2);
    const [counter] = named(pushed, "shop_requests_total");
    expect(counter).toMatchObject({ value: 41 });
    expect(counter!.series.metric).toMatchObject({ type: "sum", monotonic: true });
    expect(textsOf(counter!.series.attributes)).toEqual({ code: "200" });
    expect(textsOf(counter!.series.resource.attributes)).toEqual({
      "service.name": "shop",
      "service.instance.id": `127.0.0.1:${port}`,
    });
    expect(named(pushed, "shop_temperature")[0]).toMatchObject({ value: 21.5 });
    expect(
      named(pushed, "shop_requests_total").flatMap(({ exemplars }) => exemplars)[0],
    ).toMatchObject({
      traceId: "0af7651916cd43dd8448eb211c80319c",
    });
    target.closeAllConnections();
    target.close();
    const isStale = (): boolean =>
      named(pushed, "shop_temperature").some(({ flags }) => flags === 1);
    await expect.poll(isStale, { timeout: 20_000 }).toBe(true);
    expect(pushed.errors).toEqual([]);
  }, 45_000);
});
