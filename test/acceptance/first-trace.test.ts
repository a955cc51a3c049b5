import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { z } from "zod";
import { attributesAnswer } from "#api/contract/attributes.ts";
import { logsAnswer } from "#api/contract/logs.ts";
import { metricQueryAnswer, metricsAnswer } from "#api/contract/metrics.ts";
import { operationsAnswer, servicesAnswer } from "#api/contract/services.ts";
import { ledgerAnswer } from "#api/contract/status.ts";
import { traceAnswer, tracesAnswer } from "#api/contract/traces.ts";
import { ServerProcess } from "../faults/server-process.ts";

const SHOP = fileURLToPath(new URL("instrumented-shop-main.ts", import.meta.url));
const VISIBLE_MS_MAX = 20_000;

let folder: string;
let server: ServerProcess;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sightglass-first-trace-"));
  server = new ServerProcess({ dataDir: join(folder, "data") });
  await server.mustBeReady();
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

interface SpanIds {
  readonly traceId: string;
  readonly spanId: string;
}

/** Runs the application, and gives what it says of itself. */
async function runShop(
  service: string,
  environment: Record<string, string>,
): Promise<{ request: SpanIds; query: SpanIds; earlier: SpanIds }> {
  const { stdout } = await promisify(execFile)(process.execPath, [SHOP], {
    env: {
      PATH: process.env["PATH"],
      OTEL_SERVICE_NAME: service,
      OTEL_RESOURCE_ATTRIBUTES: "service.version=4.5.6,deployment.environment.name=test",
      OTEL_TRACES_EXPORTER: "otlp",
      OTEL_LOGS_EXPORTER: "otlp",
      OTEL_METRICS_EXPORTER: "otlp",
      ...environment,
    },
  });
  return JSON.parse(stdout) as Awaited<ReturnType<typeof runShop>>;
}

/** Asks again until the answer has what was sent: it is queryable shortly after it was acknowledged. */
async function answered<T extends z.ZodType>(
  path: string,
  schema: T,
  isThere: (answer: z.infer<T>) => boolean,
): Promise<z.infer<T>> {
  const endMs = performance.now() + VISIBLE_MS_MAX;
  for (;;) {
    const body = await server.json(path);
    const parsed = schema.safeParse(body);
    if (parsed.success && isThere(parsed.data)) return parsed.data;
    if (performance.now() > endMs) throw new Error(`${path} answers ${JSON.stringify(body)}`);
    await delay(50);
  }
}

const PROTOCOLS = {
  "http/protobuf": () => server.otlpHttp,
  "http/json": () => server.otlpHttp,
  grpc: () => server.otlpGrpc,
} as const;

describe.each(Object.entries(PROTOCOLS))(
  "an application on the stock SDK over %s",
  (protocol, url) => {
    const service = `shop-over-${protocol.replace("/", "-")}`;
    let ids: Awaited<ReturnType<typeof runShop>>;
    beforeAll(async () => {
      ids = await runShop(service, {
        OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
        OTEL_EXPORTER_OTLP_ENDPOINT: url(),
        OTEL_EXPORTER_OTLP_COMPRESSION: protocol === "http/json" ? "none" : "gzip",
      });
    });

    it("sees its trace, with every span, event, link and typed attribute", async () => {
      const path = `/api/v1/traces/${ids.request.traceId}`;
      const { spans } = await answered(path, traceAnswer, (answer) => answer.spans.length === 2);
      expect(
        spans.map(({ name, spanId, parentSpanId }) => ({ name, spanId, parentSpanId })),
      ).toEqual([
        { name: "POST /checkout", spanId: ids.request.spanId, parentSpanId: null },
        { name: "INSERT orders", spanId: ids.query.spanId, parentSpanId: ids.request.spanId },
      ]);
      const [request, query] = spans;
      expect(request).toMatchObject({
        service,
        kind: "server",
        status: { code: "error", message: "not paid" },
        attributes: {
          "http.request.method": "POST",
          "http.response.status_code": 500,
          "cart.total": 59.5,
        },
        resource: {
          "service.name": service,
          "service.version": "4.5.6",
          "deployment.environment.name": "test",
          "telemetry.sdk.name": "opentelemetry",
        },
        scope: { name: "shop.checkout", version: "1.2.0" },
        events: [
          {
            name: "exception",
            attributes: {
              "exception.type": "RangeError",
              "exception.message": "the card has no money left",
            },
          },
        ],
        links: [
          {
            traceId: ids.earlier.traceId,
            spanId: ids.earlier.spanId,
            attributes: { reason: "same cart" },
          },
        ],
      });
      expect(query).toMatchObject({ kind: "client", attributes: { "cart.items": ["a", "b"] } });
    });

    it("finds it by service, status and attribute", async () => {
      const search = new URLSearchParams({ service, status: "error" });
      search.append("attribute", "cart.total=59.5");
      const { data } = await answered(
        `/api/v1/traces?${search}`,
        tracesAnswer,
        (answer) => answer.data.length > 0,
      );
      expect(data).toHaveLength(1);
      expect(data[0]).toMatchObject({
        traceId: ids.request.traceId,
        rootService: service,
        rootOperation: "POST /checkout",
        spanCount: 2,
        errorCount: 1,
      });
    });

    it("sees itself among the services, with its operations", async () => {
      const { data } = await answered("/api/v1/services", servicesAnswer, (answer) =>
        answer.data.some((one) => one.service === service && one.requests > 0),
      );
      const own = data.find((one) => one.service === service);
      expect(own).toMatchObject({ requests: 1, errors: 1, errorRate: 1 });
      const operations = await answered(
        `/api/v1/services/${service}/operations`,
        operationsAnswer,
        (answer) => answer.data.length >= 3,
      );
      expect(operations.data.map(({ operation }) => operation).toSorted()).toEqual([
        "INSERT orders",
        "POST /checkout",
        "add to cart",
      ]);
    });

    it("sees its log record, tied to the span, by words, trace and severity", async () => {
      const search = new URLSearchParams({
        service,
        query: "money checkout",
        traceId: ids.request.traceId,
        severity: "error",
      });
      const { data } = await answered(
        `/api/v1/logs?${search}`,
        logsAnswer,
        (answer) => answer.data.length > 0,
      );
      expect(data).toHaveLength(1);
      expect(data[0]).toMatchObject({
        severity: "error",
        severityNumber: 17,
        body: "Checkout failed: the card has no money left",
        spanId: ids.request.spanId,
        attributes: { "cart.total": 59.5, retried: false },
        resource: { "service.version": "4.5.6" },
      });
    });

    it("sees its metrics, and their values", async () => {
      const { data } = await answered("/api/v1/metrics?search=shop.", metricsAnswer, (answer) =>
        ["shop.checkouts", "shop.checkout.duration", "shop.queue.depth"].every((name) =>
          answer.data.some((metric) => metric.name === name),
        ),
      );
      const types = Object.fromEntries(data.map(({ name, type, unit }) => [name, [type, unit]]));
      expect(types).toMatchObject({
        "shop.checkouts": ["sum", "{checkout}"],
        "shop.checkout.duration": ["histogram", "ms"],
        "shop.queue.depth": ["gauge", ""],
      });
      const search = new URLSearchParams({ name: "shop.checkouts", aggregation: "last" });
      search.append("filter", `service=${service}`);
      search.append("groupBy", "currency");
      const answer = await answered(
        `/api/v1/metrics/query?${search}`,
        metricQueryAnswer,
        (one) => one.data.length > 0 && one.data[0]!.points.length > 0,
      );
      expect(answer.data).toHaveLength(1);
      expect(answer.data[0]!.labels).toEqual({ currency: "EUR" });
      expect(answer.data[0]!.points.at(-1)![1]).toBe(3);
    });

    it("finds its attributes in the catalogue", async () => {
      const { data } = await answered(
        "/api/v1/attributes?signal=traces",
        attributesAnswer,
        (answer) => answer.data.some(({ key }) => key === "cart.total"),
      );
      expect(data.map(({ key }) => key)).toEqual(
        expect.arrayContaining(["service.version", "db.system.name"]),
      );
    });
  },
);

it("stores all that it acknowledged, and drops nothing", async () => {
  const { inAll } = await answered("/api/v1/ledger", ledgerAnswer, ({ inAll: all }) =>
    Object.values(all).every(({ stored }) => stored > 0),
  );
  for (const { accepted, stored, dropped, inFlight } of Object.values(inAll)) {
    expect(dropped).toBe(0);
    expect(inFlight).toBe(accepted - stored - dropped);
  }
});
