import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ATTRIBUTE_TYPES, Resource } from "#core/attributes.ts";
import type { MetricDescriptor } from "#core/attributes.ts";
import { systemClock } from "#core/clock.ts";
import { PermanentError } from "#core/errors.ts";
import type { HistogramPointRow } from "#core/row-views.ts";
import {
  EndpointRefusedError,
  PartialDeliveryError,
  RetryAfterError,
} from "#pipeline/delivery/delivery.ts";
import type { Row } from "#pipeline/delivery/delivery.ts";
import {
  failureOf as errorOf,
  SENT_NS,
  sentDelivery as deliveryOf,
  sentHistogram,
  sentLog as logOf,
  sentPoint,
  sentSeries,
  sentSpan as spanOf,
  textAttribute as text,
} from "#pipeline/delivery/testing/sent-rows.ts";
import { splunkHec, SplunkHecDestination } from "./destination.ts";
import { HecServer, TOKEN } from "./testing/hec-server.ts";

const NEVER = new AbortController().signal;
const TIME = Number(SENT_NS) / 1e9;

let server: HecServer;
const destinations: SplunkHecDestination[] = [];

beforeEach(async () => {
  server = await HecServer.start();
});
afterEach(async () => {
  for (const destination of destinations.splice(0)) await destination.stop();
  await server.stop();
});

function destinationOf(given: object = {}): SplunkHecDestination {
  const access = { url: server.url, token: TOKEN, allowPrivate: true };
  const settings = splunkHec.settings.parse({ ...access, ...given });
  const destination = new SplunkHecDestination(settings, { clock: systemClock });
  destinations.push(destination);
  return destination;
}

const logsOf = (...bodies: readonly string[]): Row[] => bodies.map((body) => logOf({ body }));

const pointOf = (name: string, value: number | bigint, cpu = "0", time = SENT_NS): Row =>
  sentPoint(sentSeries({ name }, [text("cpu", cpu)]), value, time);

const histogramOf = (metric: Partial<MetricDescriptor>, fields: Partial<HistogramPointRow>): Row =>
  sentHistogram(sentSeries({ name: "took", type: "histogram", ...metric }), fields);

const messages = (): unknown[] =>
  server.taken.map(({ event }) => (event as { message?: unknown }).message);

describe("events", () => {
  it("are whole rows, with nanoseconds, and metadata and fields of their resource", async () => {
    await destinationOf().send(deliveryOf([logOf(), spanOf()]), NEVER);
    const beside = {
      time: TIME,
      host: "web-1",
      source: "shop",
      sourcetype: "_json",
      fields: { "service.name": "shop", "host.name": "web-1" },
    };
    expect(server.taken).toMatchObject([
      { ...beside, event: { message: "paid", timestamp: "2025-11-27T16:00:00.123456789Z" } },
      { ...beside, event: { name: "GET /users", durationMs: 45.5, kind: "server" } },
    ]);
    expect(server.taken[0]).not.toHaveProperty("index");
  });

  it("have metadata by templates, and leave to Splunk what comes out empty", async () => {
    const destination = destinationOf({
      host: "{resource.missing}",
      source: "{service.name}@{host.name}",
      sourcetype: "otel:{service.name}",
      index: "main",
      indexedFields: "none",
    });
    await destination.send(deliveryOf([logOf()]), NEVER);
    const [{ event: _, ...envelope }] = server.taken as [{ event: unknown }];
    expect(envelope).toEqual({
      time: TIME,
      source: "shop@web-1",
      sourcetype: "otel:shop",
      index: "main",
    });
  });

  it("may be bodies alone, with all else as flat fields", async () => {
    const row = logOf({
      body: "GET / 200",
      severity: 13,
      eventName: "access",
      traceId: "0af7651916cd43dd8448eb211c80319c",
      attributes: [
        { key: "user", value: '{"id":7,"tags":["a",1],"none":null}', type: ATTRIBUTE_TYPES.kvlist },
        text("_raw", "x"),
        text("metric_name:cpu", "1"),
      ],
    });
    const destination = destinationOf({ eventFormat: "body", indexedFields: "all" });
    await destination.send(deliveryOf([row, logOf({ body: " " })]), NEVER);
    expect(server.taken[0]).toMatchObject({
      event: "GET / 200",
      fields: {
        "service.name": "shop",
        "host.name": "web-1",
        level: "warn",
        event_type: "access",
        trace_id: "0af7651916cd43dd8448eb211c80319c",
        "user.id": "7",
        "user.tags": ["a", "1"],
        "attribute._raw": "x",
        "attribute.metric_name:cpu": "1",
      },
    });
    expect(server.taken[1]!.event).toMatchObject({ message: " " });
  });

  it("go in as many requests as their size needs", async () => {
    const rows = Array.from({ length: 40 }, (_, at) =>
      logOf({ body: `${at} ${"x".repeat(1_000)}` }),
    );
    await destinationOf({ maxContentLength: 10_000 }).send(deliveryOf(rows), NEVER);
    expect(server.taken).toHaveLength(40);
    expect(server.seen.map(({ events }) => events)).toEqual([7, 7, 7, 7, 7, 5]);
  });

  it("are compressed unless that is switched off", async () => {
    const rows = Array.from({ length: 50 }, () => logOf());
    await destinationOf().send(deliveryOf(rows), NEVER);
    await destinationOf({ compression: false }).send(deliveryOf(rows), NEVER);
    const [packed, plain] = server.seen;
    expect(packed!.bytes * 10).toBeLessThan(plain!.bytes);
    expect(server.taken).toHaveLength(100);
  });

  it("reach a collector whose whole address is given", async () => {
    for (const path of ["/", "/services/collector", "/services/collector/event"])
      await destinationOf({ url: `${server.url}${path}` }).send(deliveryOf([logOf()]), NEVER);
    expect(server.taken).toHaveLength(3);
  });
});

describe("metrics", () => {
  it("of one time with the same dimensions share an event", async () => {
    const rows = [
      pointOf("cpu.user", 0.5),
      pointOf("cpu.user", 0.25, "1"),
      pointOf("cpu.idle", 7n),
      pointOf("cpu.idle", 9, "0", SENT_NS + 1n),
      pointOf("cpu.user", 8),
    ];
    await destinationOf({ metricsIndex: "metrics" }).send(deliveryOf(rows), NEVER);
    const dimensions = { "service.name": "shop", "host.name": "web-1" };
    expect(server.taken.map(({ event, fields }) => [event, fields])).toEqual([
      [
        "metric",
        { ...dimensions, cpu: "0", "metric_name:cpu.user": 0.5, "metric_name:cpu.idle": 7 },
      ],
      ["metric", { ...dimensions, cpu: "1", "metric_name:cpu.user": 0.25 }],
      ["metric", { ...dimensions, cpu: "0", "metric_name:cpu.idle": 9 }],
      ["metric", { ...dimensions, cpu: "0", "metric_name:cpu.user": 8 }],
    ]);
    expect(server.taken[0]).toMatchObject({ index: "metrics", host: "web-1" });
    expect(server.taken[0]).not.toHaveProperty("sourcetype");
  });

  it("of distributions are as Prometheus has them", async () => {
    const rows = [
      histogramOf({}, { bounds: [1, 5], buckets: [1n, 0n, 2n], min: 0.5 }),
      histogramOf({ name: "lag", type: "summary" }, { quantiles: [{ quantile: 0.99, value: 4 }] }),
      histogramOf({ name: "size", type: "exponential_histogram" }, {}),
    ];
    await destinationOf().send(deliveryOf(rows), NEVER);
    const own = server.taken.map(({ fields }) => {
      const { "service.name": _, "host.name": __, ...rest } = fields!;
      return rest;
    });
    expect(own).toEqual([
      {
        "metric_name:took_count": 3,
        "metric_name:took_sum": 6.5,
        "metric_name:took_min": 0.5,
        "metric_name:lag_count": 3,
        "metric_name:lag_sum": 6.5,
        "metric_name:size_count": 3,
        "metric_name:size_sum": 6.5,
      },
      { le: "1", "metric_name:took_bucket": 1 },
      { le: "5", "metric_name:took_bucket": 1 },
      { le: "+Inf", "metric_name:took_bucket": 3 },
      { quantile: "0.99", "metric_name:lag": 4 },
    ]);
  });

  it("that are not finite are refused by name, and the others sent", async () => {
    const rows = [pointOf("a", Number.NaN), pointOf("b", 1), logOf()];
    const error = await errorOf(destinationOf().send(deliveryOf(rows), NEVER));
    expect(error).toMatchObject({
      again: [],
      refused: [{ index: 0, reason: "a metric of Splunk has no value that is not finite" }],
    });
    expect(server.taken).toHaveLength(2);
    const alone = await errorOf(destinationOf().send(deliveryOf(rows.slice(0, 1)), NEVER));
    expect(alone).toBeInstanceOf(PartialDeliveryError);
  });
});

describe("an event that is refused", () => {
  it.each([6, 12, 13, 15])(
    "with code %i is named, and those around it are taken once",
    async (code) => {
      server.refuse = ({ event }) =>
        (event as { message?: string }).message?.startsWith("poison") === true ? code : undefined;
      const rows = logsOf("a", "poison 1", "b", "poison 2", "c");
      const destination = destinationOf();
      const error = await errorOf(destination.send(deliveryOf(rows), NEVER));
      expect(error).toBeInstanceOf(PartialDeliveryError);
      const reason = expect.stringMatching(new RegExp(`^code ${code}: \\w`)) as string;
      expect(error).toMatchObject({
        again: [],
        refused: [
          { index: 1, reason },
          { index: 3, reason },
        ],
      });
      expect(messages()).toEqual(["a", "b", "c"]);
      expect(destination.statistics()).toMatchObject({
        total_events_sent: 3,
        total_events_refused: 2,
        total_requests_sent: 3,
      });
    },
  );

  it("for its index is refused with all that go to the same", async () => {
    const other = new Resource([text("service.name", "other")]);
    server.indexes.add("shop");
    const rows = [logOf(), logOf({ resource: other }), logOf(), logOf({ resource: other })];
    const error = await errorOf(
      destinationOf({ index: "{service.name}" }).send(deliveryOf(rows), NEVER),
    );
    const reason = "code 7: Incorrect index";
    expect(error).toMatchObject({
      again: [],
      refused: [
        { index: 1, reason },
        { index: 3, reason },
      ],
    });
    expect(server.taken).toHaveLength(2);
    expect(server.seen).toHaveLength(2);
  });

  it("like all others for its index is the settings' fault", async () => {
    const sending = destinationOf({ index: "typo" }).send(deliveryOf(logsOf("a", "b")), NEVER);
    await expect(sending).rejects.toBeInstanceOf(EndpointRefusedError);
    expect(server.seen).toHaveLength(1);
  });

  it("is its whole row's end, also when what comes after fails", async () => {
    server.refuse = ({ fields }) => (fields?.["le"] === "1" ? 15 : undefined);
    let requests = 0;
    server.intercept = (request, response) => {
      if ((requests += 1) === 1) return false;
      request.resume();
      response.writeHead(503).end();
      return true;
    };
    const rows = [histogramOf({}, { bounds: [1, 5], buckets: [1n, 1n, 1n] }), logOf()];
    const error = await errorOf(destinationOf().send(deliveryOf(rows), NEVER));
    expect(error).toMatchObject({ again: [1], refused: [{ index: 0 }] });
  });

  it("one after the other does not hold up the rest for ever", async () => {
    server.refuse = () => 15;
    const rows = logsOf(...Array.from({ length: 30 }, String));
    const error = await errorOf(destinationOf().send(deliveryOf(rows), NEVER));
    expect((error as PartialDeliveryError).refused).toHaveLength(21);
    expect((error as PartialDeliveryError).again).toEqual([21, 22, 23, 24, 25, 26, 27, 28, 29]);
  });
});

describe("a request that fails", () => {
  const answers = (
    status: number,
    body: object | string,
    headers: Record<string, string> = {},
  ): void => {
    server.intercept = (request, response) => {
      request.resume();
      response.writeHead(status, headers);
      response.end(typeof body === "string" ? body : JSON.stringify(body));
      return true;
    };
  };

  it.each([
    [503, { text: "Server is busy", code: 9, "invalid-event-number": 1 }, Error],
    [500, { text: "Internal server error", code: 8 }, Error],
    [502, "<html>Bad gateway</html>", Error],
    [403, { text: "Token disabled", code: 1 }, Error],
    [401, { text: "Token is required", code: 2 }, Error],
    [401, { text: "Invalid authorization", code: 3 }, Error],
    [403, { text: "Invalid token", code: 4 }, Error],
    [400, { text: "Invalid token", code: 21 }, Error],
    [403, "<html>Forbidden</html>", Error],
    [400, { text: "Data channel is missing", code: 10 }, EndpointRefusedError],
    [404, "not found", EndpointRefusedError],
    [302, "", EndpointRefusedError],
    [413, "too large", PermanentError],
    [400, { text: "No data", code: 5 }, PermanentError],
    [400, { text: "Invalid data format", code: 6 }, PermanentError],
  ])("with %i %j is what it should be", async (status, body, kind) => {
    answers(status, body);
    const error = await errorOf(destinationOf().send(deliveryOf(logsOf("a", "b")), NEVER));
    expect((error as Error).constructor).toBe(kind);
    expect((error as Error).message).toContain(`HTTP ${status}`);
  });

  it("says how long to wait, where Splunk does", async () => {
    answers(429, { text: "Queue at capacity", code: 26 }, { "retry-after": "4" });
    const sending = destinationOf().send(deliveryOf(logsOf("a")), NEVER);
    await expect(sending).rejects.toBeInstanceOf(RetryAfterError);
    await expect(sending).rejects.toMatchObject({ afterMs: 4_000 });
  });

  it("after others that were taken leaves only its own rows to be sent again", async () => {
    let requests = 0;
    server.intercept = (request, response) => {
      if ((requests += 1) < 3) return false;
      request.resume();
      response.writeHead(503, { "retry-after": "2" }).end('{"text":"Server is busy","code":9}');
      return true;
    };
    const rows = Array.from({ length: 20 }, (_, at) =>
      logOf({ body: `${at} ${"x".repeat(1_000)}` }),
    );
    const destination = destinationOf({ maxContentLength: 10_000 });
    const error = await errorOf(destination.send(deliveryOf(rows), NEVER));
    expect(error).toMatchObject({ again: [14, 15, 16, 17, 18, 19], refused: [] });
    expect((error as Error).cause).toMatchObject({ afterMs: 2_000 });
    expect(server.taken).toHaveLength(14);
  });

  it("with a broken connection is to be made again", async () => {
    server.isAnswerLost = () => true;
    const error = await errorOf(destinationOf().send(deliveryOf(logsOf("a")), NEVER));
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(PermanentError);
  });

  it("above what Splunk Cloud takes is cut, though it blames the first event", async () => {
    answers(400, { text: "Invalid data format", code: 6, "invalid-event-number": 0 });
    const rows = Array.from({ length: 30 }, () => logOf({ body: "x".repeat(200_000) }));
    const destination = destinationOf({ maxContentLength: 8_000_000 });
    const error = await errorOf(destination.send(deliveryOf(rows), NEVER));
    expect((error as Error).constructor).toBe(PermanentError);
  });
});

describe("settings", () => {
  it("need an address and a token, and no private address unless that is allowed", async () => {
    expect(() => splunkHec.settings.parse({ url: "https://a.example.com" })).toThrow(/token/);
    expect(() => splunkHec.settings.parse({ url: "a", token: "t" })).toThrow(/url/);
    expect(() => destinationOf({ source: "{signal}" })).toThrow(/\{signal\} is not known here/);
    await expect(destinationOf({ allowPrivate: false }).start()).rejects.toThrow(/private address/);
    await expect(destinationOf().start()).resolves.toBeUndefined();
    expect(destinationOf().health()).toMatchObject({
      collector: server.url,
      acknowledgements: false,
    });
  });
});
