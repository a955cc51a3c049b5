import * as http from "node:http";
import * as http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { encodeMessage, encodeOtlp } from "#core/otlp/encode.ts";
import { GrpcTransport } from "./grpc-transport.ts";
import { HttpTransport } from "./http-transport.ts";
import { readPartialSuccess, type Transport } from "./transport.ts";

const request = encodeOtlp("traces", {
  resourceSpans: [{ scopeSpans: [{ spans: [{ name: "a" }] }] }],
});
const partial = encodeMessage("ExportTraceServiceResponse", {
  partialSuccess: { rejectedSpans: 300, errorMessage: "too old" },
});

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function listening(server: http.Server | http2.Http2Server): Promise<URL> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => server.close());
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
}

function kept<T extends Transport>(transport: T): T {
  closing.unshift(() => transport.close());
  return transport;
}

/** An OTLP/HTTP server that answers so, and what it got. */
async function httpServer(status: number, headers: http.OutgoingHttpHeaders, body: Buffer) {
  const got: { url: string; token: string; body: Buffer }[] = [];
  const server = http.createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      got.push({
        url: incoming.url ?? "",
        token: incoming.headers.authorization ?? "",
        body: gunzipSync(Buffer.concat(chunks)),
      });
      response.writeHead(status, headers).end(body);
    });
  });
  const endpoint = await listening(server);
  const transport = kept(new HttpTransport({ endpoint, token: "secret", connectionsMax: 2 }));
  return { transport, got };
}

describe("over HTTP", () => {
  it("sends the request to the signal's path, with the token", async () => {
    const { transport, got } = await httpServer(200, {}, Buffer.alloc(0));
    const answer = await transport.send("traces", gzipSync(request));
    expect(answer).toEqual({ outcome: "accepted", rejected: 0, message: "" });
    expect(got).toEqual([{ url: "/v1/traces", token: "Bearer secret", body: request }]);
  });

  it("reads a partial success", async () => {
    const { transport } = await httpServer(200, {}, partial);
    const answer = await transport.send("traces", gzipSync(request));
    expect(answer).toEqual({ outcome: "accepted", rejected: 300, message: "too old" });
  });

  it.each([429, 502, 503, 504])(
    "may try again after %i, as late as it is asked to",
    async (status) => {
      const { transport } = await httpServer(status, { "retry-after": "3" }, Buffer.alloc(0));
      const answer = await transport.send("traces", gzipSync(request));
      expect(answer).toMatchObject({ outcome: "retry", retryAfterMs: 3_000 });
    },
  );

  it.each([400, 401, 413, 500])("gives up after %i", async (status) => {
    const { transport } = await httpServer(status, {}, Buffer.from("no"));
    const answer = await transport.send("traces", gzipSync(request));
    expect(answer).toMatchObject({ outcome: "refused", message: `${status} no` });
  });

  it("may try again when nobody listens", async () => {
    const server = http.createServer();
    const endpoint = await listening(server);
    server.close();
    const transport = kept(new HttpTransport({ endpoint, token: undefined, connectionsMax: 1 }));
    expect(await transport.send("logs", gzipSync(request))).toMatchObject({ outcome: "retry" });
  });
});

/** A gRPC server that answers every call so, and what it got. */
async function grpcServer(status: number, message: Buffer, text = "") {
  const got: { path: string; body: Buffer }[] = [];
  const server = http2.createServer();
  server.on("stream", (stream, headers) => {
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", () => {
      const body = Buffer.concat(chunks);
      expect(body[0]).toBe(1);
      expect(body.readUInt32BE(1)).toBe(body.length - 5);
      got.push({ path: headers[":path"] ?? "", body: gunzipSync(body.subarray(5)) });
      stream.respond({ ":status": 200 }, { waitForTrailers: true });
      stream.on("wantTrailers", () =>
        stream.sendTrailers({ "grpc-status": String(status), "grpc-message": text }),
      );
      const prefix = Buffer.alloc(5);
      prefix.writeUInt32BE(message.length, 1);
      stream.end(Buffer.concat([prefix, message]));
    });
  });
  const endpoint = await listening(server);
  const transport = kept(new GrpcTransport({ endpoint, token: undefined, connectionsMax: 1 }));
  return { transport, got };
}

describe("over gRPC", () => {
  it("sends the request to the signal's method", async () => {
    const { transport, got } = await grpcServer(0, Buffer.alloc(0));
    const answer = await transport.send("metrics", gzipSync(request));
    expect(answer).toEqual({ outcome: "accepted", rejected: 0, message: "" });
    expect(got).toEqual([
      { path: "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", body: request },
    ]);
  });

  it("reads a partial success", async () => {
    const { transport } = await grpcServer(0, partial);
    const answer = await transport.send("traces", gzipSync(request));
    expect(answer).toEqual({ outcome: "accepted", rejected: 300, message: "too old" });
  });

  it("may try again when it is unavailable, and gives up when the request is bad", async () => {
    const busy = await grpcServer(14, Buffer.alloc(0), "over%20load");
    expect(await busy.transport.send("traces", gzipSync(request))).toEqual({
      outcome: "retry",
      rejected: 0,
      message: "gRPC status 14 over load",
    });
    const bad = await grpcServer(3, Buffer.alloc(0), "bad");
    expect(await bad.transport.send("traces", gzipSync(request))).toMatchObject({
      outcome: "refused",
    });
  });

  it("may try again when nobody listens", async () => {
    const server = http2.createServer();
    const endpoint = await listening(server);
    server.close();
    const transport = kept(new GrpcTransport({ endpoint, token: undefined, connectionsMax: 1 }));
    expect(await transport.send("logs", gzipSync(request))).toMatchObject({ outcome: "retry" });
  });
});

describe("the answer of a server", () => {
  it("is read however it is cut off, within its bounds", () => {
    for (let length = 0; length <= partial.length; length++) {
      const { rejected } = readPartialSuccess(partial.subarray(0, length));
      expect(rejected).toBeLessThanOrEqual(300);
    }
    expect(readPartialSuccess(partial)).toEqual({ rejected: 300, message: "too old" });
  });
});
