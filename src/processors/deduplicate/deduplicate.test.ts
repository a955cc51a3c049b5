import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { z } from "zod";
import { attributesOfRow } from "#core/attributes.ts";
import { LogBuilder, type LogInput } from "#core/build/log-builder.ts";
import type { LogBatch } from "#core/log-batch.ts";
import type { SpanBatch } from "#core/span-batch.ts";
import type { Batch } from "#core/batch.ts";
import type { Outcome, Processor, ProcessorContext } from "#pipeline/component.ts";
import { points, spans } from "#pipeline/testing/batches.ts";
import { FakeClock } from "#pipeline/testing/fake-clock.ts";
import { deduplicate } from "./deduplicate.ts";
import { settings } from "./settings.ts";

type Written = z.input<typeof settings>;

function deduplicator(written: Written = {}, clock = new FakeClock()) {
  const context = { name: "deduplicate", clock } as unknown as ProcessorContext;
  return deduplicate.create(settings.parse(written), context);
}

/** Has the batch judged, which is under way then. */
function begin(processor: Processor, batch: Batch, org = "acme"): Outcome {
  return processor.process(batch, org) as Outcome;
}

/** Has the batch judged, and makes it durable. */
function take(processor: Processor, batch: Batch, org = "acme"): void {
  (processor.process(batch, org) as Outcome | undefined)?.accepted?.();
}

function recordsOf(inputs: readonly LogInput[], service = "shop"): LogBatch {
  const builder = new LogBuilder({ observedNs: 5n, window: { oldestMs: 0, newestMs: 8e15 } });
  builder.group({ "service.name": service });
  for (const input of inputs) builder.add(input);
  return builder.finish(0);
}

const keptOf = (batch: LogBatch | SpanBatch): number[] =>
  Array.from({ length: batch.rows }, (_, row) => row).filter((row) => batch.selection.has(row));

const countOf = (batch: LogBatch | SpanBatch, row: number): string | undefined =>
  attributesOfRow(batch.attributes, row).find(({ key }) => key === "deduplicated.count")?.value;

/** Whether two log records have the same content. */
function isSame(first: LogInput, second: LogInput, written: Written = {}): boolean {
  const batch = recordsOf([first, second]);
  take(deduplicator(written), batch);
  return keptOf(batch).length === 1;
}

describe("the deduplicator", () => {
  it("keeps the first of a content, within a batch and after it", () => {
    const processor = deduplicator();
    const [first, second] = [[{ body: "a" }, { body: "b" }, { body: "a" }], [{ body: "b" }]];
    const batches = [recordsOf(first), recordsOf(second)];
    for (const batch of batches) take(processor, batch);
    expect(batches.map(keptOf)).toEqual([[0, 1], []]);
    expect(processor.statistics!()).toEqual({
      total_evaluated: 4,
      total_passed: 2,
      total_suppressed: 2,
      total_evicted: 0,
      entries: 2,
    });
  });

  it("says on the next that passes how many were suppressed, and begins anew", async () => {
    const clock = new FakeClock();
    const processor = deduplicator({ window: 1_000 }, clock);
    const said: (string | undefined)[] = [];
    for (const ms of [0, 500, 499, 1, 999, 1, 1_000]) {
      await clock.advance(ms);
      const batch = recordsOf([{ body: "a" }]);
      take(processor, batch);
      said.push(batch.selection.has(0) ? (countOf(batch, 0) ?? "passed") : undefined);
    }
    expect(said).toEqual(["passed", undefined, undefined, "2", undefined, "1", "passed"]);
  });

  it.each<[string, LogInput, LogInput, boolean]>([
    ["the body", { body: "a" }, { body: "b" }, false],
    ["the body's type", { body: "1" }, { body: 1 }, false],
    ["the severity", { severity: 9 }, { severity: 13 }, false],
    ["the event name", { eventName: "a" }, { eventName: "b" }, false],
    ["an attribute", { attributes: { a: "1" } }, { attributes: { a: "2" } }, false],
    ["an attribute's type", { attributes: { a: "1" } }, { attributes: { a: 1 } }, false],
    ["where a text ends", { attributes: { a: "bc" } }, { attributes: { ab: "c" } }, false],
    ["the time", { timeNs: 1n }, { timeNs: 2n }, true],
    ["the trace", { traceId: "a".repeat(32) }, { traceId: "b".repeat(32) }, true],
    ["`timestamp`", { attributes: { timestamp: 1 } }, { attributes: { timestamp: 2 } }, true],
  ])("tells log records apart by %s, or does not", (_, first, second, expected) => {
    expect(isSame(first, second)).toBe(expected);
  });

  it("keeps organizations apart", () => {
    const processor = deduplicator();
    const kept = ["acme", "umbrella", "acme"].map((org) => {
      const batch = recordsOf([{ body: "a" }]);
      take(processor, batch, org);
      return keptOf(batch).length;
    });
    expect(kept).toEqual([1, 1, 0]);
  });

  it("goes by the chosen fields only, and takes an absent attribute for no empty one", () => {
    const logFields = ["attributes.user"];
    const user = (name: string, body: string): LogInput => ({ body, attributes: { user: name } });
    expect(isSame(user("a", "x"), user("a", "y"), { logFields })).toBe(true);
    expect(isSame(user("a", "x"), user("b", "x"), { logFields })).toBe(false);
    expect(isSame({ body: "x" }, user("", "x"), { logFields })).toBe(false);
    expect(isSame({ body: "x" }, { body: "x" }, { logFields: [] })).toBe(false);
  });

  it("tells resources apart", () => {
    const processor = deduplicator();
    const batches = ["shop", "bank", "shop"].map((name) => recordsOf([{ body: "a" }], name));
    for (const batch of batches) take(processor, batch);
    expect(batches.map((batch) => keptOf(batch).length)).toEqual([1, 1, 0]);
  });

  it("keeps each span once by its ids, and leaves points and dropped rows", () => {
    const batch = spans("shop", { spanId: "1" }, { spanId: "1" }, { spanId: "2" }, { spanId: "2" });
    batch.selection.drop(2);
    const processor = deduplicator();
    take(processor, batch);
    expect(keptOf(batch)).toEqual([0, 3]);
    const metrics = points("shop", { metric: "a" });
    for (let i = 0; i < 2; i++) take(processor, metrics);
    expect(metrics.numbers.selection.dropped).toBe(0);
  });

  it("remembers no more contents than it may, forgets the oldest and counts that", () => {
    const processor = deduplicator({ entriesMax: 2 });
    const batch = recordsOf(["a", "b", "c", "c", "b", "a"].map((body) => ({ body })));
    take(processor, batch);
    expect(keptOf(batch)).toEqual([0, 1, 2, 5]);
    expect(processor.statistics!()).toMatchObject({ entries: 2, total_evicted: 2 });
  });

  it("remembers no more of all organizations than it may, and forgets the one silent for longest", () => {
    const processor = deduplicator({ entriesOfAllMax: 3 });
    const bodies = (...texts: readonly string[]): LogBatch =>
      recordsOf(texts.map((body) => ({ body })));
    take(processor, bodies("a"), "silent");
    take(processor, bodies("a", "b"), "loud");
    take(processor, spans("shop", { spanId: "1" }), "loud");
    expect(processor.statistics!()).toMatchObject({ entries: 3, total_evicted: 1 });
    const [loud, silent] = [bodies("a", "b"), bodies("a")];
    take(processor, loud, "loud");
    take(processor, silent, "silent");
    expect([keptOf(loud), keptOf(silent)]).toEqual([[], [0]]);
  });

  it("forgets what did not come again of organizations that are silent too", async () => {
    const clock = new FakeClock();
    const processor = deduplicator({ window: 1_000 }, clock);
    for (const org of ["a", "b", "c"]) take(processor, recordsOf([{ body: "x" }]), org);
    await clock.advance(1_000);
    take(processor, recordsOf([{ body: "y" }]), "d");
    expect(processor.statistics!()).toMatchObject({ entries: 1, total_evicted: 0 });
  });

  it("forgets what did not come again", async () => {
    const clock = new FakeClock();
    const processor = deduplicator({ window: 1_000 }, clock);
    take(processor, recordsOf([{ body: "a" }, { body: "b" }, { body: "b" }]));
    await clock.advance(1_000);
    take(processor, recordsOf([{ body: "c" }]));
    expect(processor.statistics!()).toMatchObject({ entries: 2, total_evicted: 0 });
    await clock.advance(9_000);
    take(processor, recordsOf([{ body: "d" }]));
    expect(processor.statistics!()).toMatchObject({ entries: 1, total_evicted: 0 });
  });

  it("keeps exactly the first of each content, whatever the contents", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "é", "\0", '"'), maxLength: 2 });
    const record = fc.record({ body: text, attributes: fc.dictionary(text, text, { maxKeys: 2 }) });
    const property = fc.property(fc.array(record, { maxLength: 30 }), (records) => {
      const batch = recordsOf(records);
      take(deduplicator(), batch);
      const seen = new Set<string>();
      const expected = [...records.keys()].filter((row) => {
        const attributes = attributesOfRow(batch.attributes, row);
        const content = JSON.stringify([records[row]!.body, attributes]);
        if (seen.has(content)) return false;
        seen.add(content);
        return true;
      });
      expect(keptOf(batch)).toEqual(expected);
    });
    fc.assert(property, { seed: 11, numRuns: 200 });
  });
});

describe("the deduplicator, of batches under way", () => {
  const one = (): LogBatch => recordsOf([{ body: "a" }, { body: "a" }]);

  it("passes what a refused batch had when it is sent again", () => {
    const processor = deduplicator();
    const batches = [one(), one(), one()];
    begin(processor, batches[0]!).refused!();
    expect(processor.statistics!()).toMatchObject({ entries: 0 });
    for (const batch of batches.slice(1)) take(processor, batch);
    expect(batches.map(keptOf)).toEqual([[0], [0], []]);
  });

  it("drops no row for the like of it in another batch that is not durable yet", () => {
    const processor = deduplicator();
    const batches = [one(), one(), one(), one()];
    const outcomes = batches.slice(0, 2).map((batch) => begin(processor, batch));
    outcomes[0]!.refused!();
    take(processor, batches[2]!);
    outcomes[1]!.refused!();
    take(processor, batches[3]!);
    expect(batches.map(keptOf)).toEqual([[0], [0], [0], []]);
  });

  it("drops rows as soon as one of several batches with their like is durable", () => {
    const processor = deduplicator();
    const batches = [one(), one(), one()];
    const outcomes = batches.slice(0, 2).map((batch) => begin(processor, batch));
    outcomes[1]!.accepted!();
    take(processor, batches[2]!);
    outcomes[0]!.refused!();
    const late = one();
    take(processor, late);
    expect([...batches, late].map(keptOf)).toEqual([[0], [0], [], []]);
  });

  it("says how many were suppressed on the row that is accepted, without those of refused batches", async () => {
    const clock = new FakeClock();
    const processor = deduplicator({ window: 1_000 }, clock);
    take(processor, one());
    begin(processor, one()).refused!();
    take(processor, one());
    await clock.advance(1_000);
    const batches = [one(), one()];
    begin(processor, batches[0]!).refused!();
    take(processor, batches[1]!);
    expect(batches.map((batch) => countOf(batch, 0))).toEqual(["3", "3"]);
  });

  it("loses no content, whatever becomes of batches and in whatever order", () => {
    const step = fc.record({
      body: fc.constantFrom("a", "b", "c"),
      /** After how many further batches it is known what became of it. */
      delay: fc.nat(4),
      isAccepted: fc.boolean(),
    });
    const property = fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const processor = deduplicator();
      const [durable, acknowledged] = [new Set<string>(), new Set<string>()];
      const under: { readonly at: number; readonly settle: () => void }[] = [];
      for (const [at, { body, delay, isAccepted }] of steps.entries()) {
        const batch = recordsOf([{ body }]);
        const outcome = begin(processor, batch);
        const isKept = keptOf(batch).length === 1;
        const settle = (): void => {
          if (!isAccepted) return outcome.refused!();
          outcome.accepted!();
          acknowledged.add(body);
          if (isKept) durable.add(body);
        };
        under.push({ at: at + delay, settle });
        for (const due of under.filter((one) => one.at === at)) due.settle();
        for (const body of acknowledged) expect(durable).toContain(body);
      }
    });
    fc.assert(property, { seed: 12, numRuns: 300 });
  });
});

describe("the deduplicator's settings", () => {
  it.each([
    [{ logFields: ["text"] }, "there is no field text"],
    [{ spanFields: ["attributes."] }, "there is no field attributes."],
  ])("refuse %j", (written, message) => {
    expect(settings.safeParse(written).error?.issues[0]?.message).toContain(message);
  });
});
