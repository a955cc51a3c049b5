import { describe, expect, it } from "vitest";
import { rowsOfRecord } from "#core/native/record-rows.ts";
import { totalRows } from "../journal/row-counts.ts";
import { SimulatedDisk } from "../journal/simulated-disk.ts";
import { FakeClock, settled } from "../testing/fake-clock.ts";
import {
  evenTraces,
  judging,
  type Life,
  openLife,
  type SpanOf,
  spansOf,
} from "./testing/holder-fixture.ts";

// The process dies at every step that it makes on the disk, of either journal; then another one starts on
// what is left, and finishes. A destination takes what the output has and lets it go at once, so that the
// output forgets as much as it may.

type Decide = typeof evenTraces;

/** Spans by their names, `<trace>.<number>`, over records. */
function records(traces: readonly number[], from: number, count: number): SpanOf[][] {
  return Array.from({ length: count }, (_, record) =>
    traces.map((trace) => ({ trace, name: `${trace}.${from + record}` })),
  );
}

/** All of these are there before the first decision … */
const EARLY = [...records([1, 2, 3, 4, 5, 6], 0, 3), ...records([7, 8], 0, 2)];
/** … and these come after the crash: late spans, and traces that are new. */
const LATE = [...records([2, 3, 4], 10, 2), ...records([9, 10], 10, 2)];
const ORGS = ["one"];
const WAIT_MS = 3_000;

const namesOf = (list: readonly SpanOf[][]): string[] =>
  ORGS.flatMap((org) => list.flat().map(({ name }) => `${org} ${name!}`));

async function fill(life: Life<unknown>, list: readonly SpanOf[][]): Promise<void> {
  for (const org of ORGS) for (const record of list) await life.accept(spansOf(...record), org);
}

/** What the destination has taken, by the record of the output. */
type Taken = Map<number, string[]>;

/** Takes all that the output has, and acknowledges it. */
async function deliver(life: Life<unknown>, taken: Taken): Promise<void> {
  for (;;) {
    const record = await life.store.next(new AbortController().signal);
    if (record === undefined) return;
    const names: string[] = [];
    for (const { org, row } of rowsOfRecord(record.signal, record.parts))
      if (row.kind === "span") names.push(`${org} ${row.row.name}`);
    // The same record comes again when the acknowledgement was not durable.
    expect(taken.get(record.sequence) ?? names).toEqual(names);
    taken.set(record.sequence, names);
    await life.store.acknowledge(record.sequence);
  }
}

interface Run {
  readonly clock: FakeClock;
  readonly taken: Taken;
  readonly decide: Decide;
}

/** One life: goes on until all is settled and delivered, or until it is dead. Returns what was settled in all. */
async function live(
  { clock, taken, decide }: Run,
  disk: SimulatedDisk,
  more: readonly SpanOf[][],
  isDead: () => boolean,
): Promise<{ stored: number; dropped: number }> {
  let life: Life<unknown> | undefined;
  let isFilled = false;
  const run = async (): Promise<void> => {
    life = await openLife(judging(decide, { waitMs: WAIT_MS }), { clock, disk });
    await life.holder.start();
    void deliver(life, taken);
    await fill(life, more);
    isFilled = true;
  };
  void run();
  const isDone = (): boolean =>
    isFilled &&
    life!.input.consumer("tail_sample").backlog().records === 0 &&
    life!.store.backlog().records === 0 &&
    life!.output.consumer("tail_sample.settled").backlog().records === 0;
  await clock.advanceUntil(() => isDead() || isDone(), 120_000, 500);
  await settled();
  expect(isDead() || isDone()).toBe(true);
  if (life === undefined) return { stored: 0, dropped: 0 };
  const { stored, dropped } = life.input.consumer("tail_sample").counts();
  return { stored: totalRows(stored), dropped: totalRows(dropped) };
}

async function filled(clock: FakeClock): Promise<SimulatedDisk> {
  const disk = new SimulatedDisk();
  const life = await openLife(judging(), { clock, disk });
  await fill(life, EARLY);
  return disk.afterKill();
}

interface Begin {
  readonly disk: SimulatedDisk;
  readonly atMs: number;
}

/**
 * Kills the process that starts at `begin` at its step number `step`, once with the power going too; false
 * when it has fewer.
 */
async function killedAt(step: number, begin: Begin, makeDecide: () => Decide): Promise<boolean> {
  const clock = new FakeClock(begin.atMs);
  const run: Run = { clock, taken: new Map(), decide: makeDecide() };
  const disk = begin.disk.afterKill();
  let steps = 0;
  disk.fault = () => ((steps += 1) >= step ? "never" : undefined);
  await live(run, disk, [], () => steps >= step);
  if (steps < step) return false;
  let random = step;
  const isKept = (): boolean => {
    random = (random * 1_103_515_245 + 12_345) % 2_147_483_648;
    return random % 3 === 0;
  };
  for (const dead of [disk.afterKill(), disk.afterPowerLoss(isKept)]) {
    const later = new FakeClock(clock.nowMs());
    await goesOn({ ...run, clock: later, taken: new Map(run.taken) }, dead, step);
  }
  return true;
}

/** Another process settles what is left, and what comes then. */
async function goesOn(run: Run, dead: SimulatedDisk, step: number): Promise<void> {
  const counts = await live(run, dead, LATE, () => false);
  const all = [...namesOf(EARLY), ...namesOf(LATE)];
  const kept = [...run.taken.values()].flat();
  expect(new Set(kept).size, `step ${step}: some came twice`).toBe(kept.length);
  expect(counts.stored + counts.dropped, `step ${step}`).toBe(all.length);
  expect(counts.stored, `step ${step}`).toBe(kept.length);
  checkWhole(kept, step);
  // What the other one keeps cannot be foreseen.
  const expected = run.decide === evenTraces ? all.filter(isEven) : kept;
  expect(kept.toSorted(), `step ${step}`).toEqual(expected.toSorted());
}

const isEven = (name: string): boolean => Number.parseInt(name.split(" ")[1]!, 10) % 2 === 0;

/** Spans of a trace that were all there when it was decided are all kept, or all dropped. */
function checkWhole(kept: readonly string[], step: number): void {
  const early = new Set(namesOf(EARLY));
  const byTrace = (names: readonly string[]): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const name of names.filter((one) => early.has(one))) {
      const trace = name.split(".")[0]!;
      counts.set(trace, (counts.get(trace) ?? 0) + 1);
    }
    return counts;
  };
  const whole = byTrace([...early]);
  for (const [trace, count] of byTrace(kept))
    expect(count, `step ${step}: a part of trace ${trace}`).toBe(whole.get(trace));
}

/** Decides otherwise whenever it is asked. */
function fickle(): Decide {
  let asked = 0;
  return (traces) => traces.map(() => ((asked = (asked * 5 + 3) % 16) % 3 === 0 ? 0 : 1));
}

describe.each<[string, () => Decide]>([
  ["that decides by the trace", () => evenTraces],
  ["that would decide otherwise the next time", fickle],
])("a crash of a holder %s", (_name, makeDecide) => {
  // Hundreds of lives, each with encoders of its own.
  it(
    "settles each span once, at whatever step it comes, with the power going or not",
    { timeout: 240_000 },
    async () => {
      const clock = new FakeClock();
      const begin: Begin = { disk: await filled(clock), atMs: clock.nowMs() };
      let step = 1;
      while (await killedAt(step, begin, makeDecide)) step += 1;
      expect(step).toBeGreaterThan(20);
    },
  );
});

it("without a crash each span is settled once", async () => {
  const clock = new FakeClock();
  const run: Run = { clock, taken: new Map(), decide: evenTraces };
  const counts = await live(run, await filled(clock), LATE, () => false);
  const all = [...namesOf(EARLY), ...namesOf(LATE)];
  expect([...run.taken.values()].flat().toSorted()).toEqual(all.filter(isEven).toSorted());
  expect(counts.stored + counts.dropped).toBe(all.length);
});
