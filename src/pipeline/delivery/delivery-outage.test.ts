import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PermanentError } from "#core/errors.ts";
import type { JournalConsumerOptions } from "../journal/journal.ts";
import { totalRows } from "../journal/row-counts.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import type { DeliveringDestination } from "./delivering-destination.ts";
import { RetryAfterError } from "./delivery.ts";
import { pause } from "./pause.ts";
import {
  appendTexts,
  deliveringTo,
  openSetting,
  stopped,
  textOf,
  World,
} from "./testing/delivery-fixture.ts";
import type { Setting } from "./testing/delivery-fixture.ts";

// An hour and a quarter, by a clock that the test moves: five destinations on one journal, of which one is well.

const NAMES = ["dead", "slow", "busy", "poisoned", "healthy"] as const;
type Name = (typeof NAMES)[number];

const RECORDS = 1_500;
const ROWS_PER_RECORD = 30;
const RECORD_EVERY_MS = 3_000;
const STEP_MS = 500;
const DEAD_FROM_MS = 60_000;
const DEAD_UNTIL_MS = DEAD_FROM_MS + 3_600_000;
const WAIT_MS_MAX = 200;
const never = new AbortController().signal;

function isPoison(text: string): boolean {
  return text.endsWith("7777");
}

/** When each row was accepted and when each destination first had it. */
class Delays {
  readonly acceptedMs = new Map<string, number>();
  readonly arrivedMs: Record<Name, Map<string, number>> = {
    dead: new Map(),
    slow: new Map(),
    busy: new Map(),
    poisoned: new Map(),
    healthy: new Map(),
  };

  p99(name: Name): number {
    const delays = [...this.arrivedMs[name]].map(
      ([text, atMs]) => atMs - this.acceptedMs.get(text)!,
    );
    return delays.toSorted((a, b) => a - b)[Math.floor(delays.length * 0.99)]!;
  }
}

function worldsOf(clock: FakeClock, delays: Delays): Record<Name, World> {
  const worldOf = (name: Name, answer: World["answer"]): World => {
    const world = new World(clock, { rowsMax: 500, waitMsMax: WAIT_MS_MAX });
    world.answer = async (delivery, cancel) => {
      await answer(delivery, cancel);
      const nowMs = clock.monotonicMs();
      for (const row of delivery.rows) {
        const text = textOf(row);
        if (!delays.arrivedMs[name].has(text)) delays.arrivedMs[name].set(text, nowMs);
      }
    };
    return world;
  };
  let requests = 0;
  return {
    dead: worldOf("dead", () => {
      const nowMs = clock.monotonicMs();
      if (nowMs >= DEAD_FROM_MS && nowMs < DEAD_UNTIL_MS) throw new Error("ECONNREFUSED");
    }),
    slow: worldOf("slow", () => pause(clock, 3_000, never)),
    busy: worldOf("busy", () => {
      requests += 1;
      if (requests % 3 !== 0) throw new RetryAfterError("429", 2_000);
    }),
    poisoned: worldOf("poisoned", ({ rows }) => {
      if (rows.some((row) => isPoison(textOf(row)))) throw new PermanentError("poison");
    }),
    healthy: worldOf("healthy", () => {}),
  };
}

function consumersOf(names: readonly Name[]): JournalConsumerOptions[] {
  return names.map((name) => ({ name, policy: "drop_oldest", bytesMax: 1 << 30 }));
}

interface Outcome {
  readonly setting: Setting;
  readonly worlds: Record<Name, World>;
  readonly delivering: Record<Name, DeliveringDestination>;
  readonly delays: Delays;
  readonly all: string[];
  readonly attemptsWhileDead: number;
  readonly memoryMiB: number[];
}

/** Runs the whole time with these destinations; the others are not there at all. */
async function run(names: readonly Name[]): Promise<Outcome> {
  const clock = new FakeClock();
  const setting = await openSetting({ clock, consumers: consumersOf(names) });
  const delays = new Delays();
  const worlds = worldsOf(clock, delays);
  const delivering = Object.fromEntries(
    names.map((name) => [name, deliveringTo(worlds[name], setting, {}, name)]),
  ) as Record<Name, DeliveringDestination>;
  for (const one of Object.values(delivering)) await one.start();
  const all: string[] = [];
  const memoryMiB: number[] = [];
  for (let record = 0; record < RECORDS; record += 1) {
    const texts = Array.from({ length: ROWS_PER_RECORD }, (_, index) => `row${all.length + index}`);
    for (const text of texts) delays.acceptedMs.set(text, clock.monotonicMs());
    await appendTexts(setting.journal, texts);
    all.push(...texts);
    for (let ms = 0; ms < RECORD_EVERY_MS; ms += STEP_MS) await clock.advance(STEP_MS);
    if (record % 100 === 0) memoryMiB.push(setting.journal.stats().memoryBytes / 1_048_576);
  }
  const attemptsWhileDead = worlds.dead.attempts.filter(
    ({ atMs }) => atMs >= DEAD_FROM_MS && atMs < DEAD_UNTIL_MS,
  ).length;
  const isEmpty = (): boolean =>
    names.every((name) => setting.journal.consumer(name).backlog().rows === 0);
  expect(await clock.advanceUntil(isEmpty, 1_800_000, STEP_MS)).toBe(true);
  return { setting, worlds, delivering, delays, all, attemptsWhileDead, memoryMiB };
}

describe("with one destination dead for an hour, one slow, one busy and one that refuses rows", () => {
  let outcome: Outcome;
  let alone: Outcome;

  beforeAll(async () => {
    outcome = await run(NAMES);
    alone = await run(["healthy"]);
  }, 120_000);

  afterAll(async () => {
    await stopped(outcome.setting.clock, ...Object.values(outcome.delivering));
    await stopped(alone.setting.clock, ...Object.values(alone.delivering));
  });

  it("the healthy one has its rows as soon as without the others", () => {
    expect(outcome.delays.p99("healthy")).toBeLessThanOrEqual(alone.delays.p99("healthy") * 1.1);
    expect(outcome.delays.p99("healthy")).toBeLessThanOrEqual(WAIT_MS_MAX + 2 * STEP_MS);
  });

  it.each(NAMES)("every row arrives once and in order, or is a dead letter: %s", async (name) => {
    const { all, worlds, delivering, setting } = outcome;
    const poison = name === "poisoned" ? all.filter(isPoison) : [];
    expect(worlds[name].received).toEqual(all.filter((text) => !poison.includes(text)));
    const { letters } = await delivering[name].deadLetters.list({ limit: 1_000 });
    expect(letters.map(({ row }) => textOf(row))).toEqual(poison);
    const { stored, dropped } = setting.journal.consumer(name).counts();
    expect([totalRows(stored), totalRows(dropped)]).toEqual([
      all.length - poison.length,
      poison.length,
    ]);
  });

  it("the poisoned one had some", () => {
    expect(outcome.all.filter(isPoison)).toHaveLength(4);
  });

  it("the dead one was spared: an attempt each half minute or so", () => {
    expect(outcome.attemptsWhileDead).toBeGreaterThan(60);
    expect(outcome.attemptsWhileDead).toBeLessThan(200);
  });

  it("memory stays bounded while the queue grows", () => {
    // The journal's own bound for records in memory.
    for (const mebibytes of outcome.memoryMiB) expect(mebibytes).toBeLessThanOrEqual(48);
  });
});

it("a destination beyond its bound loses its oldest rows, counted, and the others none", async () => {
  const clock = new FakeClock();
  const consumers = [
    { name: "dead", policy: "drop_oldest", bytesMax: 600_000 },
    { name: "healthy", policy: "drop_oldest", bytesMax: 1 << 30 },
  ] as const;
  const setting = await openSetting({ clock, consumers });
  const dead = new World(clock);
  dead.answer = () => {
    throw new Error("down");
  };
  const healthy = new World(clock, { rowsMax: 500 });
  const both = [
    deliveringTo(dead, setting, {}, "dead"),
    deliveringTo(healthy, setting, {}, "healthy"),
  ] as const;
  for (const one of both) await one.start();
  const filler = "x".repeat(10_000);
  for (let index = 0; index < 200; index += 1) {
    await appendTexts(setting.journal, [`${index} ${filler}`]);
    await clock.advance(250);
  }
  dead.answer = () => {};
  const consumer = setting.journal.consumer("dead");
  expect(await clock.advanceUntil(() => consumer.backlog().rows === 0, 600_000, 250)).toBe(true);
  expect(healthy.received).toHaveLength(200);
  const lost = 200 - dead.received.length;
  expect(lost).toBeGreaterThan(50);
  expect(totalRows(consumer.counts().dropped)).toBe(lost);
  expect(both[0].getHealth().metrics.events_failed).toBe(lost);
  const numbers = dead.received.map((text) => Number(text.split(" ", 1)[0]));
  expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  expect(numbers.at(-1)).toBe(199);
  await stopped(clock, ...both);
});
