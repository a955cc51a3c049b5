import { describe, expect, test } from "vitest";
import {
  BLOCKING,
  FOLDER,
  append,
  appendAll,
  openTestJournal,
  segmentPath,
  take,
} from "./journal-fixture.ts";
import { SimulatedDisk } from "./simulated-disk.ts";

const ARCHIVE = { name: "archive", policy: "block", bytesMax: 1 << 30 } as const;
const CURSOR = `${FOLDER}/cursors/archive`;
/** Each record gets a segment of its own. */
const SMALL = { segmentBytesMax: 100 };
const never = new AbortController().signal;

describe("a consumer that is added", () => {
  test("is given what is appended from then on", async () => {
    const { journal, store } = await openTestJournal();
    await appendAll(journal, ["a", "b"]);
    const archive = await journal.addConsumer(ARCHIVE);
    expect(archive.position()).toBe(2);
    expect(archive.backlog()).toMatchObject({ records: 0, rows: 0, bytes: 0 });
    await appendAll(journal, ["c"]);
    expect(await take(archive, 1)).toEqual(["c"]);
    expect(await take(store, 3)).toEqual(["a", "b", "c"]);
    expect(journal.consumer("archive")).toBe(archive);
  });

  test("misses nothing that comes while its cursor is being written", async () => {
    const { journal, disk } = await openTestJournal(undefined, { limits: SMALL });
    await appendAll(journal, ["a"]);
    const gate = Promise.withResolvers<void>();
    disk.fault = (call, path) =>
      call === "create" && path === CURSOR ? { until: gate.promise } : undefined;
    const adding = journal.addConsumer(ARCHIVE);
    await appendAll(journal, ["b", "c"]);
    gate.resolve();
    expect(await take(await adding, 2)).toEqual(["b", "c"]);
  });

  test("has what was appended since, whatever a loss of power leaves", async () => {
    for (let seed = 0; seed < 16; seed += 1) {
      const { journal, disk } = await openTestJournal();
      await appendAll(journal, ["a"]);
      await journal.addConsumer(ARCHIVE);
      await appendAll(journal, ["b"]);
      let bits = seed;
      const isKept = (): boolean => ((bits = (bits >> 1) | ((bits & 1) << 3)) & 1) === 1;
      const again = await openTestJournal(disk.afterPowerLoss(isKept), {
        consumers: [BLOCKING, { ...ARCHIVE, begins: "end" }],
      });
      expect(await take(again.journal.consumer("archive"), 1)).toEqual(["b"]);
      expect(again.events).toEqual([]);
    }
  });

  test("is not there when its cursor cannot be written, and may be added again", async () => {
    const { journal, disk } = await openTestJournal();
    disk.fault = (_, path) => (path === CURSOR ? { error: "ENOSPC" } : undefined);
    await expect(journal.addConsumer(ARCHIVE)).rejects.toMatchObject({ code: "storage_full" });
    expect(() => journal.consumer("archive")).toThrow("no consumer archive");
    disk.fault = () => undefined;
    await appendAll(journal, ["a"]);
    expect((await journal.addConsumer(ARCHIVE)).position()).toBe(1);
  });

  test("begins at the end though a cursor of its name was left", async () => {
    const consumers = [BLOCKING, ARCHIVE];
    const first = await openTestJournal(new SimulatedDisk(), { consumers });
    await appendAll(first.journal, ["a"]);
    await first.journal.close();
    const { journal } = await openTestJournal(first.disk.afterKill());
    const archive = await journal.addConsumer(ARCHIVE);
    await appendAll(journal, ["b"]);
    expect(await take(archive, 1)).toEqual(["b"]);
    expect(archive.counts()).toMatchObject({ dropped: { traces: 0 } });
  });

  test("has a name that is allowed and not there, in a journal that is open", async () => {
    const { journal } = await openTestJournal();
    const wrong = { code: "config_invalid" };
    await expect(journal.addConsumer(BLOCKING)).rejects.toMatchObject(wrong);
    await expect(journal.addConsumer({ ...ARCHIVE, name: "../x" })).rejects.toMatchObject(wrong);
    await journal.close();
    await expect(journal.addConsumer(ARCHIVE)).rejects.toMatchObject({ code: "stopping" });
  });
});

describe("a consumer that is removed", () => {
  const consumers = [BLOCKING, ARCHIVE];

  test("holds no segments, and ends its next", async () => {
    const { journal, store } = await openTestJournal(undefined, { consumers, limits: SMALL });
    const archive = journal.consumer("archive");
    await appendAll(journal, ["a", "b", "c"]);
    await take(store, 3);
    await store.acknowledge(3);
    expect(journal.stats().segments).toBe(3);
    await take(archive, 3);
    const waiting = archive.next(never);
    await journal.removeConsumer("archive");
    await expect(waiting).resolves.toBeUndefined();
    expect(journal.stats().segments).toBe(1);
    await expect(archive.acknowledge(3)).rejects.toMatchObject({ code: "stopping" });
    expect(() => journal.consumer("archive")).toThrow("no consumer archive");
  });

  test("refuses appends for want of room no longer", async () => {
    const tight = { ...ARCHIVE, bytesMax: 1 };
    const { journal } = await openTestJournal(undefined, { consumers: [BLOCKING, tight] });
    await appendAll(journal, ["a"]).catch(() => {});
    await expect(journal.append(append("b"))).rejects.toMatchObject({ code: "overloaded" });
    await journal.removeConsumer("archive");
    await journal.append(append("c"));
  });

  test("leaves no cursor, not even after a loss of power", async () => {
    const { journal, disk } = await openTestJournal(undefined, { consumers });
    await appendAll(journal, ["a"]);
    await journal.removeConsumer("archive");
    const after = disk.afterPowerLoss(() => false);
    expect(after.contentOf(CURSOR)).toBeUndefined();
    const again = await openTestJournal(after, {
      consumers: [BLOCKING, { ...ARCHIVE, begins: "end" }],
    });
    expect(again.journal.consumer("archive").position()).toBe(1);
  });

  test("frees what it held only once its cursor is gone", async () => {
    const { journal, store, disk } = await openTestJournal(undefined, { consumers, limits: SMALL });
    await appendAll(journal, ["a", "b"]);
    await take(store, 2);
    await store.acknowledge(2);
    disk.fault = (call, path) => (call === "remove" && path === CURSOR ? "never" : undefined);
    void journal.removeConsumer("archive");
    await appendAll(journal, ["c"]);
    const again = await openTestJournal(disk.afterKill(), { consumers });
    expect(again.disk.contentOf(segmentPath(1))).toBeDefined();
    expect(await take(again.journal.consumer("archive"), 3)).toEqual(["a", "b", "c"]);
  });

  test("is gone though its cursor cannot be removed, which is told", async () => {
    const { journal, disk, events } = await openTestJournal(undefined, { consumers });
    disk.fault = (call) => (call === "remove" ? { error: "EIO" } : undefined);
    await journal.removeConsumer("archive");
    expect(events).toMatchObject([{ kind: "write_failed", file: "archive" }]);
    expect(() => journal.consumer("archive")).toThrow("no consumer archive");
  });

  test("may be added again at once", async () => {
    const { journal } = await openTestJournal(undefined, { consumers });
    await appendAll(journal, ["a"]);
    const [, archive] = await Promise.all([
      journal.removeConsumer("archive"),
      journal.addConsumer(ARCHIVE),
    ]);
    await appendAll(journal, ["b"]);
    expect(await take(archive, 1)).toEqual(["b"]);
  });

  test("is not the last one", async () => {
    const { journal } = await openTestJournal();
    await expect(journal.removeConsumer("store")).rejects.toThrow("last consumer");
    await expect(journal.removeConsumer("archive")).rejects.toThrow("no consumer archive");
  });
});

describe("a consumer that a journal is not opened with again", () => {
  const consumers = [BLOCKING, ARCHIVE];

  async function reopened(disk: SimulatedDisk) {
    const again = await openTestJournal(disk);
    return { ...again, forgotten: await again.journal.forgetOthers() };
  }

  test("is forgotten, durably, with the rows that it had not acknowledged", async () => {
    const first = await openTestJournal(undefined, { consumers });
    await appendAll(first.journal, ["a", "b", "c"]);
    const archive = first.journal.consumer("archive");
    await take(archive, 1);
    await archive.acknowledge(1);
    await first.journal.close();
    const { journal, forgotten, disk } = await reopened(first.disk.afterKill());
    expect(forgotten).toEqual([{ name: "archive", rows: 2 }]);
    expect(await journal.forgetOthers()).toEqual([]);
    const after = disk.afterPowerLoss(() => false);
    expect(after.contentOf(CURSOR)).toBeUndefined();
    const last = await openTestJournal(after, {
      consumers: [BLOCKING, { ...ARCHIVE, begins: "end" }],
    });
    expect(last.journal.consumer("archive").position()).toBe(3);
  });

  test("is nothing to those that are there, nor to cursors that were put aside", async () => {
    const first = await openTestJournal(undefined, { consumers });
    await appendAll(first.journal, ["a"]);
    await first.journal.close();
    const disk = first.disk.afterKill();
    disk.place(`${CURSOR}.damaged`, Buffer.from("x"));
    const { journal } = await openTestJournal(disk, { consumers });
    expect(await journal.forgetOthers()).toEqual([]);
    expect(disk.contentOf(`${CURSOR}.damaged`)).toBeDefined();
    expect(await take(journal.consumer("archive"), 1)).toEqual(["a"]);
  });

  test("is told of when its cursor cannot be removed, and is forgotten the next time", async () => {
    const first = await openTestJournal(undefined, { consumers });
    await appendAll(first.journal, ["a"]);
    await first.journal.close();
    const disk = first.disk.afterKill();
    disk.fault = (call) => (call === "remove" ? { error: "EIO" } : undefined);
    const { journal, forgotten, events } = await reopened(disk);
    expect(forgotten).toEqual([]);
    expect(events).toMatchObject([{ kind: "write_failed", file: "archive" }]);
    disk.fault = () => undefined;
    expect(await journal.forgetOthers()).toEqual([{ name: "archive", rows: 1 }]);
  });
});

describe("a consumer at its bound", () => {
  test("takes the records that let it go on, and no others", async () => {
    const tight = { ...ARCHIVE, bytesMax: 1 };
    const { journal } = await openTestJournal(undefined, { consumers: [BLOCKING, tight] });
    await appendAll(journal, ["a"]);
    await expect(journal.append(append("b"))).rejects.toMatchObject({ code: "overloaded" });
    await expect(journal.append({ ...append("b"), freeing: "store" })).rejects.toMatchObject({
      code: "overloaded",
    });
    expect(await journal.append({ ...append("b"), freeing: "archive" })).toBe(2);
  });

  test("counts what was handed out until it is acknowledged, whatever it does in between", async () => {
    const { journal, store } = await openTestJournal();
    await appendAll(journal, ["a", "bb", "ccc"]);
    const { bytes } = store.backlog();
    await take(store, 3);
    expect(store.backlog().bytes).toBe(bytes);
    store.seek(2);
    expect(store.backlog().bytes).toBe(bytes);
    await take(store, 2);
    await store.acknowledge(3);
    expect(store.backlog().bytes).toBe(0);
  });
});

describe("a consumer that is changed", () => {
  test("has its new bounds from then on", async () => {
    const { journal } = await openTestJournal(undefined, { consumers: [BLOCKING, ARCHIVE] });
    const archive = journal.consumer("archive");
    await appendAll(journal, ["a", "b"]);
    journal.changeConsumer({ ...ARCHIVE, bytesMax: 1 });
    await expect(journal.append(append("c"))).rejects.toMatchObject({ code: "overloaded" });
    journal.changeConsumer({ ...ARCHIVE, policy: "drop_oldest", bytesMax: 1 });
    await journal.append(append("c"));
    expect(archive.backlog().records).toBeLessThan(3);
  });
});

describe("a consumer of a journal that is opened", () => {
  test("begins at the end where it is told to and was not there before", async () => {
    const first = await openTestJournal();
    await appendAll(first.journal, ["a", "b"]);
    await first.journal.close();
    const { journal } = await openTestJournal(first.disk.afterKill(), {
      consumers: [BLOCKING, { ...ARCHIVE, begins: "end" }],
    });
    expect(journal.consumer("archive").position()).toBe(2);
  });

  test("begins at the oldest record when its cursor is damaged", async () => {
    const consumers = [BLOCKING, { ...ARCHIVE, begins: "end" as const }];
    const first = await openTestJournal(undefined, { consumers });
    await appendAll(first.journal, ["a"]);
    const archive = first.journal.consumer("archive");
    await take(archive, 1);
    await archive.acknowledge(1);
    await first.journal.close();
    const disk = first.disk.afterKill();
    disk.contentOf(CURSOR)!.fill(7);
    const again = await openTestJournal(disk, { consumers });
    expect(await take(again.journal.consumer("archive"), 1)).toEqual(["a"]);
    expect(again.events).toMatchObject([{ kind: "cursor_reset" }]);
  });
});
