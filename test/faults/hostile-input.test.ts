import { mkdtemp, rm } from "node:fs/promises";
import * as http2 from "node:http2";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { traceAnswer } from "#api/contract/traces.ts";
import { ShopGenerator } from "#app/demo/generator.ts";
import { GrpcTransport } from "#app/demo/grpc-transport.ts";
import { Random } from "#app/demo/random.ts";
import { readPartialSuccess } from "#app/demo/transport.ts";
import { encodeOtlp } from "#core/otlp/encode.ts";
import { rssBytes } from "../../bench/measure/process-stats.ts";
import { IdOracle, ORACLE_SIGNALS } from "./id-oracle.ts";
import { ServerProcess } from "./server-process.ts";
import { judge, readStoredIds } from "./stored-ids.ts";

const PROTOBUF = "application/x-protobuf";
const JSON_TYPE = "application/json";
const RSS_BYTES_MAX = 1 << 30;
const SEED = 1;
const VISIBLE_MS_MAX = 20_000;

let folder: string;
let server: ServerProcess;
const oracle = new IdOracle(new Random(SEED));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sightglass-hostile-"));
  server = new ServerProcess({ dataDir: join(folder, "data") });
  await server.mustBeReady();
});
afterAll(async () => {
  if (server.running) server.signal("SIGKILL");
  await server.ended;
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

async function post(
  path: string,
  body: Uint8Array,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: Buffer }> {
  const response = await fetch(`${server.otlpHttp}${path}`, {
    method: "POST",
    headers: { "content-type": PROTOBUF, ...headers },
    body: new Uint8Array(body),
  });
  return { status: response.status, body: Buffer.from(await response.arrayBuffer()) };
}

/** Real requests of each signal, for damage to be done to. */
const nowMs = Date.now();
const samples = new ShopGenerator({
  seed: SEED,
  startMs: nowMs - 60_000,
  signals: ["traces", "logs", "metrics"],
  rowsMax: 20,
})
  .window({ fromMs: nowMs - 60_000, toMs: nowMs - 30_000, traces: 6 })
  .map(({ signal, request }) => ({ signal, bytes: encodeOtlp(signal, request) }));

const one = (signal: string): Buffer => samples.find((sample) => sample.signal === signal)!.bytes;

describe("a server under attack", () => {
  // Whatever was done to it, it lives, has a bounded memory, and serves the next one.
  afterEach(confirmServing);

  describe("damaged protobuf", { timeout: 60_000 }, () => {
    it.each(["traces", "logs", "metrics"])(
      "cut off anywhere is 200 or 400 (%s)",
      async (signal) => {
        const bytes = one(signal);
        const statuses = new Set<number>();
        const cuts = Array.from({ length: 300 }, (_, index) =>
          Math.floor((index / 300) * bytes.length),
        );
        for (const cut of cuts)
          statuses.add((await post(`/v1/${signal}`, bytes.subarray(0, cut))).status);
        expect(statuses).toEqual(new Set([200, 400]));
      },
    );

    it("with any bytes changed is 200 or 400", async () => {
      const change = fc.record({ at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }) });
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...samples),
          fc.array(change, { minLength: 1, maxLength: 12 }),
          async ({ signal, bytes }, changes) => {
            const damaged = Buffer.from(bytes);
            for (const { at, byte } of changes) damaged[at % damaged.length] = byte;
            expect([200, 400]).toContain((await post(`/v1/${signal}`, damaged)).status);
          },
        ),
        { seed: SEED, numRuns: 400 },
      );
    });

    it("that is no protobuf at all is 400", async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom("traces", "logs", "metrics"),
          fc.uint8Array({ minLength: 1, maxLength: 400 }),
          async (signal, bytes) => {
            expect([200, 400]).toContain((await post(`/v1/${signal}`, bytes)).status);
          },
        ),
        { seed: SEED, numRuns: 200 },
      );
      expect((await post("/v1/traces", Buffer.from("this is not protobuf"))).status).toBe(400);
    });

    it("over gRPC is an invalid argument, and the connection goes on", async () => {
      const transport = new GrpcTransport({
        endpoint: new URL(server.otlpGrpc),
        token: undefined,
        connectionsMax: 1,
      });
      for (const cut of [1, 7, 100]) {
        const damaged = gzipSync(one("traces").subarray(0, -cut));
        const answer = await transport.send("traces", damaged);
        expect(answer).toMatchObject({ outcome: "refused" });
        expect(answer.message).toContain("gRPC status 3");
      }
      expect(await transport.send("traces", gzipSync(one("traces")))).toMatchObject({
        outcome: "accepted",
      });
      transport.close();
    });
  });

  describe("what is too large", { timeout: 60_000 }, () => {
    const zeros = Buffer.alloc(300 << 20);

    it.each([
      ["gzip", gzipSync(zeros)],
      ["deflate", deflateSync(zeros)],
      ["zstd", zstdCompressSync(zeros)],
    ])("a bomb in %s is 413", async (encoding, bomb) => {
      const statuses = await Promise.all(
        Array.from({ length: 8 }, () => post("/v1/traces", bomb, { "content-encoding": encoding })),
      );
      for (const { status } of statuses) expect([413, 503]).toContain(status);
      expect(statuses.map(({ status }) => status)).toContain(413);
    });

    it("a body over the limit is 413", async () => {
      expect((await post("/v1/traces", zeros.subarray(0, 40 << 20))).status).toBe(413);
    });

    it("a span of a million attributes keeps what is allowed, and says how many were dropped", async () => {
      const traceId = "ab".repeat(16);
      const attributes = Array.from({ length: 1_000_000 }, (_, index) => ({
        key: `k${index}`,
        value: { intValue: 1 },
      }));
      const body = encodeOtlp("traces", requestOf({ ...span(traceId), attributes }));
      expect((await post("/v1/traces", body)).status).toBe(200);
      const [found] = (await stored(traceId)).spans;
      expect(Object.keys(found!.attributes)).toHaveLength(128);
      expect(found!.droppedAttributes).toBe(1_000_000 - 128);
    });

    it("JSON that is nested too deeply is 400", async () => {
      const nested = `${'{"arrayValue":{"values":['.repeat(5_000)}{}${"]}}".repeat(5_000)}`;
      const body = `{"resourceSpans":[{"resource":{"attributes":[{"key":"a","value":${nested}}]}}]}`;
      for (const text of [body, "[".repeat(1_000_000), '{"a":'.repeat(200_000)]) {
        const answer = await post("/v1/traces", Buffer.from(text), { "content-type": JSON_TYPE });
        expect(answer.status).toBe(400);
        expect(JSON.parse(answer.body.toString())).toHaveProperty("message");
      }
    });
  });

  describe("strange values", { timeout: 60_000 }, () => {
    it("NaN, infinities and control characters come back as they were", async () => {
      const traceId = "cd".repeat(16);
      const name = "a\u0000b\u0007\u001b[31m\u2028'; DROP TABLE spans; --";
      const body = encodeOtlp(
        "traces",
        requestOf({
          ...span(traceId),
          name,
          attributes: [
            { key: "nan", value: { doubleValue: Number.NaN } },
            { key: "inf", value: { doubleValue: Number.NEGATIVE_INFINITY } },
            { key: "big", value: { intValue: "9223372036854775807" } },
            { key: name, value: { stringValue: name } },
          ],
        }),
      );
      expect((await post("/v1/traces", body)).status).toBe(200);
      const [found] = (await stored(traceId)).spans;
      expect(found!.name).toBe(name);
      expect(found!.attributes).toEqual({
        nan: "NaN",
        inf: "-Infinity",
        big: "9223372036854775807",
        [name]: name,
      });
    });

    it("bad UTF-8 makes no answer unreadable", async () => {
      const traceId = "ef".repeat(16);
      const body = encodeOtlp("traces", requestOf({ ...span(traceId), name: "<<<<" }));
      body.fill(0xff, body.indexOf("<<<<"), body.indexOf("<<<<") + 4);
      const { status } = await post("/v1/traces", body);
      expect([200, 400]).toContain(status);
      const search = await fetch(`${server.http}/api/v1/traces`);
      expect(search.status).toBe(200);
      const text = new TextDecoder("utf-8", { fatal: true }).decode(await search.arrayBuffer());
      expect(JSON.parse(text)).toHaveProperty("data");
    });

    it("spans without proper ids, or of another age, are left out and told of", async () => {
      const good = span("12".repeat(16));
      const request = requestOf(
        good,
        { ...good, traceId: "12" },
        { ...good, spanId: "" },
        { ...good, startTimeUnixNano: 1n, endTimeUnixNano: 2n },
      );
      const { status, body } = await post("/v1/traces", encodeOtlp("traces", request));
      expect(status).toBe(200);
      const { rejected, message } = readPartialSuccess(body);
      expect(rejected).toBe(3);
      expect(message).not.toBe("");
    });
  });

  describe("requests that are no OTLP", { timeout: 60_000 }, () => {
    it("have the status that tells why", async () => {
      const empty = Buffer.alloc(0);
      const statuses = {
        type: (await post("/v1/traces", empty, { "content-type": "text/plain" })).status,
        coding: (await post("/v1/traces", empty, { "content-encoding": "br" })).status,
        path: (await post("/v1/nothing", empty)).status,
        method: (await fetch(`${server.otlpHttp}/v1/traces`)).status,
        notGzip: (await post("/v1/traces", Buffer.from("x"), { "content-encoding": "gzip" }))
          .status,
      };
      expect(statuses).toEqual({ type: 415, coding: 415, path: 404, method: 405, notGzip: 400 });
    });

    it("that are not even HTTP are cut off", async () => {
      const { hostname, port } = new URL(server.otlpHttp);
      const attacks = [
        "\u0016\u0003\u0001",
        "GET / HTTP/9.9\r\n\r\n",
        `POST /v1/traces HTTP/1.1\r\nhost: x\r\nx: ${"a".repeat(100_000)}\r\n\r\n`,
        "POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
      ];
      for (const attack of attacks) {
        const ended = new Promise<string>((resolve) => {
          let answer = "";
          const socket = connect(Number(port), hostname, () => socket.write(attack));
          socket.on("data", (chunk) => (answer += chunk.toString("latin1")));
          socket.on("error", () => resolve(answer));
          socket.on("close", () => resolve(answer));
        });
        expect(await ended).not.toMatch(/^HTTP\/1\.1 (2|500)/);
      }
    });

    it("over HTTP/2 that are no gRPC end their own stream only", async () => {
      const session = http2.connect(server.otlpGrpc);
      session.on("error", () => {});
      const call = (headers: http2.OutgoingHttpHeaders, body: Buffer): Promise<unknown> =>
        new Promise((resolve) => {
          const stream = session.request({ ":method": "POST", te: "trailers", ...headers });
          let seen: http2.IncomingHttpHeaders = {};
          const note = (answer: http2.IncomingHttpHeaders): void => {
            seen = { ...seen, ...answer };
          };
          stream.on("response", note);
          stream.on("trailers", note);
          stream.on("error", () => {});
          stream.on("close", () => resolve(seen["grpc-status"] ?? seen[":status"]));
          stream.resume();
          stream.end(body);
        });
      const export_ = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
      const grpc = { "content-type": "application/grpc", ":path": export_ };
      const framed = (length: number, bytes: Buffer): Buffer => {
        const prefix = Buffer.alloc(5);
        prefix.writeUInt32BE(length, 1);
        return Buffer.concat([prefix, bytes]);
      };
      expect(await call({ ...grpc, ":path": "/nothing" }, framed(0, Buffer.alloc(0)))).toBe("12");
      expect(await call(grpc, framed(0xffff_ffff, Buffer.alloc(10)))).toBe("8");
      expect(await call(grpc, framed(100, Buffer.alloc(10)))).toBe("3");
      expect(await call({ ...grpc, "content-type": "text/html" }, Buffer.alloc(3))).toBe(415);
      expect(await call(grpc, framed(0, Buffer.alloc(0)))).toBe("0");
      session.close();
    });
  });
});

it("stores what was good all the while, once", { timeout: 60_000 }, async () => {
  await server.stop();
  for (const verdict of judge(oracle, await readStoredIds(join(folder, "data"))))
    expect(verdict).toMatchObject({ lost: 0, duplicated: 0, torn: 0 });
});

function span(traceId: string): Record<string, unknown> {
  const startNs = BigInt(Date.now()) * 1_000_000n;
  return {
    traceId,
    spanId: "0102030405060708",
    name: "hostile",
    kind: 2,
    startTimeUnixNano: startNs,
    endTimeUnixNano: startNs + 1_000n,
  };
}

function requestOf(...spans: readonly unknown[]): unknown {
  return { resourceSpans: [{ scopeSpans: [{ spans }] }] };
}

/** The trace, once it can be asked for. */
async function stored(traceId: string): Promise<ReturnType<typeof traceAnswer.parse>> {
  const endMs = performance.now() + VISIBLE_MS_MAX;
  for (;;) {
    const found = traceAnswer.safeParse(await server.json(`/api/v1/traces/${traceId}`));
    if (found.success && found.data.spans.length > 0) return found.data;
    if (performance.now() > endMs) throw new Error(`trace ${traceId} never came`);
    await delay(50);
  }
}

async function confirmServing(): Promise<void> {
  if (!server.running) throw new Error(`the server has ended:\n${server.output}`);
  const rss = rssBytes(server.pid);
  if (rss > RSS_BYTES_MAX) throw new Error(`the server has grown to ${rss} bytes`);
  for (const signal of ORACLE_SIGNALS) {
    const before = oracle.count(signal, "acknowledged");
    await oracle.send(server.otlpHttp, signal);
    if (oracle.count(signal, "acknowledged") !== before + 1)
      throw new Error(`a good request of ${signal} was not accepted`);
  }
}
