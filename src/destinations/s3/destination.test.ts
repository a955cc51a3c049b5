import { randomBytes } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LogBuilder } from "#core/build/log-builder.ts";
import { MetricBuilder } from "#core/build/metric-builder.ts";
import { systemClock } from "#core/clock.ts";
import { PermanentError } from "#core/errors.ts";
import { logInputOfEvent } from "#core/event-record.ts";
import { logRow, numberPointRow } from "#core/row-views.ts";
import { RetryAfterError } from "#pipeline/delivery/delivery.ts";
import { installHint } from "#pipeline/optional-packages.ts";
import type { Delivery, Row } from "#pipeline/delivery/delivery.ts";
import { s3, S3Destination } from "./destination.ts";
import { KEYS, S3Server } from "./testing/s3-server.ts";

const NEVER = new AbortController().signal;
const TIME_NS = 1_764_259_200_123_456_789n;
const WINDOW = { oldestMs: 0, newestMs: Number.MAX_SAFE_INTEGER };

let server: S3Server;
const destinations: S3Destination[] = [];

beforeEach(async () => {
  server = await S3Server.start();
});
afterEach(async () => {
  for (const destination of destinations.splice(0)) await destination.stop();
  await server.stop();
});

function destinationOf(given: object = {}): S3Destination {
  const { endpoint, bucket } = server;
  const settings = s3.settings.parse({ bucket, endpoint, allowPrivate: true, ...KEYS, ...given });
  const destination = new S3Destination(settings, { clock: systemClock });
  destinations.push(destination);
  return destination;
}

function logsOf(events: readonly object[]): Row[] {
  const builder = new LogBuilder({ observedNs: TIME_NS, window: WINDOW });
  for (const event of events) expect(builder.add(logInputOfEvent(event))).toBe(true);
  const batch = builder.finish(1);
  return events.map((_, row) => ({ kind: "log", row: logRow(batch, row) }));
}

function pointOf(value: number): Row {
  const builder = new MetricBuilder({ window: WINDOW });
  builder.number({ name: "load", type: "gauge" }, { core: "1" }, { timeNs: TIME_NS, value });
  return { kind: "number_point", row: numberPointRow(builder.finish(1), 0) };
}

function deliveryOf(rows: readonly Row[], key = "key"): Delivery {
  return { org: "default", rows, key, rowKey: (index) => `${key}.${index}`, attempt: 1 };
}

const at = (timestamp: string, more: object = {}): object => ({ timestamp, ...more });

async function eventsIn(key: string): Promise<unknown[]> {
  const content = await server.content(key);
  const lines = (key.endsWith(".gz") ? gunzipSync(content) : content).toString().split("\n");
  expect(lines.pop()).toBe("");
  return lines.map((line) => JSON.parse(line) as unknown);
}

describe("objects", () => {
  it.each([
    ["year/month/day", ["year=2025/month=01/day=15", "year=2025/month=01/day=16"]],
    ["year-month-day", ["2025-01-15", "2025-01-16"]],
    [
      "year/month/day/hour",
      ["year=2025/month=01/day=15/hour=23", "year=2025/month=01/day=16/hour=00"],
    ],
  ])("are in folders by the rows' own time in UTC: %s", async (partitionFormat, folders) => {
    const events = [
      at("2025-01-15T23:59:59.999Z", { id: 1 }),
      at("2025-01-15T18:00:00-06:00", { id: 2 }),
      at("2025-01-15T23:00:00Z", { id: 3 }),
    ];
    await destinationOf({ partitionFormat }).send(deliveryOf(logsOf(events)), NEVER);
    const keys = await server.keys();
    expect(keys.map((key) => key.slice(0, key.lastIndexOf("/")))).toEqual(
      folders.map((folder) => `cortex-events/${folder}`),
    );
    expect(keys[0]).toMatch(/\/events-1736982000000-[0-9a-f]{20}\.jsonl\.gz$/);
    expect(await eventsIn(keys[0]!)).toEqual([events[0], events[2]]);
    expect(await eventsIn(keys[1]!)).toEqual([events[1]]);
  });

  it("hold rows of one kind, without folders and compression where none are wanted", async () => {
    const given = { partitioning: false, compression: false, prefix: "/a b/ü=/" };
    const rows = [...logsOf([{ message: "text" }]), pointOf(2)];
    await destinationOf(given).send(deliveryOf(rows), NEVER);
    const keys = await server.keys();
    expect(keys).toEqual([
      expect.stringMatching(/^a b\/ü=\/events-1764259200123-[0-9a-f]{20}\.jsonl$/),
      expect.stringMatching(/^a b\/ü=\/points-1764259200123-[0-9a-f]{20}\.jsonl$/),
    ]);
    expect(await eventsIn(keys[0]!)).toMatchObject([{ message: "text" }]);
    expect(await eventsIn(keys[1]!)).toMatchObject([{ metric: "load", value: 2 }]);
  });

  it("are the same when they are delivered again, and others beside them", async () => {
    const rows = logsOf([at("2025-01-15T10:00:00Z"), at("2025-01-16T10:00:00Z")]);
    const destination = destinationOf();
    await destination.send(deliveryOf(rows), NEVER);
    const keys = await server.keys();
    const before = await server.content(keys[0]!);
    await destinationOf().send(deliveryOf(rows), NEVER);
    expect(await server.keys()).toEqual(keys);
    expect((await server.content(keys[0]!)).equals(before)).toBe(true);
    // Within the same millisecond.
    await destination.send(deliveryOf(rows, "another"), NEVER);
    expect(await server.keys()).toHaveLength(4);
  });

  it("after an answer that was lost are there once when they are delivered again", async () => {
    const rows = logsOf(Array.from({ length: 6 }, (_, day) => at(`2025-01-1${day}T10:00:00Z`)));
    const destination = destinationOf();
    for (let lost = 1; lost <= 6; lost += 1) {
      let requests = 0;
      server.intercept = (_, response) => {
        requests += 1;
        // The server stores it, and its answer does not arrive; nor does any after it.
        if (requests >= lost) response.writeHead = () => response.destroy();
        return false;
      };
      await expect(destination.send(deliveryOf(rows), NEVER)).rejects.toThrow(/hang up|reset/);
    }
    server.intercept = () => false;
    await destination.send(deliveryOf(rows), NEVER);
    const keys = await server.keys();
    const events = await Promise.all(keys.map(eventsIn));
    expect(events.flat()).toHaveLength(6);
  });

  it("are kept and encrypted as they should be", async () => {
    const given = {
      storageClass: "STANDARD_IA",
      serverSideEncryption: "aws:kms",
      kmsKeyId: "arn:aws:kms:us-east-1:1:key/2",
    };
    await destinationOf(given).send(deliveryOf(logsOf([{}])), NEVER);
    expect(server.seen[0]!.headers).toMatchObject({
      "x-amz-storage-class": "STANDARD_IA",
      "x-amz-server-side-encryption": "aws:kms",
      "x-amz-server-side-encryption-aws-kms-key-id": given.kmsKeyId,
      "content-type": "application/gzip",
    });
    const signed = String(server.seen[0]!.headers.authorization);
    expect(signed).toMatch(/SignedHeaders=[^,]*x-amz-server-side-encryption;/);
    await destinationOf().send(deliveryOf(logsOf([{}])), NEVER);
    expect(server.seen[1]!.headers["x-amz-server-side-encryption"]).toBeUndefined();
  });

  it("are counted, with the ratio of compression over all of them", async () => {
    const destination = destinationOf();
    expect(destination.statistics()).toMatchObject({ compression_ratio: 0, average_batch_size: 0 });
    const events = Array.from({ length: 500 }, (_, id) => ({ id, message: "the same again" }));
    await destination.send(deliveryOf(logsOf(events), "a"), NEVER);
    await destination.send(deliveryOf(logsOf(events.slice(0, 1)), "b"), NEVER);
    const keys = await server.keys();
    const contents = await Promise.all(keys.map((key) => server.content(key)));
    const compressed = contents.reduce((sum, { length }) => sum + length, 0);
    const original = contents.reduce((sum, content) => sum + gunzipSync(content).length, 0);
    expect(destination.statistics()).toEqual({
      total_events_uploaded: 501,
      total_batches_uploaded: 2,
      total_bytes_uploaded: compressed,
      compression_ratio: compressed / original,
      average_batch_size: 250.5,
      average_upload_size_bytes: compressed / 2,
    });
    expect(compressed / original).toBeLessThan(0.4);
  });
});

describe("Parquet", () => {
  it.each([true, false])("has columns and every row whole, compressed: %s", async (compression) => {
    const events = Array.from({ length: 12_000 }, (_, id) => ({
      id,
      timestamp: "2025-01-15T10:00:00.250Z",
      type: id % 2 === 0 ? "even" : "odd",
      level: "info",
      message: `number ${id} 😀`,
    }));
    const destination = destinationOf({ format: "parquet", compression });
    await destination.send(deliveryOf([...logsOf(events), pointOf(Number.NaN)]), NEVER);
    const [logs, points] = await server.keys();
    const file = await arrayBufferOf(logs!);
    expect(parquetMetadata(file)).toMatchObject({ num_rows: 12_000n });
    const rows = await parquetReadObjects({ file });
    expect(rows).toHaveLength(12_000);
    expect(rows[11_999]).toEqual({
      timestamp: new Date("2025-01-15T10:00:00.250Z"),
      event_type: "odd",
      level: "info",
      message: "number 11999 😀",
      trace_id: null,
      span_id: null,
      data: events[11_999],
    });
    expect(await parquetReadObjects({ file: await arrayBufferOf(points!) })).toMatchObject([
      { metric: "load", value: Number.NaN, attributes: { core: "1" } },
    ]);
    expect(logs).toMatch(/\.parquet$/);
  });

  it("is the same file for the same rows", async () => {
    const rows = logsOf([{ id: 1 }, { timestamp: "not a time", message: { nested: [1] } }]);
    const destination = destinationOf({ format: "parquet" });
    await destination.send(deliveryOf(rows), NEVER);
    const [key] = await server.keys();
    const before = await server.content(key!);
    await destination.send(deliveryOf(rows), NEVER);
    expect((await server.content(key!)).equals(before)).toBe(true);
  });

  async function arrayBufferOf(key: string): Promise<ArrayBuffer> {
    const content = await server.content(key);
    return new Uint8Array(content).buffer;
  }
});

describe("a large object", () => {
  const MiB = 1_048_576;
  /** What gzip cannot make smaller by much. */
  const large = logsOf(
    Array.from({ length: 500 }, (_, id) => ({ id, noise: randomBytes(15_000).toString("base64") })),
  );
  const given = { compression: false, multipartThreshold: 5 * MiB };

  it("is uploaded in parts", async () => {
    await destinationOf(given).send(deliveryOf(large), NEVER);
    const [key] = await server.keys();
    expect(await eventsIn(key!)).toHaveLength(500);
    expect(server.seen.filter(({ url }) => url.includes("partNumber="))).toHaveLength(2);
    expect(await server.unfinished()).toEqual([]);
  });

  it("of which a part fails is aborted, and leaves nothing behind", async () => {
    let parts = 0;
    server.intercept = (request, response) => {
      if (request.url?.includes("partNumber=2") !== true || (parts += 1) > 1) return false;
      request.resume();
      response.writeHead(500).end("<Error><Code>InternalError</Code></Error>");
      return true;
    };
    const destination = destinationOf(given);
    await expect(destination.send(deliveryOf(large), NEVER)).rejects.toThrow(
      /UploadPart: HTTP 500 InternalError/,
    );
    expect(server.seen.at(-1)).toMatchObject({ method: "DELETE" });
    expect(await server.unfinished()).toEqual([]);
    expect(await server.keys()).toEqual([]);
    await destination.send(deliveryOf(large), NEVER);
    expect(await server.keys()).toHaveLength(1);
  });

  it("that fails while it is put together, in an answer of 200, is aborted", async () => {
    server.intercept = (request, response) => {
      if (request.method !== "POST" || request.url?.includes("uploadId=") !== true) return false;
      request.resume();
      response.end("<?xml?>\n<Error><Code>InternalError</Code><Message>later</Message></Error>");
      return true;
    };
    await expect(destinationOf(given).send(deliveryOf(large), NEVER)).rejects.toThrow(
      /CompleteMultipartUpload: HTTP 200 InternalError: later/,
    );
    expect(await server.unfinished()).toEqual([]);
  });

  it("that is cancelled is aborted", async () => {
    const control = new AbortController();
    server.intercept = (request) => {
      if (request.url?.includes("partNumber=") === true) control.abort(new Error("stopping"));
      return false;
    };
    await expect(destinationOf(given).send(deliveryOf(large), control.signal)).rejects.toThrow(
      "stopping",
    );
    expect(server.seen.at(-1)).toMatchObject({ method: "DELETE" });
  });
});

describe("a refusal", () => {
  it.each([
    [{ secretAccessKey: "wrong" }, /HTTP 403 SignatureDoesNotMatch/],
    [{ bucket: "no-such-bucket" }, /HTTP 404 NoSuchBucket/],
  ])("%j may be mended, so that rows are tried again", async (given, message) => {
    const sending = destinationOf(given).send(deliveryOf(logsOf([{}])), NEVER);
    await expect(sending).rejects.toThrow(message);
    await expect(sending).rejects.not.toBeInstanceOf(PermanentError);
  });

  it("for too many requests says how long to wait, where the server does", async () => {
    const headers: Record<string, string>[] = [{}, { "retry-after": "7" }];
    server.intercept = (request, response) => {
      request.resume();
      response.writeHead(503, headers.shift()).end("<Error><Code>SlowDown</Code></Error>");
      return true;
    };
    const destination = destinationOf();
    await expect(destination.send(deliveryOf(logsOf([{}])), NEVER)).rejects.toMatchObject({
      name: "S3Error",
      code: "SlowDown",
    });
    const second = destination.send(deliveryOf(logsOf([{}])), NEVER);
    await expect(second).rejects.toBeInstanceOf(RetryAfterError);
    await expect(second).rejects.toMatchObject({ afterMs: 7_000 });
  });
});

describe("settings", () => {
  it("have the document's names and defaults", () => {
    expect(s3.settings.parse({ bucket: "test-bucket" })).toMatchObject({
      region: "us-east-1",
      partitioning: true,
      partitionFormat: "year/month/day",
      compression: true,
      compressionLevel: 6,
      multipartThreshold: 5 * 1024 * 1024,
      bufferSize: 1_000,
      flushInterval: 60_000,
    });
    const parse = (given: object): void => void s3.settings.parse({ bucket: "b-1", ...given });
    parse({ serverSideEncryption: "aws:kms", kmsKeyId: null });
    expect(() => parse({ kmsKeyId: "key" })).toThrow(/serverSideEncryption/);
    expect(() => parse({ accessKeyId: "id" })).toThrow(/go together/);
    expect(() => parse({ compressionLevel: 0 })).toThrow(/compressionLevel/);
    expect(() => parse({ bucket: "A" })).toThrow(/lower-case/);
  });

  it("say before a start what to install when there is no access key, also none in the environment", () => {
    const packages = (given: object, environment: Readonly<Record<string, string>> = {}) => {
      const settings = s3.settings.parse({ bucket: "test-bucket", ...given });
      return s3.packages?.(settings, (name) => environment[name]).map(installHint);
    };
    expect(packages({})).toEqual([
      'S3Destination without accessKeyId requires the "@aws-sdk/credential-provider-node" package. Install it with: npm install @aws-sdk/credential-provider-node',
    ]);
    expect(packages(KEYS)).toEqual([]);
    expect(packages({}, { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b" })).toEqual([]);
  });

  it("take the access key of the environment", async () => {
    const { endpoint, bucket } = server;
    const settings = s3.settings.parse({ bucket, endpoint, allowPrivate: true });
    const { accessKeyId, secretAccessKey } = KEYS;
    const environment: Readonly<Record<string, string>> = {
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    };
    const variable = (name: string): string | undefined => environment[name];
    const destination = new S3Destination(settings, { clock: systemClock, variable });
    destinations.push(destination);
    await destination.start();
    await destination.send(deliveryOf(logsOf([{ type: "a", message: "m" }])), NEVER);
    expect(await server.keys()).toHaveLength(1);
  });

  it("name no private endpoint unless that is allowed", async () => {
    const destination = destinationOf({ allowPrivate: false });
    await expect(destination.start()).rejects.toThrow(/private address/);
    await expect(destinationOf().start()).resolves.toBeUndefined();
  });
});
