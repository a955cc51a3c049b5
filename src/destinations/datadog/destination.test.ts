import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ATTRIBUTE_TYPES } from "#core/attributes.ts";
import { PermanentError } from "#core/errors.ts";
import {
  EndpointRefusedError,
  PartialDeliveryError,
  RetryAfterError,
} from "#pipeline/delivery/delivery.ts";
import type { Row } from "#pipeline/delivery/delivery.ts";
import { FakeClock } from "#pipeline/testing/fake-clock.ts";
import { datadog, DatadogDestination } from "./destination.ts";
import { API_KEY, DatadogServer } from "./testing/datadog-server.ts";
import { deliveryOf, logsOf, NOW_MS, NOW_NS, spanOf } from "./testing/rows.ts";

const NEVER = new AbortController().signal;
const HOUR_MS = 3_600_000;

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

function errorOf(sending: Promise<void>): Promise<unknown> {
  return sending.then(
    () => undefined,
    (error: unknown) => error,
  );
}

async function refusalsOf(sending: Promise<void>): Promise<PartialDeliveryError["refused"]> {
  const error = await errorOf(sending);
  expect(error).toBeInstanceOf(PartialDeliveryError);
  expect((error as PartialDeliveryError).again).toEqual([]);
  return (error as PartialDeliveryError).refused;
}

const at = (ms: number, more: object = {}): object => ({
  timestamp: new Date(NOW_MS + ms).toISOString(),
  ...more,
});

describe("log records", () => {
  it("are entries with Datadog's fields, compressed", async () => {
    const [row] = logsOf([
      at(-1_000, {
        message: "card declined",
        level: "warn",
        amount: 12.5,
        trace_id: "0af7651916cd43dd8448eb211c80319c",
        span_id: "b7ad6b7169203331",
      }),
    ]);
    const given = { tags: ["team:core"], source: "shop" };
    await destinationOf(given).send(deliveryOf([row!]), NEVER);
    expect(server.logs).toEqual([
      expect.objectContaining({
        message: "card declined",
        ddsource: "shop",
        ddtags: "team:core,service:cart,env:prod,version:1.2",
        hostname: "web-1",
        service: "cart",
        status: "warn",
        timestamp: "2025-06-15T11:59:59.000Z",
        amount: 12.5,
        "dd.trace_id": "9532127138774266268",
        "dd.span_id": "13235353014750950193",
        "otel.trace_id": "0af7651916cd43dd8448eb211c80319c",
        "otel.span_id": "b7ad6b7169203331",
      }),
    ]);
    expect(server.logs[0]).not.toHaveProperty("original");
    expect(server.seen[0]).toMatchObject({
      path: "/api/v2/logs",
      headers: { "content-encoding": "gzip", "dd-api-key": API_KEY },
    });
  });

  it("keep what Datadog's own fields would hide", async () => {
    const event = { message: { a: 1 }, status: 500, service: "other", timestamp: "yesterday" };
    await destinationOf({ compression: false }).send(deliveryOf(logsOf([event])), NEVER);
    expect(server.logs[0]).toMatchObject({
      message: '{"a":1}',
      service: "cart",
      timestamp: "2025-06-15T12:00:00.000Z",
      original: { service: "other", timestamp: "yesterday" },
    });
    expect(server.seen[0]!.headers["content-encoding"]).toBeUndefined();
  });

  it("say themselves where they come from when their resource does not", async () => {
    const rows = logsOf([{ service: "own", host: "h-2" }], {});
    await destinationOf().send(deliveryOf(rows), NEVER);
    expect(server.logs[0]).toMatchObject({ service: "own", hostname: "h-2", ddtags: "" });
    await destinationOf({ hostname: "gate" }).send(deliveryOf(rows), NEVER);
    expect(server.logs[1]).toMatchObject({ hostname: "gate" });
  });

  it("have whole characters only, also where their senders wrote half of one", async () => {
    const half = { key: "list", value: '["\\ud83d","\\\\ud83d"]', type: ATTRIBUTE_TYPES.array };
    const [row] = logsOf([{}]);
    if (row?.kind !== "log") throw new Error("not a log record");
    let text = "";
    server.intercept = (_, __, body) => {
      text = body.toString();
      return false;
    };
    const broken: Row = { kind: "log", row: { ...row.row, attributes: [half] } };
    await destinationOf().send(deliveryOf([broken]), NEVER);
    expect(server.logs[0]).toMatchObject({ list: ["\ufffd", "\\ud83d"] });
    expect(text).toContain('["\ufffd","\\\\ud83d"]');
  });

  it("go a thousand at a time", async () => {
    const rows = logsOf(Array.from({ length: 2_500 }, (_, id) => at(0, { id })));
    await destinationOf().send(deliveryOf(rows), NEVER);
    expect(server.seen).toHaveLength(3);
    expect(server.logs.map(({ id }) => id)).toEqual(rows.map((_, id) => id));
  });

  it("are cut into requests of five megabytes", async () => {
    const text = "x".repeat(30_000);
    const event = Object.fromEntries(Array.from({ length: 30 }, (_, key) => [`k${key}`, text]));
    const rows = logsOf(Array.from({ length: 12 }, (_, id) => at(0, { id, ...event })));
    await destinationOf().send(deliveryOf(rows), NEVER);
    expect(server.seen.length).toBeGreaterThan(2);
    expect(server.logs.map(({ id }) => id)).toEqual(rows.map((_, id) => id));
  });

  it("that Datadog would cut or drop are refused, with the reason, and all others are taken", async () => {
    const text = "x".repeat(30_000);
    const large = Object.fromEntries(Array.from({ length: 40 }, (_, key) => [`k${key}`, text]));
    const rows = logsOf([at(0, { id: 0 }), at(0, large), at(-19 * HOUR_MS), at(0, { id: 3 })]);
    expect(await refusalsOf(destinationOf().send(deliveryOf(rows), NEVER))).toEqual(
      [
        { index: 2, reason: "68400000 ms old; logAgeMax is 64800000" },
        {
          index: 1,
          reason: expect.stringMatching(/^12\d{5} bytes as JSON; .* 1000000$/) as string,
        },
      ].toSorted((a, b) => a.index - b.index),
    );
    expect(server.logs.map(({ id }) => id)).toEqual([0, 3]);
  });
});

describe("events", () => {
  it("are what log records with an event name become where that is wanted", async () => {
    const rows = logsOf([
      at(0, {
        event_type: "deploy",
        title: "Deployment Completed",
        message: "v1.2.3 deployed to production",
        level: "info",
      }),
      at(0, { event_type: "outage", message: "down", level: "critical" }),
      at(0, { event_type: "slow", message: "x".repeat(5_000), level: "warning" }),
      at(0, { message: "no event" }),
    ]);
    const destination = destinationOf({ events: true });
    expect(destination.bounds.rowsMax).toBe(100);
    await destination.send(deliveryOf(rows), NEVER);
    expect(server.events.map((event) => [event.title, event.alert_type])).toEqual([
      ["Deployment Completed", "info"],
      ["outage", "error"],
      ["slow", "warning"],
    ]);
    expect(server.events[0]).toMatchObject({
      text: "v1.2.3 deployed to production",
      date_happened: NOW_MS / 1_000,
      host: "web-1",
      tags: ["service:cart", "env:prod", "version:1.2", "event_name:deploy"],
    });
    expect(server.logs.map(({ message }) => message)).toEqual(["no event"]);
  });

  it("of which some were sent are not sent again", async () => {
    const rows = logsOf(["a", "b", "c"].map((type) => at(0, { type, message: type })));
    let requests = 0;
    server.intercept = (_, response) => {
      if ((requests += 1) !== 2) return false;
      response.writeHead(429, { "x-ratelimit-reset": "12" }).end();
      return true;
    };
    const error = await errorOf(destinationOf({ events: true }).send(deliveryOf(rows), NEVER));
    expect(error).toMatchObject({ again: [1, 2], refused: [], cause: { afterMs: 12_000 } });
    expect(server.events.map(({ text }) => text)).toEqual(["a"]);
  });
});

describe("spans", () => {
  const base64 = (hex: string): string => Buffer.from(hex, "hex").toString("base64");

  it("go to the OTLP intake as they are", async () => {
    await destinationOf().send(
      deliveryOf([spanOf("GET /", { "http.status": 500, ok: false })]),
      NEVER,
    );
    expect(server.seen[0]).toMatchObject({
      path: "/v1/traces",
      headers: { compute_stats: "true", "content-type": "application/x-protobuf" },
    });
    expect(server.traces).toMatchObject([
      {
        resourceSpans: [
          {
            scopeSpans: [
              {
                scope: { name: "library", version: "3" },
                spans: [
                  {
                    traceId: base64("0af7651916cd43dd8448eb211c80319c"),
                    spanId: base64("b7ad6b7169203331"),
                    parentSpanId: base64("00f067aa0ba902b7"),
                    name: "GET /",
                    kind: 2,
                    startTimeUnixNano: String(NOW_NS),
                    endTimeUnixNano: String(NOW_NS + 1_500_000n),
                    status: { code: 2, message: "broken" },
                    attributes: [
                      { key: "http.status", value: { intValue: "500" } },
                      { key: "ok", value: { boolValue: false } },
                    ],
                  },
                ],
              },
            ],
          },
        ],
      },
    ]);
  });

  it("say what they stand for where they were sampled, and share resources of equal content", async () => {
    const [one, two] = [spanOf("GET /a"), spanOf("GET /b")];
    if (one?.kind !== "span") throw new Error("not a span");
    const sampled: Row = { kind: "span", row: { ...one.row, weight: 4 } };
    await destinationOf().send(deliveryOf([sampled, two!]), NEVER);
    const [{ resourceSpans }] = server.traces as unknown as [
      { resourceSpans: { scopeSpans: { spans: Record<string, unknown>[] }[] }[] },
    ];
    const found = resourceSpans.map(({ scopeSpans }) => scopeSpans.map(({ spans }) => spans));
    expect(found).toMatchObject([
      [[{ name: "GET /a", traceState: "ot=th:c" }, { name: "GET /b" }]],
    ]);
    expect(found[0]![0]![1]).not.toHaveProperty("traceState");
  });

  it("go to an agent without the key", async () => {
    const seen: (string | undefined)[] = [];
    const agent = createServer((request, response) => {
      seen.push(request.url, request.headers["dd-api-key"] as string | undefined);
      request.resume().on("end", () => response.end());
    });
    await new Promise<void>((resolve) => agent.listen(0, "127.0.0.1", resolve));
    const agentUrl = `http://127.0.0.1:${(agent.address() as AddressInfo).port}/`;
    await destinationOf({ agentUrl }).send(deliveryOf([spanOf("GET /")]), NEVER);
    expect(seen).toEqual(["/v1/traces", undefined]);
    agent.closeAllConnections();
    await new Promise((resolve) => agent.close(resolve));
  });
});

describe("an answer", () => {
  const rows = logsOf([at(0, { id: 1 }), at(0, { id: 2 })]);

  it.each([
    [401, {}, Error],
    [403, {}, Error],
    [404, {}, EndpointRefusedError],
    [302, {}, EndpointRefusedError],
    [408, {}, Error],
    [429, { "retry-after": "7" }, RetryAfterError],
    [429, { "x-ratelimit-reset": "7" }, RetryAfterError],
    [503, {}, Error],
    [413, {}, PermanentError],
    [400, {}, PermanentError],
  ] as const)("of %i with %j is what it means", async (status, headers, kind) => {
    server.intercept = (_, response) => Boolean(response.writeHead(status, headers).end("no"));
    const error = await errorOf(destinationOf().send(deliveryOf(rows), NEVER));
    expect((error as Error).constructor).toBe(kind);
    const afterMs = error instanceof RetryAfterError ? error.afterMs : undefined;
    expect(afterMs).toBe(kind === RetryAfterError ? 7_000 : undefined);
    expect((error as Error).message).toContain(`HTTP ${status} for logs: no`);
  });

  it("to a wrong key loses no rows: they wait until someone mends it", async () => {
    const destination = destinationOf({ apiKey: "wrong" });
    for (const row of [rows[0]!, spanOf("GET /")]) {
      const error = await errorOf(destination.send(deliveryOf([row]), NEVER));
      expect((error as Error).constructor).toBe(Error);
      expect((error as Error).message).toMatch(/^HTTP 403 for (?:logs|traces): .*Forbidden/);
      expect((error as Error).message).not.toContain("wrong");
    }
  });

  it("by which an intake refuses a valid key makes dead letters of its rows alone", async () => {
    server.intercept = (path, response) =>
      path === "/v1/traces" && Boolean(response.writeHead(403).end());
    const both = [...rows, spanOf("GET /")];
    const refused = await refusalsOf(destinationOf().send(deliveryOf(both), NEVER));
    const reason = expect.stringMatching(/^HTTP 403 for traces; the key is valid/) as string;
    expect(refused).toEqual([{ index: 2, reason }]);
    expect(server.logs).toHaveLength(2);
  });

  it("by which an agent refuses spans is waited for: it has no key", async () => {
    server.intercept = (path, response) =>
      path === "/v1/traces" && Boolean(response.writeHead(403).end());
    const destination = destinationOf({ agentUrl: server.endpoint });
    const error = await errorOf(destination.send(deliveryOf([spanOf("GET /")]), NEVER));
    expect((error as Error).constructor).toBe(Error);
    expect(server.seen.map(({ path }) => path)).toEqual(["/v1/traces"]);
  });

  it("to a poisoned row is about the request, of which a part is then sent alone", async () => {
    server.intercept = (path, response, body) =>
      path === "/api/v2/logs" &&
      body.includes('"id":2') &&
      Boolean(response.writeHead(400).end('{"errors":[{"detail":"bad"}]}'));
    const destination = destinationOf();
    const error = await errorOf(destination.send(deliveryOf(rows), NEVER));
    expect(error).toBeInstanceOf(PermanentError);
    await destination.send(deliveryOf(rows.slice(0, 1)), NEVER);
    expect(server.logs).toHaveLength(1);
  });

  it("is not waited for when it is cancelled", async () => {
    const control = new AbortController();
    server.intercept = () => {
      control.abort(new Error("stopping"));
      return true;
    };
    const sending = destinationOf().send(deliveryOf(rows), control.signal);
    await expect(sending).rejects.toThrow("stopping");
  });

  it("is counted", async () => {
    const destination = destinationOf();
    await destination.send(deliveryOf(rows), NEVER);
    server.intercept = (_, response) => Boolean(response.writeHead(500).end());
    await expect(destination.send(deliveryOf(rows), NEVER)).rejects.toThrow("HTTP 500");
    expect(destination.statistics()).toEqual({
      total_events_sent: 2,
      total_requests_sent: 2,
      total_requests_failed: 1,
      total_bytes_sent: expect.any(Number) as number,
      total_points_withheld: 0,
      total_events_refused: 0,
    });
    expect(destination.health()).toEqual({
      site: "datadoghq.com",
      events: false,
      compression: true,
    });
  });
});

describe("settings", () => {
  const parse = (given: object): unknown => datadog.settings.parse({ apiKey: "key", ...given });

  it("need a key alone, and say what is wrong", () => {
    expect(parse({})).toMatchObject({ site: "datadoghq.com", bufferSize: 1_000, events: false });
    expect(() => datadog.settings.parse({})).toThrow(/apiKey/);
    expect(() => parse({ apiKey: "two\nlines" })).toThrow(/one line/);
    expect(() => parse({ site: "https://app.datadoghq.com/" })).toThrow(/a site such as/);
    expect(() => parse({ tags: ["a,b"] })).toThrow(/without a comma/);
    expect(() => parse({ metricPrefix: "1" })).toThrow(/a letter/);
  });

  it.each(["us3.datadoghq.com", "datadoghq.eu", "ap1.datadoghq.com", "ddog-gov.com"])(
    "lead to the hosts of %s",
    async (site) => {
      const destination = new DatadogDestination(datadog.settings.parse({ apiKey: "k", site }), {
        clock: new FakeClock(NOW_MS),
      });
      destinations.push(destination);
      await expect(destination.start()).resolves.toBeUndefined();
      expect(destination.health()).toMatchObject({ site });
    },
  );

  it("name no private address unless that is allowed", async () => {
    await expect(destinationOf({ allowPrivate: false }).start()).rejects.toThrow(/private address/);
    await expect(destinationOf().start()).resolves.toBeUndefined();
  });
});
