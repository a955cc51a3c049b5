import { createServer } from "node:http";
import type { IncomingHttpHeaders, Server as HttpServer, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import * as grpc from "@grpc/grpc-js";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "#core/clock.ts";
import type { Clock } from "#core/clock.ts";
import { PermanentError } from "#core/errors.ts";
import { encodeMessage } from "#core/otlp/encode.ts";
import { numberPointRow, spanRow } from "#core/row-views.ts";
import {
  EndpointRefusedError,
  PartialDeliveryError,
  RetryAfterError,
} from "#pipeline/delivery/delivery.ts";
import type { Delivery, Row } from "#pipeline/delivery/delivery.ts";
import { logRowOf } from "#pipeline/delivery/testing/delivery-fixture.ts";
import { points, spans } from "#pipeline/testing/batches.ts";
import { FakeClock, settled } from "#pipeline/testing/fake-clock.ts";
import { freePort } from "#pipeline/testing/free-port.ts";
import { decodeMessage } from "#receivers/otlp/testing/oracle.ts";
import { createLogger } from "#telemetry/log.ts";
import { createMeter } from "#telemetry/meter.ts";
import { grpcError } from "./answers.ts";
import { otlp, OtlpDestination } from "./destination.ts";

interface Seen {
  readonly path: string;
  readonly headers: IncomingHttpHeaders | grpc.MetadataValue;
  readonly body: Buffer;
}

const cleanups: (() => unknown)[] = [];
const never = new AbortController().signal;

afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean();
});

function destinationTo(endpoint: string, settings: object = {}, clock: Clock = systemClock) {
  const parsed = otlp.settings.parse({ endpoint, allowPrivate: true, ...settings });
  const logged: { message: string; attributes?: object }[] = [];
  const log = createLogger({ level: "warn", clock, sink: (record) => void logged.push(record) });
  const meter = createMeter();
  const destination = new OtlpDestination(parsed, { clock, log, meter });
  cleanups.push(() => destination.stop());
  return { destination, logged, meter };
}

const log = (body: string): Row => ({ kind: "log", row: logRowOf(body) });
const span = (): Row => ({ kind: "span", row: spanRow(spans("shop", { spanId: "1" }), 0) });
const point = (): Row => ({
  kind: "number_point",
  row: numberPointRow(points("shop", { metric: "load", value: 0.5 }), 0),
});

function delivery(...rows: Row[]): Delivery {
  return { org: "default", rows, key: "key", rowKey: (index) => `key-${index}`, attempt: 1 };
}

function errorOf(sending: Promise<void>): Promise<unknown> {
  return sending.then(
    () => undefined,
    (error: unknown) => error,
  );
}

type Answer = (seen: Seen, response: ServerResponse) => void;

async function httpBackend(
  answer: Answer = (_, response) => void response.end(),
): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server: HttpServer = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const one = {
        path: request.url ?? "",
        headers: request.headers,
        body: Buffer.concat(parts),
      } as Seen;
      seen.push(one);
      answer(one, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

const logsIn = (body: Buffer): string =>
  JSON.stringify(decodeMessage("ExportLogsServiceRequest", body));

describe("over HTTP", () => {
  it("each signal is a request of its own, in protobuf with gzip", async () => {
    const { url, seen } = await httpBackend();
    const { destination } = destinationTo(`${url}/otlp/`, { headers: { "X-Key": "secret" } });
    await destination.send(delivery(log("one"), span(), point(), log("two")), never);
    const paths = seen.map(({ path }) => path).toSorted();
    expect(paths).toEqual(["/otlp/v1/logs", "/otlp/v1/metrics", "/otlp/v1/traces"]);
    for (const { headers } of seen)
      expect(headers).toMatchObject({
        "content-type": "application/x-protobuf",
        "content-encoding": "gzip",
        "x-key": "secret",
      });
    const logs = seen.find(({ path }) => path.endsWith("/logs"))!;
    expect(logsIn(gunzipSync(logs.body))).toMatch(/one.*two/);
    expect(destination.statistics()).toMatchObject({
      total_log_records_sent: 2,
      total_spans_sent: 1,
      total_points_sent: 1,
      total_requests_sent: 3,
    });
  });

  it("a signal may have an endpoint of its own, and any compression", async () => {
    const { url, seen } = await httpBackend();
    const settings = { logsEndpoint: `${url}/elsewhere?x=1`, compression: "zstd" };
    await destinationTo(url, settings).destination.send(delivery(log("one")), never);
    expect(seen[0]!.path).toBe("/elsewhere?x=1");
    expect(zstdDecompressSync(seen[0]!.body).toString()).toContain("one");
    await destinationTo(url, { compression: "none" }).destination.send(
      delivery(log("plain")),
      never,
    );
    expect(seen[1]!.body.toString()).toContain("plain");
  });

  it("JSON is OTLP/JSON", async () => {
    const { url, seen } = await httpBackend((_, response) => {
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
    const { destination } = destinationTo(url, { protocol: "http/json", compression: "none" });
    await destination.send(delivery(span()), never);
    expect(seen[0]!.headers).toMatchObject({ "content-type": "application/json" });
    expect(JSON.parse(seen[0]!.body.toString())).toMatchObject({
      resourceSpans: [
        {
          resource: {
            attributes: [{ key: "service.name", value: { stringValue: "shop" } }],
          },
          scopeSpans: [
            {
              scope: { name: "library" },
              spans: [{ traceId: "1".padStart(32, "0"), spanId: "1".padStart(16, "0") }],
            },
          ],
        },
      ],
    });
  });

  it.each([
    [
      "application/x-protobuf",
      encodeMessage("ExportLogsServiceResponse", {
        partialSuccess: { rejectedLogRecords: 1, errorMessage: "too old" },
      }),
    ],
    [
      "application/json",
      Buffer.from('{"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"too old"}}'),
    ],
  ])(
    "a partial success in %s is told and counted, and nothing is sent again",
    async (type, body) => {
      const { url, seen } = await httpBackend((_, response) => {
        response.writeHead(200, { "content-type": type }).end(body);
      });
      const { destination, logged, meter } = destinationTo(url);
      await destination.send(delivery(log("one"), log("two")), never);
      expect(seen).toHaveLength(1);
      expect(destination.statistics()).toMatchObject({
        partial_rejections: 1,
        total_log_records_sent: 1,
      });
      expect(JSON.stringify(logged)).toContain("too old");
      expect(meter.snapshot()[0]).toMatchObject({
        points: [{ labels: { signal: "logs" }, value: 1 }],
      });
    },
  );

  it.each([
    ["application/json", '{"partialSuccess":{"rejectedLogRecords":"x","errorMessage":"odd"}}', 0],
    ["application/json", '{"partialSuccess":{"rejectedLogRecords":-4,"errorMessage":"odd"}}', 0],
    ["application/json", '{"partialSuccess":{"rejectedLogRecords":1e999,"errorMessage":"odd"}}', 0],
    ["application/json", '{"partialSuccess":{"rejectedLogRecords":"900","errorMessage":"odd"}}', 2],
    [
      "application/x-protobuf",
      encodeMessage("ExportLogsServiceResponse", {
        partialSuccess: { rejectedLogRecords: -1, errorMessage: "odd" },
      }),
      0,
    ],
  ])(
    "a partial success in %s counts no more than what was sent (%#)",
    async (type, body, count) => {
      const { url } = await httpBackend((_, response) => {
        response.writeHead(200, { "content-type": type }).end(body);
      });
      const { destination, logged } = destinationTo(url);
      await destination.send(delivery(log("one"), log("two")), never);
      expect(destination.statistics()).toMatchObject({
        partial_rejections: count,
        total_log_records_sent: 2 - count,
      });
      expect(JSON.stringify(logged)).toContain("odd");
    },
  );

  it.each([429, 500, 501, 502, 503, 504, 408, 401, 403])(
    "%i may be tried again, when it says",
    async (status) => {
      const headers: Record<string, string> = {};
      const { url } = await httpBackend((_, response) => {
        response.writeHead(status, headers).end();
      });
      const { destination } = destinationTo(url);
      const plain = await errorOf(destination.send(delivery(log("a")), never));
      expect(plain).not.toBeInstanceOf(PermanentError);
      expect(plain).not.toBeInstanceOf(RetryAfterError);
      headers["retry-after"] = "7";
      const timed = await errorOf(destination.send(delivery(log("a")), never));
      expect(timed).toMatchObject({ name: "RetryAfterError", afterMs: 7_000 });
    },
  );

  it.each([
    [400, false],
    [413, false],
    [422, false],
    [404, true],
    [405, true],
    [302, true],
  ])("%i is for good", async (status, isEndpoints) => {
    const { url } = await httpBackend((_, response) => {
      response.writeHead(status, { "content-type": "application/x-protobuf" });
      response.end(encodeMessage("RpcStatus", { code: 3, message: "because of it" }));
    });
    const error = await errorOf(destinationTo(url).destination.send(delivery(log("a")), never));
    expect(error).toBeInstanceOf(PermanentError);
    expect(error instanceof EndpointRefusedError).toBe(isEndpoints);
    expect(String(error)).toContain(`HTTP ${status}: `);
  });

  it("what became of one signal is nothing to the others", async () => {
    const { url } = await httpBackend(({ path }, response) => {
      const status = path.endsWith("/logs") ? 404 : path.endsWith("/metrics") ? 503 : 200;
      response.writeHead(status, status === 503 ? { "retry-after": "2" } : {}).end();
    });
    const { destination } = destinationTo(url);
    const error = await errorOf(destination.send(delivery(log("a"), span(), point()), never));
    expect(error).toBeInstanceOf(PartialDeliveryError);
    expect(error).toMatchObject({
      again: [2],
      refused: [{ index: 0, reason: "HTTP 404" }],
      cause: { afterMs: 2_000 },
    });
  });

  it("an answer that never comes ends after the timeout", async () => {
    const { url, seen } = await httpBackend(() => {});
    const clock = new FakeClock();
    const { destination } = destinationTo(url, { timeout: 2_000 }, clock);
    const sending = errorOf(destination.send(delivery(log("a")), never));
    while (seen.length === 0) await settled();
    await clock.advance(2_000);
    expect(String(await sending)).toContain("within 2000 ms");
  });
});

type UnaryHandler = grpc.handleUnaryCall<Buffer, Buffer>;

/** A real gRPC server that takes bytes as they are. */
async function grpcBackend(handle: UnaryHandler): Promise<string> {
  const server = new grpc.Server();
  const asIs = (bytes: Buffer): Buffer => bytes;
  for (const [service, name] of [
    ["trace", "TraceService"],
    ["metrics", "MetricsService"],
    ["logs", "LogsService"],
  ]) {
    const path = `/opentelemetry.proto.collector.${service}.v1.${name}/Export`;
    const method = {
      path,
      requestStream: false,
      responseStream: false,
      requestSerialize: asIs,
      requestDeserialize: asIs,
      responseSerialize: asIs,
      responseDeserialize: asIs,
    };
    server.addService({ export: method }, { export: handle });
  }
  const port = await new Promise<number>((resolve, reject) => {
    const credentials = grpc.ServerCredentials.createInsecure();
    server.bindAsync("127.0.0.1:0", credentials, (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  cleanups.push(() => server.forceShutdown());
  return `http://127.0.0.1:${port}`;
}

const retryInfo = (seconds: number): Buffer =>
  encodeMessage("RpcStatus", {
    code: 8,
    details: [
      {
        typeUrl: "type.googleapis.com/google.rpc.RetryInfo",
        value: encodeMessage("RetryInfo", { retryDelay: { seconds, nanos: 500_000_000 } }),
      },
    ],
  });

describe("over gRPC", () => {
  it.each(["gzip", "none"])(
    "a real server takes calls with compression %s",
    async (compression) => {
      const seen: { body: Buffer; key: unknown }[] = [];
      const url = await grpcBackend(({ request, metadata }, done) => {
        seen.push({ body: request, key: metadata.get("x-key")[0] });
        done(null, Buffer.alloc(0));
      });
      const settings = { protocol: "grpc", compression, headers: { "X-Key": "secret" } };
      const { destination } = destinationTo(url, settings);
      await destination.send(delivery(log("one"), span()), never);
      await destination.send(delivery(log("two")), never);
      expect(seen.map(({ key }) => key)).toEqual(["secret", "secret", "secret"]);
      expect(seen.map(({ body }) => body.toString("latin1")).join()).toMatch(/one[^]*two/);
      expect(destination.statistics()).toMatchObject({ total_requests_failed: 0 });
    },
  );

  it("a partial success is told and counted", async () => {
    const url = await grpcBackend((_, done) => {
      const partialSuccess = { rejectedLogRecords: 2, errorMessage: "too old" };
      done(null, encodeMessage("ExportLogsServiceResponse", { partialSuccess }));
    });
    const { destination } = destinationTo(url, { protocol: "grpc" });
    await destination.send(delivery(log("one"), log("two")), never);
    expect(destination.statistics()).toMatchObject({ partial_rejections: 2 });
  });

  it.each([
    [1, "again"],
    [2, "again"],
    [3, "permanent"],
    [4, "again"],
    [5, "permanent"],
    [7, "again"],
    [8, "permanent"],
    [9, "permanent"],
    [10, "again"],
    [11, "again"],
    [12, "endpoint"],
    [13, "again"],
    [14, "again"],
    [15, "again"],
    [16, "again"],
    [99, "again"],
  ])("status %i: %s", async (code, expected) => {
    const url = await grpcBackend((_, done) => done({ code, details: "wegen ü 100%" }));
    const { destination } = destinationTo(url, { protocol: "grpc" });
    const error = await errorOf(destination.send(delivery(log("a")), never));
    expect(String(error)).toContain(`gRPC status ${code}: wegen ü 100%`);
    expect(error instanceof PermanentError).toBe(expected !== "again");
    expect(error instanceof EndpointRefusedError).toBe(expected === "endpoint");
  });

  it.each([8, 14])("status %i with RetryInfo says when", async (code) => {
    const url = await grpcBackend((_, done) => {
      const metadata = new grpc.Metadata();
      metadata.set("grpc-status-details-bin", retryInfo(3));
      done({ code, details: "busy", metadata });
    });
    const { destination } = destinationTo(url, { protocol: "grpc" });
    const error = await errorOf(destination.send(delivery(log("a")), never));
    expect(error).toMatchObject({ name: "RetryAfterError", afterMs: 3_500 });
  });

  it("a server that is not there, or no gRPC server, may be tried again or not", async () => {
    const gone = destinationTo(`http://127.0.0.1:${await freePort()}`, {
      protocol: "grpc",
    }).destination;
    const refused = await errorOf(gone.send(delivery(log("a")), never));
    expect(String(refused)).toContain("ECONNREFUSED");
    expect(refused).not.toBeInstanceOf(PermanentError);
    const { url } = await httpBackend();
    const { destination } = destinationTo(url, { protocol: "grpc" });
    const error = await errorOf(destination.send(delivery(log("a")), never));
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(PermanentError);
  });

  it.each([
    [200, Error],
    [400, Error],
    [401, Error],
    [403, Error],
    [404, EndpointRefusedError],
    [413, PermanentError],
    [500, Error],
    [503, Error],
  ])("an answer of %i without a gRPC status is told by that", (status, kind) => {
    const error = grpcError({ status, headers: {} });
    expect(error?.constructor).toBe(kind);
    expect(error?.message).toBe(`HTTP ${status} without a gRPC status`);
  });

  it("a call that is never answered ends after the timeout, and the next gets another connection", async () => {
    let calls = 0;
    const url = await grpcBackend((_, done) => {
      calls += 1;
      if (calls > 1) done(null, Buffer.alloc(0));
    });
    const clock = new FakeClock();
    const { destination } = destinationTo(url, { protocol: "grpc", timeout: 2_000 }, clock);
    const sending = errorOf(destination.send(delivery(log("a")), never));
    while (calls === 0) await settled();
    await clock.advance(2_000);
    expect(String(await sending)).toContain("within 2000 ms");
    await destination.send(delivery(log("a")), never);
    expect(calls).toBe(2);
  });
});

describe("settings", () => {
  it.each([
    [{ endpoint: "ftp://example.com" }, "endpoint"],
    [{ endpoint: "https://10.0.0.1:4318" }, "endpoint"],
    [{ endpoint: "https://example.com", tracesEndpoint: "https://127.0.0.1/x" }, "tracesEndpoint"],
    [
      { endpoint: "https://example.com", protocol: "grpc", logsEndpoint: "https://example.com/x" },
      "logsEndpoint",
    ],
    [{ endpoint: "https://example.com", protocol: "http" }, "protocol"],
    [{ endpoint: "https://example.com", compression: "br" }, "compression"],
    [{ endpoint: "https://example.com", headers: { "a\nb": "c" } }, "headers"],
  ])("%j are refused where they are wrong", (settings, field) => {
    expect(otlp.settings.safeParse(settings).error?.issues[0]?.path[0]).toBe(field);
  });
});
