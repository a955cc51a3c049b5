import { expect, it } from "vitest";
import { PermanentError } from "#core/errors.ts";
import { totalRows } from "../journal/row-counts.ts";
import { settled } from "../testing/fake-clock.ts";
import { PartialDeliveryError, type Row } from "./delivery.ts";
import {
  appendTexts,
  deliveringTo,
  openSetting,
  stopped,
  texts,
  textOf,
  World,
} from "./testing/delivery-fixture.ts";

// A destination that is given some rows only: the others are passed, and counted as skipped.

const isOdd = (row: Row): boolean => /[13579]$/.test(textOf(row));
const odd = { isWanted: isOdd, wantedMark: "-odd" };

it("portions are filled with wanted rows, and the cursor passes the others", async () => {
  const setting = await openSetting({});
  const world = new World(setting.clock, { rowsMax: 4 });
  const delivering = deliveringTo(world, setting, {}, "webhook", odd);
  for (const name of ["a", "b", "c"]) await appendTexts(setting.journal, texts(name, 5));
  await delivering.start();
  const consumer = setting.journal.consumer("webhook");
  expect(await setting.clock.advanceUntil(() => consumer.position() === 3)).toBe(true);
  expect(world.taken.map((one) => one.texts)).toEqual([
    ["a1", "a3", "b1", "b3"],
    ["c1", "c3"],
  ]);
  expect(delivering.statistics).toMatchObject({ rowsIn: 15, rowsSkipped: 9, rowsDelivered: 6 });
  expect(consumer.backlog().rows).toBe(0);
  await stopped(setting.clock, delivering);
  expect(totalRows(consumer.counts().stored)).toBe(15);
});

it("a row that cannot be judged is given, and the failure told, whatever who is told does", async () => {
  const setting = await openSetting({});
  const world = new World(setting.clock);
  const isWanted = (row: Row): boolean => {
    if (textOf(row) === "a2") throw new Error("not expected");
    return isOdd(row);
  };
  const delivering = deliveringTo(world, setting, {}, "webhook", { isWanted });
  const told: unknown[] = [];
  delivering.watch({
    failed(error) {
      told.push(error);
      throw new Error("a listener that fails");
    },
  });
  await appendTexts(setting.journal, texts("a", 4));
  await delivering.start();
  await setting.clock.advanceUntil(() => world.received.length === 3);
  expect(world.received).toEqual(["a1", "a2", "a3"]);
  expect(told).toEqual([new Error("not expected")]);
  await stopped(setting.clock, delivering);
});

it("rows that nobody wants are passed without an attempt, in turns", async () => {
  const setting = await openSetting({});
  const world = new World(setting.clock);
  const isLast = (row: Row): boolean => textOf(row) === "a4999";
  const delivering = deliveringTo(world, setting, {}, "webhook", { isWanted: isLast });
  await appendTexts(setting.journal, texts("a", 5_000));
  await delivering.start();
  await setting.clock.advanceUntil(() => world.received.length === 1);
  expect(world.attempts.map((one) => one.texts)).toEqual([["a4999"]]);
  expect(delivering.statistics.rowsSkipped).toBe(4_999);
  await stopped(setting.clock, delivering);
});

it("a wanted row waits for company as long as any, however long others were skipped before it", async () => {
  const setting = await openSetting({});
  const world = new World(setting.clock, { waitMsMax: 1_000 });
  const delivering = deliveringTo(world, setting, {}, "webhook", odd);
  await delivering.start();
  await appendTexts(setting.journal, ["a0"]);
  await settled();
  await setting.clock.advance(900);
  await appendTexts(setting.journal, ["a1"]);
  await settled();
  await setting.clock.advance(900);
  expect(world.attempts).toEqual([]);
  await setting.clock.advance(100);
  expect(world.received).toEqual(["a1"]);
  await stopped(setting.clock, delivering);
});

it("what a partial delivery names are places among the wanted rows, and so are keys and dead letters", async () => {
  const setting = await openSetting({});
  const world = new World(setting.clock);
  world.answer = ({ attempt }) => {
    if (attempt > 1) return;
    const refused = [{ index: 1, reason: "too long" }];
    throw new PartialDeliveryError("some", { again: [2], refused });
  };
  const delivering = deliveringTo(world, setting, {}, "webhook", odd);
  await appendTexts(setting.journal, texts("a", 8));
  await delivering.start();
  await setting.clock.advanceUntil(() => world.received.length === 3);
  expect(world.attempts.map((one) => one.texts)).toEqual([["a1", "a3", "a5", "a7"], ["a5"]]);
  const { letters } = await delivering.deadLetters.list({ limit: 10 });
  expect(letters.map(({ reason, row }) => [reason, textOf(row)])).toEqual([["too long", "a3"]]);
  // A row's name is by its place in the journal's record, whoever is given it.
  expect(letters[0]!.id).toMatch(/-1\.3$/);
  expect([...world.rowKeys.get("a5")!]).toEqual([expect.stringMatching(/-1\.5$/)]);
  await stopped(setting.clock, delivering);
  const { stored, dropped } = setting.journal.consumer("webhook").counts();
  expect([totalRows(stored), totalRows(dropped)]).toEqual([7, 1]);
});

it("a dead letter is sent again whatever the condition has become", async () => {
  const setting = await openSetting({});
  const world = new World(setting.clock);
  world.answer = () => {
    throw new PermanentError("no");
  };
  const before = deliveringTo(world, setting, {}, "webhook", odd);
  await appendTexts(setting.journal, ["a1"]);
  await before.start();
  await setting.clock.advanceUntil(() => before.deadLetters.size === 1);
  await stopped(setting.clock, before);
  world.answer = () => {};
  const nothing = { isWanted: () => false };
  const after = deliveringTo(world, setting, {}, "webhook", nothing);
  await after.start();
  const { letters } = await after.deadLetters.list({ limit: 10 });
  expect(await after.replay(letters.map(({ id }) => id))).toEqual({ delivered: 1, failed: [] });
  expect([world.received, after.deadLetters.size]).toEqual([["a1"], 0]);
  await stopped(setting.clock, after);
});

it("rows that wait are read with the condition that holds then, under keys of their own", async () => {
  const setting = await openSetting({});
  const world = new World(setting.clock);
  world.answer = () => {
    throw new Error("down");
  };
  const before = deliveringTo(world, setting, {}, "webhook", odd);
  await appendTexts(setting.journal, texts("a", 6));
  await before.start();
  await setting.clock.advanceUntil(() => world.attempts.length > 0);
  await stopped(setting.clock, before);
  world.answer = () => {};
  const even = { isWanted: (row: Row) => !isOdd(row), wantedMark: "-even" };
  const after = deliveringTo(world, setting, {}, "webhook", even);
  await after.start();
  await setting.clock.advanceUntil(() => world.received.length === 3);
  expect(world.received).toEqual(["a0", "a2", "a4"]);
  // There are as many as were planned, but they are others: who knows a key again must not pass them by.
  const [planned] = world.attempts;
  expect([planned!.key, world.taken[0]!.key]).toEqual([
    expect.stringMatching(/-odd$/),
    expect.stringMatching(/-even$/),
  ]);
  await stopped(setting.clock, after);
  expect(totalRows(setting.journal.consumer("webhook").counts().stored)).toBe(6);
});

it("rows of an organization that are skipped do not part those of another", async () => {
  const setting = await openSetting({});
  const world = new World(setting.clock);
  const delivering = deliveringTo(world, setting, {}, "webhook", odd);
  await appendTexts(setting.journal, ["a1"], "one");
  await appendTexts(setting.journal, ["b2"], "two");
  await appendTexts(setting.journal, ["a3"], "one");
  await delivering.start();
  await setting.clock.advanceUntil(() => world.received.length === 2);
  expect(world.taken.map((one) => one.texts)).toEqual([["a1", "a3"]]);
  await stopped(setting.clock, delivering);
});
