import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Batch, keptRows, releaseBatch } from "#core/batch.ts";
import { amongRows } from "#core/edit/among-rows.ts";
import { DEFAULT_ORG, type Signal, SIGNALS } from "#core/signal.ts";
import { type PlainRows, rowsOf } from "#receivers/otlp/testing/batch-rows.ts";
import type { Processor, ProcessorContext } from "../component.ts";
import { anyRequest, batchOf } from "../expression/testing/any-batch.ts";
import type { Registered } from "../graph/registry.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { create, expectPlainNumbers, type TestBench, testBench } from "./component-life.ts";
import { definitionConforms } from "./definition-conforms.ts";
import { activeResources, expectNoFiles, expectNothingLeft } from "./nothing-left.ts";
import { expectNothingOpened } from "./nothing-left.ts";
import { exampleSettings } from "./settings-schema.ts";

export interface ProcessorCase {
  /** Each is tried; the examples of what must be given when left out. */
  readonly settings?: readonly Readonly<Record<string, unknown>>[];
}

const RUNS = { numRuns: 40, seed: 1 };
const WINDOW = { oldestMs: 0, newestMs: Number.MAX_SAFE_INTEGER };

/**
 * What holds for every processor, with whatever batches: they come from senders.
 *
 * @example processorConforms(register(filter), { settings: [{ dropLevels: ["debug"] }] });
 */
export function processorConforms(
  component: Registered<ProcessorContext, Processor>,
  { settings = [exampleSettings(component.settings)] }: ProcessorCase = {},
): void {
  describe(`the processor ${component.type}`, () => {
    const bench = testBench(component.type);
    const first = settings[0] ?? {};
    definitionConforms(component, first);

    it("opens nothing when it is made, and twice is no harm", async () => {
      const before = activeResources();
      const clock = new FakeClock();
      create(component, first, contextOf(bench, clock));
      create(component, first, contextOf(bench, clock));
      expectNothingOpened(before);
      expect(clock.pending).toBe(0);
      await expectNoFiles(bench.folder);
    });

    it("may be stopped before it is started, and leaves nothing behind", async () => {
      const before = activeResources();
      const clock = new FakeClock();
      const processor = create(component, first, contextOf(bench, clock));
      await processor.stop?.();
      const other = create(component, first, contextOf(bench, clock));
      await other.start?.();
      await other.stop?.();
      await other.stop?.();
      expect(clock.pending).toBe(0);
      await expectNothingLeft(before);
    });

    for (const [at, given] of settings.entries())
      describe.each(SIGNALS)(`with settings ${at + 1}, of %s`, (signal) => {
        conformsFor(component, given, bench, signal);
      });
  });
}

function conformsFor(
  component: Registered<ProcessorContext, Processor>,
  settings: Readonly<Record<string, unknown>>,
  bench: TestBench,
  signal: Signal,
): void {
  const started = async (): Promise<Processor> => {
    // All of one name, which some write into rows.
    const context = contextOf(bench, new FakeClock(), "under_test");
    const processor = create(component, settings, context);
    await processor.start?.();
    return processor;
  };
  const requests = fc.array(
    fc.tuple(
      anyRequest(signal),
      fc.array(fc.nat(12), { maxLength: 3 }),
      fc.uniqueArray(fc.integer({ min: -12, max: 12 }), { maxLength: 6 }),
    ),
    { minLength: 1, maxLength: 4 },
  );

  it("never fails, is done when it returns, and drops rows in no way but by the selection", async () => {
    const processor = await started();
    fc.assert(
      fc.property(requests, (list) => {
        for (const [request, dropped, hidden] of list) {
          const batch = dropSome(batchOf(signal, request), dropped);
          const [rows, kept] = [countsOf(batch), keptRows(batch)];
          // As in a pipeline: a batch without rows is nobody's work.
          if (kept === 0) continue;
          const outcome = processShown(processor, batch, hidden);
          expect(outcome).not.toBeInstanceOf(Promise);
          expect(countsOf(batch)).toEqual(rows);
          expect(keptRows(batch)).toBeLessThanOrEqual(kept);
          expect(keptOneByOne(batch)).toBe(keptRows(batch));
          if (typeof outcome === "function") outcome();
          else outcome?.refused?.();
        }
      }),
      RUNS,
    );
    expectPlainNumbers(processor.statistics?.());
    await processor.stop?.();
  });

  it("does the same with the same", async () => {
    const judged: boolean[] = [];
    const processors = [await started(), await started()] as const;
    fc.assert(
      fc.property(requests, (list) => {
        const [one, other] = processors.map((processor) =>
          list.map(([request]) => processed(processor, batchOf(signal, request))),
        );
        expect(one).toEqual(other);
        judged.push(true);
      }),
      RUNS,
    );
    expect(judged.length).toBe(RUNS.numRuns);
    for (const processor of processors) await processor.stop?.();
  });

  it.runIf(component.signals[signal] === undefined)("passes it by as it is", async () => {
    const processor = await started();
    fc.assert(
      fc.property(anyRequest(signal), (request) => {
        const batch = batchOf(signal, request);
        const before = rowsOf(batchOf(signal, request));
        if (keptRows(batch) === 0) return;
        processor.process(batch, DEFAULT_ORG);
        expect(keptRows(batch)).toBe(batch.rows);
        expect(isDeepStrictEqual(rowsOf(batch), before)).toBe(true);
      }),
      RUNS,
    );
    await processor.stop?.();
  });
}

/** What becomes of a batch: its rows, and which of them are left. */
function processed(processor: Processor, batch: Batch): { rows: PlainRows; kept: number[][] } {
  if (keptRows(batch) > 0) processor.process(batch, DEFAULT_ORG);
  return { rows: rowsOf(batch), kept: selections(batch).map(([kept, rows]) => kept.runs(rows)) };
}

function selections(batch: Batch): readonly (readonly [Selection, number])[] {
  if (batch.signal !== "metrics") return [[batch.selection, batch.rows]];
  const { numbers, histograms } = batch;
  return [
    [numbers.selection, numbers.rows],
    [histograms.selection, histograms.rows],
  ];
}
type Selection = Extract<Batch, { signal: "logs" }>["selection"];

function countsOf(batch: Batch): number[] {
  return [batch.rows, ...selections(batch).map(([, rows]) => rows)];
}

type Row = PlainRows[keyof PlainRows][number];

/** The rows as they are now, by their numbers: that of a histogram is `~row`. */
function rowsNow(batch: Batch): (row: number) => Row | undefined {
  const { spans, logs, numbers, histograms } = rowsOf(batch);
  if (batch.signal === "metrics") return (row) => (row < 0 ? histograms[~row] : numbers[row]);
  return (row) => (batch.signal === "logs" ? logs[row] : spans[row]);
}

function isKept(batch: Batch, row: number): boolean {
  if (batch.signal !== "metrics") return batch.selection.has(row);
  return row < 0 ? batch.histograms.selection.has(~row) : batch.numbers.selection.has(row);
}

/** Has the processor see all rows but some, as `when` does, and looks whether those are as they were. */
function processShown(
  processor: Processor,
  batch: Batch,
  hidden: readonly number[],
): ReturnType<Processor["process"]> {
  const rowBefore = rowsNow(batch);
  const before = new Map(
    hidden
      .filter((row) => rowBefore(row) !== undefined && isKept(batch, row))
      .map((row) => [row, rowBefore(row)]),
  );
  const outcome = amongRows(
    batch,
    (row) => !before.has(row),
    () => processor.process(batch, DEFAULT_ORG),
  );
  const rowAfter = before.size > 0 ? rowsNow(batch) : rowBefore;
  for (const [row, was] of before) {
    expect(isKept(batch, row)).toBe(true);
    expect(rowAfter(row)).toEqual(was);
  }
  return outcome;
}

/** Rows that are left, counted one by one. */
function keptOneByOne(batch: Batch): number {
  let count = 0;
  for (const [kept, rows] of selections(batch))
    for (let row = 0; row < rows; row++) count += kept.has(row) ? 1 : 0;
  return count;
}

function dropSome(batch: Batch, rows: readonly number[]): Batch {
  for (const [kept, total] of selections(batch))
    for (const row of rows) if (row < total) kept.drop(row);
  return batch;
}

function contextOf(bench: TestBench, clock: FakeClock, name?: string): ProcessorContext {
  return {
    ...bench.context(clock, name),
    // What it makes beside is taken over by the next stage.
    emit: async (batch) => releaseBatch(batch),
    timeWindow: () => WINDOW,
  };
}
