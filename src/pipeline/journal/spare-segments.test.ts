import { describe, expect, test } from "vitest";
import {
  BLOCKING,
  append,
  openTestJournal,
  readAll,
  rowsOf,
  segmentPath,
  take,
  takeOne,
} from "./journal-fixture.ts";
import type { TestJournal } from "./journal-fixture.ts";
import { RECORD_HEADER_BYTES, SEGMENT_HEADER_BYTES } from "./record.ts";
import type { SimulatedDisk } from "./simulated-disk.ts";

const TEXT_BYTES = 100;
const RECORD_BYTES = RECORD_HEADER_BYTES + TEXT_BYTES;
/** Three records a segment; one that is full is worth to be kept. */
const SEGMENT_BYTES = SEGMENT_HEADER_BYTES + 3 * RECORD_BYTES;
const LIMITS = {
  segmentBytesMax: SEGMENT_BYTES,
  spareBytesMin: SEGMENT_BYTES,
  memoryBytesMax: 0,
};
const RESERVE_BYTES = 256 * 2 ** 20;
const BROKEN = { error: "EIO" };
const FULL = { error: "ENOSPC" };

function textOf(index: number): string {
  return `${index}:`.padEnd(TEXT_BYTES, String.fromCharCode(97 + (index % 26)));
}

function open(disk?: SimulatedDisk): Promise<TestJournal> {
  return openTestJournal(disk, { limits: LIMITS });
}

/** Appends records `from`..`to`, each done before the next comes, so that full segments are freed. */
async function churn({ journal, store }: TestJournal, from: number, to: number): Promise<void> {
  for (let index = from; index <= to; index += 1) {
    await journal.append(append(textOf(index)));
    const { sequence } = await takeOne(store);
    await store.acknowledge(sequence, { stored: rowsOf(1), dropped: rowsOf(0) });
    await settled();
  }
}

/** The simulated disk answers in microtasks. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function spares(disk: SimulatedDisk): string[] {
  return disk.paths().filter((path) => path.endsWith(".spare"));
}

function created(disk: SimulatedDisk): string[] {
  return disk.calls
    .filter(({ call, path }) => call === "create" && path.endsWith(".journal"))
    .map(({ path }) => path);
}

/** A journal with one spare, and a segment that is full: the next record begins one over the spare. */
async function withSpare(): Promise<TestJournal> {
  const opened = await open();
  await churn(opened, 1, 6);
  expect(spares(opened.disk)).toEqual([`${segmentPath(1)}.spare`]);
  return opened;
}

describe("freed segments", () => {
  test("are written over instead of new files being made", async () => {
    const opened = await open();
    await churn(opened, 1, 60);
    expect(created(opened.disk)).toEqual([segmentPath(1), segmentPath(4)]);
    expect(spares(opened.disk)).toHaveLength(1);
    const again = await open(opened.disk.afterPowerLoss(() => false));
    expect(again.events).toEqual([]);
    expect(again.store.position()).toBe(60);
    expect(again.journal.acceptedRows()).toEqual(rowsOf(60));
  });

  test("are kept up to a bound, and the others removed", async () => {
    const { journal, store, disk } = await open();
    for (let index = 1; index <= 30; index += 1) await journal.append(append(textOf(index)));
    await take(store, 30);
    await store.acknowledge(30);
    await settled();
    expect(disk.paths().filter((path) => path.endsWith(".journal"))).toEqual([segmentPath(28)]);
    expect(spares(disk)).toHaveLength(2);
  });

  test("that are small are removed", async () => {
    const opened = await openTestJournal(undefined, {
      limits: { ...LIMITS, spareBytesMin: SEGMENT_BYTES + 1 },
    });
    await churn(opened, 1, 12);
    expect(spares(opened.disk)).toEqual([]);
  });

  test("are written over only when their old name is gone for good", async () => {
    const opened = await open();
    await churn(opened, 1, 3);
    opened.disk.fault = (call, path) =>
      call === "syncFolder" && spares(opened.disk).length > 0 && path.endsWith("journal")
        ? BROKEN
        : undefined;
    await churn(opened, 4, 6);
    expect(opened.events).toMatchObject([{ kind: "write_failed" }]);
    expect(spares(opened.disk)).toEqual([]);
    opened.disk.fault = () => undefined;
    await churn(opened, 7, 9);
    // Neither rename nor removal need have reached the disk.
    const again = await open(opened.disk.afterPowerLoss(() => false));
    expect(again.store.position()).toBe(9);
    expect(again.events).toEqual([]);
  });

  test("count as bytes of the journal until it is closed, which gives them back", async () => {
    const opened = await withSpare();
    const { journal, disk } = opened;
    expect(journal.stats().segmentBytes).toBe(2 * SEGMENT_BYTES);
    await churn(opened, 7, 7);
    expect(journal.stats().segmentBytes).toBe(2 * SEGMENT_BYTES);
    await journal.close();
    expect(spares(disk)).toEqual([]);
    expect(disk.contentOf(segmentPath(7))).toHaveLength(SEGMENT_HEADER_BYTES + RECORD_BYTES);
    const again = await open(disk);
    expect(again.events).toEqual([]);
    expect(again.journal.stats().segmentBytes).toBe(SEGMENT_HEADER_BYTES + RECORD_BYTES);
  });

  test("that are read while they are freed and written over tell no damage", async () => {
    const opened = await open();
    const { journal, store, disk, events } = opened;
    for (const index of [1, 2, 3, 4, 5, 6]) await journal.append(append(textOf(index)));
    await take(store, 6);
    let go: (() => void) | undefined;
    const until = new Promise<void>((resolve) => (go = resolve));
    disk.fault = (call, path) =>
      call === "read" && path === segmentPath(1) ? { until } : undefined;
    const reading = readAll(store);
    await settled();
    await store.acknowledge(6);
    await settled();
    await churn(opened, 7, 7);
    expect(disk.contentOf(segmentPath(7))!.includes(textOf(3))).toBe(true);
    go?.();
    // The first record was written over before it was read; the next look finds the segment freed.
    expect(await reading).toEqual([textOf(2)]);
    expect(events).toEqual([]);
  });
});

describe("a spare", () => {
  test("is cut to its records when it is full, and what is read back is what was written", async () => {
    const opened = await withSpare();
    const { journal, store, disk } = opened;
    for (const index of [7, 8]) await journal.append(append(textOf(index)));
    await journal.append(append("x".repeat(TEXT_BYTES + 1)));
    await settled();
    expect(disk.contentOf(segmentPath(7))).toHaveLength(SEGMENT_HEADER_BYTES + 2 * RECORD_BYTES);
    expect(await take(store, 3)).toEqual([textOf(7), textOf(8), "x".repeat(TEXT_BYTES + 1)]);
    const again = await open(disk.afterKill());
    expect(again.events).toEqual([]);
    expect(again.store.backlog()).toMatchObject({ rows: 3, bytes: 3 * RECORD_BYTES + 1 });
  });

  test("that is not full at a stop tells no event, and no number is left out", async () => {
    for (const records of [7, 8]) {
      const opened = await withSpare();
      await churn(opened, 7, records);
      for (const disk of [opened.disk.afterKill(), opened.disk.afterPowerLoss(() => false)]) {
        expect(disk.contentOf(segmentPath(7))).toHaveLength(SEGMENT_BYTES);
        const again = await open(disk);
        expect(again.events).toEqual([]);
        expect(await again.journal.append(append("x"))).toBe(records + 1);
      }
    }
  });

  test("is not written to before the cut of its life before is done", async () => {
    const opened = await openTestJournal(undefined, { limits: { ...LIMITS, spareBytesMin: 1 } });
    const { journal, store, disk } = opened;
    await churn(opened, 1, 8);
    let go: (() => void) | undefined;
    const until = new Promise<void>((resolve) => (go = resolve));
    const cut = segmentPath(7);
    disk.fault = (call, path) => (call === "truncate" && path === cut ? { until } : undefined);
    await journal.append(append("x".repeat(TEXT_BYTES + 1)));
    await take(store, 1);
    await store.acknowledge(9);
    await settled();
    expect(spares(disk)).toEqual([`${cut}.spare`]);

    const { fault } = disk;
    disk.fault = (call, path) =>
      call === "sync" && path === segmentPath(9) ? BROKEN : fault(call, path);
    await expect(journal.append(append("y"))).rejects.toMatchObject({ code: "storage_full" });
    const texts = [11, 12, 13].map(textOf);
    const appended = Promise.all(texts.map((text) => journal.append(append(text))));
    await settled();
    expect(spares(disk)).toEqual([`${cut}.spare`]);
    go?.();
    await appended;
    expect(await take((await open(disk.afterKill())).store, 3)).toEqual(texts);
  });

  test("that cannot be written, synced or renamed costs one refusal and leaves no file", async () => {
    for (const call of ["write", "sync", "rename", "syncFolder"] as const) {
      const opened = await withSpare();
      const { journal, disk } = opened;
      disk.fault = (one) => (one === call ? BROKEN : undefined);
      const refused = journal.append(append(textOf(99)));
      await expect(refused).rejects.toMatchObject({ code: "storage_full" });
      expect(spares(disk)).toEqual([]);
      expect(disk.paths()).not.toContain(segmentPath(7));
      disk.fault = () => undefined;
      await churn(opened, 7, 12);
      for (const isKept of [true, false]) {
        const again = await open(disk.afterPowerLoss(() => isKept));
        expect(again.store.position()).toBe(12);
        expect(again.events).toEqual([]);
      }
    }
  });

  test("whose rename came about although it failed leaves no file either", async () => {
    const { journal, disk } = await withSpare();
    const rename = disk.rename.bind(disk);
    disk.rename = async (from, to) => {
      await rename(from, to);
      throw Object.assign(new Error("EIO"), { code: "EIO" });
    };
    await expect(journal.append(append("x"))).rejects.toMatchObject({ code: "storage_full" });
    expect(disk.paths()).not.toContain(segmentPath(7));
    expect(spares(disk)).toEqual([]);
  });

  test("that cannot be opened is given up for a new file", async () => {
    const opened = await withSpare();
    const { disk, events } = opened;
    disk.fault = (call, path) => (call === "open" && path.endsWith(".spare") ? BROKEN : undefined);
    await churn(opened, 7, 7);
    expect(events).toMatchObject([{ kind: "write_failed" }]);
    expect(created(disk)).toContain(segmentPath(7));
    expect(spares(disk)).toEqual([`${segmentPath(4)}.spare`]);
  });

  test("never replaces a file that has the segment's name already", async () => {
    const { journal, disk } = await withSpare();
    disk.place(segmentPath(7), Buffer.from("not ours"));
    await expect(journal.append(append("x"))).rejects.toMatchObject({ code: "storage_full" });
    await expect(journal.append(append("a"))).resolves.toBe(8);
    expect(disk.contentOf(segmentPath(7))!.toString()).toBe("not ours");
    expect(created(disk)).not.toContain(segmentPath(8));
  });
});

describe("a disk that is short", () => {
  test("gets the spares back before anything is refused", async () => {
    const { journal, disk, clock, events } = await withSpare();
    clock.now += 1000;
    disk.free = { freeBytes: RESERVE_BYTES - 1, totalBytes: 2 ** 50 };
    disk.fault = (call, path) => {
      const isGiven = call === "remove" && path.endsWith(".spare");
      if (isGiven) disk.free = { freeBytes: RESERVE_BYTES + SEGMENT_BYTES, totalBytes: 2 ** 50 };
      return undefined;
    };
    await journal.append(append(textOf(7)));
    expect(spares(disk)).toEqual([]);
    expect(events).toEqual([]);
    expect(created(disk)).toContain(segmentPath(7));
  });

  test("refuses when there is nothing to give back, and keeps no spare then", async () => {
    const { journal, disk, clock, events } = await withSpare();
    clock.now += 1000;
    disk.free = { freeBytes: RESERVE_BYTES - 1, totalBytes: 2 ** 50 };
    await expect(journal.append(append("x"))).rejects.toMatchObject({ code: "storage_full" });
    expect(events).toMatchObject([{ kind: "disk_full" }]);
    expect(spares(disk)).toEqual([]);
  });

  test("is not asked for bytes that the file has already", async () => {
    const opened = await withSpare();
    const { journal, disk, clock } = opened;
    clock.now += 1000;
    disk.free = { freeBytes: RESERVE_BYTES, totalBytes: 2 ** 50 };
    await churn(opened, 7, 9);
    expect(spares(disk)).toHaveLength(1);
    await churn(opened, 10, 12);
    disk.fault = (call) => (call === "rename" ? BROKEN : undefined);
    await expect(journal.append(append("x"))).rejects.toMatchObject({ code: "storage_full" });
    await expect(journal.append(append("x"))).rejects.toMatchObject({ code: "storage_full" });
  });

  test("that is full within a write gets the spares back, and the write another try", async () => {
    const { journal, store, disk } = await open();
    for (const index of [1, 2, 3, 4]) await journal.append(append(textOf(index)));
    await take(store, 4);
    await store.acknowledge(4);
    await settled();
    expect(spares(disk)).toHaveLength(1);
    disk.fault = (call) => (call === "write" && spares(disk).length > 0 ? FULL : undefined);
    await journal.append(append(textOf(5)));
    expect(spares(disk)).toEqual([]);
    expect(await take(store, 1)).toEqual([textOf(5)]);
    disk.fault = (call) => (call === "write" ? FULL : undefined);
    await expect(journal.append(append("x"))).rejects.toMatchObject({ code: "storage_full" });
  });
});

/** What reached the disk of what was not synced: nothing, all, every other change, or by chance. */
function* fates(): Iterable<() => boolean> {
  yield () => false;
  yield () => true;
  for (const start of [0, 1]) {
    let count = start;
    yield () => (count += 1) % 2 === 0;
  }
  for (let seed = 1; seed <= 6; seed += 1) {
    let state = seed;
    yield () => (state = (state * 48_271) % 0x7fff_ffff) % 2 === 0;
  }
}

test("a stop at any call of the disk loses nothing acknowledged, and brings nothing of an earlier life back", async () => {
  const RECORDS = 13;
  for (let lastCall = 1; ; lastCall += 1) {
    const opened = await open();
    let calls = 0;
    opened.disk.fault = () => ((calls += 1) > lastCall ? "never" : undefined);
    let acknowledged = 0;
    let isDone = false;
    const working = (async () => {
      for (let index = 1; index <= RECORDS; index += 1) {
        await churn(opened, index, index);
        acknowledged = index;
      }
      isDone = true;
    })();
    for (let turn = 0; turn < 3 * RECORDS; turn += 1) await Promise.race([working, settled()]);
    const disks = [...fates()].map((isKept) => opened.disk.afterPowerLoss(isKept));
    for (const disk of [opened.disk.afterKill(), ...disks]) {
      const copy = await openTestJournal(disk, { limits: LIMITS, consumers: [BLOCKING] });
      const position = copy.store.position();
      expect(position).toBeGreaterThanOrEqual(acknowledged);
      // A new file has its name before its first record; what is written over has it after that.
      const told = copy.events.filter(({ file }) => !created(opened.disk).includes(file));
      expect(told.filter(({ kind }) => kind !== "torn_tail")).toEqual([]);
      const left = await readAll(copy.store);
      const texts = left.map((_, index) => textOf(Number(left[0]?.split(":")[0]) + index));
      expect(left).toEqual(texts);
      expect(copy.journal.acceptedRows().traces).toBeLessThanOrEqual(acknowledged + 1);
      expect(copy.store.counts()).toEqual({ stored: rowsOf(position), dropped: rowsOf(0) });
      await copy.journal.close();
    }
    if (isDone) break;
  }
});
