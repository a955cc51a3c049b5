import { connect as connectHttp2, type ClientHttp2Session } from "node:http2";
import { once } from "node:events";
import { deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "#core/clock.ts";
import { encodeOtlp } from "#core/otlp/encode.ts";
import { SIGNALS, type Signal } from "#core/signal.ts";
import { createOtlpSink } from "./sink.ts";
import { head, JSON_TYPE, PROTOBUF, send, sendRaw } from "./testing/http-sender.ts";
import {
  type ReceiverUnderTest,
  startReceiver,
  stopReceivers,
} from "./testing/receiver-under-test.ts";

/** Behind the doors are the real decoders; what they make of a request goes nowhere. */
const decoders = createOtlpSink({
  push: () => Promise.resolve(),
  clock: systemClock,
  retentionDays: { traces: "off", logs: "off", metrics: "off" },
});
const bodies: Buffer[] = [];
let door: ReceiverUnderTest;
let session: ClientHttp2Session;

beforeAll(async () => {
  const sink = {
    accept(signal: Signal, org: string, body: Buffer) {
      bodies.push(Buffer.from(body));
      return decoders.accept(signal, org, body);
    },
  };
  // A short linger: what is refused early is often half sent.
  door = await startReceiver({ sink, limits: { lingerMsMax: 5, headersMsMax: 500 } });
  session = connectHttp2(`http://${door.grpcAddress}`);
  await once(session, "connect");
});

afterAll(async () => {
  session.destroy();
  await stopReceivers();
});

const REQUESTS: Readonly<Record<Signal, unknown>> = {
  traces: {
    resourceSpans: [
      {
        resource: { attributes: [{ key: "service.name", value: { stringValue: "shop" } }] },
        scopeSpans: [
          {
            spans: [
              {
                traceId: "5b8efff798038103d269b633813fc60c",
                spanId: "eee19b7ec3c1b174",
                name: "GET /größe",
                startTimeUnixNano: "1544712660300000000",
                attributes: [{ key: "n", value: { intValue: "-1" } }],
                events: [{ name: "e", timeUnixNano: "1" }],
              },
            ],
          },
        ],
      },
    ],
  },
  logs: {
    resourceLogs: [
      { scopeLogs: [{ logRecords: [{ body: { kvlistValue: { values: [{ key: "a" }] } } }] }] },
    ],
  },
  metrics: {
    resourceMetrics: [
      {
        scopeMetrics: [
          { metrics: [{ name: "m", sum: { dataPoints: [{ asInt: "7", timeUnixNano: "1" }] } }] },
        ],
      },
    ],
  },
};

const signals = fc.constantFrom(...SIGNALS);
const printable = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
});

interface Mutation {
  at: number;
  byte: number;
  kind: "flip" | "cut" | "insert";
}

const mutations = fc.array(
  fc.record({
    at: fc.nat(10_000),
    byte: fc.nat(255),
    kind: fc.constantFrom("flip", "cut", "insert") as fc.Arbitrary<Mutation["kind"]>,
  }),
  { minLength: 1, maxLength: 4 },
);

function mutate(original: Buffer, changes: readonly Mutation[]): Buffer {
  let bytes = Buffer.from(original);
  for (const { at, byte, kind } of changes) {
    const place = at % (bytes.length + 1);
    if (kind === "cut") bytes = bytes.subarray(0, place);
    else if (kind === "insert") {
      bytes = Buffer.concat([bytes.subarray(0, place), Buffer.from([byte]), bytes.subarray(place)]);
    } else if (place < bytes.length) bytes[place] = byte;
  }
  return bytes;
}

/** Calls the gRPC door and answers its status. */
function call(message: Buffer, encoding: string): Promise<string> {
  return new Promise((resolve) => {
    const stream = session.request({
      ":method": "POST",
      ":path": "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
      "content-type": "application/grpc",
      "grpc-encoding": encoding,
    });
    let status = "";
    const read = (headers: Record<string, unknown>): void => {
      status ||= typeof headers["grpc-status"] === "string" ? headers["grpc-status"] : "";
    };
    stream.on("response", read);
    stream.on("trailers", read);
    stream.on("error", () => undefined);
    stream.on("close", () => {
      resolve(status);
    });
    stream.resume();
    stream.end(message);
  });
}

describe("the OTLP doors, for any request", () => {
  it("let only the two media types in", async () => {
    const almost = fc
      .tuple(fc.constantFrom(PROTOBUF, JSON_TYPE), printable, fc.boolean())
      .map(([type, rest, before]) => (before ? rest + type : type + rest));
    await fc.assert(
      fc.asyncProperty(fc.oneof(almost, printable), async (contentType) => {
        const answer = await send(door, "/v1/traces", "{}", { "content-type": contentType });
        const mediaType = contentType.split(";", 1)[0]!.trim().toLowerCase();
        const allowed = mediaType === PROTOBUF || mediaType === JSON_TYPE;
        expect(answer.status === 415).toBe(!allowed);
        expect([200, 400, 415]).toContain(answer.status);
      }),
    );
  });

  it("answer any content encoding", async () => {
    await fc.assert(
      fc.asyncProperty(printable, async (coding) => {
        const answer = await send(door, "/v1/traces", "", { "content-encoding": coding });
        expect([200, 400, 415]).toContain(answer.status);
      }),
    );
  });

  it("take no compressed body that was changed for another", async () => {
    const codings = { gzip: gzipSync, deflate: deflateSync } as const;
    const coding = fc.constantFrom("gzip", "deflate") as fc.Arbitrary<keyof typeof codings>;
    await fc.assert(
      fc.asyncProperty(signals, coding, mutations, async (signal, name, changes) => {
        const plain = encodeOtlp(signal, REQUESTS[signal]);
        bodies.length = 0;
        const body = mutate(codings[name](plain), changes);
        const answer = await send(door, `/v1/${signal}`, body, { "content-encoding": name });
        expect([200, 400, 413]).toContain(answer.status);
        for (const taken of bodies) expect(taken).toEqual(plain);
      }),
    );
  });

  it("answer any change of a zstd body, of protobuf and of JSON with 200, 400 or 413", async () => {
    const forms = fc.constantFrom("zstd", "protobuf", "json");
    await fc.assert(
      fc.asyncProperty(signals, forms, mutations, async (signal, form, changes) => {
        const plain = encodeOtlp(signal, REQUESTS[signal]);
        const original = {
          zstd: zstdCompressSync(plain),
          protobuf: plain,
          json: Buffer.from(JSON.stringify(REQUESTS[signal])),
        }[form]!;
        const answer = await send(door, `/v1/${signal}`, mutate(original, changes), {
          "content-type": form === "json" ? JSON_TYPE : PROTOBUF,
          "content-encoding": form === "zstd" ? "zstd" : "identity",
        });
        expect([200, 400, 413]).toContain(answer.status);
      }),
    );
  });

  it("answer any JSON with 200 or 400", async () => {
    await fc.assert(
      fc.asyncProperty(signals, fc.json(), async (signal, body) => {
        const answer = await send(door, `/v1/${signal}`, body, { "content-type": JSON_TYPE });
        expect([200, 400]).toContain(answer.status);
      }),
    );
  });

  it("answer any header lines, or close the connection", async () => {
    const name = fc.constantFrom(
      "Content-Length",
      "Transfer-Encoding",
      "Expect",
      "Origin",
      "Connection",
      "X",
    );
    const line = fc.tuple(
      name,
      fc.oneof(printable, fc.nat(20).map(String), fc.constant("chunked")),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 4 }), fc.uint8Array(), async (lines, body) => {
        const text = lines.map(([key, value]) => `${key}: ${value}`);
        // A second request that ends the connection, if the first leaves it open and readable.
        const last = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        const answer = await sendRaw(door, head("Y: 1", ...text), Buffer.from(body), last);
        expect(answer).toMatch(/^$|^HTTP\/1\.1 (100|200|4\d\d|503) /);
      }),
    );
  });

  it("answer any change of a gRPC message with a status", async () => {
    const plain = encodeOtlp("logs", REQUESTS.logs);
    const compressed: Readonly<Record<string, Buffer>> = {
      gzip: gzipSync(plain),
      zstd: zstdCompressSync(plain),
    };
    const forms = fc.constantFrom("identity", "gzip", "zstd", "snappy");
    await fc.assert(
      fc.asyncProperty(forms, mutations, async (encoding, changes) => {
        const message = compressed[encoding] ?? plain;
        const prefix = Buffer.from([encoding === "identity" ? 0 : 1, 0, 0, 0, message.length]);
        const status = await call(mutate(Buffer.concat([prefix, message]), changes), encoding);
        expect(["0", "3", "8", "12", "13"]).toContain(status);
      }),
    );
  });

  it("logged no failure of their own and still take a good request", async () => {
    for (const signal of SIGNALS) {
      const body = encodeOtlp(signal, REQUESTS[signal]);
      expect((await send(door, `/v1/${signal}`, body)).status).toBe(200);
    }
    expect(door.errors).toEqual([]);
  });
});
