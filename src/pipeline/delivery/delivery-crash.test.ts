import { describe, expect, it } from "vitest";
import { PermanentError } from "#core/errors.ts";
import { totalRows } from "../journal/row-counts.ts";
import { SimulatedDisk } from "../journal/simulated-disk.ts";
import { FakeClock, settled } from "../testing/fake-clock.ts";
import { PartialDeliveryError } from "./delivery.ts";
import type { Delivery, Row } from "./delivery.ts";
import type { DeliverySettings } from "./delivery-settings.ts";
import {
  appendTexts,
  deliveringTo,
  openSetting,
  texts,
  textOf,
  World,
} from "./testing/delivery-fixture.ts";

// The process dies at every step that it makes, on the disk and outside; then another one starts on
// what is left of the disk, and finishes. What the world outside took stays taken.

const ALL = [...texts("a", 3), ...texts("b", 9), ...texts("c", 23), ...texts("d", 4)];
const POISON = ["b1", "b7", "c9"];
/** Accepted before the crash, and after it: what was cut for want of company must not find any then. */
const EARLY = { a: 3, b: 9 };
const LATE = { c: 23, d: 4 };

function poisoned({ rows }: Delivery): void {
  if (rows.some((row) => POISON.includes(textOf(row)))) throw new PermanentError("poison");
}

/** Takes even rows of a first attempt only, and names the poison. */
function partly({ rows, attempt }: Delivery): void {
  const names = rows.map(textOf);
  const refused = names.flatMap((name, index) =>
    POISON.includes(name) ? [{ index, reason: "poison" }] : [],
  );
  const again = names.flatMap((name, index) =>
    attempt === 1 && names.length > 2 && index % 2 === 1 && !POISON.includes(name) ? [index] : [],
  );
  if (refused.length + again.length > 0) throw new PartialDeliveryError("some", { again, refused });
}

/** At one of so many first steps a second crash comes. */
const RECOVERY_STEPS = 40;

interface Run {
  readonly world: World;
  readonly clock: FakeClock;
  readonly settings: Partial<DeliverySettings>;
  /** Which rows the destination is given. */
  readonly wanted: RegExp;
}

const EVERY_ROW = /./;

/** The disk with more rows in its journal. */
async function filled(
  clock: FakeClock,
  records: Readonly<Record<string, number>>,
  disk = new SimulatedDisk(),
): Promise<SimulatedDisk> {
  const { journal } = await openSetting({ clock, disk });
  for (const [name, count] of Object.entries(records))
    await appendTexts(journal, texts(name, count));
  return disk.afterKill();
}

/** One life: delivers until all is settled or it is dead. */
async function live(run: Run, disk: SimulatedDisk, isDead: () => boolean): Promise<void> {
  const { clock, world, settings, wanted } = run;
  const isWanted = (row: Row): boolean => wanted.test(textOf(row));
  let backlog = (): number => 1;
  const life = async (): Promise<void> => {
    const setting = await openSetting({ disk, clock });
    backlog = () => setting.journal.consumer("webhook").backlog().rows;
    await deliveringTo(world, setting, settings, "webhook", { isWanted }).start();
  };
  void life();
  await clock.advanceUntil(() => isDead() || backlog() === 0, 120_000, 100);
  await settled();
}

type Answer = (delivery: Delivery) => void;

/** The same world and disk, from the time of the crash on. */
function after(run: Run): Run {
  const clock = new FakeClock(run.clock.nowMs());
  return { ...run, world: run.world.copy(clock), clock };
}

/** One life that is killed at its step number `step`; false when it has fewer. */
async function diesAt(
  step: number,
  run: Run,
  disk: SimulatedDisk,
  answer: Answer,
): Promise<boolean> {
  const { world } = run;
  let steps = 0;
  const dies = (): boolean => (steps += 1) >= step;
  const never = new Promise<never>(() => {});
  disk.fault = () => (dies() ? "never" : undefined);
  world.answer = async (delivery) => {
    if (dies()) await never;
    answer(delivery);
    if (!dies()) return;
    // Taken, but nobody was told.
    world.take(delivery, () => true);
    await never;
  };
  await live(run, disk, () => steps >= step);
  return steps >= step;
}

/** Another life settles what is left, and what comes then. */
async function goesOn(run: Run, dead: SimulatedDisk, answer: Answer): Promise<void> {
  const left = await filled(run.clock, LATE, dead);
  run.world.answer = answer;
  await live(run, left, () => false);
  await check(run, left);
}

/**
 * Kills the process that starts on `begin` at its step number `step`: once with the power going too, and once
 * the next one as well, while it recovers. False when it has fewer steps.
 */
async function killedAt(
  step: number,
  begin: SimulatedDisk,
  answer: Answer,
  settings: Partial<DeliverySettings>,
  wanted: RegExp,
): Promise<boolean> {
  const clock = new FakeClock();
  const world = new World(clock, { rowsMax: 5, waitMsMax: 10 });
  const run: Run = { world, clock, settings, wanted };
  const disk = begin.afterKill();
  if (!(await diesAt(step, run, disk, answer))) return false;
  let random = step;
  const isKept = (): boolean => {
    random = (random * 1_103_515_245 + 12_345) % 2_147_483_648;
    return random % 3 === 0;
  };
  for (const dead of [disk.afterKill(), disk.afterPowerLoss(isKept)])
    await goesOn(after(run), dead, answer);
  const [again, dead] = [after(run), disk.afterKill()];
  await diesAt(1 + ((step * 7) % RECOVERY_STEPS), again, dead, answer);
  await goesOn(after(again), dead.afterKill(), answer);
  return true;
}

async function check({ world, clock, wanted }: Run, disk: SimulatedDisk): Promise<void> {
  const setting = await openSetting({ disk: disk.afterKill(), clock });
  const consumer = setting.journal.consumer("webhook");
  const delivering = deliveringTo(new World(clock), setting);
  await delivering.deadLetters.open();
  const { letters } = await delivering.deadLetters.list({ limit: 100 });
  const dead = letters.map(({ row }) => textOf(row));
  // Once each, however often they were refused.
  expect(dead.toSorted()).toEqual(POISON.toSorted());
  const rows = ALL.filter((name) => wanted.test(name) && !POISON.includes(name));
  const firsts = [...new Set(world.received)];
  expect(firsts.toSorted()).toEqual(rows.toSorted());
  // One key, one content; one row, one name.
  const contents = new Map<string, string>();
  for (const { key, texts: sent } of world.attempts) {
    expect(contents.get(key) ?? sent.join()).toBe(sent.join());
    contents.set(key, sent.join());
  }
  for (const keys of world.rowKeys.values()) expect(keys.size).toBe(1);
  // Who knows deliveries again by their key has each row once.
  const known = new Map(world.taken.map((delivery) => [delivery.key, delivery.texts]));
  expect([...known.values()].flat().toSorted()).toEqual(rows.toSorted());
  const { stored, dropped } = consumer.counts();
  // To the journal what was skipped is done, as what was taken is.
  expect([totalRows(stored), totalRows(dropped)]).toEqual([ALL.length - dead.length, dead.length]);
}

describe.each([
  ["a poison row that is found by halving", poisoned, {}, EVERY_ROW],
  ["a partial delivery", partly, {}, EVERY_ROW],
  ["three portions at once", poisoned, { inFlight: 3 }, EVERY_ROW],
  ["the halving of rows that a condition chose", poisoned, {}, /[^04]$/],
  ["a partial delivery of rows that a condition chose", partly, {}, /[^04]$/],
] as const)("a crash during %s", (_name, answer, settings, wanted) => {
  it("loses nothing at any step, with the power going or not, nor when the next dies as it recovers", async () => {
    const begin = await filled(new FakeClock(), EARLY);
    let step = 1;
    while (await killedAt(step, begin, answer, settings, wanted)) step += 1;
    expect(step).toBeGreaterThan(40);
  });
});

it("without a crash each row arrives once, in order", async () => {
  const clock = new FakeClock();
  const world = new World(clock, { rowsMax: 5, waitMsMax: 10 });
  world.answer = poisoned;
  const run: Run = { world, clock, settings: {}, wanted: EVERY_ROW };
  const disk = await filled(clock, { ...EARLY, ...LATE });
  await live(run, disk, () => false);
  await check(run, disk);
  expect(world.received).toEqual(ALL.filter((name) => !POISON.includes(name)));
});

it("what was remembered of a journal that is gone is not taken for its successor's rows", async () => {
  const clock = new FakeClock();
  const world = new World(clock, { rowsMax: 5, waitMsMax: 10 });
  const disk = await filled(clock, { a: 20, b: 12 });
  const { journal, ...rest } = await openSetting({ disk, clock });
  world.answer = ({ rows }) => {
    if (rows.some((row) => textOf(row) === "b5")) throw new Error("down");
  };
  await deliveringTo(world, { ...rest, journal }).start();
  await clock.advanceUntil(() => world.received.length === 25);
  const left = disk.afterKill();
  for (const path of left.paths()) if (path.startsWith("/journal")) left.delete(path);
  await clock.advance(1_000);
  const after = await filled(clock, { c: 3, d: 9 }, left);
  const next = new World(clock, { rowsMax: 5, waitMsMax: 10 });
  await live({ world: next, clock, settings: {}, wanted: EVERY_ROW }, after, () => false);
  expect(next.received).toEqual([...texts("c", 3), ...texts("d", 9)]);
  const keys = new Set(world.attempts.map(({ key }) => key));
  for (const { key } of next.attempts) expect(keys.has(key)).toBe(false);
});
