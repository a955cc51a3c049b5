import { describe, expect, it } from "vitest";
import { ATTRIBUTE_TYPES } from "#core/attributes.ts";
import { REQUEST_LIMITS, ROW_LIMITS } from "#core/limits.ts";
import { encodeOtlp } from "#core/otlp/encode.ts";
import type { TimeWindow } from "#core/rejections.ts";
import { type PlainLog, rowsOf } from "./testing/batch-rows.ts";
import { DECODERS } from "./testing/decoder-under-test.ts";
import { ARRIVAL_MS } from "./testing/log-samples.ts";
import { field, fixed64, repeated, request, TIME, varintField } from "./testing/protobuf.ts";

const ARRIVAL = BigInt(ARRIVAL_MS) * 1_000_000n;

interface Decoded {
  readonly rows: readonly PlainLog[];
  readonly rejected: number;
  readonly message: string;
}

function decodeBody(body: Buffer, window?: TimeWindow): Decoded {
  const decoder = DECODERS.logs();
  const { count, message } = decoder.decode(body, window);
  return { rows: rowsOf(decoder.batch).logs, rejected: count, message };
}

const decodeOne = (fields: object, window?: TimeWindow): Decoded =>
  decodeBody(
    encodeOtlp("logs", { resourceLogs: [{ scopeLogs: [{ logRecords: [fields] }] }] }),
    window,
  );

describe("LogDecoder", () => {
  it("keeps an empty record, with the time of its arrival", () => {
    expect(decodeOne({}).rows).toMatchObject([
      {
        time: ARRIVAL,
        observedTime: ARRIVAL,
        traceId: "0".repeat(32),
        spanId: "0".repeat(16),
        body: "",
        bodyType: ATTRIBUTE_TYPES.empty,
        resource: { attributes: [], schemaUrl: "" },
        scope: { name: "", version: "", attributes: [], schemaUrl: "" },
      },
    ]);
  });

  it.each([
    ["its own", { timeUnixNano: TIME, observedTimeUnixNano: TIME + 5n }, TIME, TIME + 5n],
    ["the observed one", { observedTimeUnixNano: TIME }, TIME, TIME],
    ["its own alone", { timeUnixNano: TIME }, TIME, ARRIVAL],
  ])("has %s as its time", (_, fields, time, observedTime) => {
    expect(decodeOne(fields).rows).toMatchObject([{ time, observedTime }]);
  });

  it("takes times that are sent as 0 for times that are not known", () => {
    const zeros = field(2, fixed64(1, 0n), fixed64(11, 0n));
    expect(decodeBody(request(zeros)).rows).toMatchObject([
      { time: ARRIVAL, observedTime: ARRIVAL },
    ]);
    const observed = field(2, fixed64(1, 0n), fixed64(11, TIME));
    expect(decodeBody(request(observed)).rows).toMatchObject([{ time: TIME, observedTime: TIME }]);
  });

  it("leaves out what is older than retention keeps or too far in the future, and says which", () => {
    const ms = Number(TIME / 1_000_000n);
    const at = { timeUnixNano: TIME };
    expect(decodeOne(at, { oldestMs: ms, newestMs: ms })).toMatchObject({ rejected: 0 });
    expect(decodeOne(at, { oldestMs: ms + 1, newestMs: ms + 2 })).toMatchObject({
      rows: [],
      rejected: 1,
      message:
        "log record 0: time 2025-06-15T15:06:40.000Z is older than retention keeps (2025-06-15T15:06:40.001Z)",
    });
    expect(decodeOne(at, { oldestMs: 0, newestMs: ms - 1 }).message).toContain("in the future");
    const last = { timeUnixNano: 2n ** 64n - 1n };
    expect(decodeOne(last, { oldestMs: 0, newestMs: ms }).message).toContain("2554-07-21");
  });

  it("names the first record that it leaves out, and counts the others", () => {
    const old = { timeUnixNano: 1n };
    const logRecords = [{ timeUnixNano: TIME }, old, old, { timeUnixNano: TIME }];
    const body = encodeOtlp("logs", { resourceLogs: [{ scopeLogs: [{ logRecords }] }] });
    const { rows, rejected, message } = decodeBody(body, { oldestMs: 1e12, newestMs: 1e15 });
    expect([rows.length, rejected]).toEqual([2, 2]);
    expect(message).toMatch(/^log record 1: .* \(and 1 more\)$/);
  });

  it("keeps a record whose ids do not have the length of ids, without them", () => {
    expect(decodeOne({ traceId: "abcd", spanId: "0".repeat(20) }).rows).toMatchObject([
      { traceId: "0".repeat(32), spanId: "0".repeat(16) },
    ]);
  });

  it.each([
    [24, 24],
    [25, 0],
    [-1, 0],
  ])("takes severity %d as %d", (severityNumber, severity) => {
    const sent = request(field(2, varintField(2, severityNumber)));
    expect(decodeBody(sent).rows).toMatchObject([{ severity }]);
  });

  it("cuts a body, severity and event name at their limits", () => {
    const long = "é".repeat(ROW_LIMITS.bodyBytesMax);
    const [row] = decodeOne({
      body: { stringValue: `x${long}` },
      severityText: long,
      eventName: long,
    }).rows;
    expect(Buffer.byteLength(row!.body)).toBe(ROW_LIMITS.bodyBytesMax - 1);
    expect(Buffer.byteLength(row!.severityText)).toBe(ROW_LIMITS.nameBytesMax);
    expect(Buffer.byteLength(row!.eventName)).toBe(ROW_LIMITS.nameBytesMax);
  });

  it("counts the attributes over the limit of a row, with those that the sender dropped", () => {
    const attributes = Array.from({ length: ROW_LIMITS.attributesMax + 3 }, (_, i) => ({
      key: `k${i}`,
      value: { intValue: i },
    }));
    const [row] = decodeOne({ attributes, droppedAttributesCount: 10 }).rows;
    expect(row!.attributes).toHaveLength(ROW_LIMITS.attributesMax);
    expect(row!.droppedAttributes).toBe(13);
  });

  it("keeps the records up to the limit of a request, and rejects the rest", () => {
    const over = 3;
    const empty = field(2);
    const body = request(repeated(empty, (REQUEST_LIMITS.rowsMax + over) * empty.length));
    const decoder = DECODERS.logs();
    const { count, message } = decoder.decode(body);
    expect([decoder.batch.rows, count]).toEqual([REQUEST_LIMITS.rowsMax, over]);
    expect(message).toContain(`more than ${REQUEST_LIMITS.rowsMax} records`);
  });
});
