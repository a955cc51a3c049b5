import { describe, expect, it } from "vitest";
import type { z } from "zod";
import { attributesOfRow } from "#core/attributes.ts";
import type { Batch } from "#core/batch.ts";
import { numberPointRow } from "#core/row-views.ts";
import type { MetricBatch } from "#core/metric-batch.ts";
import type { SpanBatch } from "#core/span-batch.ts";
import type { ProcessorContext } from "#pipeline/component.ts";
import { logs, points, type PointFields, spans } from "#pipeline/testing/batches.ts";
import { FakeClock } from "#pipeline/testing/fake-clock.ts";
import { createMeter } from "#telemetry/meter.ts";
import { limitCardinality } from "./limit-cardinality.ts";
import { CARDINALITY_LIMITS } from "./organizations.ts";
import { settings } from "./settings.ts";

type Written = z.input<typeof settings>;

const WINDOW_MS = 60_000;

function limiterOf(written: Written, clock = new FakeClock(), meter = createMeter()) {
  const context = { name: "limit_cardinality", clock, meter } as unknown as ProcessorContext;
  const given = settings.parse({ window: WINDOW_MS, ...written });
  const processor = limitCardinality.create(given, context);
  return <B extends Batch>(batch: B, org = "default"): B => {
    processor.process(batch, org);
    said = processor.statistics!();
    return batch;
  };
}

/** What the limiter that was used last says. */
let said: Readonly<Record<string, number>> = {};

const named = (...names: readonly string[]): SpanBatch =>
  spans("shop", ...names.map((name, i) => ({ spanId: (i + 1).toString(16), name })));
const namesOf = ({ name, rows }: SpanBatch): string[] =>
  Array.from({ length: rows }, (_, row) => name.text(row));

const users = (...ids: readonly string[]): SpanBatch =>
  spans(
    "shop",
    ...ids.map((user, i) => ({ spanId: (i + 1).toString(16), attributes: { user, kind: "x" } })),
  );
const valuesOf = (batch: SpanBatch, key = "user"): (string | undefined)[] =>
  Array.from({ length: batch.rows }, (_, row) => row)
    .filter((row) => batch.selection.has(row))
    .map((row) => attributesOfRow(batch.attributes, row).find((one) => one.key === key)?.value);

const requests = (...paths: readonly string[]): MetricBatch =>
  points(
    "shop",
    ...paths.map((path): PointFields => ({
      metric: "requests",
      attributes: { path, method: "GET" },
    })),
  );
const labelsOf = (batch: MetricBatch): Record<string, string>[] =>
  Array.from({ length: batch.numbers.rows }, (_, row) => row)
    .filter((row) => batch.numbers.selection.has(row))
    .map((row) =>
      Object.fromEntries(
        numberPointRow(batch, row).series.attributes.map(({ key, value }) => [key, value]),
      ),
    );

describe("limits of attributes", () => {
  const written: Written = { attributes: { keys: { user: 2 } } };

  it("put a placeholder for values beyond the first, and leave other keys alone", () => {
    const limit = limiterOf(written);
    const batch = limit(users("a", "b", "c", "a", "d"));
    expect(valuesOf(batch)).toEqual(["a", "b", "__other__", "a", "__other__"]);
    expect(valuesOf(batch, "kind")).toEqual(["x", "x", "x", "x", "x"]);
    expect(valuesOf(limit(users("b", "e")))).toEqual(["b", "__other__"]);
    expect(said).toMatchObject({ total_processed: 7, total_over_spans: 3, total_dropped: 0 });
  });

  it("take the attribute away, or the row", () => {
    const batch = limiterOf({ ...written, action: "drop_attribute" })(users("a", "b", "c"));
    expect(valuesOf(batch)).toEqual(["a", "b", undefined]);
    const dropped = limiterOf({ ...written, action: "drop_row" })(users("a", "b", "c", "b"));
    expect(valuesOf(dropped)).toEqual(["a", "b", "b"]);
    expect(said).toMatchObject({ total_dropped: 1 });
  });

  it("let allowed values pass, which take no place", () => {
    const limit = limiterOf({
      attributes: { keys: { user: 1 }, allow: { user: ["root", "bot"] } },
    });
    expect(valuesOf(limit(users("root", "bot", "a", "b", "root")))).toEqual([
      "root",
      "bot",
      "a",
      "__other__",
      "root",
    ]);
  });

  it("are for all keys where there is a limit for all, but for those that are off", () => {
    const limit = limiterOf({ attributes: { limit: 1, keys: { user: "off" } }, placeholder: "…" });
    const batch = spans(
      "shop",
      { spanId: "1", attributes: { user: "a", kind: "x" } },
      { spanId: "2", attributes: { user: "b", kind: "y" } },
    );
    limit(batch);
    expect(valuesOf(batch)).toEqual(["a", "b"]);
    expect(valuesOf(batch, "kind")).toEqual(["x", "…"]);
  });

  it("count each signal by itself, and each organization", () => {
    const limit = limiterOf({ attributes: { keys: { user: 1 } } });
    expect(valuesOf(limit(users("a")))).toEqual(["a"]);
    const records = limit(logs("shop", { body: "x", attributes: { user: "b" } }));
    expect(attributesOfRow(records.attributes, 0)[0]!.value).toBe("b");
    expect(valuesOf(limit(users("b"), "acme"))).toEqual(["b"]);
    expect(valuesOf(limit(users("b")))).toEqual(["__other__"]);
  });

  it("tell long values apart", () => {
    const long = (end: string): string => "x".repeat(5_000) + end;
    const limit = limiterOf({ attributes: { keys: { user: 1 } } });
    expect(valuesOf(limit(users(long("a"), long("b"), long("a"))))).toEqual([
      long("a"),
      "__other__",
      long("a"),
    ]);
  });

  it("count no rows that were dropped before", () => {
    const batch = users("a", "b");
    batch.selection.drop(0);
    expect(valuesOf(limiterOf({ attributes: { keys: { user: 1 } } })(batch))).toEqual(["b"]);
  });
});

describe("windows", () => {
  it("keep the place of values that came in the last one, and give those of others away", async () => {
    const clock = new FakeClock();
    const limit = limiterOf({ attributes: { keys: { user: 2 } } }, clock);
    expect(valuesOf(limit(users("a", "b", "c")))).toEqual(["a", "b", "__other__"]);
    await clock.advance(WINDOW_MS);
    expect(valuesOf(limit(users("c", "a")))).toEqual(["__other__", "a"]);
    await clock.advance(WINDOW_MS);
    expect(valuesOf(limit(users("c", "b", "a")))).toEqual(["c", "__other__", "a"]);
    await clock.advance(5 * WINDOW_MS);
    expect(valuesOf(limit(users("x", "y", "a")))).toEqual(["x", "y", "__other__"]);
  });
});

describe("limits of span names", () => {
  it("hold for each service, and pass what is allowed", () => {
    const written: Written = { spanNames: { limit: 1, services: { big: 2 }, allow: ["GET /ok"] } };
    const limit = limiterOf(written);
    expect(namesOf(limit(named("a", "b", "GET /ok", "a")))).toEqual([
      "a",
      "__other__",
      "GET /ok",
      "a",
    ]);
    const list = ["b", "c", "d"].map((name, i) => ({ spanId: `${i + 1}`, name }));
    expect(namesOf(limit(spans("big", ...list)))).toEqual(["b", "c", "__other__"]);
    expect(said).toMatchObject({ total_over_span_names: 2 });
  });

  it("drop rows where they are to be dropped", () => {
    const batch = limiterOf({ spanNames: { limit: 1 }, action: "drop_row" })(named("a", "b"));
    expect([0, 1].map((row) => batch.selection.has(row))).toEqual([true, false]);
  });

  it("are off where they are", () => {
    expect(namesOf(limiterOf({ spanNames: { limit: "off" } })(named("a", "b")))).toEqual([
      "a",
      "b",
    ]);
  });
});

describe("limits of series", () => {
  it("make one series of all beyond, which is the same from batch to batch", () => {
    const limit = limiterOf({ series: { limit: 2 } });
    const first = limit(requests("/a", "/b", "/c", "/d"));
    const other = { path: "__other__", method: "__other__" };
    expect(labelsOf(first)).toEqual([
      { path: "/a", method: "GET" },
      { path: "/b", method: "GET" },
      other,
      other,
    ]);
    const series = [...first.series];
    expect(series[2]).toBe(series[3]);
    const second = limit(requests("/b", "/e"));
    expect(labelsOf(second)).toEqual([{ path: "/b", method: "GET" }, other]);
    expect(second.series[1]).toBe(series[2]);
    expect(said).toMatchObject({ total_over_series: 3 });
  });

  it("have own ones by metric, and none for a metric without attributes", () => {
    const written: Written = { series: { limit: 1, metrics: { requests: 2 } } };
    const limit = limiterOf(written);
    expect(labelsOf(limit(requests("/a", "/b")))).toHaveLength(2);
    expect(said["total_over_series"]).toBe(0);
    const others = points(
      "shop",
      { metric: "up" },
      { metric: "other", attributes: { path: "/a" } },
      { metric: "other", attributes: { path: "/b" } },
    );
    expect(labelsOf(limit(others))).toEqual([{}, { path: "/a" }, { path: "__other__" }]);
  });

  it("do not count the same attributes twice that come from two resources, or in another order", () => {
    const limit = limiterOf({ series: { limit: 1 } });
    limit(points("shop", { metric: "m", attributes: { a: "1", b: "2" } }));
    const batch = limit(points("cart", { metric: "m", attributes: { b: "2", a: "1" } }));
    expect(labelsOf(batch)).toEqual([{ b: "2", a: "1" }]);
  });

  it("drop points, or all attributes", () => {
    const dropped = limiterOf({ series: { limit: 1 }, action: "drop_row" })(requests("/a", "/b"));
    expect(labelsOf(dropped)).toEqual([{ path: "/a", method: "GET" }]);
    expect(said).toMatchObject({ total_dropped: 1 });
    const bare = limiterOf({ series: { limit: 1 }, action: "drop_attribute" })(
      requests("/a", "/b"),
    );
    expect(labelsOf(bare)).toEqual([{ path: "/a", method: "GET" }, {}]);
  });

  it("come after those of attributes", () => {
    const limit = limiterOf({ series: { limit: 2 }, attributes: { keys: { path: 1 } } });
    expect(labelsOf(limit(requests("/a", "/b", "/c")))).toEqual([
      { path: "/a", method: "GET" },
      { path: "__other__", method: "GET" },
      { path: "__other__", method: "GET" },
    ]);
    expect(said).toMatchObject({ total_over_points: 2, total_over_series: 0 });
  });

  it("count no series whose points were dropped before", () => {
    const batch = requests("/a", "/b");
    batch.numbers.selection.drop(0);
    expect(labelsOf(limiterOf({ series: { limit: 1 } })(batch))).toEqual([
      { path: "/b", method: "GET" },
    ]);
  });
});

describe("what the limiter says", () => {
  const ids = (from: number, count: number): SpanBatch =>
    users(...Array.from({ length: count }, (_, i) => `user-${from + i}`));

  it("tells about how many values there were of what was limited", async () => {
    const clock = new FakeClock();
    const meter = createMeter();
    const limit = limiterOf({ attributes: { keys: { user: 10, kind: 10 } } }, clock, meter);
    for (let batch = 0; batch < 10; batch++) limit(ids(batch * 200, 200));
    expect(said["seen.spans.user"]).toBeGreaterThan(1_700);
    expect(said["seen.spans.user"]).toBeLessThan(2_300);
    expect(said).not.toHaveProperty(["seen.spans.kind"]);
    const gauge = meter.snapshot().find(({ name }) => name === "sightglass_cardinality_seen")!;
    expect(gauge.points).toMatchObject([{ labels: { of: "spans", name: "user" } }]);
    await clock.advance(WINDOW_MS);
    limit(ids(0, 5));
    expect(said).not.toHaveProperty(["seen.spans.user"]);
  });

  it("makes plain names of those that senders gave", () => {
    const limit = limiterOf({ attributes: { limit: 1 }, spanNames: { limit: "off" } });
    const key = `..é b..c${"x".repeat(100)}`;
    limit(
      spans(
        "shop",
        { spanId: "1", attributes: { [key]: "a", "...": "a" } },
        { spanId: "2", attributes: { [key]: "b", "...": "b" } },
      ),
    );
    const seen = Object.keys(said).filter((name) => name.startsWith("seen."));
    expect(seen.toSorted()).toEqual(["seen.spans._", `seen.spans.__b.c${"x".repeat(56)}`]);
  });

  it("names a bounded number of them", () => {
    const limit = limiterOf({ attributes: { limit: 1 } });
    const keys = Array.from({ length: 100 }, (_, i) => `key${i}`);
    const row = (value: string) => Object.fromEntries(keys.map((key) => [key, value]));
    limit(
      spans("shop", { spanId: "1", attributes: row("a") }, { spanId: "2", attributes: row("b") }),
    );
    const seen = Object.keys(said).filter((name) => name.startsWith("seen."));
    expect(seen).toHaveLength(CARDINALITY_LIMITS.namesReportedMax);
  });
});

describe("what the limiter remembers", () => {
  it("is bounded in organizations", () => {
    const limit = limiterOf({ attributes: { keys: { user: 10 } } });
    for (let i = 0; i < CARDINALITY_LIMITS.organizationsMax + 20; i++)
      limit(users("a"), `org-${i}`);
    expect(said["organizations"]).toBe(CARDINALITY_LIMITS.organizationsMax);
    // Each has a name of a span and a user.
    expect(said["values_remembered"]).toBe(2 * CARDINALITY_LIMITS.organizationsMax);
  });

  it("is bounded in names: values of more are over", async () => {
    const clock = new FakeClock();
    const limit = limiterOf({ attributes: { limit: 5 }, spanNames: { limit: "off" } }, clock);
    for (let i = 0; i < CARDINALITY_LIMITS.namesMax; i += 128) {
      const keys = Array.from({ length: 128 }, (_, n): [string, string] => [`key${i + n}`, "v"]);
      limit(spans("shop", { spanId: "1", attributes: Object.fromEntries(keys) }));
    }
    const more = (): SpanBatch => spans("shop", { spanId: "1", attributes: { more: "v" } });
    expect(valuesOf(limit(more()), "more")).toEqual(["__other__"]);
    await clock.advance(3 * WINDOW_MS);
    expect(valuesOf(limit(more()), "more")).toEqual(["v"]);
    expect(said["values_remembered"]).toBe(1);
  });
});

describe("the limiter's settings", () => {
  it("have defaults that let ids on spans and logs pass", () => {
    expect(settings.parse({})).toEqual({
      series: { limit: 2_000, metrics: {} },
      attributes: { limit: "off", keys: {}, allow: {} },
      spanNames: { limit: 1_000, services: {}, allow: [] },
      window: 3_600_000,
      action: "replace",
      placeholder: "__other__",
    });
  });

  it.each<unknown>([
    { series: { limit: 0 } },
    { attributes: { keys: { a: -1 } } },
    { attributes: { limit: "none" } },
    { window: 10 },
    { placeholder: "" },
    { action: "explode" },
  ])("refuse %j", (written) => {
    expect(settings.safeParse(written).success).toBe(false);
  });
});
