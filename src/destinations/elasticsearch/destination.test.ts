import type { IncomingMessage } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ATTRIBUTE_TYPES } from "#core/attributes.ts";
import { systemClock } from "#core/clock.ts";
import { PermanentError } from "#core/errors.ts";
import { PartialDeliveryError, RetryAfterError } from "#pipeline/delivery/delivery.ts";
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
import { PushedRows } from "#pipeline/testing/receiver-under-test.ts";
import { elasticsearch, ElasticsearchDestination } from "./destination.ts";
import { API_KEY, ClusterServer } from "./testing/cluster-server.ts";
import { Refusal } from "./testing/index-mapping.ts";

const NEVER = new AbortController().signal;
const DAY = "2025.11.27";

let server: ClusterServer;
const servers: ClusterServer[] = [];
const destinations: ElasticsearchDestination[] = [];

beforeEach(async () => {
  server = await started();
});
afterEach(async () => {
  for (const destination of destinations.splice(0)) await destination.stop();
  for (const one of servers.splice(0)) await one.stop();
});

async function started(distribution?: "opensearch"): Promise<ClusterServer> {
  const one = await ClusterServer.start(distribution);
  servers.push(one);
  return one;
}

function destinationOf(given: object = {}): ElasticsearchDestination {
  const access = { endpoints: [server.url], apiKey: API_KEY, allowPrivate: true };
  const settings = elasticsearch.settings.parse({ ...access, ...given });
  const { log } = new PushedRows().context;
  const context = { name: "elasticsearch/far", clock: systemClock, log };
  const destination = new ElasticsearchDestination(settings, context);
  destinations.push(destination);
  return destination;
}

const pointOf = (value: number | bigint): Row => {
  const metric = { unit: "1", type: "sum", temporality: 2, monotonic: true } as const;
  return sentPoint(sentSeries(metric, [text("cpu", "0")]), value);
};

const histogramOf = (): Row => {
  const series = sentSeries({ name: "took", unit: "ms", type: "histogram", temporality: 1 });
  const max = Number.POSITIVE_INFINITY;
  return sentHistogram(series, { sum: 6, min: 1, max, bounds: [1, 5], buckets: [1n, 1n, 1n] });
};

describe("documents", () => {
  it("have the fields and values that OpenTelemetry gives them, in indices by signal and day", async () => {
    const log = logOf({
      severity: 17,
      severityText: "ERROR",
      eventName: "payment",
      traceId: "0af7651916cd43dd8448eb211c80319c",
      spanId: "b7ad6b7169203331",
      attributes: [text("card", "visa"), { key: "n", value: "7", type: ATTRIBUTE_TYPES.int }],
    });
    const span = spanOf({
      statusMessage: "no such user",
      droppedAttributes: 2,
      events: [{ time: SENT_NS, name: "exception", attributes: [text("exception.type", "E")] }],
    });
    await destinationOf().send(deliveryOf([log, span, pointOf(7n)]), NEVER);
    expect([...server.indices.keys()]).toEqual([
      `sightglass-logs-${DAY}`,
      `sightglass-traces-${DAY}`,
      `sightglass-metrics-${DAY}`,
    ]);
    const origin = {
      resource: { attributes: { "service.name": "shop", "host.name": "web-1" } },
      scope: { name: "library", version: "1" },
    };
    expect(server.documents()).toEqual([
      {
        "@timestamp": "2025-11-27T16:00:00.123456789Z",
        observed_timestamp: "2025-06-15T15:06:40.000000000Z",
        severity_text: "ERROR",
        severity_number: 17,
        trace_id: "0af7651916cd43dd8448eb211c80319c",
        span_id: "b7ad6b7169203331",
        event_name: "payment",
        body: { text: "paid" },
        attributes: { card: "visa", n: 7 },
        ...origin,
      },
      {
        "@timestamp": "2025-11-27T16:00:00.123456789Z",
        trace_id: "0af7651916cd43dd8448eb211c80319c",
        span_id: "b7ad6b7169203331",
        name: "GET /users",
        kind: "Server",
        duration: 45_500_000,
        status: { code: "Error", message: "no such user" },
        attributes: { "http.route": "/users" },
        events: [
          {
            "@timestamp": "2025-11-27T16:00:00.123456789Z",
            event_name: "exception",
            attributes: { "exception.type": "E" },
          },
        ],
        links: [],
        dropped_attributes_count: 2,
        ...origin,
      },
      {
        "@timestamp": "2025-11-27T16:00:00.123456789Z",
        metric: {
          name: "load",
          type: "sum",
          unit: "1",
          temporality: "cumulative",
          monotonic: true,
        },
        value: 7,
        attributes: { cpu: "0" },
        ...origin,
      },
    ]);
  });

  it("keep what no field of numbers can hold, and distributions, unsearched", async () => {
    const rows = [pointOf(Number.NaN), pointOf(2n ** 63n - 1n), histogramOf()];
    await destinationOf().send(deliveryOf(rows), NEVER);
    const [nan, large, histogram] = server.documents();
    expect(nan).toMatchObject({ unindexed: { value: "NaN" } });
    expect(nan).not.toHaveProperty("value");
    expect(large).toMatchObject({ value: "9223372036854775807" });
    expect(histogram).toMatchObject({
      count: 3,
      sum: 6,
      min: 1,
      unindexed: { max: "Infinity", bounds: [1, 5], bucket_counts: [1, 1, 1] },
    });
  });

  it("have structured bodies apart from text", async () => {
    const bodies = [
      { body: '{"a":{"b":1}}', bodyType: ATTRIBUTE_TYPES.kvlist },
      { body: '[1,"x"]', bodyType: ATTRIBUTE_TYPES.array },
      { body: "12", bodyType: ATTRIBUTE_TYPES.int },
      { body: "", bodyType: ATTRIBUTE_TYPES.empty },
    ];
    await destinationOf().send(deliveryOf(bodies.map((body) => logOf(body))), NEVER);
    expect(server.documents().map(({ body }) => body)).toEqual([
      { structured: { a: { b: 1 } } },
      { structured: { value: [1, "x"] } },
      { text: "12" },
      undefined,
    ]);
  });

  it("may be the events as they were sent, each with its own fields on top", async () => {
    const event = logOf({
      attributes: [
        text("name", "checkout"),
        text("level", "warn"),
        { key: "cost", value: "0.25", type: ATTRIBUTE_TYPES.double },
        { key: "user", value: '{"id":7}', type: ATTRIBUTE_TYPES.kvlist },
        text("_id", "own"),
        text("a..b", "odd"),
        text("http.method", "GET"),
        text("http", "taken"),
        text("user.name", "taken too"),
      ],
    });
    const destination = destinationOf({ documents: "event" });
    await destination.send(deliveryOf([event, spanOf(), pointOf(1)]), NEVER);
    expect(server.documents()[0]).toEqual({
      "@timestamp": "2025-11-27T16:00:00.123456789Z",
      timestamp: "2025-11-27T16:00:00.123456789Z",
      name: "checkout",
      level: "warn",
      cost: 0.25,
      user: { id: 7 },
      field_id: "own",
      a: { _: { b: "odd" } },
      http: { method: "GET" },
      http_: "taken",
      user_name: "taken too",
      message: "paid",
      resource: { "service.name": "shop", "host.name": "web-1" },
      scope: { name: "library", version: "1" },
    });
    expect(server.documents()).toHaveLength(3);
  });

  it("go to data streams, and through a pipeline, where that is asked for", async () => {
    const destination = destinationOf({ dataStreams: true, pipeline: "mine" });
    await destination.send(deliveryOf([logOf(), spanOf()]), NEVER);
    expect([...server.indices.keys()]).toEqual([
      "logs-sightglass-default",
      "traces-sightglass-default",
    ]);
    expect([...server.templates.values()]).toMatchObject([
      { index_patterns: ["*-sightglass-default"], priority: 501, data_stream: {} },
    ]);
    expect(server.seen.at(-1)!.path).toContain("pipeline=mine");
  });
});

describe("each row is one document", () => {
  it("though it is sent again after answers that were lost, alone or in other company", async () => {
    const rows = [logOf(), spanOf(), pointOf(1)];
    const destination = destinationOf();
    let answers = 0;
    server.isAnswerLost = () => (answers += 1) === 3;
    await expect(destination.send(deliveryOf(rows), NEVER)).rejects.toThrow(
      /aborted|hang up|reset/,
    );
    expect(server.documents()).toHaveLength(3);
    await destination.send(deliveryOf(rows), NEVER);
    await destination.send(
      { ...deliveryOf(rows.slice(1)), rowKey: (at) => `key.${at + 1}` },
      NEVER,
    );
    expect(server.documents()).toHaveLength(3);
    expect(destination.statistics()).toMatchObject({
      total_events_sent: 5,
      total_events_repeated: 5,
      total_batches_sent: 2,
      total_errors: 1,
    });
  });

  it("and is written again with the operation index", async () => {
    const destination = destinationOf({ operation: "index" });
    await destination.send(deliveryOf([logOf()]), NEVER);
    await destination.send(deliveryOf([logOf({ body: "corrected" })]), NEVER);
    expect(server.documents()).toMatchObject([{ body: { text: "corrected" } }]);
  });

  it("with an id of its own, however long its key is", async () => {
    const long = "k".repeat(600);
    await destinationOf().send(deliveryOf([logOf(), logOf()], long), NEVER);
    const [index] = server.indices.values();
    expect([...index!.documents.keys()].map((id) => id.length)).toEqual([43, 43]);
  });
});

describe("a row that is refused", () => {
  it("is named with the reason, and the others are indexed", async () => {
    const rows = ["12", "x", "7"].map((value, at) =>
      logOf({
        attributes: [
          { key: "n", value, type: at === 1 ? ATTRIBUTE_TYPES.string : ATTRIBUTE_TYPES.int },
        ],
      }),
    );
    const destination = destinationOf({ documents: "event" });
    const error = await errorOf(destination.send(deliveryOf(rows), NEVER));
    expect(error).toBeInstanceOf(PartialDeliveryError);
    expect(error).toMatchObject({ again: [], refused: [{ index: 1 }] });
    expect((error as PartialDeliveryError).refused[0]!.reason).toMatch(
      /400 document_parsing_exception: failed to parse field \[n\]/,
    );
    expect(server.documents()).toHaveLength(2);
    expect(destination.statistics()).toMatchObject({
      total_events_refused: 1,
      total_events_sent: 2,
    });
  });

  it("for now, as of a busy node, is to be sent again and is no duplicate then", async () => {
    const refusals: Readonly<Record<string, Refusal>> = {
      "key.0": new Refusal(429, "es_rejected_execution_exception", "queue is full"),
      "key.2": new Refusal(503, "unavailable_shards_exception", "primary shard is not active"),
      "key.3": new Refusal(404, "index_not_found_exception", "no such index"),
      "key.4": new Refusal(403, "cluster_block_exception", "index read-only"),
      "key.5": new Refusal(
        400,
        "illegal_argument_exception",
        "pipeline with id [p] does not exist",
      ),
      "key.6": new Refusal(400, "index_closed_exception", "closed"),
    };
    server.refuse = (id) => refusals[id];
    const rows = Array.from({ length: 7 }, () => logOf());
    const destination = destinationOf();
    const error = await errorOf(destination.send(deliveryOf(rows), NEVER));
    expect(error).toMatchObject({
      again: [0, 2, 3, 4, 5, 6],
      refused: [],
      message: "429 es_rejected_execution_exception: queue is full",
    });
    server.refuse = () => undefined;
    await destination.send(deliveryOf(rows), NEVER);
    expect(server.documents()).toHaveLength(7);
  });
});

describe("a request that is refused", () => {
  const bulkAnswers = (status: number, body = "", headers: Record<string, string> = {}): void => {
    server.intercept = ({ url = "" }: IncomingMessage, response) => {
      if (!url.startsWith("/_bulk")) return false;
      response.writeHead(status, { connection: "close", ...headers }).end(body);
      return true;
    };
  };

  it.each([
    [413, "<html>too large</html>"],
    [400, "Malformed action/metadata line [3]"],
  ])("with %i, whole, asks for smaller ones", async (status, body) => {
    bulkAnswers(status, body);
    const sending = destinationOf().send(deliveryOf([logOf(), logOf()]), NEVER);
    await expect(sending).rejects.toBeInstanceOf(PermanentError);
    await expect(sending).rejects.toThrow(`HTTP ${status} for _bulk: ${body}`);
  });

  it("for too many says how long to wait, where it does", async () => {
    bulkAnswers(429, '{"error":{"type":"circuit_breaking_exception","reason":"full"}}', {
      "retry-after": "7",
    });
    const sending = destinationOf().send(deliveryOf([logOf()]), NEVER);
    await expect(sending).rejects.toBeInstanceOf(RetryAfterError);
    await expect(sending).rejects.toMatchObject({ afterMs: 7_000 });
    await expect(sending).rejects.toThrow(/circuit_breaking_exception: full/);
  });

  it("for its key loses no rows: they wait until someone mends it", async () => {
    const error = await errorOf(
      destinationOf({ apiKey: "d3Jvbmc=" }).send(deliveryOf([logOf()]), NEVER),
    );
    expect(error).not.toBeInstanceOf(PermanentError);
    expect(String(error)).toMatch(
      /HTTP 401 for GET \/: security_exception: unable to authenticate/,
    );
  });

  it("with what is no answer to it is to be sent again", async () => {
    const bodies = [
      "",
      "[]",
      '{"errors":true,"items":[]}',
      '{"errors":true,"items":[{"index":{"status":1}}]}',
    ];
    for (const body of bodies) {
      bulkAnswers(200, body);
      const error = await errorOf(destinationOf().send(deliveryOf([logOf()]), NEVER));
      expect(error).toBeInstanceOf(Error);
      expect(error).not.toBeInstanceOf(PermanentError);
      expect(error).not.toBeInstanceOf(PartialDeliveryError);
    }
  });
});

describe("several nodes", () => {
  it("take turns, and those that are down are passed over", async () => {
    const second = await started();
    const third = await started();
    third.intercept = (request, response) => {
      request.resume();
      response.writeHead(503).end();
      return true;
    };
    const gone = await ClusterServer.start();
    await gone.stop();
    const endpoints = [server, gone, second, third].map(({ url }) => url);
    const destination = destinationOf({ endpoints, installTemplate: false });
    for (let at = 0; at < 8; at += 1)
      await destination.send(deliveryOf([logOf()], `key ${at}`), NEVER);
    const [first, other] = [server, second].map((node) => node.documents().length);
    expect(first! + other!).toBe(8);
    expect(Math.min(first!, other!)).toBeGreaterThan(1);
  });

  it("that are all down are an error of the last", async () => {
    const gone = await ClusterServer.start();
    await gone.stop();
    const sending = destinationOf({ endpoints: [gone.url, gone.url] }).send(
      deliveryOf([logOf()]),
      NEVER,
    );
    await expect(sending).rejects.toThrow(/ECONNREFUSED/);
  });
});

describe("before rows are sent", () => {
  it("a template is made where there is none, and left alone where there is one", async () => {
    const destination = destinationOf();
    await destination.send(deliveryOf([logOf()]), NEVER);
    await destination.send(deliveryOf([logOf()], "other"), NEVER);
    await destinationOf().send(deliveryOf([logOf()], "third"), NEVER);
    const puts = server.seen.filter(({ method }) => method === "PUT");
    expect(puts.map(({ path }) => path)).toEqual([
      "/_index_template/sightglass-elasticsearch-far?create=true",
    ]);
    const [template] = server.templates.values();
    expect(template).toMatchObject({ index_patterns: ["sightglass-*-*"], priority: 501 });
    expect(template!.template.mappings.properties["attributes"]).toMatchObject({
      type: "flattened",
    });
  });

  it("no template is made when templates are the owner's", async () => {
    await destinationOf({ installTemplate: false }).send(deliveryOf([logOf()]), NEVER);
    expect(server.seen.map(({ path }) => path.split("?")[0])).toEqual(["/", "/_bulk"]);
  });

  it("OpenSearch is known, and gets a template with its own types", async () => {
    server = await started("opensearch");
    for (const documents of ["otel", "event"]) {
      const destination = destinationOf({ documents, index: `${documents}-{signal}` });
      await destination.send(deliveryOf([logOf(), spanOf(), pointOf(1), histogramOf()]), NEVER);
      expect(destination.health()).toMatchObject({ product: "opensearch", version: "3.1.0" });
      server.templates.clear();
    }
    expect(server.documents()).toHaveLength(8);
  });

  it.each([
    [200, '{"hello":"Kibana"}', /not answered by Elasticsearch or OpenSearch: \{"hello"/],
    [200, '{"version":{"number":"6.8.0"}}', /version 6.8.0 of an engine that is neither/],
    [400, "plain HTTP sent to HTTPS port", /HTTP 400 for GET \/: plain HTTP sent/],
  ])("%i %s is told apart, and no row is given up for it", async (status, body, message) => {
    server.intercept = (request, response) => {
      request.resume();
      response.writeHead(status).end(body);
      return true;
    };
    const error = await errorOf(destinationOf().send(deliveryOf([logOf()]), NEVER));
    expect(error).not.toBeInstanceOf(PermanentError);
    expect(String(error)).toMatch(message);
  });

  it("a key that may only write is enough, when templates are the owner's", async () => {
    server.intercept = ({ url }, response) => {
      if (url === "/_bulk" || url!.startsWith("/_bulk?")) return false;
      const error = {
        type: "security_exception",
        reason: "action [cluster:monitor/main] is unauthorized",
      };
      response.writeHead(403).end(JSON.stringify({ error, status: 403 }));
      return true;
    };
    await destinationOf({ installTemplate: false }).send(deliveryOf([logOf()]), NEVER);
    expect(server.documents()).toHaveLength(1);
    const sending = destinationOf().send(deliveryOf([logOf()]), NEVER);
    await expect(sending).rejects.toThrow(/HTTP 403 .*installTemplate: false leaves templates/);
  });

  it("a cluster that is down stops no start", async () => {
    const gone = await ClusterServer.start();
    await gone.stop();
    const destination = destinationOf({ endpoints: [gone.url] });
    await expect(destination.start()).resolves.toBeUndefined();
    await expect(destinationOf({ allowPrivate: false }).start()).rejects.toThrow(/private address/);
  });
});

describe("requests", () => {
  it("are compressed unless that is switched off", async () => {
    const rows = Array.from({ length: 50 }, () => logOf());
    await destinationOf().send(deliveryOf(rows), NEVER);
    const packed = server.seen.at(-1)!.bytes;
    await destinationOf({ compression: false }).send(deliveryOf(rows, "other"), NEVER);
    expect(packed * 10).toBeLessThan(server.seen.at(-1)!.bytes);
    expect(server.documents()).toHaveLength(100);
  });

  it("end when they are cancelled", async () => {
    server.intercept = ({ url }) => url!.startsWith("/_bulk");
    const cancel = new AbortController();
    const sending = destinationOf().send(deliveryOf([logOf()]), cancel.signal);
    setImmediate(() => cancel.abort(new Error("enough")));
    await expect(sending).rejects.toThrow("enough");
  });
});
