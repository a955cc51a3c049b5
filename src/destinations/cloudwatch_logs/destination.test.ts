import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LogBuilder } from "#core/build/log-builder.ts";
import { PermanentError } from "#core/errors.ts";
import { logInputOfEvent } from "#core/event-record.ts";
import { logRow } from "#core/row-views.ts";
import { PartialDeliveryError, RetryAfterError } from "#pipeline/delivery/delivery.ts";
import type { Delivery, Row } from "#pipeline/delivery/delivery.ts";
import { FakeClock } from "#pipeline/testing/fake-clock.ts";
import { cloudwatchLogs, CloudwatchLogsDestination } from "./destination.ts";
import { KEYS, LogsServer, REGION } from "./testing/logs-server.ts";

const NEVER = new AbortController().signal;
const WINDOW = { oldestMs: 0, newestMs: Number.MAX_SAFE_INTEGER };
const NOW_MS = Date.parse("2025-06-15T12:00:00Z");
const HOUR_MS = 3_600_000;

let server: LogsServer;
const clock = new FakeClock(NOW_MS);
const destinations: CloudwatchLogsDestination[] = [];

beforeEach(async () => {
  server = await LogsServer.start(() => NOW_MS);
});
afterEach(async () => {
  for (const destination of destinations.splice(0)) await destination.stop();
  await server.stop();
});

function destinationOf(given: object = {}): CloudwatchLogsDestination {
  const settings = cloudwatchLogs.settings.parse({
    logGroup: "/test/{service.name}",
    logStream: "stream",
    endpoint: server.endpoint,
    allowPrivate: true,
    region: REGION,
    ...KEYS,
    ...given,
  });
  const destination = new CloudwatchLogsDestination(settings, { clock });
  destinations.push(destination);
  return destination;
}

function logsOf(events: readonly object[], service = "cart"): Row[] {
  const builder = new LogBuilder({ observedNs: BigInt(NOW_MS) * 1_000_000n, window: WINDOW });
  builder.group({ "service.name": service, "cloud.zone": "a:1*" });
  for (const event of events) expect(builder.add(logInputOfEvent(event))).toBe(true);
  const batch = builder.finish(1);
  return events.map((_, row) => ({ kind: "log", row: logRow(batch, row) }));
}

function deliveryOf(rows: readonly Row[]): Delivery {
  return { org: "acme", rows, key: "key", rowKey: (index) => `key.${index}`, attempt: 1 };
}

const at = (ms: number, more: object = {}): object => ({
  timestamp: new Date(NOW_MS + ms).toISOString(),
  ...more,
});

const idsIn = (group: string, stream = "stream"): unknown[] =>
  server.events(group, stream).map(({ message }) => (JSON.parse(message) as { id: unknown }).id);

function errorOf(sending: Promise<void>): Promise<unknown> {
  return sending.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe("events", () => {
  it("are the rows as JSON, at their own times, in order of them", async () => {
    const rows = logsOf([at(-5_000, { id: 1 }), at(-9_000, { id: 2 }), at(-5_000, { id: 3 })]);
    await destinationOf().send(deliveryOf(rows), NEVER);
    const events = server.events("/test/cart", "stream");
    expect(events.map(({ timestamp }) => timestamp - NOW_MS)).toEqual([-9_000, -5_000, -5_000]);
    expect(idsIn("/test/cart")).toEqual([2, 1, 3]);
    expect(JSON.parse(events[0]!.message)).toMatchObject({
      resource: { "service.name": "cart" },
    });
  });

  it("go to groups and streams that are named by their rows, without what names may not have", async () => {
    const given = {
      logGroup: "/{org}/{signal}/{service.name}",
      logStream: "{yyyy-MM-dd}/{level}/{cloud.zone}/{attribute.user}",
    };
    const rows = [
      ...logsOf([at(0, { id: 1, level: "warn", user: { n: 7 } })], "größer:*"),
      ...logsOf([at(-24 * HOUR_MS, { id: 2 })], ""),
    ];
    await destinationOf(given).send(deliveryOf(rows), NEVER);
    expect(idsIn("/acme/logs/gr__er__", '2025-06-15/warn/a_1_/{"n"_7}')).toEqual([1]);
    expect(idsIn("/acme/logs/unknown", "2025-06-14/unknown/a_1_/unknown")).toEqual([2]);
  });

  it("are put again after their group and stream were created, with a retention", async () => {
    const destination = destinationOf({ retentionDays: 30 });
    await destination.send(deliveryOf(logsOf([at(0, { id: 1 })])), NEVER);
    await destination.send(deliveryOf(logsOf([at(0, { id: 2 })])), NEVER);
    expect(server.actions).toEqual([
      "PutLogEvents",
      "CreateLogGroup",
      "PutRetentionPolicy",
      "CreateLogStream",
      "PutLogEvents",
      "PutLogEvents",
    ]);
    expect(server.groups.get("/test/cart")?.retentionDays).toBe(30);
    expect(idsIn("/test/cart")).toEqual([1, 2]);
  });

  it.each(["by this sender", "by another"])(
    "have the retention of their group though that failed at first, where the stream is created %s",
    async (by) => {
      const destination = destinationOf({ retentionDays: 30 });
      server.intercept = (action, response) =>
        action === "PutRetentionPolicy" && Boolean(response.writeHead(503).end());
      const rows = deliveryOf(logsOf([at(0, { id: 1 })]));
      await expect(destination.send(rows, NEVER)).rejects.toThrow("HTTP 503");
      expect(server.groups.get("/test/cart")).toEqual({
        retentionDays: undefined,
        streams: new Map(),
      });
      if (by === "by another") server.groups.get("/test/cart")!.streams.set("stream", []);
      server.intercept = () => false;
      await destination.send(rows, NEVER);
      await destination.send(rows, NEVER);
      expect(server.groups.get("/test/cart")?.retentionDays).toBe(30);
      const set = server.actions.filter((action) => action === "PutRetentionPolicy");
      expect(set).toHaveLength(2);
    },
  );

  it("do not mind that another creates what is missing at the same time", async () => {
    server.intercept = (action) => {
      if (action !== "CreateLogGroup") return false;
      server.groups.set("/test/cart", { retentionDays: 1, streams: new Map([["stream", []]]) });
      return false;
    };
    await destinationOf({ retentionDays: 30 }).send(deliveryOf(logsOf([at(0, { id: 1 })])), NEVER);
    expect(server.actions).not.toContain("PutRetentionPolicy");
    expect(idsIn("/test/cart")).toEqual([1]);
  });

  it("wait where nothing may be created", async () => {
    const sending = destinationOf({ createMissing: false }).send(deliveryOf(logsOf([{}])), NEVER);
    await expect(sending).rejects.toThrow(
      /HTTP 400 for PutLogEvents: ResourceNotFoundException: .*log group/,
    );
    await expect(sending).rejects.not.toBeInstanceOf(PermanentError);
    expect(server.actions).toEqual(["PutLogEvents"]);
  });

  it("are counted", async () => {
    const destination = destinationOf();
    await destination.send(deliveryOf(logsOf([at(0), at(1)])), NEVER);
    expect(
      await errorOf(destination.send(deliveryOf(logsOf([at(3 * HOUR_MS)])), NEVER)),
    ).toBeInstanceOf(PartialDeliveryError);
    server.intercept = (_, response) => Boolean(response.writeHead(500).end());
    await expect(destination.send(deliveryOf(logsOf([{}])), NEVER)).rejects.toThrow("HTTP 500");
    expect(destination.statistics()).toEqual({
      total_events_sent: 2,
      total_batches_sent: 2,
      total_events_rejected: 1,
      total_errors: 1,
    });
  });
});

describe("batches", () => {
  it("span less than a day, and those of one day are one", async () => {
    const days = [0, -1, -2].flatMap((day) => [day * 24, day * 24 - 11]);
    const rows = logsOf(days.map((hours, id) => at(hours * HOUR_MS, { id })));
    await destinationOf().send(deliveryOf(rows), NEVER);
    expect(server.actions.filter((action) => action === "PutLogEvents")).toHaveLength(4);
    expect(idsIn("/test/cart")).toEqual([5, 4, 3, 2, 1, 0]);
  });

  it("are as large as the service takes, and no larger", async () => {
    const message = "€".repeat(80_000);
    const rows = logsOf(Array.from({ length: 10 }, (_, id) => at(id, { id, message })));
    await destinationOf().send(deliveryOf(rows), NEVER);
    expect(server.actions.filter((action) => action === "PutLogEvents")).toHaveLength(4);
    expect(idsIn("/test/cart")).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it("leave out a row that is too large by itself, which is refused with its size", async () => {
    const large = Object.fromEntries(
      Array.from({ length: 100 }, (_, key) => [`key${key}`, "x".repeat(11_000)]),
    );
    const rows = logsOf([at(0, { id: 1 }), at(0, large), at(0, { id: 2 })]);
    const error = await errorOf(destinationOf().send(deliveryOf(rows), NEVER));
    expect(error).toMatchObject({
      again: [],
      refused: [{ index: 1, reason: expect.stringMatching(/^1\d{6} bytes as JSON/) as string }],
    });
    expect(idsIn("/test/cart")).toEqual([1, 2]);
  });

  it("that fail are tried again, and those before them are not", async () => {
    const rows = [...logsOf([at(0, { id: 1 })], "a"), ...logsOf([at(0, { id: 2 })], "b")];
    let puts = 0;
    server.intercept = (action, response) => {
      if (action !== "PutLogEvents" || (puts += 1) !== 3) return false;
      const headers = { "content-type": "application/x-amz-json-1.1" };
      const body = { __type: "com.amazonaws.logs#ThrottlingException", message: "Rate exceeded" };
      response.writeHead(400, headers).end(JSON.stringify(body));
      return true;
    };
    const destination = destinationOf();
    const error = await errorOf(destination.send(deliveryOf(rows), NEVER));
    expect(error).toBeInstanceOf(PartialDeliveryError);
    expect(error).toMatchObject({
      message: "HTTP 400 for PutLogEvents: ThrottlingException: Rate exceeded",
      again: [1],
      refused: [],
    });
    await destination.send(deliveryOf(rows.slice(1)), NEVER);
    expect(idsIn("/test/a")).toEqual([1]);
    expect(idsIn("/test/b")).toEqual([2]);
  });
});

describe("what the service rejects", () => {
  it("is refused with the reason of each row, and the others are there", async () => {
    server.groups.set("/test/cart", { retentionDays: 3, streams: new Map([["stream", []]]) });
    const times = [0, 3 * HOUR_MS, -15 * 24 * HOUR_MS, -4 * 24 * HOUR_MS, -1_000];
    const rows = logsOf(times.map((ms, id) => at(ms, { id })));
    const error = await errorOf(destinationOf().send(deliveryOf(rows), NEVER));
    expect(error).toMatchObject({ again: [] });
    const { refused } = error as PartialDeliveryError;
    expect(refused.toSorted((a, b) => a.index - b.index)).toEqual([
      { index: 1, reason: "more than two hours in the future" },
      { index: 2, reason: "more than 14 days old" },
      { index: 3, reason: "older than what the log group retains" },
    ]);
    expect(idsIn("/test/cart")).toEqual([4, 0]);
  });

  it("as a whole is about its rows only where the input is wrong", async () => {
    const answers = [
      [400, { __type: "InvalidParameterException", message: "Log event too odd" }],
      [413, {}],
      [400, { __type: "UnrecognizedClientException", message: "The token is invalid." }],
      [503, { __type: "ServiceUnavailableException" }],
    ] as const;
    const kinds: boolean[] = [];
    for (const [status, body] of answers) {
      server.intercept = (_, response) =>
        Boolean(response.writeHead(status).end(JSON.stringify(body)));
      const error = await errorOf(destinationOf().send(deliveryOf(logsOf([{}])), NEVER));
      expect(error).toBeInstanceOf(Error);
      kinds.push(error instanceof PermanentError);
    }
    expect(kinds).toEqual([true, true, false, false]);
  });

  it("for a while is tried again when it says so", async () => {
    server.intercept = (_, response) =>
      Boolean(response.writeHead(429, { "retry-after": "7" }).end());
    const error = await errorOf(destinationOf().send(deliveryOf(logsOf([{}])), NEVER));
    expect(error).toBeInstanceOf(RetryAfterError);
    expect(error).toMatchObject({ afterMs: 7_000 });
  });
});

describe("requests", () => {
  it.each([
    [{ secretAccessKey: "wrong" }, /InvalidSignatureException/],
    [{ accessKeyId: "wrong" }, /UnrecognizedClientException/],
    [{ region: "us-east-1" }, /InvalidSignatureException: .*scoped/],
  ])("that are not signed as they should be are refused, and wait: %j", async (given, message) => {
    const sending = destinationOf(given).send(deliveryOf(logsOf([{}])), NEVER);
    await expect(sending).rejects.toThrow(message);
    await expect(sending).rejects.not.toBeInstanceOf(PermanentError);
  });

  it("end when they are cancelled", async () => {
    const control = new AbortController();
    server.intercept = () => {
      control.abort(new Error("stopping"));
      return true;
    };
    await expect(destinationOf().send(deliveryOf(logsOf([{}])), control.signal)).rejects.toThrow(
      "stopping",
    );
  });
});

describe("settings", () => {
  const parse = (given: object): unknown => cloudwatchLogs.settings.parse(given);

  it("need nothing, and say what is wrong", () => {
    expect(parse({})).toMatchObject({
      region: "us-east-1",
      createMissing: true,
      bufferSize: 1_000,
    });
    expect(() => parse({ logGroup: "{pod}" })).toThrow(/\{pod\} is not known here; there are/);
    expect(() => parse({ accessKeyId: "id" })).toThrow(/go together/);
    expect(() => parse({ retentionDays: 2 })).toThrow(/retentionDays/);
    expect(() => parse({ region: "a b" })).toThrow(/region such as/);
  });

  it("name no private endpoint unless that is allowed", async () => {
    await expect(destinationOf({ allowPrivate: false }).start()).rejects.toThrow(/private address/);
    await expect(destinationOf().start()).resolves.toBeUndefined();
  });

  it("without an endpoint lead to the region's", async () => {
    const settings = cloudwatchLogs.settings.parse({ ...KEYS, region: "cn-north-1" });
    const destination = new CloudwatchLogsDestination(settings, { clock });
    destinations.push(destination);
    await expect(destination.start()).resolves.toBeUndefined();
    expect(destination.health()).toMatchObject({ region: "cn-north-1" });
  });
});
