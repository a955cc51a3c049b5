import { describe, expect, it } from "vitest";
import { ATTRIBUTE_TYPES, attributesOfRow } from "#core/attributes.ts";
import { logRow } from "#core/row-views.ts";
import { parseTime } from "#core/time.ts";
import { spans } from "#pipeline/testing/batches.ts";
import { createMeter } from "#telemetry/meter.ts";
import {
  fieldsOf,
  OBSERVED_NS,
  parsed,
  processorOf,
  plain,
  recordsOf,
  type Written,
} from "./testing/parsed.ts";

describe("what becomes of fields", () => {
  it("puts a prefix before their keys, and gives them types", () => {
    expect(
      fieldsOf('{"a":"12","b":"no","c":"x","d":5}', {
        prefix: "app.",
        types: { a: "int", b: "bool", c: "double", d: "string" },
      }),
    ).toEqual({ "app.a": 12, "app.b": false, "app.c": "x", "app.d": "5" });
  });

  it("overwrites attributes or keeps them", () => {
    const input = { body: '{"a":1,"b":2}', attributes: { a: "old" } };
    expect(fieldsOf(input)).toEqual({ a: 1, b: 2 });
    expect(fieldsOf(input, { overwrite: false })).toEqual({ a: "old", b: 2 });
  });

  it("makes one the body, and takes fields away that became something else", () => {
    const text = '{"msg":"hello","level":"error","event":"greeted","n":1}';
    const record = parsed(text, {
      body: ["message", "msg"],
      eventName: "event",
      keepFields: false,
    });
    expect(record).toMatchObject({ body: "hello", eventName: "greeted", severity: 17 });
    expect(plain(record.attributes)).toEqual({ n: 1 });
  });

  it("takes the source away only where it was parsed", () => {
    expect(parsed('{"a":1}', { keepSource: false })).toMatchObject({
      body: "",
      bodyType: ATTRIBUTE_TYPES.empty,
    });
    expect(parsed("text", { keepSource: false })).toMatchObject({ body: "text" });
    expect(
      fieldsOf(
        { body: "b", attributes: { raw: '{"a":1}', x: 1 } },
        { attribute: "raw", keepSource: false },
      ),
    ).toEqual({ a: 1, x: 1 });
  });

  it("marks, drops or keeps what cannot be parsed", () => {
    expect(fieldsOf("text", { format: "json", onFailure: "mark" })).toEqual({
      "parse.error": "not a JSON object: found no { at its start",
    });
    const batch = recordsOf({ body: "text" }, { body: '{"a":1}' }, {});
    const processor = processorOf({ format: "json", onFailure: "drop" });
    processor.process(batch, "default");
    expect([0, 1, 2].map((row) => batch.selection.has(row))).toEqual([false, true, true]);
    expect(processor.statistics!()).toMatchObject({
      total_processed: 2,
      total_parsed: 1,
      total_dropped: 1,
    });
  });

  it("leaves rows alone that were dropped before", () => {
    const batch = recordsOf({ body: '{"a":1}' }, { body: '{"a":2}' });
    batch.selection.drop(0);
    processorOf({}).process(batch, "default");
    expect(attributesOfRow(batch.attributes, 0)).toEqual([]);
    expect(attributesOfRow(batch.attributes, 1)).toHaveLength(1);
  });
});

describe("the time of a record", () => {
  const at = (text: string, timestamp: Written["timestamp"]): bigint =>
    parsed(`{"t":"${text}"}`, { timestamp }).time;

  it.each<[string, string | string[], string]>([
    ["2025-06-15 15:06:30,123", "auto", "2025-06-15T15:06:30.123Z"],
    ["1749999990", "auto", "2025-06-15T15:06:30Z"],
    ["1749999990.25", "unix", "2025-06-15T15:06:30.25Z"],
    ["1749999990123", "unix_ms", "2025-06-15T15:06:30.123Z"],
    ["15/Jun/2025:17:06:30 +0200", "httpdate", "2025-06-15T15:06:30Z"],
    ["Jun 15 15:06:30", "%b %e %H:%M:%S", "2025-06-15T15:06:30Z"],
    ["Jun  5 15:06:30", "%b %e %H:%M:%S", "2025-06-05T15:06:30Z"],
    [
      "Sun, 15 June 2025 02:06:30.5 PM -0100",
      "%a, %d %B %Y %I:%M:%S.%L %p %z",
      "2025-06-15T15:06:30.5Z",
    ],
    ["06/15/25 15:06", ["auto", "%D %R"], "2025-06-15T15:06:00Z"],
    ["1749999990|100%", "%s|100%%", "2025-06-15T15:06:30Z"],
  ])("reads %j by %j", (text, layouts, expected) => {
    expect(at(text, { from: "t", layouts })).toBe(parseTime(expected));
  });

  it("is that of a zone where it says none", () => {
    const timestamp = { from: "t", timezone: "Europe/Berlin" };
    expect(at("2025-06-15 16:06:30", timestamp)).toBe(parseTime("2025-06-15T14:06:30Z"));
    expect(at("2025-06-15 15:06:30Z", timestamp)).toBe(parseTime("2025-06-15T15:06:30Z"));
  });

  it("stays where the field's is not within the window, is none, or is not there", () => {
    const batch = recordsOf(
      ...["2020-01-01T00:00:00Z", "2025-06-15T16:00:00Z", "soon", "2025-02-30T00:00:00Z"].map(
        (t) => ({ body: JSON.stringify({ t }), timeNs: OBSERVED_NS - 1n }),
      ),
      { body: '{"other":1}', timeNs: OBSERVED_NS - 1n },
    );
    const processor = processorOf({ timestamp: { from: "t" } });
    processor.process(batch, "default");
    for (let row = 0; row < 5; row++) expect(logRow(batch, row).time).toBe(OBSERVED_NS - 1n);
    expect(processor.statistics!()).toMatchObject({
      total_times_outside: 2,
      total_times_unread: 2,
      total_times_set: 0,
    });
  });
});

describe("the severity of a record", () => {
  it.each<[string, Written["severity"], number]>([
    ["oops", { from: "l", map: { OOPS: "error" } }, 17],
    ["oops", { from: "l", map: { oops: 24 } }, 24],
    ["Warning", { from: "l" }, 13],
    ["50", { from: "l" }, 17],
    ["3", { from: "l" }, 0],
    ["3", { from: "l", numbers: "syslog" }, 17],
    ["3", { from: "l", numbers: "otel" }, 3],
    ["25", { from: "l", numbers: "otel" }, 0],
    ["nope", { from: "l" }, 0],
  ])("of %j by %j is %d", (l, severity, expected) => {
    expect(parsed(JSON.stringify({ l }), { severity }).severity).toBe(expected);
  });
});

describe("parsing attributes of spans", () => {
  it("makes attributes of an attribute, of spans and of their events", () => {
    const batch = spans(
      "shop",
      { spanId: "1", attributes: { payload: '{"cart":{"items":3}}' } },
      { spanId: "2", attributes: { payload: "none" } },
      { spanId: "3" },
    );
    const processor = processorOf({ attribute: "payload", format: "json", onFailure: "drop" });
    processor.process(batch, "default");
    expect(plain(attributesOfRow(batch.attributes, 0))).toEqual({
      payload: '{"cart":{"items":3}}',
      "cart.items": 3,
    });
    expect([0, 1, 2].map((row) => batch.selection.has(row))).toEqual([true, false, true]);
  });

  it("makes attributes of the events of spans, which are marked where spans would be dropped", () => {
    const events = [{ payload: "a=1 b=two" }, { payload: "none" }, { other: "a=1 b=two" }];
    const batch = spans("shop", { spanId: "1", events }, { spanId: "2", events });
    batch.selection.drop(0);
    const processor = processorOf({ attribute: "payload", onFailure: "drop", keepSource: false });
    processor.process(batch, "default");
    const found = [0, 1, 2, 3, 4, 5].map((event) =>
      plain(attributesOfRow(batch.events.attributes, event)),
    );
    expect(found).toEqual([
      ...events,
      { a: 1, b: "two" },
      { payload: "none", "parse.error": "not JSON, logfmt or an access log" },
      { other: "a=1 b=two" },
    ]);
    expect(batch.selection.has(1)).toBe(true);
    const spansOnly = spans("shop", { spanId: "1", events });
    processorOf({ attribute: "payload", rows: ["spans"] }).process(spansOnly, "default");
    expect(attributesOfRow(spansOnly.events.attributes, 0)).toHaveLength(1);
  });

  it("leaves spans alone whose attribute is not asked for", () => {
    const batch = spans("shop", { spanId: "1", attributes: { payload: '{"a":1}' } });
    processorOf({}).process(batch, "default");
    processorOf({ attribute: "payload", rows: ["logs"] }).process(batch, "default");
    expect(attributesOfRow(batch.attributes, 0)).toHaveLength(1);
  });
});

it("tells what became of texts as a metric", () => {
  const meter = createMeter();
  const processor = processorOf({}, meter);
  processor.process(recordsOf({ body: '{"a":1}' }, { body: "x" }), "default");
  const [metric] = meter.snapshot();
  expect(metric).toMatchObject({
    name: "sightglass_parse_texts_total",
    points: [
      { labels: { outcome: "parsed" }, value: 1 },
      { labels: { outcome: "failed" }, value: 1 },
      { labels: { outcome: "dropped" }, value: 0 },
    ],
  });
});
