import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { ATTRIBUTE_TYPES, attributeValue } from "#core/attributes.ts";
import type { Batch } from "#core/batch.ts";
import { LogBuilder, type LogInput } from "#core/build/log-builder.ts";
import { MetricBuilder } from "#core/build/metric-builder.ts";
import { eventOfLogRow, logInputOfEvent } from "#core/event-record.ts";
import type { LogBatch } from "#core/log-batch.ts";
import { encodeOtlp } from "#core/otlp/encode.ts";
import { type LogRow, logRow, numberPointRow, spanRow } from "#core/row-views.ts";
import type { Processor } from "#pipeline/component.ts";
import { FakeClock } from "#pipeline/testing/fake-clock.ts";
import { TIME_NS } from "#pipeline/testing/batches.ts";
import { DECODERS } from "#receivers/otlp/testing/decoder-under-test.ts";
import { createLogger } from "#telemetry/log.ts";
import { createMeter } from "#telemetry/meter.ts";
import { redact } from "./redact.ts";

const WINDOW = { oldestMs: 0, newestMs: Number.MAX_SAFE_INTEGER };

function processorOf(given: unknown = {}, warnings: string[] = []): Processor {
  const clock = new FakeClock();
  return redact.create(redact.settings.parse(given), {
    name: "redact",
    clock,
    log: createLogger({ level: "warn", clock, sink: ({ message }) => warnings.push(message) }),
    meter: createMeter(),
    random: () => 0.5,
    emit: async () => {},
    timeWindow: () => WINDOW,
  });
}

function logBatch(...inputs: readonly LogInput[]): LogBatch {
  const builder = new LogBuilder({ observedNs: TIME_NS, window: WINDOW });
  builder.group({ "service.name": "shop", "host.ip": "10.0.0.9" });
  for (const input of inputs) builder.add(input);
  return builder.finish(1);
}

/** The first record after a processor with these settings. */
function redactedLog(input: LogInput, given: unknown = {}): LogRow {
  const batch = logBatch(input);
  processorOf({ metadata: "none", ...(given as object) }).process(batch, "default");
  return logRow(batch, 0);
}

function valuesOf(row: Pick<LogRow, "attributes">): Record<string, unknown> {
  return Object.fromEntries(
    row.attributes.map(({ key, value, type }) => [key, attributeValue(value, type)]),
  );
}

describe("modes", () => {
  const body = "bob@example.com 555-123-4567 4111-1111-1111-1111 123-45-6789";

  test("mask shows what seed 003 shows of each kind", () => {
    expect(redactedLog({ body }).body).toBe(
      "b***b@example.com 555-***-**67 ****-****-****-1111 12*********",
    );
    expect(redactedLog({ body: "user@example.com ab@x.org é.ü@x.org" }).body).toBe(
      "u***r@example.com ***@x.org é***ü@x.org",
    );
    expect(redactedLog({ body: "a@x.org, call 450 0840" }).body).toBe("***@x.org, call *** **40");
  });

  test("hash is 16 hexadecimal digits of the SHA-256 of match and salt", () => {
    const digest = createHash("sha256").update("bob@example.compepper").digest("hex");
    expect(
      redactedLog({ body: "to bob@example.com!" }, { redactionMode: "hash", hashSalt: "pepper" })
        .body,
    ).toBe(`to [REDACTED:${digest.slice(0, 16)}]!`);
  });

  test("remove leaves nothing", () => {
    expect(redactedLog({ body }, { redactionMode: "remove" }).body).toBe(
      "[REDACTED] [REDACTED] [REDACTED] [REDACTED]",
    );
  });

  test("hashes with the salt that everyone has are warned of", async () => {
    const warnings: string[] = [];
    await processorOf({ redactionMode: "hash" }, warnings).start?.();
    await processorOf({ redactionMode: "hash", hashSalt: "own" }, warnings).start?.();
    await processorOf({}, warnings).start?.();
    expect(warnings).toHaveLength(1);
  });
});

describe("what is scanned", () => {
  test("bodies of every type; what is no longer a number is a string", () => {
    const text = redactedLog({ body: "from 10.0.0.1" });
    expect(text.body).toBe("from 1*******");
    const number = redactedLog({ body: 4_111_111_111_111_111 });
    expect([number.body, number.bodyType]).toEqual(["************1111", ATTRIBUTE_TYPES.string]);
    const object = redactedLog({ body: { to: ["bob@example.com"], n: 1, big: 2n ** 60n } });
    expect(object.bodyType).toBe(ATTRIBUTE_TYPES.kvlist);
    expect(object.body).toBe(`{"to":["b***b@example.com"],"n":1,"big":"${2n ** 60n}"}`);
  });

  test("attributes, whose keys say what they are and stay", () => {
    const row = redactedLog({
      attributes: {
        "bob@example.com": "x",
        card: 4_111_111_111_111_111,
        count: 1_234_567_890,
        "user.phone": "5551234567",
        ssn: 123_456_789,
        "db.password": "hunter2hunter2",
        "http.request.header.authorization": ["Bearer abc123def456"],
        nested: { client_secret: "abc123def456", deep: [{ phone: "555 1234" }] },
        ok: true,
        ratio: 0.5,
      },
    });
    expect(valuesOf(row)).toEqual({
      "bob@example.com": "x",
      card: "************1111",
      count: 1_234_567_890,
      "user.phone": "555*****67",
      ssn: "1********",
      "db.password": "hu************",
      "http.request.header.authorization": ["Bearer ab**********"],
      nested: { client_secret: "ab**********", deep: [{ phone: "*** **34" }] },
      ok: true,
      ratio: 0.5,
    });
  });

  test("values that are as long as the one before them, or the same", () => {
    const values = ["abcdef", "abcdef", "a@b.co", "abc@d.", "abcdef", "a@b.co"];
    const batch = logBatch(...values.map((value) => ({ attributes: { key: value } })));
    processorOf({ metadata: "none" }).process(batch, "default");
    expect(values.map((_, row) => logRow(batch, row).attributes[0]!.value)).toEqual([
      "abcdef",
      "abcdef",
      "***@b.co",
      "abc@d.",
      "abcdef",
      "***@b.co",
    ]);
  });

  test("text that is an object in JSON stays one", () => {
    const body = String.raw`{"card":4111111111111111,"m":"a\nbob@example.com","password":"\"x1\""}`;
    expect(JSON.parse(redactedLog({ body }).body)).toEqual({
      card: "************1111",
      m: "a\nb***b@example.com",
      password: "****",
    });
  });

  test("objects in objects of any depth", () => {
    const deep = (inner: string): string =>
      `${'{"a":'.repeat(20_000)}${inner}${"}".repeat(20_000)}`;
    const row = redactedLog({ body: deep('"bob@example.com"') }, { metadata: "all" });
    expect(row.body).toBe(deep('"b***b@example.com"'));
  });

  test("a text that only begins like JSON is scanned whole", () => {
    expect(redactedLog({ body: "{to bob@example.com}" }).body).toBe("{to b***b@example.com}");
  });

  test("resources, once each", () => {
    const batch = logBatch({ body: "a" }, { body: "b" });
    processorOf().process(batch, "default");
    expect(valuesOf(batch.groups.resources[0]!)).toEqual({
      "service.name": "shop",
      "host.ip": "1*******",
    });
  });

  test("spans: names, status messages, events and links, each for its row", () => {
    const attribute = { key: "peer", value: { stringValue: "10.0.0.1" } };
    const span = (spanId: string, more: object): object => ({
      traceId: "1".repeat(32),
      spanId: spanId.padStart(16, "0"),
      startTimeUnixNano: TIME_NS,
      endTimeUnixNano: TIME_NS,
      name: "GET /",
      ...more,
    });
    const decoder = DECODERS.traces();
    decoder.decode(
      encodeOtlp("traces", {
        resourceSpans: [
          {
            resource: {},
            scopeSpans: [
              {
                scope: { name: "lib", attributes: [attribute] },
                spans: [
                  span("1", {}),
                  span("2", { name: "GET /users/bob@example.com" }),
                  span("3", { status: { code: 2, message: "no bob@example.com" } }),
                  span("4", { attributes: [attribute] }),
                  span("5", {
                    events: [{ timeUnixNano: TIME_NS, name: "e", attributes: [attribute] }],
                  }),
                  span("6", {
                    links: [
                      { traceId: "2".repeat(32), spanId: "2".repeat(16), attributes: [attribute] },
                    ],
                  }),
                ],
              },
            ],
          },
        ],
      }),
    );
    const { batch } = decoder;
    if (batch.signal !== "traces") throw new Error("not spans");
    const processor = processorOf();
    processor.process(batch, "default");
    const rows = Array.from({ length: 6 }, (_, row) => spanRow(batch, row));
    expect(rows.map(({ name }) => name)).toContain("GET /users/b***b@example.com");
    expect(rows[2]!.statusMessage).toBe("no b***b@example.com");
    expect(valuesOf(rows[3]!)).toEqual({ peer: "1*******" });
    expect(valuesOf(rows[4]!.events[0]!)).toEqual({ peer: "1*******" });
    expect(valuesOf(rows[5]!.links[0]!)).toEqual({ peer: "1*******" });
    expect(valuesOf(rows[0]!.scope)).toEqual({ peer: "1*******" });
    expect(processor.statistics?.()).toMatchObject({
      total_events_scanned: 6,
      total_events_redacted: 5,
    });
  });

  test("labels of metrics", () => {
    const builder = new MetricBuilder({ window: WINDOW });
    builder.group({ "service.name": "shop" });
    builder.number(
      { name: "up", type: "gauge" },
      { client: "10.0.0.1" },
      { timeNs: TIME_NS, value: 1 },
    );
    const batch = builder.finish(1);
    processorOf().process(batch, "default");
    expect(valuesOf(numberPointRow(batch, 0).series)).toEqual({ client: "1*******" });
  });
});

describe("fields", () => {
  const attributes = {
    _id: "bob@example.com",
    user_id: "bob@example.com",
    type: "bob@example.com",
    user: { email: "bob@example.com", other: "bob@example.com" },
  };
  const masked = "b***b@example.com";

  test("to skip are compared by their whole names", () => {
    expect(valuesOf(redactedLog({ attributes }))).toEqual({
      _id: "bob@example.com",
      user_id: masked,
      type: "bob@example.com",
      user: { email: masked, other: masked },
    });
  });

  test("to skip may be inside of others", () => {
    expect(valuesOf(redactedLog({ attributes }, { fieldsToSkip: ["user.other"] }))).toEqual({
      _id: masked,
      user_id: masked,
      type: masked,
      user: { email: masked, other: "bob@example.com" },
    });
  });

  test("to scan leave all others as they are", () => {
    const body = "bob@example.com";
    const row = redactedLog({ body, attributes }, { fieldsToScan: ["user_id", "user.email"] });
    expect(row.body).toBe(body);
    expect(valuesOf(row)).toEqual({
      ...attributes,
      user_id: masked,
      user: { email: masked, other: "bob@example.com" },
    });
    expect(redactedLog({ body }, { fieldsToScan: ["message"] }).body).toBe(masked);
  });
});

describe("own patterns", () => {
  const patterns = [{ name: "employee", regex: String.raw`\bE\d{6}\b`, flags: "gi" }];

  test("are found beside the others, and counted by their names", () => {
    const processor = processorOf({ patterns, redactionMode: "remove", metadata: "none" });
    const batch = logBatch({ body: "e123456 wrote to bob@example.com as E654321" });
    processor.process(batch, "default");
    expect(logRow(batch, 0).body).toBe("[REDACTED] wrote to [REDACTED] as [REDACTED]");
    expect(processor.statistics?.()).toMatchObject({ "by_type.employee": 2, "by_type.email": 1 });
  });

  test("that overlap what else is found cover all of both", () => {
    const around = [{ name: "line", regex: "to .* now" }];
    expect(
      redactedLog({ body: "to bob@example.com now" }, { patterns: around, redactionMode: "remove" })
        .body,
    ).toBe("[REDACTED]");
  });

  test("do not match what was put in the place of a match", () => {
    const hex = [{ name: "hex", regex: "[0-9a-f]{4,}" }];
    const { body } = redactedLog(
      { body: "x 12345678 y" },
      { patterns: hex, redactionMode: "hash" },
    );
    expect(body).toMatch(/^x \[REDACTED:[0-9a-f]{16}\] y$/);
  });

  test("cannot stop the process: their time is linear", () => {
    const evil = [{ name: "evil", regex: "(a+)+$" }];
    const body = `${"a".repeat(5_000)}!`;
    expect(redactedLog({ body }, { patterns: evil }).body).toBe(body);
  });

  test.each([
    [{ name: "x", regex: "(" }, /missing closing/],
    [{ name: "x", regex: "a", flags: "y" }, /no flag y/],
    [{ name: "x", regex: "(?=a)" }, /./],
    [{ name: "email", regex: "a" }, /built-in/],
  ])("that cannot be are refused: %j", (pattern, message) => {
    const { success, error } = redact.settings.safeParse({ patterns: [pattern] });
    expect(success).toBe(false);
    expect(error?.message).toMatch(message);
  });
});

test("a detector that is off finds nothing", () => {
  const body =
    "bob@example.com 555-123-4567 4111-1111-1111-1111 123-45-6789 10.0.0.1 password=hunter2 " +
    "AKIAIOSFODNN7EXAMPLE GB82WEST12345698765432";
  const off = Object.fromEntries(
    ["Email", "Phone", "SSN", "CreditCard", "APIKey", "Password", "IPAddress", "IBAN"].map(
      (name) => [`detect${name}`, false],
    ),
  );
  expect(redactedLog({ body }, off).body).toBe(body);
  const left = Object.keys(off).map((name) => {
    const row = redactedLog({ body }, { [name]: false, redactionMode: "remove" });
    return row.body.split("[REDACTED]").length - 1;
  });
  expect(left).toEqual(Object.keys(off).map(() => 7));
});

test("an event says where it was redacted, in the shape of seed 003", () => {
  const event = {
    type: "worker_finished",
    message: "mail to bob@example.com",
    user: { phone: "5551234567" },
    _source: { name: "10.0.0.1" },
  };
  const batch = logBatch(logInputOfEvent(event), { body: "no event, bob@example.com" });
  const processor = processorOf();
  processor.process(batch, "default");
  expect(eventOfLogRow(logRow(batch, 0))).toEqual({
    ...event,
    message: "mail to b***b@example.com",
    user: { phone: "555*****67" },
    _redaction: {
      redacted: true,
      mode: "mask",
      fields: [
        { field: "message", type: "email", original_value_hint: "string(length=23)" },
        { field: "user.phone", type: "phone", original_value_hint: "string(length=10)" },
      ],
      timestamp: new Date(new FakeClock().nowMs()).toISOString(),
    },
  });
  expect(logRow(batch, 1).attributes).toEqual([]);
  expect(processor.statistics?.()).toMatchObject({
    total_events_scanned: 2,
    total_events_redacted: 2,
    // The resource's address, two fields of the event, and the body of the other record.
    total_fields_redacted: 4,
    redaction_rate: 1,
    "by_type.email": 2,
    "by_type.phone": 1,
    "by_type.ip_address": 1,
  });
});

test("redacting a batch twice changes nothing more", () => {
  const batch = logBatch({ body: "bob@example.com", attributes: { password: "hunter2" } });
  const processor = processorOf({ metadata: "none" });
  processor.process(batch, "default");
  const once = logRow(batch, 0);
  processor.process(batch, "default");
  expect(logRow(batch, 0)).toEqual(once);
});

test("rows that a filter has dropped are left alone", () => {
  const batch: Batch = logBatch({ body: "bob@example.com" }, { body: "eve@example.com" });
  batch.selection.drop(0);
  const processor = processorOf({ metadata: "none" });
  processor.process(batch, "default");
  expect(logRow(batch, 0).body).toBe("bob@example.com");
  expect(logRow(batch, 1).body).toBe("e***e@example.com");
  expect(processor.statistics?.()).toMatchObject({ total_events_scanned: 1 });
});
