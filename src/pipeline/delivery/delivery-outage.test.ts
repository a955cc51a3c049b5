import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PermanentError } from "#core/errors.ts";
import type { JournalConsumerOptions } from "../journal/journal.ts";
import { totalRows } from "../journal/row-counts.ts";
import { Outbound } from "../outbound/outbound.ts";
import { createPipeline } from "../pipeline.ts";
import { logs } from "../testing/batches.ts";
import { FakeClock, settled } from "../testing/fake-clock.ts";
import { freePort } from "../testing/free-port.ts";
import type { DeliveringDestination } from "./delivering-destination.ts";
import { RetryAfterError } from "./delivery.ts";
import { deliverySettingsSchema } from "./delivery-settings.ts";
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
// The dead one's port is really closed. Of the 2,000 rows a second that bench/outage.ts sends there is a burst
// as that begins, which each must work off; the hour itself is quiet.

const NAMES = ["dead", "slow", "busy", "poisoned", "healthy"] as const;
type Name = (typeof NAMES)[number];

const STEP_MS = 500;
const MEMORY_EVERY_MS = 10_000;
const ALL_MS = 4_500_000;
const DEAD_FROM_MS = 60_000;
const DEAD_UNTIL_MS = DEAD_FROM_MS + 3_600_000;
/** 2,000 rows a second. */
const BURST = { fromMs: DEAD_FROM_MS, untilMs: DEAD_FROM_MS + 10_000, everyMs: 500, rows: 1_000 };
/** 10 rows a second. */
const QUIET = { everyMs: 3_000, rows: 30 };
const WAIT_MS_MAX = 200;
const { queueBytesMax: QUEUE_BYTES_MAX } = deliverySettingsSchema.parse({});
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

/** A port on which nobody listens, by the way out that destinations have. */
class ClosedPort {
  readonly said = new Map<string, number>();
  readonly #outbound: Outbound;
  readonly #url: string;
  #trying: Promise<unknown> = Promise.resolve();

  constructor(clock: FakeClock, port: number) {
    this.#outbound = new Outbound({ allowPrivate: true, clock });
    this.#url = `http://127.0.0.1:${port}/`;
  }

  async post(cancel: AbortSignal): Promise<void> {
    const request = { method: "POST", url: this.#url, headers: {}, body: "[]", msMax: 30_000 };
    const trying = this.#outbound.request({ ...request, cancel });
    this.#trying = trying.then(
      () => this.#note("an answer"),
      (error: NodeJS.ErrnoException) => this.#note(error.code ?? error.message),
    );
    await trying;
  }

  /** Resolves when the system has said what it has to say: it takes no part in the clock that the test moves. */
  async quiet(): Promise<void> {
    await this.#trying;
    await settled();
  }

  #note(what: string): void {
    this.said.set(what, (this.said.get(what) ?? 0) + 1);
  }
}

function worldsOf(clock: FakeClock, delays: Delays, closed: ClosedPort): Record<Name, World> {
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
    dead: worldOf("dead", async (_delivery, cancel) => {
      const nowMs = clock.monotonicMs();
      if (nowMs >= DEAD_FROM_MS && nowMs < DEAD_UNTIL_MS) await closed.post(cancel);
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
  return names.map((name) => ({ name, policy: "drop_oldest", bytesMax: QUEUE_BYTES_MAX }));
}

interface Outcome {
  readonly setting: Setting;
  readonly worlds: Record<Name, World>;
  readonly delivering: Record<Name, DeliveringDestination>;
  readonly delays: Delays;
  readonly all: string[];
  readonly attemptsWhileDead: number;
  /** What the system said of the dead one's port, and how often. */
  readonly said: ReadonlyMap<string, number>;
  readonly memoryMiB: number[];
}

/** How many rows come at a time. */
function rowsAt(ms: number): number {
  const isBurst = ms >= BURST.fromMs && ms < BURST.untilMs;
  const { everyMs, rows } = isBurst ? BURST : QUIET;
  return ms % everyMs === 0 ? rows : 0;
}

/** Runs the whole time with these destinations; the others are not there at all. */
async function run(names: readonly Name[]): Promise<Outcome> {
  const clock = new FakeClock();
  const setting = await openSetting({ clock, consumers: consumersOf(names) });
  const delays = new Delays();
  const closed = new ClosedPort(clock, await freePort());
  const worlds = worldsOf(clock, delays, closed);
  const delivering = Object.fromEntries(
    names.map((name) => [name, deliveringTo(worlds[name], setting, {}, name)]),
  ) as Record<Name, DeliveringDestination>;
  for (const one of Object.values(delivering)) await one.start();
  const all: string[] = [];
  const memoryMiB: number[] = [];
  for (let ms = 0; ms < ALL_MS; ms += STEP_MS) {
    const count = rowsAt(ms);
    const texts = Array.from({ length: count }, (_, index) => `row${all.length + index}`);
    for (const text of texts) delays.acceptedMs.set(text, clock.monotonicMs());
    if (count > 0) await appendTexts(setting.journal, texts);
    all.push(...texts);
    await clock.advance(STEP_MS);
    await closed.quiet();
    if (ms % MEMORY_EVERY_MS === 0) memoryMiB.push(setting.journal.stats().memoryBytes / 1_048_576);
  }
  const attemptsWhileDead = worlds.dead.attempts.filter(
    ({ atMs }) => atMs >= DEAD_FROM_MS && atMs < DEAD_UNTIL_MS,
  ).length;
  const isEmpty = (): boolean =>
    names.every((name) => setting.journal.consumer(name).backlog().rows === 0);
  expect(await clock.advanceUntil(isEmpty, 1_800_000, STEP_MS)).toBe(true);
  const { said } = closed;
  return { setting, worlds, delivering, delays, all, attemptsWhileDead, said, memoryMiB };
}

describe("with one destination dead for an hour, one slow, one busy and one that refuses rows", () => {
  let outcome: Outcome;
  let alone: Outcome;

  beforeAll(async () => {
    outcome = await run(NAMES);
    alone = await run(["healthy"]);
  }, 240_000);

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
    expect(outcome.all.filter(isPoison)).toHaveLength(6);
  });

  it("the dead one was spared: an attempt each half minute or so", () => {
    expect(outcome.attemptsWhileDead).toBeGreaterThan(60);
    expect(outcome.attemptsWhileDead).toBeLessThan(200);
    expect([...outcome.said]).toEqual([["ECONNREFUSED", outcome.attemptsWhileDead]]);
  });

  it("memory stays bounded while the queue grows", () => {
    // The journal's own bound for records in memory.
    for (const mebibytes of outcome.memoryMiB) expect(mebibytes).toBeLessThanOrEqual(48);
  });
});

/** 100 bytes of text and twelve attributes, no two rows alike: more than a common record has. */
function commonRecord(row: number) {
  const text = `${row} took the task from the queue and wrote the result after a retry within the budget of`;
  const attributes = Array.from({ length: 12 }, (_, key) => {
    return [`task.attribute_${key}`, `${key} of ${row * 7_919}`] as const;
  });
  return { body: text.padEnd(100, "."), attributes: Object.fromEntries(attributes) };
}

it("an hour of 2,000 rows a second waits for a destination before it would lose any", async () => {
  const { clock, journal } = await openSetting({ consumers: consumersOf(["dead"]) });
  const pipeline = createPipeline({ journal, clock, destinations: [], selfContained: true });
  const rows = 2_000;
  const records = Array.from({ length: rows }, (_, row) => commonRecord(row));
  const pushed = pipeline.push(logs("shop", ...records), "default");
  await clock.advance(100);
  await pushed;
  const bytesEach = journal.consumer("dead").backlog().bytes / rows;
  // As they are in the journal, where keys stand once a record.
  expect(bytesEach).toBeGreaterThan(100 + 12 * 8);
  expect(bytesEach * 2_000 * 3_600).toBeLessThan(QUEUE_BYTES_MAX);
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
