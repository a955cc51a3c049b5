import { describe, expect, it } from "vitest";
import { ATTRIBUTE_TYPES } from "#core/attributes.ts";
import { ROW_LIMITS } from "#core/limits.ts";
import { encodeOtlp } from "#core/otlp/encode.ts";
import { spanRow } from "#core/row-views.ts";
import { SpanBatch } from "#core/span-batch.ts";
import { TraceDecoder } from "./decode-traces.ts";
import { ANY_TIME } from "./testing/otlp-samples.ts";
import {
  attribute,
  field,
  fixed64,
  request,
  span,
  SPAN_HEAD,
  TIME,
  varintField,
} from "./testing/protobuf.ts";

const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
const SPAN_ID = "b7ad6b7169203331";
const START = 1_700_000_000_000_000_000n;

function decodeOne(
  fields: object,
  window = ANY_TIME,
): { batch: SpanBatch; message: string; rejected: number } {
  const batch = new SpanBatch();
  const base = {
    traceId: TRACE_ID,
    spanId: SPAN_ID,
    startTimeUnixNano: START,
    endTimeUnixNano: START + 5n,
  };
  const body = encodeOtlp("traces", {
    resourceSpans: [{ scopeSpans: [{ spans: [{ ...base, ...fields }] }] }],
  });
  const rejections = new TraceDecoder().decode(body, batch, window);
  return { batch, message: rejections.message, rejected: rejections.count };
}

describe("TraceDecoder", () => {
  it.each([
    ["a trace id of zeros", { traceId: "0".repeat(32) }, "trace_id"],
    ["a short trace id", { traceId: "abcd" }, "trace_id of 2 bytes"],
    ["a span id of zeros", { spanId: "0".repeat(16) }, "span_id of 8 bytes"],
    ["no span id", { spanId: "" }, "span_id of 0 bytes"],
    ["a parent id of a wrong length", { parentSpanId: "abcdef" }, "parent_span_id of 3 bytes"],
    ["no start time", { startTimeUnixNano: null }, "start_time_unix_nano"],
  ])("leaves out a span with %s and says why", (_, fields, message) => {
    const { batch, message: found, rejected } = decodeOne(fields);
    expect(batch.rows).toBe(0);
    expect(rejected).toBe(1);
    expect(found).toContain("span 0");
    expect(found).toContain(message);
  });

  it("leaves out what is older than retention keeps or too far in the future, and keeps the bounds", () => {
    const startMs = Number(START / 1_000_000n);
    expect(decodeOne({}, { oldestMs: startMs, newestMs: startMs }).rejected).toBe(0);
    expect(decodeOne({}, { oldestMs: startMs + 1, newestMs: startMs + 2 }).message).toContain(
      "older than retention",
    );
    expect(decodeOne({}, { oldestMs: 0, newestMs: startMs - 1 }).message).toContain(
      "in the future",
    );
  });

  it("counts what is over the limits of a row instead of refusing the row", () => {
    const many = Array.from({ length: ROW_LIMITS.attributesMax + 3 }, (_, i) => ({
      key: `k${i}`,
      value: { intValue: i },
    }));
    const events = Array.from({ length: ROW_LIMITS.eventsMax + 2 }, () => ({
      name: "e",
      timeUnixNano: START,
    }));
    const links = Array.from({ length: ROW_LIMITS.linksMax + 1 }, () => ({
      traceId: TRACE_ID,
      spanId: SPAN_ID,
    }));
    const row = spanRow(decodeOne({ attributes: many, events, links }).batch, 0);
    expect(row.attributes).toHaveLength(ROW_LIMITS.attributesMax);
    expect([row.droppedAttributes, row.droppedEvents, row.droppedLinks]).toEqual([3, 2, 1]);
  });

  it("keeps the first of two values of one key, and counts the other as dropped", () => {
    const twice = [1, 2].map((intValue) => ({ key: "k", value: { intValue } }));
    const row = spanRow(decodeOne({ attributes: twice }).batch, 0);
    expect(row.attributes).toEqual([{ key: "k", value: "1", type: ATTRIBUTE_TYPES.int }]);
    expect(row.droppedAttributes).toBe(1);
  });

  it("cuts a long value between characters, never within one", () => {
    const long = "é".repeat(ROW_LIMITS.attributeValueBytesMax);
    const row = spanRow(
      decodeOne({ attributes: [{ key: "k", value: { stringValue: `x${long}` } }] }).batch,
      0,
    );
    const kept = row.attributes[0]!.value;
    expect(Buffer.byteLength(kept)).toBe(ROW_LIMITS.attributeValueBytesMax - 1);
    expect(kept.startsWith("xé") && kept.endsWith("é")).toBe(true);
  });

  it("takes an end before the start, or none, as a duration of 0", () => {
    expect(spanRow(decodeOne({ endTimeUnixNano: START - 1n }).batch, 0).durationNs).toBe(0n);
    expect(spanRow(decodeOne({ endTimeUnixNano: null }).batch, 0).durationNs).toBe(0n);
  });

  it("reads the sampling weight from the tracestate", () => {
    expect(spanRow(decodeOne({ traceState: "ot=th:8" }).batch, 0).weight).toBe(2);
    expect(spanRow(decodeOne({ traceState: "vendor=1,ot=rv:1;th:c" }).batch, 0).weight).toBe(4);
    expect(spanRow(decodeOne({ traceState: "th:8" }).batch, 0).weight).toBe(1);
  });

  it("takes an unknown kind and status code as unspecified", () => {
    expect(spanRow(decodeOne({ kind: 9, status: { code: 7 } }).batch, 0)).toMatchObject({
      kind: 0,
      status: 0,
    });
  });

  it("replaces what is not UTF-8 instead of refusing the span", () => {
    const body = encodeOtlp("traces", {
      resourceSpans: [
        {
          scopeSpans: [
            {
              spans: [
                { traceId: TRACE_ID, spanId: SPAN_ID, name: "ABCD", startTimeUnixNano: START },
              ],
            },
          ],
        },
      ],
    });
    body[body.indexOf("ABCD") + 1] = 0xff;
    const batch = new SpanBatch();
    new TraceDecoder().decode(body, batch, ANY_TIME);
    expect(spanRow(batch, 0).name).toBe("A\ufffdCD");
  });

  it("takes a start that is sent as 0 for one that is missing, whatever is kept", () => {
    const zero = request(field(2, SPAN_HEAD, fixed64(7, 0n)));
    const rejections = new TraceDecoder().decode(zero, new SpanBatch(), ANY_TIME);
    expect(rejections.message).toBe("span 0: start_time_unix_nano is missing");
  });

  it("gives an event without a time, or with 0, the start of its span", () => {
    const batch = new SpanBatch();
    const events = [field(11, fixed64(1, 0n)), field(11), field(11, fixed64(1, 5n))];
    new TraceDecoder().decode(request(span(...events)), batch, ANY_TIME);
    expect(spanRow(batch, 0).events.map(({ time }) => time)).toEqual([TIME, TIME, 5n]);
  });

  it("keeps a link whose ids do not have the length of ids, with zeros for them", () => {
    const links = [
      { traceId: "abcd", spanId: SPAN_ID },
      { traceId: TRACE_ID, spanId: "" },
    ];
    expect(spanRow(decodeOne({ links }).batch, 0).links).toMatchObject([
      { traceId: "0".repeat(32), spanId: SPAN_ID },
      { traceId: TRACE_ID, spanId: "0".repeat(16) },
    ]);
  });

  it("cuts names, messages and tracestates at their limits", () => {
    const long = "é".repeat(10_000);
    const row = spanRow(
      decodeOne({
        name: long,
        traceState: long,
        status: { message: long },
        events: [{ name: long }],
        links: [{ traceState: long }],
      }).batch,
      0,
    );
    const bytes = [
      row.name,
      row.events[0]!.name,
      row.statusMessage,
      row.traceState,
      row.links[0]!.traceState,
    ];
    expect(bytes.map((text) => Buffer.byteLength(text))).toEqual([
      ROW_LIMITS.nameBytesMax,
      ROW_LIMITS.nameBytesMax,
      ROW_LIMITS.statusMessageBytesMax,
      ROW_LIMITS.traceStateBytesMax,
      ROW_LIMITS.traceStateBytesMax,
    ]);
  });

  it("takes the last of a field that stands twice", () => {
    const batch = new SpanBatch();
    const twice = [field(5, "first"), field(5, "last"), varintField(6, 2), varintField(6, 3)];
    new TraceDecoder().decode(request(span(...twice)), batch, ANY_TIME);
    expect(spanRow(batch, 0)).toMatchObject({ name: "last", kind: 3 });
  });

  it("passes over fields that it does not know, of every wire type and at every level", () => {
    const unknown = Buffer.concat([
      varintField(200, -1),
      fixed64(201, 1n),
      field(202, "text"),
      // A 32-bit field.
      Buffer.from([0xdd, 0x0c, 1, 2, 3, 4]),
      varintField(2 ** 29 - 1, 1),
    ]);
    const keyValue = field(
      9,
      unknown,
      field(1, "k"),
      unknown,
      field(2, unknown, field(1, "v"), unknown),
    );
    const event = field(11, unknown, field(2, "e"), unknown);
    const link = field(13, unknown, field(3, "state"), unknown);
    const status = field(15, unknown, varintField(3, 2), unknown);
    const spanWith = span(unknown, keyValue, event, link, status, unknown);
    const scope = field(
      2,
      unknown,
      field(1, unknown, field(1, "scope"), unknown),
      spanWith,
      unknown,
    );
    const resource = field(1, unknown, attribute(1, "k", field(1, "v")), unknown);
    const body = Buffer.concat([unknown, field(1, unknown, scope, resource, unknown), unknown]);
    const batch = new SpanBatch();
    expect(new TraceDecoder().decode(body, batch, ANY_TIME).count).toBe(0);
    expect(spanRow(batch, 0)).toMatchObject({
      resource: { attributes: [{ key: "k", value: "v" }] },
      scope: { name: "scope" },
      attributes: [{ key: "k", value: "v" }],
      events: [{ name: "e" }],
      links: [{ traceState: "state" }],
      status: 2,
    });
  });
});
