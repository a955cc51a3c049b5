import { readFileSync } from "node:fs";
import { once } from "node:events";
import { connect } from "node:net";
import { request as httpRequest } from "node:http";
import { deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import protobuf from "protobufjs";
import { afterEach, describe, expect, it } from "vitest";
import { SightglassError } from "#core/errors.ts";
import { encodeOtlp } from "#core/otlp/encode.ts";
import { SIGNALS, type Signal } from "#core/signal.ts";
import type { Intake } from "./intake.ts";
import type { OtlpReceiverOptions } from "./receiver.ts";
import { startReceiver, type ReceiverUnderTest } from "./receiver-under-test.ts";

const schema = new URL("../../core/otlp/testdata/otlp.proto", import.meta.url);
const root = protobuf.parse(readFileSync(schema, "utf8")).root;

function decode(message: string, bytes: Uint8Array): Record<string, unknown> {
  const type = root.lookupType(message);
  return type.toObject(type.decode(bytes), { longs: String, bytes: String });
}

const REQUESTS: Readonly<Record<Signal, unknown>> = {
  traces: { resourceSpans: [{ scopeSpans: [{ spans: [{ name: "a", traceId: "0a0b" }] }] }] },
  logs: { resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: "b" } }] }] }] },
  metrics: { resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: "c" }] }] }] },
};
const PROTOBUF = "application/x-protobuf";
const JSON_TYPE = "application/json";
const COMPRESS = {
  identity: (body: Buffer) => body,
  gzip: gzipSync,
  "x-gzip": gzipSync,
  deflate: deflateSync,
  zstd: zstdCompressSync,
} as const;

const open: ReceiverUnderTest[] = [];

async function start(overrides?: Partial<OtlpReceiverOptions>): Promise<ReceiverUnderTest> {
  const started = await startReceiver(overrides);
  open.push(started);
  return started;
}

afterEach(async () => {
  for (const { receiver } of open.splice(0)) await receiver.stop();
});

interface Answer {
  status: number;
  headers: Headers;
  body: Buffer;
}

async function send(
  door: ReceiverUnderTest,
  path: string,
  body: Buffer | string,
  headers: Record<string, string> = {},
  method = "POST",
): Promise<Answer> {
  const answer = await fetch(`${door.httpUrl}${path}`, {
    method,
    headers: { "content-type": PROTOBUF, ...headers },
    body: new Uint8Array(Buffer.from(body)),
  });
  const bytes = Buffer.from(await answer.arrayBuffer());
  return { status: answer.status, headers: answer.headers, body: bytes };
}

function json(answer: Answer): Record<string, unknown> {
  return JSON.parse(answer.body.toString()) as Record<string, unknown>;
}

/** Writes raw bytes on a connection and collects what comes back until the server closes it. */
async function raw(door: ReceiverUnderTest, ...parts: (string | Buffer)[]): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(door.httpPort, "127.0.0.1");
    let text = "";
    socket.on("data", (chunk) => (text += chunk.toString("latin1")));
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(text));
    for (const part of parts) socket.write(part);
  });
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

describe("the OTLP/HTTP door", () => {
  const formats = [PROTOBUF, JSON_TYPE];
  const cases = SIGNALS.flatMap((signal) =>
    formats.flatMap((format) => Object.keys(COMPRESS).map((coding) => [signal, format, coding])),
  ) as [Signal, string, keyof typeof COMPRESS][];

  it.each(cases)("takes %s as %s in %s", async (signal, format, coding) => {
    const door = await start();
    const plain = encodeOtlp(signal, REQUESTS[signal]);
    const body = format === PROTOBUF ? plain : Buffer.from(JSON.stringify(REQUESTS[signal]));
    const answer = await send(door, `/v1/${signal}`, COMPRESS[coding](body), {
      "content-type": format,
      "content-encoding": coding,
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe(format);
    expect(answer.body.toString()).toBe(format === PROTOBUF ? "" : "{}");
    expect(door.sink.received).toEqual([{ signal, org: "default", body: plain }]);
    await until(() => door.answered.length === 1);
    expect(door.answered[0]).toMatchObject({ door: "http", signal, code: "200" });
    expect(door.answered[0]).toMatchObject({ bodyBytes: body.length });
  });

  it("takes an empty body as an empty request", async () => {
    const door = await start();
    expect(await send(door, "/v1/traces", "")).toMatchObject({ status: 200 });
    expect(door.sink.received[0]?.body).toHaveLength(0);
  });

  it("takes a chunked body, and parameters of the media type", async () => {
    const door = await start();
    const text = await raw(
      door,
      "POST /v1/logs?x=1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" +
        "Content-Type: Application/JSON; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n",
      "1\r\n{\r\n1\r\n}\r\n0\r\n\r\n",
    );
    expect(text).toMatch(/^HTTP\/1.1 200 OK/);
    expect(door.sink.received).toHaveLength(1);
  });

  it("keeps all digits of integers that JSON writes as numbers", async () => {
    const door = await start();
    const body =
      '{"resourceSpans":[{"scopeSpans":[{"spans":[{"startTimeUnixNano":1544712660300000001,' +
      '"name":"1544712660300000001 \\" 1544712660300000002","endTimeUnixNano": 18446744073709551615 }]}]}]}';
    await send(door, "/v1/traces", body, { "content-type": JSON_TYPE });
    expect(door.sink.received[0]?.body).toEqual(
      encodeOtlp("traces", {
        resourceSpans: [
          {
            scopeSpans: [
              {
                spans: [
                  {
                    startTimeUnixNano: "1544712660300000001",
                    name: '1544712660300000001 " 1544712660300000002',
                    endTimeUnixNano: "18446744073709551615",
                  },
                ],
              },
            ],
          },
        ],
      }),
    );
  });

  describe("answers a partial success", () => {
    const intake: Intake = { accepted: 1, rejected: 2, message: "span 3: too old" };
    const names = {
      traces: ["ExportTraceServiceResponse", "rejectedSpans"],
      logs: ["ExportLogsServiceResponse", "rejectedLogRecords"],
      metrics: ["ExportMetricsServiceResponse", "rejectedDataPoints"],
    } as const;

    it.each(SIGNALS)("of %s in the format of the request", async (signal) => {
      const door = await start();
      door.sink.answer = () => intake;
      const [message, rejected] = names[signal];
      const expected = { partialSuccess: { [rejected]: "2", errorMessage: intake.message } };
      const binary = await send(door, `/v1/${signal}`, "");
      expect(decode(message, binary.body)).toEqual(expected);
      const text = await send(door, `/v1/${signal}`, "{}", { "content-type": JSON_TYPE });
      expect(json(text)).toEqual(expected);
      expect([binary.status, text.status]).toEqual([200, 200]);
    });
  });

  describe("refuses", () => {
    const one = gzipSync("abc");
    const cases: [
      string,
      number,
      number,
      Parameters<typeof send> extends [unknown, ...infer R] ? R : never,
    ][] = [
      ["an unknown path", 404, 5, ["/v1/trace", ""]],
      ["a post to the root", 404, 5, ["/", ""]],
      ["another method", 405, 12, ["/v1/traces", "", {}, "PUT"]],
      ["another media type", 415, 3, ["/v1/traces", "", { "content-type": "text/plain" }]],
      [
        "a media type that only begins alike",
        415,
        3,
        ["/v1/traces", "{}", { "content-type": "application/jsonp" }],
      ],
      [
        "two media types",
        415,
        3,
        ["/v1/traces", "{}", { "content-type": "application/json, text/plain" }],
      ],
      ["an unknown coding", 415, 3, ["/v1/traces", "", { "content-encoding": "br" }]],
      ["two codings", 415, 3, ["/v1/traces", "", { "content-encoding": "gzip, gzip" }]],
      ["what is not gzip", 400, 3, ["/v1/traces", "abc", { "content-encoding": "gzip" }]],
      [
        "a truncated gzip",
        400,
        3,
        ["/v1/traces", one.subarray(0, -3), { "content-encoding": "gzip" }],
      ],
      ["an empty gzip", 400, 3, ["/v1/traces", "", { "content-encoding": "gzip" }]],
      [
        "bytes after a deflate stream",
        400,
        3,
        [
          "/v1/traces",
          Buffer.concat([deflateSync("a"), Buffer.from("b")]),
          { "content-encoding": "deflate" },
        ],
      ],
      [
        "a truncated zstd",
        400,
        3,
        ["/v1/traces", zstdCompressSync("abc").subarray(0, -1), { "content-encoding": "zstd" }],
      ],
      ["broken JSON", 400, 3, ["/v1/traces", '{"a":', { "content-type": JSON_TYPE }]],
      [
        "JSON that is not UTF-8",
        400,
        3,
        ["/v1/traces", Buffer.from([0x22, 0xff, 0x22]), { "content-type": JSON_TYPE }],
      ],
      [
        "JSON of a wrong shape",
        400,
        3,
        ["/v1/traces", '{"resourceSpans":{}}', { "content-type": JSON_TYPE }],
      ],
      [
        "JSON that is too deep",
        400,
        3,
        ["/v1/traces", "[".repeat(100_000), { "content-type": JSON_TYPE }],
      ],
      [
        "JSON of too many values",
        413,
        8,
        ["/v1/traces", `[${"[],".repeat(1_000_000)}[]]`, { "content-type": JSON_TYPE }],
      ],
    ];

    it.each(cases)("%s with %i", async (_name, status, code, request) => {
      const door = await start();
      const answer = await send(door, ...request);
      expect(answer.status).toBe(status);
      const binary = answer.headers.get("content-type") === PROTOBUF;
      const body = binary ? decode("RpcStatus", answer.body) : json(answer);
      expect(body).toMatchObject({ code });
      expect(String(body["message"])).toMatch(/found|allowed|not valid|JSON/);
      expect(door.sink.received).toHaveLength(0);
      expect(door.errors).toEqual([]);
    });

    it("with the headers that say what would be taken", async () => {
      const door = await start();
      const method = await send(door, "/v1/traces", "", {}, "PUT");
      expect(method.headers.get("allow")).toBe("POST, OPTIONS");
      const coding = await send(door, "/v1/traces", "", { "content-encoding": "br" });
      expect(coding.headers.get("accept-encoding")).toBe("identity, gzip, deflate, zstd");
      expect(coding.headers.get("content-type")).toBe(PROTOBUF);
    });

    it("a bad payload with the place in it", async () => {
      const door = await start();
      const body = '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":1}]}]}]}';
      const answer = await send(door, "/v1/traces", body, { "content-type": JSON_TYPE });
      expect(json(answer)["message"]).toBe(
        "resourceSpans[0].scopeSpans[0].spans[0].name: found 1, allowed is a string",
      );
    });
  });

  it("passes on a refusal of the sink as 400", async () => {
    const door = await start();
    door.sink.answer = () => {
      throw new SightglassError("bad_payload", "protobuf: a varint that does not end at byte 7");
    };
    const answer = await send(door, "/v1/traces", "x");
    expect(answer.status).toBe(400);
    expect(decode("RpcStatus", answer.body)).toEqual({
      code: 3,
      message: "protobuf: a varint that does not end at byte 7",
    });
  });

  it.each(["overloaded", "storage_full", "stopping"] as const)(
    "answers %s with 503 and Retry-After, twice",
    async (code) => {
      const door = await start();
      door.sink.answer = () => {
        throw new SightglassError(code, "later", { retryAfterSeconds: 1.2 });
      };
      const answer = await send(door, "/v1/logs", "{}", { "content-type": JSON_TYPE });
      expect(answer.status).toBe(503);
      expect(answer.headers.get("retry-after")).toBe("2");
      expect(json(answer)).toEqual({
        code: 14,
        message: "later",
        details: [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "2s" }],
      });
    },
  );

  it("answers a failure that nobody foresaw with 503, for a sender drops its data on a 500", async () => {
    const door = await start();
    door.sink.answer = () => {
      throw new TypeError("x is not a function");
    };
    const answer = await send(door, "/v1/logs", "");
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).toBe("5");
    expect(answer.body.toString()).not.toContain("not a function");
    expect(door.errors).toHaveLength(1);
  });

  it("gives a hint to those who look with a browser", async () => {
    const door = await start();
    const answer = await fetch(door.httpUrl);
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain("POST /v1/traces");
  });

  describe("with a token", () => {
    it.each([
      [{}, 401],
      [{ authorization: "Bearer wrong" }, 401],
      [{ authorization: "secret" }, 401],
      [{ authorization: "Basic secret" }, 401],
      [{ authorization: "Bearer " }, 401],
      [{ authorization: "Bearer secret" }, 200],
      [{ authorization: "bearer  secret" }, 200],
    ] as [Record<string, string>, number][])("answers %j with %i", async (headers, status) => {
      const door = await start({ token: "secret" });
      const answer = await send(door, "/v1/traces", "", headers);
      expect(answer.status).toBe(status);
      expect(door.sink.received).toHaveLength(status === 200 ? 1 : 0);
      expect(answer.headers.get("www-authenticate")).toBe(status === 401 ? "Bearer" : null);
    });
  });
});

describe("the OTLP/HTTP door towards web pages", () => {
  async function preflight(door: ReceiverUnderTest, origin: string): Promise<Answer> {
    const answer = await fetch(`${door.httpUrl}/v1/traces`, {
      method: "OPTIONS",
      headers: {
        origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type,x-custom",
      },
    });
    return { status: answer.status, headers: answer.headers, body: Buffer.alloc(0) };
  }

  it.each([
    "http://localhost:3000",
    "https://app.localhost",
    "http://127.0.0.1",
    "http://[::1]:80",
  ])("lets %s send, which this machine serves", async (origin) => {
    const door = await start();
    const answer = await preflight(door, origin);
    expect(answer.status).toBe(204);
    expect(answer.headers.get("access-control-allow-origin")).toBe(origin);
    expect(answer.headers.get("access-control-allow-methods")).toBe("POST");
    expect(answer.headers.get("access-control-allow-headers")).toBe("content-type,x-custom");
    const sent = await send(door, "/v1/traces", "", { origin });
    expect(sent.status).toBe(200);
    expect(sent.headers.get("access-control-allow-origin")).toBe(origin);
  });

  it.each([
    "https://evil.example",
    "http://localhost.evil.example",
    "null",
    "http://127.0.0.1.nip.io",
  ])("refuses %s", async (origin) => {
    const door = await start();
    const answer = await preflight(door, origin);
    expect(answer.status).toBe(403);
    expect(answer.headers.get("access-control-allow-origin")).toBeNull();
    const sent = await send(door, "/v1/traces", "", { origin });
    expect(sent.status).toBe(403);
    expect(door.sink.received).toHaveLength(0);
  });

  it("lets configured origins send and no others", async () => {
    const door = await start({ cors: { allowedOrigins: ["https://Shop.example"] } });
    expect((await preflight(door, "https://shop.example")).status).toBe(204);
    expect((await preflight(door, "http://localhost:3000")).status).toBe(403);
    const any = await start({ cors: { allowedOrigins: ["*"] } });
    expect((await preflight(any, "https://anyone.example")).status).toBe(204);
  });

  it("lets a page read the answer that it is not authorised", async () => {
    const door = await start({ token: "secret" });
    expect((await preflight(door, "http://localhost:1")).status).toBe(204);
    const answer = await send(door, "/v1/traces", "", { origin: "http://localhost:1" });
    expect(answer.status).toBe(401);
    expect(answer.headers.get("access-control-allow-origin")).toBe("http://localhost:1");
  });
});

describe("the OTLP/HTTP door under attack", () => {
  const zeros = Buffer.alloc(200 << 20);
  const liar = Buffer.from(gzipSync(zeros));
  liar.writeUInt32LE(100, liar.length - 4);
  const bombs = {
    "gzip with a lie about its length": liar,
    gzip: gzipSync(zeros),
    deflate: deflateSync(zeros),
    zstd: zstdCompressSync(zeros),
  };

  it.each(Object.entries(bombs))(
    "stops a bomb in %s with 413 and little memory",
    async (coding, bomb) => {
      const door = await start();
      const headers = { "content-encoding": coding.split(" ", 1)[0]! };
      const explode = async (times: number): Promise<void> => {
        for (let time = 0; time < times; time++) {
          const answer = await send(door, "/v1/traces", bomb, headers);
          expect(answer.status).toBe(413);
          expect(decode("RpcStatus", answer.body)).toMatchObject({ code: 8 });
        }
      };
      await explode(5);
      const before = process.memoryUsage().rss;
      await explode(20);
      expect(process.memoryUsage().rss - before).toBeLessThan(64 << 20);
    },
  );

  it("stops a small body of too high a ratio", async () => {
    const door = await start({ limits: { inflationRatioMax: 10 } });
    const body = gzipSync(Buffer.alloc(2 << 20));
    const answer = await send(door, "/v1/traces", body, { "content-encoding": "gzip" });
    expect(answer.status).toBe(413);
  });

  it("takes every frame of a zstd body and bounds them together", async () => {
    const door = await start({ limits: { bodyBytesMax: 10, inflationRatioMax: 10 } });
    const frame = zstdCompressSync("abcd");
    const coded = { "content-encoding": "zstd" };
    const two = await send(door, "/v1/traces", Buffer.concat([frame, frame]), coded);
    expect(two.status).toBe(200);
    expect(door.sink.received[0]?.body.toString()).toBe("abcdabcd");
    const three = await send(door, "/v1/traces", Buffer.concat([frame, frame, frame]), coded);
    expect(three.status).toBe(413);
  });

  it("refuses a declared length over the limit before any of it is read", async () => {
    const door = await start({
      limits: { compressedBytesMax: 1_000, bodyBytesMax: 2_000, lingerMsMax: 20 },
    });
    const head = (length: number, coding: string): string =>
      `POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: ${PROTOBUF}\r\n` +
      `Content-Encoding: ${coding}\r\nContent-Length: ${length}\r\n\r\n`;
    expect(await raw(door, head(1_001, "gzip"))).toMatch(/^HTTP\/1.1 413 /);
    expect(await raw(door, head(2_001, "identity"))).toMatch(/^HTTP\/1.1 413 /);
  });

  it("stops reading a chunked body over the limit, and still gets its answer across", async () => {
    const door = await start({ limits: { bodyBytesMax: 100_000, lingerBytesMax: 10_000_000 } });
    const answer = await new Promise<{ status: number; closes: boolean }>((resolve, reject) => {
      const request = httpRequest(`${door.httpUrl}/v1/traces`, {
        method: "POST",
        headers: { "content-type": PROTOBUF },
      });
      request.on("response", (response) => {
        response.resume();
        resolve({
          status: response.statusCode ?? 0,
          closes: response.headers.connection === "close",
        });
      });
      request.on("error", reject);
      for (let sent = 0; sent < 40; sent++) request.write(Buffer.alloc(50_000));
      request.end();
    });
    expect(answer).toEqual({ status: 413, closes: true });
    expect(door.sink.received).toHaveLength(0);
  });

  it("reads no more than a bound of a body that it has refused", async () => {
    const door = await start({
      limits: { bodyBytesMax: 1_000, lingerBytesMax: 2_000, lingerMsMax: 50 },
    });
    const head = `POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: ${PROTOBUF}\r\nContent-Length: 99999999\r\n\r\n`;
    const text = await raw(door, head, Buffer.alloc(300_000));
    expect(text).toMatch(/^HTTP\/1.1 413 /);
    await until(() => door.answered.length === 1);
  });

  it("answers 503 when the bodies in flight are over their bound, and takes more afterwards", async () => {
    const door = await start({ limits: { inFlightBytesMax: 1_000 } });
    let release: (() => void) | undefined;
    door.sink.answer = async () => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return { accepted: 1, rejected: 0, message: "" };
    };
    const first = send(door, "/v1/traces", Buffer.alloc(800));
    await until(() => release !== undefined);
    const second = await send(door, "/v1/traces", Buffer.alloc(800));
    expect(second.status).toBe(503);
    expect(second.headers.get("retry-after")).toBe("5");
    release!();
    expect((await first).status).toBe(200);
    door.sink.answer = () => ({ accepted: 1, rejected: 0, message: "" });
    await until(() => door.answered.length === 2);
    expect((await send(door, "/v1/traces", Buffer.alloc(800))).status).toBe(200);
  });

  it("cuts off a sender whose body stops coming", async () => {
    const door = await start({ limits: { bodyIdleMsMax: 30 } });
    const head = `POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: ${PROTOBUF}\r\nContent-Length: 10\r\n\r\nab`;
    expect(await raw(door, head)).toBe("");
    await until(() => door.answered.length === 1);
    expect(door.answered[0]).toMatchObject({ code: "timeout", wireBytes: 2 });
  });

  it("cuts off a sender whose headers, or whose first byte, do not come", async () => {
    const door = await start({ limits: { headersMsMax: 40 } });
    expect(await raw(door, "POST /v1/traces HTT")).toMatch(/^HTTP\/1.1 408 /);
    expect(await raw(door)).toMatch(/^HTTP\/1.1 408 /);
    expect(door.answered.map(({ code }) => code)).toEqual(["408", "408"]);
  });

  it("cuts off a body that trickles for longer than a request may take", async () => {
    const door = await start({ limits: { requestMsMax: 100, headersMsMax: 60 } });
    const head = `POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: ${PROTOBUF}\r\nContent-Length: 1000\r\n\r\n`;
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(door.httpPort, "127.0.0.1");
      let text = "";
      socket.write(head);
      const drip = setInterval(() => socket.write("a"), 5);
      socket.on("data", (chunk) => (text += chunk.toString("latin1")));
      socket.on("error", () => undefined);
      socket.on("close", () => {
        clearInterval(drip);
        resolve(text);
      });
    });
    expect(answer).toMatch(/^HTTP\/1.1 408 /);
    expect(door.answered).toMatchObject([{ code: "408", signal: "traces" }]);
  });

  it("does not cut off a sender because the sink takes its time", async () => {
    const door = await start({ limits: { bodyIdleMsMax: 20 } });
    door.sink.answer = async () => {
      // Long enough for a sender that came later to be cut off.
      const head = `POST /v1/logs HTTP/1.1\r\nHost: x\r\nContent-Type: ${PROTOBUF}\r\nContent-Length: 1\r\n\r\n`;
      expect(await raw(door, head)).toBe("");
      return { accepted: 1, rejected: 0, message: "" };
    };
    expect((await send(door, "/v1/traces", "")).status).toBe(200);
    expect(door.answered).toMatchObject([{ signal: "logs", code: "timeout" }, { code: "200" }]);
  });

  it("refuses headers over their bound", async () => {
    const door = await start();
    const head = `POST /v1/traces HTTP/1.1\r\nHost: x\r\nX-Large: ${"x".repeat(20_000)}\r\n\r\n`;
    expect(await raw(door, head)).toMatch(/^HTTP\/1.1 431 /);
    expect(door.answered).toMatchObject([{ code: "431" }]);
  });

  it("refuses what is not HTTP, and two lengths that contradict each other", async () => {
    const door = await start();
    expect(await raw(door, Buffer.from("\x16\x03\x01 TLS?\r\n\r\n"))).toMatch(/^HTTP\/1.1 400 /);
    const smuggling =
      `POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: ${PROTOBUF}\r\n` +
      "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    expect(await raw(door, smuggling)).toMatch(/^HTTP\/1.1 400 /);
    expect(door.sink.received).toHaveLength(0);
  });

  it("sends 100 Continue only to those whose body it wants", async () => {
    const door = await start({ token: "secret" });
    const head = (token: string): string =>
      `POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: ${PROTOBUF}\r\nContent-Length: 0\r\n` +
      `Expect: 100-continue\r\nConnection: close\r\nAuthorization: Bearer ${token}\r\n\r\n`;
    expect(await raw(door, head("secret"))).toMatch(
      /^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 OK/,
    );
    expect(await raw(door, head("wrong").replace("Length: 0", "Length: 9"))).toMatch(
      /^HTTP\/1.1 401 /,
    );
  });

  it("forgets a sender that goes away in the middle of its body", async () => {
    const door = await start({ limits: { inFlightBytesMax: 100 } });
    for (let round = 0; round < 5; round++) {
      const socket = connect(door.httpPort, "127.0.0.1");
      socket.write(
        `POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: ${PROTOBUF}\r\n` +
          "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n",
      );
      await once(socket, "data");
      socket.write(`3c\r\n${"a".repeat(60)}`, () => socket.destroy());
      await until(() => door.answered.length === round + 1);
    }
    expect(door.answered.every(({ wireBytes }) => wireBytes === 60)).toBe(true);
    expect(door.answered.map(({ code }) => code)).toEqual(Array(5).fill("aborted"));
    expect((await send(door, "/v1/traces", Buffer.alloc(90))).status).toBe(200);
  });

  it("forgets pipelined requests of a sender that goes away", async () => {
    const door = await start();
    const pending: (() => void)[] = [];
    door.sink.answer = async () => {
      await new Promise<void>((resolve) => pending.push(resolve));
      return { accepted: 1, rejected: 0, message: "" };
    };
    const one = `POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: ${PROTOBUF}\r\nContent-Length: 1\r\n\r\na`;
    const socket = connect(door.httpPort, "127.0.0.1");
    socket.write(one + one + one);
    await until(() => pending.length === 3);
    socket.destroy();
    // By the time that it answers this, the server has seen the other connection close.
    await fetch(door.httpUrl);
    for (const resolve of pending) resolve();
    await until(() => door.answered.length === 4);
    expect(door.answered.map(({ code }) => code)).toEqual(["200", "aborted", "aborted", "aborted"]);
  });

  it("answers many senders at once, each its own", async () => {
    const door = await start();
    let turn = 0;
    door.sink.answer = async () => {
      const rejected = (turn += 1) % 2;
      await new Promise((resolve) => setImmediate(resolve));
      return { accepted: 1, rejected, message: rejected === 0 ? "" : "odd" };
    };
    const answers = await Promise.all(
      Array.from({ length: 200 }, async () =>
        send(door, "/v1/logs", "{}", { "content-type": JSON_TYPE }),
      ),
    );
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(answers.filter(({ body }) => body.toString() !== "{}")).toHaveLength(100);
    await until(() => door.answered.length === 200);
  });
});
