import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { Batch } from "#core/batch.ts";
import { LogBuilder, type LogInput } from "#core/build/log-builder.ts";
import { logInputOfEvent } from "#core/event-record.ts";
import type { LogBatch } from "#core/log-batch.ts";
import type { Processor, ProcessorContext } from "#pipeline/component.ts";
import { points, spans } from "#pipeline/testing/batches.ts";
import { filter } from "./filter.ts";
import { settings } from "./settings.ts";

const CONTEXT = {} as ProcessorContext;
const WINDOW = { oldestMs: 0, newestMs: 8e15 };

type Written = z.input<typeof settings>;

function filterOf(written: Written = {}): Processor {
  return filter.create(settings.parse(written), CONTEXT);
}

function recordsOf(...inputs: readonly LogInput[]): LogBatch {
  const builder = new LogBuilder({ observedNs: 5n, window: WINDOW });
  builder.group({ "service.name": "shop" });
  for (const input of inputs) builder.add(input);
  return builder.finish(0);
}

const eventsOf = (...events: readonly object[]): LogBatch =>
  recordsOf(...events.map(logInputOfEvent));

function keptOf(batch: Batch, processor: Processor): number[] {
  processor.process(batch, "default");
  if (batch.signal === "metrics")
    return Array.from({ length: batch.numbers.rows }, (_, row) => row).filter((row) =>
      batch.numbers.selection.has(row),
    );
  return Array.from({ length: batch.rows }, (_, row) => row).filter((row) =>
    batch.selection.has(row),
  );
}

/** The reason for which the only event is dropped; undefined where it is kept. */
function reasonOf(event: object, written: Written = {}): string | undefined {
  const processor = filterOf(written);
  if (keptOf(eventsOf(event), processor).length > 0) return undefined;
  const entry = Object.entries(processor.statistics!()).find(
    ([name, count]) => name.startsWith("dropped_by_") && count > 0,
  );
  return entry![0].slice("dropped_by_".length);
}

const WORTHY = { event_type: "order", level: "info", message: "paid" };

describe("the filter, on events", () => {
  it("keeps what says something, without any settings", () => {
    expect(reasonOf(WORTHY)).toBeUndefined();
    expect(reasonOf({ ...WORTHY, level: "error" })).toBeUndefined();
  });

  it.each(["heartbeat", "health_check", "ping", "pong", "keepalive", "status", "info"])(
    "drops the low-value type %s, wherever it is written",
    (type) => {
      expect(reasonOf({ event_type: type, message: "x" })).toBe("low_value");
      expect(reasonOf({ type, message: "x" })).toBe("low_value");
      expect(reasonOf({ type, message: "x" }, { dropLowValue: false })).toBeUndefined();
    },
  );

  it("drops the levels debug and trace and empty events as of low value", () => {
    expect(reasonOf({ level: "debug", message: "x" })).toBe("low_value");
    expect(reasonOf({ severity: "TRACE", message: "x" })).toBe("low_value");
    expect(reasonOf({})).toBe("low_value");
    expect(reasonOf({ type: "a", b: 1, c: 2, d: 3, e: 4 })).toBe("low_value");
    expect(reasonOf({ type: "a", message: "", error: null, data: 0, result: false })).toBe(
      "low_value",
    );
    expect(reasonOf({ type: "a", b: 1, c: 2, d: 3, e: 4, f: 5 })).toBeUndefined();
  });

  it.each(["error", "message", "data", "result", "output", "response"])(
    "takes no event with %s for empty",
    (field) => {
      expect(reasonOf({ type: "a", [field]: "x" })).toBeUndefined();
      expect(reasonOf({ type: "a", [field]: { x: 1 } })).toBeUndefined();
    },
  );

  it("judges the worth of JSON events only: log records of OTLP stay", () => {
    const batch = recordsOf(
      { severity: 5, severityText: "DEBUG", body: "x" },
      { eventName: "heartbeat", attributes: { a: 1 } },
      { severity: 5, body: "x", attributes: { level: "debug" } },
    );
    expect(keptOf(batch, filterOf())).toEqual([0, 1]);
  });

  it("drops patterns that are found in the JSON text, in either case", () => {
    const drop = (pattern: string) =>
      reasonOf({ ...WORTHY, user: { name: "Probe" } }, { dropPatterns: [pattern] });
    expect(drop('"user":\\{"name":"probe"')).toBe("pattern");
    expect(drop('"message":"PAID"')).toBe("pattern");
    expect(drop('"level":"info"')).toBe("pattern");
    expect(drop("refund")).toBeUndefined();
  });

  it("finds the event name and level of other log records in their text", () => {
    const batch = recordsOf(
      { eventName: "login", body: "a" },
      { severity: 17, body: "a" },
      { body: "a", eventName: "x", attributes: { type: "y" } },
    );
    const dropPatterns = ['"event_type":"login"', '"level":"error"', '"event_type":"x"'];
    expect(keptOf(batch, filterOf({ dropPatterns }))).toEqual([2]);
  });

  it("drops levels by their words", () => {
    const dropLevels = ["debug", "Warning", "notice"];
    expect(reasonOf({ level: "DEBUG", message: "x" }, { dropLevels })).toBe("level");
    expect(reasonOf({ level: "warn", message: "x" }, { dropLevels })).toBe("level");
    expect(reasonOf({ level: "notice", message: "x" }, { dropLevels })).toBe("level");
    expect(reasonOf(WORTHY, { dropLevels })).toBeUndefined();
  });

  it("keeps levels that share a severity's range and mean something else", () => {
    expect(reasonOf({ level: "success", message: "x" }, { dropLevels: ["info"] })).toBeUndefined();
    expect(reasonOf({ level: "notice", message: "x" }, { dropLevels: ["info"] })).toBeUndefined();
    expect(reasonOf({ level: "alert", message: "x" }, { dropLevels: ["error"] })).toBeUndefined();
    expect(reasonOf({ level: "info", message: "x" }, { dropLevels: ["success"] })).toBeUndefined();
    expect(reasonOf({ level: "success", message: "x" }, { dropLevels: ["success"] })).toBe("level");
  });

  it("drops levels of records that have only a number, or a word that nobody knows", () => {
    const batch = recordsOf(
      { severity: 5, body: "x" },
      { severity: 8, severityText: "chatter", body: "x" },
      { severity: 9, body: "x" },
      { body: "x" },
    );
    expect(keptOf(batch, filterOf({ dropLevels: ["debug"] }))).toEqual([2, 3]);
  });

  it("drops and keeps types", () => {
    expect(reasonOf(WORTHY, { dropEventTypes: ["order"] })).toBe("type");
    expect(reasonOf(WORTHY, { dropEventTypes: ["Order"] })).toBeUndefined();
    expect(reasonOf(WORTHY, { keepEventTypes: ["refund"] })).toBe("type");
    expect(reasonOf({ message: "x" }, { keepEventTypes: ["refund"] })).toBe("type");
    expect(reasonOf(WORTHY, { keepEventTypes: ["order"] })).toBeUndefined();
  });

  it("keeps a listed type where anything else would drop it, but for customFilter", () => {
    const keepEventTypes = ["order", "ping"];
    const drops = { dropPatterns: ["paid"], dropLevels: ["info"], dropEventTypes: ["order"] };
    expect(reasonOf(WORTHY, { keepEventTypes, ...drops })).toBeUndefined();
    expect(reasonOf({ type: "ping" }, { keepEventTypes })).toBeUndefined();
    expect(reasonOf(WORTHY, { keepEventTypes, customFilter: "false" })).toBe("custom");
  });

  it("lets no warnings to Slack with the settings of the document's third example", () => {
    const given = { keepEventTypes: ["error"], dropEventTypes: ["info", "debug"] };
    expect(reasonOf({ event_type: "error", message: "x" }, given)).toBeUndefined();
    expect(reasonOf({ type: "error", message: "x" }, given)).toBeUndefined();
    expect(reasonOf({ type: "warning", message: "x" }, given)).toBe("type");
  });

  it("keeps what keepPatterns find before it asks anything else", () => {
    const given: Written = {
      keepPatterns: ["payment"],
      customFilter: "false",
      condition: "severity_number > 0",
      dropLevels: ["debug"],
    };
    expect(reasonOf({ level: "debug", message: "PAYMENT failed" }, given)).toBeUndefined();
    expect(reasonOf({ level: "debug", message: "other" }, given)).toBe("custom");
  });

  it("asks a custom filter, which says what to keep, before the drops", () => {
    const customFilter = 'severity_number >= SEVERITY_NUMBER_ERROR and attributes["worker"] == "a"';
    expect(
      reasonOf({ level: "error", worker: "a", message: "x" }, { customFilter }),
    ).toBeUndefined();
    expect(reasonOf({ level: "error", message: "x" }, { customFilter, dropPatterns: ["x"] })).toBe(
      "custom",
    );
  });

  it("gives a function the event, and keeps an event at which it throws unless told otherwise", () => {
    const customFilter = (event: Readonly<Record<string, unknown>>) => event["level"] === "info";
    expect(reasonOf(WORTHY, { customFilter })).toBeUndefined();
    expect(reasonOf({ ...WORTHY, level: "warn" }, { customFilter })).toBe("custom");
    const failing = (): boolean => {
      throw new Error("no");
    };
    expect(reasonOf(WORTHY, { customFilter: failing })).toBeUndefined();
    expect(reasonOf(WORTHY, { customFilter: failing, dropOnError: true })).toBe("custom");
  });

  it("as an allowlist drops what nothing keeps", () => {
    const filterMode = "allowlist";
    expect(reasonOf(WORTHY, { filterMode, keepPatterns: ["paid"] })).toBeUndefined();
    expect(reasonOf(WORTHY, { filterMode, keepPatterns: ["lost"] })).toBe("allowlist");
    expect(reasonOf(WORTHY, { filterMode, keepEventTypes: ["order"] })).toBeUndefined();
    expect(
      reasonOf(WORTHY, { filterMode, customFilter: "true", dropPatterns: ["paid"] }),
    ).toBeUndefined();
    expect(reasonOf(WORTHY, { filterMode, condition: 'body == "paid"' })).toBeUndefined();
    expect(reasonOf(WORTHY, { filterMode, condition: 'body == "lost"' })).toBe("allowlist");
  });

  it("counts in the seed's names", () => {
    const processor = filterOf({ dropLevels: ["error"], dropPatterns: ["secret"] });
    const batch = eventsOf(
      WORTHY,
      { level: "error", message: "x" },
      { type: "ping" },
      { message: "secret" },
    );
    expect(keptOf(batch, processor)).toEqual([0]);
    expect(processor.statistics!()).toEqual({
      total_evaluated: 4,
      total_dropped: 3,
      total_kept: 1,
      dropped_by_pattern: 1,
      dropped_by_level: 1,
      dropped_by_type: 0,
      dropped_by_low_value: 1,
      dropped_by_custom: 0,
      dropped_by_condition: 0,
      dropped_by_allowlist: 0,
      custom_filter_errors: 0,
      drop_rate: 0.75,
      keep_rate: 0.25,
    });
    expect(filterOf().statistics!()).toMatchObject({ drop_rate: 0, keep_rate: 0 });
  });

  it("looks at no row that was dropped before", () => {
    const batch = eventsOf(WORTHY, WORTHY);
    batch.selection.drop(0);
    const processor = filterOf({ dropEventTypes: ["order"] });
    expect(keptOf(batch, processor)).toEqual([]);
    expect(processor.statistics!()).toMatchObject({ total_evaluated: 1, dropped_by_type: 1 });
  });
});

describe("the filter's condition", () => {
  it("drops spans for which it is true, and leaves signals that it is not about", () => {
    const condition = "span.duration < 5ms";
    const batch = spans(
      "shop",
      { spanId: "1", durationNs: 4_999_999n },
      { spanId: "2", durationNs: 5_000_000n },
    );
    expect(keptOf(batch, filterOf({ condition }))).toEqual([1]);
    expect(keptOf(points("shop", { metric: "a" }), filterOf({ condition }))).toEqual([0]);
    expect(keptOf(eventsOf(WORTHY), filterOf({ condition }))).toEqual([0]);
  });

  it("as an allowlist keeps those for which it is true, and still leaves the others", () => {
    const given: Written = { condition: 'metric.name == "a"', filterMode: "allowlist" };
    expect(keptOf(points("shop", { metric: "a" }, { metric: "b" }), filterOf(given))).toEqual([0]);
    expect(keptOf(spans("shop", { spanId: "1" }), filterOf(given))).toEqual([0]);
    expect(keptOf(eventsOf(WORTHY), filterOf(given))).toEqual([0]);
  });

  it("judges all signals by what they share", () => {
    const condition = 'resource.attributes["service.name"] == "shop"';
    expect(keptOf(points("shop", { metric: "a" }), filterOf({ condition }))).toEqual([]);
    expect(keptOf(spans("shop", { spanId: "1" }), filterOf({ condition }))).toEqual([]);
    expect(reasonOf(WORTHY, { condition })).toBe("condition");
    expect(keptOf(spans("bank", { spanId: "1" }), filterOf({ condition }))).toEqual([0]);
  });
});

describe("the filter's settings", () => {
  it("have the seed's defaults", () => {
    expect(settings.parse({})).toEqual({
      dropPatterns: [],
      keepPatterns: [],
      dropLevels: [],
      dropEventTypes: [],
      keepEventTypes: [],
      dropLowValue: true,
      dropOnError: false,
      filterMode: "blocklist",
    });
  });

  it.each<[unknown, string]>([
    [{ dropPatterns: ["a(?=b)"] }, "no look-ahead"],
    [{ condition: "nme == 1" }, "have no field"],
    [{ customFilter: "duration > 1s" }, "log records have no field"],
    [{ customFilter: 5 }, "neither an expression nor a function"],
    [{ filterMode: "allowlist" }, "would keep nothing"],
    [{ dropLevel: ["debug"] }, "Unrecognized key"],
  ])("refuse %j", (written, expected) => {
    expect(settings.safeParse(written).error?.issues[0]?.message).toContain(expected);
  });

  it("can be written as JSON Schema, each with a description", () => {
    const schema = z.toJSONSchema(settings, { io: "input" });
    const properties = Object.values(schema.properties ?? {});
    expect(properties.length).toBeGreaterThan(9);
    expect(
      properties.every((one) => typeof one === "object" && one.description !== undefined),
    ).toBe(true);
  });
});
