import { connect as connectHttp2, constants, type ClientHttp2Session } from "node:http2";
import { connect } from "node:net";
import { gzipSync, zstdCompressSync, deflateSync } from "node:zlib";
import * as grpc from "@grpc/grpc-js";
import { afterEach, describe, expect, it } from "vitest";
import { SightglassError } from "#core/errors.ts";
import { encodeOtlp } from "#core/otlp/encode.ts";
import { SIGNALS, type Signal } from "#core/signal.ts";
import { until } from "#pipeline/testing/until.ts";
import { decodeMessage } from "./testing/oracle.ts";
import {
  type ReceiverUnderTest,
  startReceiver,
  stopReceivers,
} from "./testing/receiver-under-test.ts";

const METHODS: Readonly<Record<Signal, string>> = {
  traces: "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
  metrics: "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
  logs: "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
};
const CALL_HEADERS = {
  ":method": "POST",
  ":path": METHODS.traces,
  "content-type": "application/grpc",
};
const BODY = encodeOtlp("traces", {
  resourceSpans: [{ scopeSpans: [{ spans: [{ name: "a" }] }] }],
});

const closers: (() => void)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) close();
  await stopReceivers();
});

interface Outcome {
  code: grpc.status;
  details: string;
  metadata: grpc.Metadata;
  response: Buffer | undefined;
}

/** Calls with the official client, which is closed after the test. */
function call(
  door: ReceiverUnderTest,
  path: string,
  body: Buffer,
  options: {
    metadata?: Record<string, string>;
    client?: grpc.ClientOptions;
    deadline?: number;
  } = {},
): Promise<Outcome> {
  const client = new grpc.Client(
    door.grpcAddress,
    grpc.credentials.createInsecure(),
    options.client,
  );
  closers.push(() => {
    client.close();
  });
  const metadata = new grpc.Metadata();
  for (const [key, value] of Object.entries(options.metadata ?? {})) metadata.set(key, value);
  const identity = (bytes: Buffer): Buffer => bytes;
  return new Promise((resolve) => {
    let response: Buffer | undefined;
    const unary = client.makeUnaryRequest(
      path,
      identity,
      identity,
      body,
      metadata,
      options.deadline === undefined ? {} : { deadline: Date.now() + options.deadline },
      (_error, value) => (response = value),
    );
    unary.on("status", (status) => resolve({ ...status, response }));
  });
}

interface RawOutcome {
  headers: Record<string, unknown>;
  trailers: Record<string, unknown>;
  body: Buffer;
  rstCode: number;
}

function session(door: ReceiverUnderTest): ClientHttp2Session {
  const client = connectHttp2(`http://${door.grpcAddress}`);
  client.on("error", () => undefined);
  closers.push(() => {
    client.destroy();
  });
  return client;
}

/** Calls without a gRPC library, so that any bytes can be sent. */
function rawCall(
  client: ClientHttp2Session,
  headers: Record<string, string>,
  ...parts: Buffer[]
): Promise<RawOutcome> {
  return new Promise((resolve) => {
    const stream = client.request({
      ":method": "POST",
      ":path": METHODS.traces,
      "content-type": "application/grpc",
      te: "trailers",
      ...headers,
    });
    const outcome: RawOutcome = { headers: {}, trailers: {}, body: Buffer.alloc(0), rstCode: -1 };
    stream.on("response", (received) => (outcome.headers = received));
    stream.on("trailers", (received: Record<string, unknown>) => {
      outcome.trailers = received;
    });
    stream.on("data", (chunk: Buffer) => (outcome.body = Buffer.concat([outcome.body, chunk])));
    stream.on("error", () => undefined);
    stream.on("close", () => resolve({ ...outcome, rstCode: stream.rstCode }));
    for (const part of parts) stream.write(part);
    stream.end();
  });
}

function frame(message: Buffer, flag = 0): Buffer {
  const head = Buffer.alloc(5);
  head[0] = flag;
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

describe("the OTLP/gRPC door, to the official client", () => {
  it.each(SIGNALS)("takes %s", async (signal) => {
    const door = await startReceiver();
    const outcome = await call(door, METHODS[signal], BODY);
    expect(outcome.code).toBe(grpc.status.OK);
    expect(outcome.response).toHaveLength(0);
    expect(door.sink.received).toEqual([{ signal, org: "default", body: BODY }]);
    await until(() => door.answered.length === 1);
    expect(door.answered[0]).toMatchObject({ door: "grpc", signal, code: "OK" });
    expect(door.answered[0]).toMatchObject({ bodyBytes: BODY.length });
  });

  it.each([
    [grpc.compressionAlgorithms.gzip, "gzip"],
    [grpc.compressionAlgorithms.deflate, "deflate"],
  ])("takes messages in the compression %i (%s)", async (algorithm) => {
    const door = await startReceiver();
    const client = { "grpc.default_compression_algorithm": algorithm };
    const outcome = await call(door, METHODS.traces, BODY, { client });
    expect(outcome.code).toBe(grpc.status.OK);
    expect(door.sink.received[0]?.body).toEqual(BODY);
  });

  it("takes a message of many frames", async () => {
    const door = await startReceiver();
    const body = Buffer.alloc(5_000_000, "abc");
    const outcome = await call(door, METHODS.logs, body);
    expect(outcome.code).toBe(grpc.status.OK);
    expect(door.sink.received[0]?.body.equals(body)).toBe(true);
  });

  it("takes an empty message", async () => {
    const door = await startReceiver();
    expect((await call(door, METHODS.logs, Buffer.alloc(0))).code).toBe(grpc.status.OK);
    expect(door.sink.received[0]?.body).toHaveLength(0);
  });

  it("answers a partial success", async () => {
    const door = await startReceiver();
    door.sink.answer = () => ({ accepted: 1, rejected: 7, message: "seven too old" });
    const outcome = await call(door, METHODS.metrics, BODY);
    expect(decodeMessage("ExportMetricsServiceResponse", outcome.response!)).toEqual({
      partialSuccess: { rejectedDataPoints: "7", errorMessage: "seven too old" },
    });
  });

  it.each([
    ["bad_payload", grpc.status.INVALID_ARGUMENT],
    ["payload_too_large", grpc.status.RESOURCE_EXHAUSTED],
  ] as const)("answers %s with the status %i, for good", async (code, status) => {
    const door = await startReceiver();
    door.sink.answer = () => {
      throw new SightglassError(code, "100 % größer\n");
    };
    const outcome = await call(door, METHODS.traces, BODY);
    expect(outcome.code).toBe(status);
    expect(outcome.details).toBe("100 % größer\n");
    const [details] = outcome.metadata.get("grpc-status-details-bin");
    expect(decodeMessage("RpcStatus", details as Buffer)).toEqual({
      code: status,
      message: "100 % größer\n",
    });
  });

  it.each(["overloaded", "storage_full", "stopping"] as const)(
    "answers %s with UNAVAILABLE and the time to wait",
    async (code) => {
      const door = await startReceiver();
      door.sink.answer = () => {
        throw new SightglassError(code, "later", { retryAfterSeconds: 3 });
      };
      const outcome = await call(door, METHODS.traces, BODY);
      expect(outcome.code).toBe(grpc.status.UNAVAILABLE);
      const [details] = outcome.metadata.get("grpc-status-details-bin");
      const status = decodeMessage("RpcStatus", details as Buffer) as {
        details: { typeUrl: string; value: Buffer }[];
      };
      expect(status.details[0]?.typeUrl).toBe("type.googleapis.com/google.rpc.RetryInfo");
      expect(decodeMessage("RetryInfo", status.details[0]!.value)).toEqual({
        retryDelay: { seconds: "3" },
      });
    },
  );

  it("answers a failure that nobody foresaw with UNAVAILABLE, and logs it", async () => {
    const door = await startReceiver();
    door.sink.answer = () => {
      throw new TypeError("x is not a function");
    };
    const outcome = await call(door, METHODS.traces, BODY);
    expect(outcome.code).toBe(grpc.status.UNAVAILABLE);
    expect(outcome.details).not.toContain("not a function");
    expect(door.errors).toHaveLength(1);
  });

  it.each([
    "/opentelemetry.proto.collector.trace.v1.TraceService/Import",
    "/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export",
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "/",
  ])("answers UNIMPLEMENTED to %s", async (path) => {
    const door = await startReceiver();
    const outcome = await call(door, path, BODY);
    expect(outcome.code).toBe(grpc.status.UNIMPLEMENTED);
    expect(outcome.details).toContain(METHODS.logs);
  });

  it("asks for the token, when there is one", async () => {
    const door = await startReceiver({ token: "secret" });
    const without = await call(door, METHODS.traces, BODY);
    expect(without.code).toBe(grpc.status.UNAUTHENTICATED);
    const wrong = await call(door, METHODS.traces, BODY, {
      metadata: { authorization: "Bearer wrong" },
    });
    expect(wrong.code).toBe(grpc.status.UNAUTHENTICATED);
    const right = await call(door, METHODS.traces, BODY, {
      metadata: { authorization: "Bearer secret" },
    });
    expect(right.code).toBe(grpc.status.OK);
    expect(door.sink.received).toHaveLength(1);
  });

  it("says that it is healthy, token or not", async () => {
    const door = await startReceiver({ token: "secret" });
    const outcome = await call(door, "/grpc.health.v1.Health/Check", Buffer.alloc(0));
    expect(decodeMessage("HealthCheckResponse", outcome.response!)).toEqual({ status: 1 });
  });

  it("answers while many calls are under way on one connection", async () => {
    const door = await startReceiver();
    door.sink.answer = async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return { accepted: 1, rejected: 0, message: "" };
    };
    const client = session(door);
    const outcomes = await Promise.all(
      Array.from({ length: 300 }, () => rawCall(client, {}, frame(BODY))),
    );
    expect(outcomes.every(({ trailers }) => trailers["grpc-status"] === "0")).toBe(true);
    expect(door.sink.received).toHaveLength(300);
  });
});

describe("the OTLP/gRPC door, to the letter of the protocol", () => {
  it("answers headers, one message and trailers", async () => {
    const door = await startReceiver();
    const outcome = await rawCall(session(door), {}, frame(BODY));
    expect(outcome.headers).toMatchObject({
      ":status": 200,
      "content-type": "application/grpc",
      "grpc-accept-encoding": "identity,gzip,deflate,zstd",
    });
    expect(outcome.body).toEqual(Buffer.alloc(5));
    expect(outcome.trailers).toMatchObject({ "grpc-status": "0" });
    expect(outcome.rstCode).toBe(0);
  });

  it("puts a message together from single bytes", async () => {
    const door = await startReceiver();
    const bytes = [...frame(BODY)].map((byte) => Buffer.from([byte]));
    const outcome = await rawCall(session(door), {}, ...bytes);
    expect(outcome.trailers["grpc-status"]).toBe("0");
    expect(door.sink.received[0]?.body).toEqual(BODY);
  });

  it.each([
    ["gzip", gzipSync],
    ["deflate", deflateSync],
    ["zstd", zstdCompressSync],
  ] as const)("takes a message in %s", async (coding, compress) => {
    const door = await startReceiver();
    const message = frame(compress(BODY), 1);
    const outcome = await rawCall(session(door), { "grpc-encoding": coding }, message);
    expect(outcome.trailers["grpc-status"]).toBe("0");
    expect(door.sink.received[0]?.body).toEqual(BODY);
  });

  it("takes an uncompressed message though an encoding is announced", async () => {
    const door = await startReceiver();
    const outcome = await rawCall(session(door), { "grpc-encoding": "gzip" }, frame(BODY));
    expect(outcome.trailers["grpc-status"]).toBe("0");
  });

  const truncated = frame(BODY).subarray(0, -1);
  it.each([
    ["an unknown encoding", { "grpc-encoding": "snappy" }, [frame(BODY, 1)], "12"],
    ["a compressed message without an encoding", {}, [frame(BODY, 1)], "13"],
    ["no message", {}, [], "3"],
    ["half a prefix", {}, [Buffer.alloc(3)], "3"],
    ["a truncated message", {}, [truncated], "3"],
    ["two messages", {}, [frame(BODY), frame(BODY)], "3"],
    ["an unknown flag", {}, [frame(BODY, 2)], "3"],
    ["what is not gzip", { "grpc-encoding": "gzip" }, [frame(BODY, 1)], "3"],
    ["a length over the limit", {}, [Buffer.from([0, 255, 255, 255, 255])], "8"],
    ["a bomb", { "grpc-encoding": "gzip" }, [frame(gzipSync(Buffer.alloc(64 << 20)), 1)], "8"],
    ["a malformed deadline", { "grpc-timeout": "soon" }, [frame(BODY)], "3"],
    ["a deadline that is past", { "grpc-timeout": "0n" }, [frame(BODY)], "4"],
  ] as [string, Record<string, string>, Buffer[], string][])(
    "answers %s in the headers alone",
    async (_name, headers, parts, status) => {
      const door = await startReceiver();
      const client = session(door);
      const outcome = await rawCall(client, headers, ...parts);
      expect(outcome.headers).toMatchObject({ ":status": 200, "grpc-status": status });
      expect(door.sink.received).toHaveLength(0);
      // The connection is none the worse for it.
      expect((await rawCall(client, {}, frame(BODY))).trailers["grpc-status"]).toBe("0");
      expect(door.errors).toEqual([]);
    },
  );

  it.each([
    [{ "content-type": "application/json" }, 415],
    [{ "content-type": "application/grpc-web" }, 415],
    [{ "content-type": "application/grpc+json" }, 415],
    [{ ":method": "GET" }, 405],
  ] as [Record<string, string>, number][])(
    "answers %j in plain HTTP with %i",
    async (headers, status) => {
      const door = await startReceiver();
      const outcome = await rawCall(session(door), headers);
      expect(outcome.headers).toMatchObject({ ":status": status });
    },
  );

  it("stops reading a message that is too large, and says so", async () => {
    const door = await startReceiver({ limits: { bodyBytesMax: 1_000_000 } });
    const outcome = await call(door, METHODS.traces, Buffer.alloc(4_000_000));
    expect(outcome.code).toBe(grpc.status.RESOURCE_EXHAUSTED);
    expect(outcome.metadata.get("grpc-status-details-bin")).toHaveLength(1);
    await until(() => door.answered.length === 1);
    expect(door.answered[0]!.wireBytes).toBeLessThan(1_100_000);
  });

  it("answers UNAVAILABLE when the bodies in flight are over their bound", async () => {
    const door = await startReceiver({ limits: { inFlightBytesMax: 1_000 } });
    const outcome = await call(door, METHODS.traces, Buffer.alloc(4_000));
    expect(outcome.code).toBe(grpc.status.UNAVAILABLE);
    expect((await call(door, METHODS.traces, BODY)).code).toBe(grpc.status.OK);
  });

  it("forgets calls whose connection breaks, or that are cancelled", async () => {
    const door = await startReceiver({ limits: { inFlightBytesMax: 100 } });
    const part = frame(Buffer.alloc(1_000)).subarray(0, 80);
    for (let round = 0; round < 6; round++) {
      const client = session(door);
      const stream = client.request(CALL_HEADERS);
      stream.on("error", () => undefined);
      stream.write(part, () => {
        if (round % 2 === 0) client.destroy();
        else stream.close(constants.NGHTTP2_CANCEL);
      });
      await until(() => door.answered.length === round + 1);
    }
    // Node ends a stream before it cancels it, which makes the message a truncated one.
    const codes = door.answered.map(({ code }) => code);
    expect(new Set(codes)).toEqual(new Set(["aborted", "INVALID_ARGUMENT"]));
    expect(door.sink.received).toHaveLength(0);
    const outcome = await rawCall(session(door), {}, frame(BODY));
    expect(outcome.trailers["grpc-status"]).toBe("0");
  });

  it("cuts off a call whose body stops coming", async () => {
    const door = await startReceiver({ limits: { bodyIdleMsMax: 20, sweepMs: 10 } });
    const stream = session(door).request(CALL_HEADERS);
    stream.on("error", () => undefined);
    stream.write(Buffer.alloc(3));
    await until(() => door.answered.length === 1);
    expect(door.answered[0]).toMatchObject({ code: "timeout", wireBytes: 3 });
  });

  it("ends a call at its own deadline while it is being read", async () => {
    const door = await startReceiver({ limits: { sweepMs: 10 } });
    const stream = session(door).request({
      ":method": "POST",
      ":path": METHODS.traces,
      "content-type": "application/grpc",
      "grpc-timeout": "20m",
    });
    const headers = await new Promise<Record<string, unknown>>((resolve) => {
      stream.on("error", () => undefined);
      stream.on("response", resolve);
      stream.write(Buffer.alloc(3));
    });
    expect(headers["grpc-status"]).toBe("4");
  });

  it("closes a connection on which a sender takes no answer", async () => {
    const door = await startReceiver({ limits: { connectionIdleMsMax: 30 } });
    const client = connectHttp2(`http://${door.grpcAddress}`, {
      settings: { initialWindowSize: 0 },
    });
    client.on("error", () => undefined);
    const stream = client.request(CALL_HEADERS);
    stream.on("error", () => undefined);
    stream.end(frame(BODY));
    await new Promise<void>((resolve) => {
      client.on("close", resolve);
    });
    await until(() => door.answered.length === 1);
    expect(door.sink.received).toHaveLength(1);
  });

  it("closes a connection that has gone without a call for long", async () => {
    const door = await startReceiver({ limits: { connectionIdleMsMax: 20 } });
    const client = session(door);
    await new Promise<void>((resolve) => client.on("close", resolve));
    expect(client.closed).toBe(true);
  });

  it("ends a connection that resets its calls rapidly (CVE-2023-44487)", async () => {
    const door = await startReceiver();
    const client = session(door);
    const closed = new Promise<void>((resolve) => client.on("close", resolve));
    const flood = (): void => {
      for (let index = 0; index < 100 && !client.destroyed; index++) {
        const stream = client.request(CALL_HEADERS);
        stream.on("error", () => undefined);
        stream.close(constants.NGHTTP2_CANCEL);
      }
      if (!client.destroyed) setImmediate(flood);
    };
    client.on("connect", flood);
    await closed;
    expect(door.answered.length).toBeLessThan(5_000);
    expect((await call(door, METHODS.traces, BODY)).code).toBe(grpc.status.OK);
  });

  it("survives bytes that are no HTTP/2, and headers over their bound", async () => {
    const door = await startReceiver();
    for (const bytes of [
      "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
      "\0".repeat(1_000),
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\xff",
    ]) {
      await new Promise<void>((resolve) => {
        const socket = connect(door.grpcPort, "127.0.0.1");
        socket.on("error", () => undefined);
        socket.on("close", () => resolve());
        socket.resume();
        socket.end(bytes, "latin1");
      });
    }
    expect(door.warnings[0]).toContain("OTLP/HTTP has a port of its own");
    const client = session(door);
    // The bound holds once the client knows of it: up to then it is Node's, 64 KiB.
    await rawCall(client, { "content-type": "none" });
    const large = await rawCall(client, { "x-large": "x".repeat(40_000) }, frame(BODY));
    expect(large.headers[":status"]).not.toBe(200);
    expect(door.sink.received).toHaveLength(0);
    expect((await call(door, METHODS.traces, BODY)).code).toBe(grpc.status.OK);
  });
});
