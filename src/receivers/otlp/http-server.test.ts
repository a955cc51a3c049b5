import { deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { SightglassError } from "#core/errors.ts";
import { encodeOtlp } from "#core/otlp/encode.ts";
import { SIGNALS, type Signal } from "#core/signal.ts";
import { until } from "#pipeline/testing/until.ts";
import type { Intake } from "./intake.ts";
import { type Answer, JSON_TYPE, PROTOBUF, send, sendRaw } from "./testing/http-sender.ts";
import { decodeMessage } from "./testing/oracle.ts";
import { startReceiver, stopReceivers } from "./testing/receiver-under-test.ts";

const REQUESTS: Readonly<Record<Signal, unknown>> = {
  traces: { resourceSpans: [{ scopeSpans: [{ spans: [{ name: "a", traceId: "0a0b" }] }] }] },
  logs: { resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: "b" } }] }] }] },
  metrics: { resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: "c" }] }] }] },
};
const COMPRESS = {
  identity: (body: Buffer) => body,
  gzip: gzipSync,
  "x-gzip": gzipSync,
  deflate: deflateSync,
  zstd: zstdCompressSync,
} as const;

afterEach(stopReceivers);

function json(answer: Answer): Record<string, unknown> {
  return JSON.parse(answer.body.toString()) as Record<string, unknown>;
}

describe("the OTLP/HTTP door", () => {
  const formats = [PROTOBUF, JSON_TYPE];
  const cases = SIGNALS.flatMap((signal) =>
    formats.flatMap((format) => Object.keys(COMPRESS).map((coding) => [signal, format, coding])),
  ) as [Signal, string, keyof typeof COMPRESS][];

  it.each(cases)("takes %s as %s in %s", async (signal, format, coding) => {
    const door = await startReceiver();
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
    const door = await startReceiver();
    expect(await send(door, "/v1/traces", "")).toMatchObject({ status: 200 });
    expect(door.sink.received[0]?.body).toHaveLength(0);
  });

  it("takes a chunked body, and parameters of the media type", async () => {
    const door = await startReceiver();
    const text = await sendRaw(
      door,
      "POST /v1/logs?x=1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" +
        "Content-Type: Application/JSON; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n",
      "1\r\n{\r\n1\r\n}\r\n0\r\n\r\n",
    );
    expect(text).toMatch(/^HTTP\/1.1 200 OK/);
    expect(door.sink.received).toHaveLength(1);
  });

  it("keeps all digits of integers that JSON writes as numbers", async () => {
    const door = await startReceiver();
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
      const door = await startReceiver();
      door.sink.answer = () => intake;
      const [message, rejected] = names[signal];
      const expected = { partialSuccess: { [rejected]: "2", errorMessage: intake.message } };
      const binary = await send(door, `/v1/${signal}`, "");
      expect(decodeMessage(message, binary.body)).toEqual(expected);
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
      const door = await startReceiver();
      const answer = await send(door, ...request);
      expect(answer.status).toBe(status);
      const binary = answer.headers.get("content-type") === PROTOBUF;
      const body = binary ? decodeMessage("RpcStatus", answer.body) : json(answer);
      expect(body).toMatchObject({ code });
      expect(String(body["message"])).toMatch(/found|allowed|not valid|JSON/);
      expect(door.sink.received).toHaveLength(0);
      expect(door.errors).toEqual([]);
    });

    it("with the headers that say what would be taken", async () => {
      const door = await startReceiver();
      const method = await send(door, "/v1/traces", "", {}, "PUT");
      expect(method.headers.get("allow")).toBe("POST, OPTIONS");
      const coding = await send(door, "/v1/traces", "", { "content-encoding": "br" });
      expect(coding.headers.get("accept-encoding")).toBe("identity, gzip, deflate, zstd");
      expect(coding.headers.get("content-type")).toBe(PROTOBUF);
    });

    it("a bad payload with the place in it", async () => {
      const door = await startReceiver();
      const body = '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":1}]}]}]}';
      const answer = await send(door, "/v1/traces", body, { "content-type": JSON_TYPE });
      expect(json(answer)["message"]).toBe(
        "resourceSpans[0].scopeSpans[0].spans[0].name: found 1, allowed is a string",
      );
    });
  });

  it("passes on a refusal of the sink as 400", async () => {
    const door = await startReceiver();
    door.sink.answer = () => {
      throw new SightglassError("bad_payload", "protobuf: a varint that does not end at byte 7");
    };
    const answer = await send(door, "/v1/traces", "x");
    expect(answer.status).toBe(400);
    expect(decodeMessage("RpcStatus", answer.body)).toEqual({
      code: 3,
      message: "protobuf: a varint that does not end at byte 7",
    });
  });

  it.each(["overloaded", "storage_full", "stopping"] as const)(
    "answers %s with 503 and Retry-After, twice",
    async (code) => {
      const door = await startReceiver();
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
    const door = await startReceiver();
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
    const door = await startReceiver();
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
      const door = await startReceiver({ token: "secret" });
      const answer = await send(door, "/v1/traces", "", headers);
      expect(answer.status).toBe(status);
      expect(door.sink.received).toHaveLength(status === 200 ? 1 : 0);
      expect(answer.headers.get("www-authenticate")).toBe(status === 401 ? "Bearer" : null);
    });
  });
});
