import { describe, expect, it } from "vitest";
import { PermanentError } from "#core/errors.ts";
import { totalRows } from "../journal/row-counts.ts";
import { FakeClock, settled } from "../testing/fake-clock.ts";
import { EndpointRefusedError, PartialDeliveryError, RetryAfterError } from "./delivery.ts";
import {
  appendTexts,
  deliveringTo,
  openSetting,
  stopped,
  texts,
  textOf,
  World,
} from "./testing/delivery-fixture.ts";

describe("portions", () => {
  it("gathers rows of consecutive records up to the bound of rows, in order", async () => {
    const setting = await openSetting({});
    const world = new World(setting.clock, { rowsMax: 4 });
    const delivering = deliveringTo(world, setting);
    for (const name of ["a", "b", "c"]) await appendTexts(setting.journal, texts(name, 3));
    await delivering.start();
    expect(await setting.clock.advanceUntil(() => world.received.length === 9)).toBe(true);
    expect(world.taken.map((one) => one.texts)).toEqual([
      ["a0", "a1", "a2", "b0"],
      ["b1", "b2", "c0", "c1"],
      ["c2"],
    ]);
    await stopped(setting.clock, delivering);
  });

  it("lets rows wait for company no longer than the bound of time", async () => {
    const setting = await openSetting({});
    const world = new World(setting.clock, { waitMsMax: 5_000 });
    const delivering = deliveringTo(world, setting);
    await delivering.start();
    await appendTexts(setting.journal, ["a"]);
    await settled();
    await setting.clock.advance(4_999);
    expect(world.attempts).toEqual([]);
    await setting.clock.advance(1);
    expect(world.received).toEqual(["a"]);
    await stopped(setting.clock, delivering);
  });

  it("keeps to the bound of bytes, but sends a larger row alone", async () => {
    const setting = await openSetting({});
    const world = new World(setting.clock, { bytesMax: 10 });
    const delivering = deliveringTo(world, setting);
    await appendTexts(setting.journal, ["12345", "12345", "1", "a row of more than ten", "2"]);
    await delivering.start();
    await setting.clock.advanceUntil(() => world.received.length === 5);
    expect(world.taken.map((one) => one.texts)).toEqual([
      ["12345", "12345"],
      ["1"],
      ["a row of more than ten"],
      ["2"],
    ]);
    await stopped(setting.clock, delivering);
  });

  it("never has rows of two organizations", async () => {
    const setting = await openSetting({});
    const world = new World(setting.clock);
    const orgs: string[] = [];
    world.answer = ({ org }) => void orgs.push(org);
    const delivering = deliveringTo(world, setting);
    await appendTexts(setting.journal, ["a"], "one");
    await appendTexts(setting.journal, ["b"], "two");
    await appendTexts(setting.journal, ["c"], "two");
    await delivering.start();
    await setting.clock.advanceUntil(() => world.received.length === 3);
    expect(orgs).toEqual(["one", "two"]);
    await stopped(setting.clock, delivering);
  });

  it("counts what cannot be read as dropped, and goes on", async () => {
    const setting = await openSetting({});
    const world = new World(setting.clock);
    const delivering = deliveringTo(world, setting);
    await appendTexts(setting.journal, ["a", "unreadable", "b"]);
    await appendTexts(setting.journal, ["c"]);
    await delivering.start();
    await setting.clock.advanceUntil(() => world.received.length === 2);
    await stopped(setting.clock, delivering);
    expect(world.received).toEqual(["a", "c"]);
    const { stored, dropped } = setting.journal.consumer("webhook").counts();
    expect([totalRows(stored), totalRows(dropped)]).toEqual([2, 2]);
    expect(delivering.getHealth().metrics.events_failed).toBe(2);
  });

  it("passes records without rows", async () => {
    const setting = await openSetting({});
    const world = new World(setting.clock);
    const delivering = deliveringTo(world, setting);
    await appendTexts(setting.journal, []);
    await delivering.start();
    const { consumer } = { consumer: setting.journal.consumer("webhook") };
    expect(await setting.clock.advanceUntil(() => consumer.position() === 1)).toBe(true);
    expect(world.attempts).toEqual([]);
    await stopped(setting.clock, delivering);
  });
});

describe("an endpoint that fails", () => {
  it("is tried again after a growing wait of full jitter, with the same key", async () => {
    const setting = await openSetting({});
    const world = new World(setting.clock, { waitMsMax: 0 });
    world.answer = ({ attempt }) => {
      if (attempt < 4) throw new Error("down");
    };
    const delivering = deliveringTo(world, setting, { breakerFailures: 100 });
    await appendTexts(setting.journal, ["a", "b"]);
    await delivering.start();
    await setting.clock.advanceUntil(() => world.received.length === 2, 20_000, 10);
    const times = world.attempts.map(({ atMs }) => atMs);
    const waits = times.slice(1).map((atMs, index) => atMs - times[index]!);
    // Half of 1, 2 and 4 seconds, since the fixture's random number is a half.
    expect(waits).toEqual([500, 1_000, 2_000]);
    expect(new Set(world.attempts.map(({ key }) => key)).size).toBe(1);
    expect(world.attempts.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4]);
    await stopped(setting.clock, delivering);
  });

  it("is left alone while the breaker is open, and tried once when it is half open", async () => {
    const setting = await openSetting({});
    const world = new World(setting.clock, { waitMsMax: 0 });
    world.answer = () => {
      throw new Error("down");
    };
    const delivering = deliveringTo(world, setting, { retryDelay: 2, breakerFailures: 3 });
    await appendTexts(setting.journal, ["a"]);
    await delivering.start();
    await setting.clock.advanceUntil(() => world.attempts.length === 3, 1_000, 1);
    expect(delivering.live().breaker).toBe("open");
    expect(delivering.getHealth().status).toBe("unhealthy");
    for (let second = 0; second < 29; second += 1) await setting.clock.advance(1_000);
    expect(world.attempts).toHaveLength(3);
    await setting.clock.advanceUntil(() => world.attempts.length === 4, 2_000);
    await setting.clock.advance(20_000);
    expect(world.attempts).toHaveLength(4);
    world.answer = () => {};
    await setting.clock.advanceUntil(() => world.received.length === 1, 40_000, 1_000);
    expect(delivering.live().breaker).toBe("closed");
    expect(delivering.getHealth().status).toBe("healthy");
    await stopped(setting.clock, delivering);
  });

  it("is given up after maxRetries more attempts, and the rows are dead letters", async () => {
    const setting = await openSetting({});
    const world = new World(setting.clock);
    world.answer = ({ rows }) => {
      if (textOf(rows[0]!) === "a") throw new Error("down");
    };
    const delivering = deliveringTo(world, setting, { maxRetries: 2 });
    await appendTexts(setting.journal, ["a"]);
    await delivering.start();
    await setting.clock.advanceUntil(() => delivering.deadLetters.size === 1, 20_000);
    expect(world.attempts).toHaveLength(3);
    await appendTexts(setting.journal, ["b"]);
    await setting.clock.advanceUntil(() => world.received.length === 1);
    const { letters } = await delivering.deadLetters.list({ limit: 10 });
    expect(letters.map(({ reason }) => reason)).toEqual(["given up after 3 attempts: down"]);
    await stopped(setting.clock, delivering);
  });

  it("is given as long as it asks for with Retry-After, up to the bound", async () => {
    const setting = await openSetting({});
    const world = new World(setting.clock, { waitMsMax: 0 });
    world.answer = ({ attempt }) => {
      if (attempt === 1) throw new RetryAfterError("busy", 90_000);
      if (attempt === 2) throw new RetryAfterError("busy", 1e9);
    };
    const delivering = deliveringTo(world, setting, { retryAfterMax: 120_000 });
    await appendTexts(setting.journal, ["a"]);
    await delivering.start();
    await setting.clock.advanceUntil(() => world.received.length === 1, 300_000, 500);
    const [first, second, third] = world.attempts.map(({ atMs }) => atMs);
    expect([second! - first!, third! - second!]).toEqual([90_000, 120_000]);
    expect(delivering.live().breaker).toBe("closed");
    await stopped(setting.clock, delivering);
  });

  it("that does not answer is told to stop after the time that an attempt may take", async () => {
    const setting = await openSetting({});
    const world = new World(setting.clock, { waitMsMax: 0 });
    const reasons: unknown[] = [];
    world.answer = (delivery, cancel) => {
      if (delivery.attempt > 1) return undefined;
      return new Promise((_, reject) => {
        cancel.addEventListener("abort", () => {
          reasons.push(cancel.reason);
          reject(Object.assign(new Error("aborted"), { name: "AbortError" }));
        });
      });
    };
    const delivering = deliveringTo(world, setting, { attemptTimeout: 2_000 });
    await appendTexts(setting.journal, ["a"]);
    await delivering.start();
    await setting.clock.advanceUntil(() => world.received.length === 1, 4_000);
    expect(reasons).toMatchObject([{ message: "no answer within 2000 ms" }]);
    expect(delivering.statistics.attempts).toMatchObject({ timeout: 1, delivered: 1 });
    await stopped(setting.clock, delivering);
  });

  it("that ignores being told to stop is left behind", async () => {
    const setting = await openSetting({});
    const world = new World(setting.clock, { waitMsMax: 0 });
    world.answer = ({ attempt }) => (attempt > 1 ? undefined : new Promise<never>(() => {}));
    const delivering = deliveringTo(world, setting, { attemptTimeout: 2_000 });
    await appendTexts(setting.journal, ["a"]);
    await delivering.start();
    expect(await setting.clock.advanceUntil(() => world.received.length === 1, 10_000)).toBe(true);
    await stopped(setting.clock, delivering);
  });

  it("that cannot be started yet is started later", async () => {
    const setting = await openSetting({});
    const world = new World(setting.clock);
    let starts = 0;
    const destination = Object.assign(world, {
      start: async () => {
        starts += 1;
        if (starts < 3) throw new Error("down");
      },
    });
    const delivering = deliveringTo(destination, setting);
    await appendTexts(setting.journal, ["a"]);
    await delivering.start();
    expect(await setting.clock.advanceUntil(() => world.received.length === 1)).toBe(true);
    await stopped(setting.clock, delivering);
  });
});

describe("rows that are refused", () => {
  it("are found by halving, kept with the reason, and all others arrive in order", async () => {
    const setting = await openSetting({});
    const world = new World(setting.clock, { rowsMax: 64 });
    world.answer = ({ rows }) => {
      if (rows.some((row) => textOf(row) === "a37")) throw new PermanentError("no such field");
    };
    const delivering = deliveringTo(world, setting);
    const all = texts("a", 64);
    await appendTexts(setting.journal, all);
    await delivering.start();
    await setting.clock.advanceUntil(() => world.received.length === 63);
    expect(world.received).toEqual(all.filter((text) => text !== "a37"));
    // One refusal a level, and the halves that were taken.
    expect(world.attempts).toHaveLength(13);
    const { letters } = await delivering.deadLetters.list({ limit: 10 });
    expect(letters.map(({ reason, row }) => [reason, textOf(row)])).toEqual([
      ["no such field", "a37"],
    ]);
    await stopped(setting.clock, delivering);
    const { stored, dropped } = setting.journal.consumer("webhook").counts();
    expect([totalRows(stored), totalRows(dropped)]).toEqual([63, 1]);
  });

  it("that the other side named become dead letters, and what it did not take is sent again", async () => {
    const setting = await openSetting({});
    const world = new World(setting.clock);
    world.answer = ({ rows, attempt }) => {
      const names = rows.map(textOf);
      if (attempt > 1 || names.length < 4) return;
      const refused = [{ index: names.indexOf("a1"), reason: "too long" }];
      throw new PartialDeliveryError("some", { again: [3, 2], refused });
    };
    const delivering = deliveringTo(world, setting);
    await appendTexts(setting.journal, texts("a", 4));
    await delivering.start();
    await setting.clock.advanceUntil(() => world.received.length === 3);
    expect(world.received).toEqual(["a0", "a2", "a3"]);
    expect(world.attempts[1]!.key).not.toBe(world.attempts[0]!.key);
    const { letters } = await delivering.deadLetters.list({ limit: 10 });
    expect(letters.map(({ reason, row }) => [reason, textOf(row)])).toEqual([["too long", "a1"]]);
    await stopped(setting.clock, delivering);
    expect(delivering.statistics.rowsDelivered).toBe(3);
  });

  it("after a partial delivery are found by halving what was left", async () => {
    const setting = await openSetting({});
    const world = new World(setting.clock);
    world.answer = ({ rows }) => {
      const names = rows.map(textOf);
      if (names.length === 8)
        throw new PartialDeliveryError("some", { again: [1, 3, 5, 7], refused: [] });
      if (names.includes("a5")) throw new PermanentError("no");
    };
    const delivering = deliveringTo(world, setting);
    await appendTexts(setting.journal, texts("a", 8));
    await delivering.start();
    await setting.clock.advanceUntil(() => delivering.deadLetters.size === 1);
    await settled();
    expect(world.received).toEqual(["a0", "a2", "a4", "a6", "a1", "a3", "a7"]);
    await stopped(setting.clock, delivering);
  });

  it("whatever they are become dead letters without being halved", async () => {
    const setting = await openSetting({});
    const world = new World(setting.clock);
    world.answer = () => {
      throw new EndpointRefusedError("404");
    };
    const delivering = deliveringTo(world, setting);
    await appendTexts(setting.journal, texts("a", 10));
    await delivering.start();
    await setting.clock.advanceUntil(() => delivering.deadLetters.size === 10);
    expect(world.attempts).toHaveLength(1);
    await stopped(setting.clock, delivering);
  });

  it("can be sent again once the destination takes them", async () => {
    const setting = await openSetting({});
    const world = new World(setting.clock);
    world.answer = ({ rows }) => {
      if (rows.some((row) => /[13]/.test(textOf(row)))) throw new PermanentError("no");
    };
    const delivering = deliveringTo(world, setting);
    await appendTexts(setting.journal, texts("a", 4));
    await delivering.start();
    await setting.clock.advanceUntil(() => delivering.deadLetters.size === 2);
    const { letters } = await delivering.deadLetters.list({ limit: 10 });
    world.answer = ({ rows }) => {
      if (rows.some((row) => textOf(row) === "a3")) throw new PermanentError("still not");
    };
    const replayed = await delivering.replay([...letters.map(({ id }) => id), "unknown"]);
    expect(replayed).toEqual({
      delivered: 1,
      failed: [
        { id: letters[1]!.id, reason: "still not" },
        { id: "unknown", reason: "there is no such dead letter" },
      ],
    });
    expect(world.received.at(-1)).toBe("a1");
    expect(delivering.deadLetters.size).toBe(1);
    await stopped(setting.clock, delivering);
  });
});

describe("bounds", () => {
  it("sends no more than the rates allow", async () => {
    const setting = await openSetting({});
    const world = new World(setting.clock, { rowsMax: 1 });
    const delivering = deliveringTo(world, setting, { sendsPerSecond: 5 });
    await appendTexts(setting.journal, texts("a", 50));
    await delivering.start();
    await setting.clock.advanceUntil(() => world.received.length === 50, 20_000, 100);
    const times = world.attempts.map(({ atMs }) => atMs);
    // A full bucket at first, then five a second.
    expect(times[4]).toBe(times[0]);
    for (let from = 5; from < 45; from += 1)
      expect(times[from + 5]! - times[from]!).toBeGreaterThanOrEqual(900);
    expect(times.at(-1)! - times[0]!).toBeGreaterThanOrEqual(9_000);
    await stopped(setting.clock, delivering);
  });

  it("sends several portions at once when told to, and moves the cursor in order", async () => {
    const setting = await openSetting({});
    const world = new World(setting.clock, { rowsMax: 2 });
    const open: (() => void)[] = [];
    world.answer = () => new Promise<void>((resolve) => void open.push(resolve));
    const delivering = deliveringTo(world, setting, { inFlight: 3 });
    for (const name of ["a", "b", "c", "d"]) await appendTexts(setting.journal, texts(name, 2));
    await delivering.start();
    await setting.clock.advanceUntil(() => open.length === 3);
    const consumer = setting.journal.consumer("webhook");
    open[2]!();
    open[1]!();
    await setting.clock.advanceUntil(() => world.received.length === 4);
    expect(consumer.position()).toBe(0);
    open[0]!();
    await setting.clock.advanceUntil(() => consumer.position() === 3);
    expect(consumer.position()).toBe(3);
    await setting.clock.advanceUntil(() => open.length === 4);
    open[3]!();
    await setting.clock.advanceUntil(() => consumer.position() === 4);
    await stopped(setting.clock, delivering);
  });
});

describe("a destination that can be given rows in any order", () => {
  it.each([
    [{}, 2],
    [{ inFlight: 1 }, 1],
  ])("is sent as many portions at once as it asks for, but with %j", async (settings, expected) => {
    const setting = await openSetting({});
    const world = new World(setting.clock, { rowsMax: 2, inFlight: 2 });
    const open: (() => void)[] = [];
    world.answer = () => new Promise<void>((resolve) => void open.push(resolve));
    const delivering = deliveringTo(world, setting, settings);
    for (const name of ["a", "b", "c"]) await appendTexts(setting.journal, texts(name, 2));
    await delivering.start();
    await setting.clock.advanceUntil(() => open.length === expected);
    await setting.clock.advance(1_000);
    expect(open).toHaveLength(expected);
    const stop = stopped(setting.clock, delivering);
    world.answer = () => {};
    for (const answer of open) answer();
    await stop;
    expect(world.received.toSorted()).toEqual(["a0", "a1", "b0", "b1", "c0", "c1"]);
  });
});

describe("whoever watches", () => {
  it("is told of each attempt with what was taken, and of dead letters; what it throws harms nobody", async () => {
    const setting = await openSetting({});
    const world = new World(setting.clock, { rowsMax: 3 });
    world.answer = ({ rows, attempt }) => {
      if (attempt === 1 && textOf(rows[0]!) === "a0") throw new Error("down");
      const at = rows.findIndex((row) => textOf(row) === "a4");
      if (at < 0) return;
      const refused = [{ index: at, reason: "never" }];
      throw new PartialDeliveryError("not all", { again: [], refused });
    };
    const delivering = deliveringTo(world, setting);
    const told: unknown[] = [];
    delivering.watch({
      attempted: ({ taken, error }) => told.push([taken, error === undefined]),
      buried: (letters) => told.push(letters.map(({ row, reason }) => [textOf(row), reason])),
    });
    const unwatch = delivering.watch({
      attempted() {
        throw new Error("a watcher that fails");
      },
    });
    await appendTexts(setting.journal, texts("a", 6));
    await delivering.start();
    expect(await setting.clock.advanceUntil(() => told.length === 4)).toBe(true);
    expect(told).toEqual([[0, false], [3, true], [2, false], [["a4", "never"]]]);
    unwatch();
    await stopped(setting.clock, delivering);
  });
});

describe("stopping", () => {
  it("delivers what is there first", async () => {
    const setting = await openSetting({});
    const world = new World(setting.clock, { waitMsMax: 60_000 });
    const delivering = deliveringTo(world, setting);
    await delivering.start();
    await appendTexts(setting.journal, texts("a", 25));
    await stopped(setting.clock, delivering);
    expect(world.received).toEqual(texts("a", 25));
    expect(setting.journal.consumer("webhook").backlog().rows).toBe(0);
  });

  it("does not wait for an endpoint that is down, and loses nothing", async () => {
    const setting = await openSetting({});
    const world = new World(setting.clock);
    world.answer = () => {
      throw new Error("down");
    };
    const first = deliveringTo(world, setting);
    await appendTexts(setting.journal, texts("a", 25));
    await first.start();
    await setting.clock.advance(1_000);
    const stop = first.stop();
    await setting.clock.advanceUntil(() => false, 2_000);
    await stop;
    world.answer = () => {};
    const second = deliveringTo(world, setting);
    await second.start();
    expect(await setting.clock.advanceUntil(() => world.received.length === 25)).toBe(true);
    expect(world.received).toEqual(texts("a", 25));
    await stopped(setting.clock, second);
  });

  it("is safe before start and twice", async () => {
    const setting = await openSetting({ clock: new FakeClock() });
    const delivering = deliveringTo(new World(setting.clock), setting);
    await expect(delivering.stop()).resolves.toBeUndefined();
    await expect(delivering.stop()).resolves.toBeUndefined();
  });
});
