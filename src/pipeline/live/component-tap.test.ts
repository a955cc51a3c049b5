import { describe, expect, it } from "vitest";
import type { Batch } from "#core/batch.ts";
import { editAttributes } from "#core/edit/edit-attributes.ts";
import { ATTRIBUTE_TYPES } from "#core/attributes.ts";
import { DEFAULT_ORG } from "#core/signal.ts";
import { AttributeKey } from "#core/row-access.ts";
import { logs, points } from "../testing/batches.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { ComponentTap } from "./component-tap.ts";
import { conceal, hiddenAt } from "./live-component.ts";
import { ARMED_MS, jsonOfSample, SAMPLE_CHARACTERS_MAX, SAMPLES_MAX } from "./row-samples.ts";

const SEEN = new AttributeKey("seen");

/** Marks the first row, drops the second, leaves the others. */
function work(batch: Batch): void {
  if (batch.signal !== "logs") throw new RangeError("only logs");
  batch.selection.drop(1);
  editAttributes(batch, batch.selection, (row, index) => {
    if (index === 0) row.set(SEEN, "yes", ATTRIBUTE_TYPES.string);
  });
}

function threeLogs(): Batch {
  return logs("shop", { body: "one" }, { body: "two" }, { body: "three" });
}

function shown(tap: ComponentTap): unknown[] {
  return tap.samples
    .list(DEFAULT_ORG, 100)
    .map(({ outcome, before, after }) => [
      outcome,
      before === undefined ? null : jsonOfSample(before)["message"],
      after === undefined ? null : (jsonOfSample(after)["seen"] ?? "unmarked"),
    ]);
}

function around(tap: ComponentTap, batch = threeLogs()): void {
  tap.around(batch, DEFAULT_ORG, () => work(batch));
}

describe("what a receiver has done", () => {
  it("is counted, and it is unwell while what it brings is refused", async () => {
    const clock = new FakeClock();
    const tap = new ComponentTap(clock);
    let isFull = true;
    const push = tap.tapped(async () => {
      if (isFull) throw new Error("full");
    });
    expect(tap.receiverState()).toMatchObject({
      status: "healthy",
      metrics: { events_processed: 0, last_processed_at: null },
    });
    await expect(push(threeLogs(), DEFAULT_ORG)).rejects.toThrow("full");
    expect(tap.receiverState()).toMatchObject({
      status: "degraded",
      metrics: { events_processed: 0, events_failed: 3 },
    });
    isFull = false;
    await push(threeLogs(), DEFAULT_ORG);
    expect(tap.receiverState()).toMatchObject({
      status: "healthy",
      metrics: {
        events_processed: 3,
        events_failed: 3,
        last_processed_at: new Date(clock.nowMs()).toISOString(),
      },
    });
  });
});

describe("a look at a processor", () => {
  it("shows the same row before and after it, while somebody asks", () => {
    const tap = new ComponentTap(new FakeClock());
    around(tap);
    expect(shown(tap)).toEqual([]);
    tap.samples.arm();
    around(tap);
    expect(shown(tap)).toEqual([
      ["passed", "three", "unmarked"],
      ["dropped", "two", null],
      ["changed", "one", "yes"],
    ]);
  });

  it("ends some time after the last request, and forgets what it saw", async () => {
    const clock = new FakeClock();
    const tap = new ComponentTap(clock);
    tap.samples.arm();
    around(tap);
    await clock.advance(ARMED_MS - 1);
    tap.samples.arm();
    await clock.advance(ARMED_MS - 1);
    expect(shown(tap)).toHaveLength(3);
    await clock.advance(1);
    expect(shown(tap)).toEqual([]);
    around(tap);
    expect(shown(tap)).toEqual([]);
  });

  it("keeps few rows, and takes few in a second", async () => {
    const clock = new FakeClock();
    const tap = new ComponentTap(clock);
    tap.samples.arm();
    for (let batch = 0; batch < 20; batch++) around(tap);
    expect(shown(tap)).toHaveLength(10);
    for (let second = 0; second < 10; second++) {
      await clock.advance(1_000);
      for (let batch = 0; batch < 5; batch++) around(tap);
    }
    expect(shown(tap)).toHaveLength(SAMPLES_MAX);
  });

  it("shows the beginning of a long row", () => {
    const tap = new ComponentTap(new FakeClock());
    tap.samples.arm();
    around(tap, logs("shop", { body: "é".repeat(100_000) }, { body: "two" }));
    const [, first] = tap.samples.list(DEFAULT_ORG, 10);
    const { truncated } = jsonOfSample(first!.before!);
    expect(String(truncated)).toHaveLength(SAMPLE_CHARACTERS_MAX);
    expect(truncated).toContain("éééé");
  });

  it("shows rows to their own organization only", () => {
    const tap = new ComponentTap(new FakeClock());
    tap.samples.arm();
    const batch = threeLogs();
    tap.around(batch, "other", () => work(batch));
    expect(shown(tap)).toEqual([]);
    expect(tap.samples.list("other", 10)).toHaveLength(3);
  });

  it("keeps nothing of a side that is hidden", () => {
    const processors = ["enrich", "redact", "filter"].map((type) => ({ name: `${type}/a`, type }));
    const sides = processors.map((_, place) => {
      const tap = new ComponentTap(new FakeClock());
      conceal(tap, hiddenAt(processors, place));
      tap.samples.arm();
      around(tap);
      return JSON.stringify(shown(tap).at(-1));
    });
    expect(sides).toEqual([
      '["changed",null,null]',
      '["changed",null,"yes"]',
      '["changed","one","yes"]',
    ]);
    expect(hiddenAt(processors, -1)).toEqual({ before: ["redact/a"], after: ["redact/a"] });
  });

  it("forgets what it has kept of a side that is hidden from now on", () => {
    const tap = new ComponentTap(new FakeClock());
    tap.samples.arm();
    around(tap);
    conceal(tap, { before: [], after: [] });
    expect(shown(tap)).toHaveLength(3);
    conceal(tap, { before: ["redact"], after: [] });
    expect(shown(tap)).toEqual([]);
  });

  it("counts rows in, out and dropped, those of a batch that it refuses included", async () => {
    const clock = new FakeClock();
    const tap = new ComponentTap(clock);
    around(tap);
    const batch = points("shop", { metric: "queue" }, { metric: "load" });
    tap.samples.arm();
    expect(() => tap.around(batch, DEFAULT_ORG, () => work(batch))).toThrow("only logs");
    await clock.advance(1_000);
    expect(tap.rates()).toEqual({ in: 5, out: 2, dropped: 3 });
    expect(shown(tap)).toEqual([]);
  });
});

describe("a look at a receiver", () => {
  it("shows what came, and whether it was taken", async () => {
    const clock = new FakeClock();
    const tap = new ComponentTap(clock);
    let isFull = false;
    const push = tap.tapped(async (batch) => {
      batch.reset();
      if (isFull) throw new Error("no room");
    });
    await push(threeLogs(), DEFAULT_ORG);
    tap.samples.arm();
    await push(logs("shop", { body: "one" }), DEFAULT_ORG);
    isFull = true;
    await expect(push(logs("shop", { body: "two" }), DEFAULT_ORG)).rejects.toThrow("no room");
    expect(shown(tap)).toEqual([
      ["refused", null, "unmarked"],
      ["taken", null, "unmarked"],
    ]);
    const [, taken] = tap.samples.list(DEFAULT_ORG, 2);
    expect(jsonOfSample(taken!.after!)).toMatchObject({ message: "one" });
    await clock.advance(1_000);
    expect(tap.rates()).toEqual({ in: 5, out: 4, dropped: 1 });
  });

  it("costs nothing while nobody asks, where nothing is counted", async () => {
    const tap = new ComponentTap(new FakeClock());
    const answer = Promise.resolve();
    const push = tap.sampled(() => answer);
    expect(push(threeLogs(), DEFAULT_ORG)).toBe(answer);
    tap.samples.arm();
    await push(threeLogs(), DEFAULT_ORG);
    expect(shown(tap)).toHaveLength(3);
  });

  it("does not show what was hidden while it was on its way", async () => {
    const tap = new ComponentTap(new FakeClock());
    tap.samples.arm();
    const durable = Promise.withResolvers<void>();
    const push = tap.tapped(() => durable.promise);
    const pushed = push(threeLogs(), DEFAULT_ORG);
    conceal(tap, { before: ["redact"], after: ["redact"] });
    durable.resolve();
    await pushed;
    expect(shown(tap)).toEqual([]);
  });
});
