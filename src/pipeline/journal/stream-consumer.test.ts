import { getEventListeners } from "node:events";
import { describe, expect, test } from "vitest";
import {
  BLOCKING,
  append,
  appendAll,
  openTestJournal,
  rowsOf,
  segmentPath,
  take,
} from "./journal-fixture.ts";
import { RECORD_HEADER_BYTES } from "./record.ts";

const never = new AbortController().signal;

describe("next", () => {
  test("waits for the next record, and gives up when cancelled", async () => {
    const { journal, store } = await openTestJournal();
    const cancel = new AbortController();
    const cancelled = store.next(cancel.signal);
    cancel.abort();
    await expect(cancelled).resolves.toBeUndefined();
    await expect(store.next(cancel.signal)).resolves.toBeUndefined();

    const waiting = store.next(never);
    await journal.append(append("a"));
    await expect(waiting).resolves.toMatchObject({ sequence: 1 });
  });

  test("leaves no listener behind on a signal that outlives it", async () => {
    const { journal, store } = await openTestJournal();
    const cancel = new AbortController();
    for (const text of ["a", "b"]) {
      const waiting = store.next(cancel.signal);
      await journal.append(append(text));
      await waiting;
    }
    expect(getEventListeners(cancel.signal, "abort")).toEqual([]);
  });

  test("allows one call at a time", async () => {
    const { journal, store } = await openTestJournal();
    const waiting = store.next(never);
    await expect(store.next(never)).rejects.toThrow("one next at a time");
    await journal.append(append("a"));
    await expect(waiting).resolves.toMatchObject({ sequence: 1 });
  });

  test("reads nothing from disk while in step, and keeps no memory for what was handed out", async () => {
    const { journal, store, disk } = await openTestJournal();
    for (const text of ["a", "b", "c"]) {
      await journal.append(append(text));
      expect(journal.stats().memoryBytes).toBeGreaterThan(0);
      expect(await take(store, 1)).toEqual([text]);
      expect(journal.stats().memoryBytes).toBe(0);
    }
    expect(disk.calls.filter(({ call }) => call === "read")).toEqual([]);
  });

  test("reads back from disk what does not fit memory, then goes on from memory", async () => {
    const memoryBytesMax = 3 * (RECORD_HEADER_BYTES + 2);
    const limits = { memoryBytesMax, segmentBytesMax: 500, readAheadBytesMax: 200 };
    const { journal, store } = await openTestJournal(undefined, { limits });
    const texts = Array.from({ length: 20 }, (_, index) => String(index).padStart(2, "0"));
    await appendAll(journal, texts);
    expect(journal.stats().memoryBytes).toBeLessThanOrEqual(memoryBytesMax);
    expect(await take(store, 20)).toEqual(texts);
    expect(journal.stats().memoryBytes).toBe(0);
  });

  test("lets every consumer read everything at its own pace", async () => {
    const slow = { name: "archive", policy: "block", bytesMax: 1 << 20 } as const;
    const limits = { memoryBytesMax: 200, segmentBytesMax: 300 };
    const { journal, store } = await openTestJournal(undefined, {
      consumers: [BLOCKING, slow],
      limits,
    });
    const archive = journal.consumer("archive");
    await appendAll(journal, ["a", "b", "c"]);
    expect(await take(store, 3)).toEqual(["a", "b", "c"]);
    expect(await take(archive, 1)).toEqual(["a"]);
    await appendAll(journal, ["d", "e"]);
    expect(await take(archive, 4)).toEqual(["b", "c", "d", "e"]);
    expect(await take(store, 2)).toEqual(["d", "e"]);
  });
});

describe("acknowledge", () => {
  test("is durable, with its counts, when it resolves", async () => {
    const { journal, store, disk } = await openTestJournal();
    await journal.append(append("a", 2));
    await journal.append(append("b", 3));
    await journal.append(append("c", 4, "logs"));
    await take(store, 3);
    await store.acknowledge(1, { stored: rowsOf(2), dropped: rowsOf(0) });
    await store.acknowledge(2, { stored: rowsOf(1), dropped: rowsOf(2) });

    const again = await openTestJournal(disk.afterPowerLoss(() => false));
    expect(again.store.position()).toBe(2);
    expect(again.store.counts()).toEqual({ stored: rowsOf(3), dropped: rowsOf(2) });
    expect(again.store.backlog()).toMatchObject({
      records: 1,
      rows: 4,
      rowsBySignal: rowsOf(0, 4),
    });
    expect(await take(again.store, 1)).toEqual(["c"]);
  });

  test("shares one sync among those that come during a sync", async () => {
    const { journal, store, disk } = await openTestJournal();
    await appendAll(journal, ["a", "b", "c"]);
    await take(store, 3);
    disk.calls.length = 0;
    const counts = { stored: rowsOf(1), dropped: rowsOf(0) };
    await Promise.all([1, 2, 3].map((sequence) => store.acknowledge(sequence, counts)));
    expect(disk.calls.map(({ call }) => call)).toEqual(["write", "sync"]);
    expect(store.position()).toBe(3);
    expect(store.counts().stored).toEqual(rowsOf(3));
  });

  test("does and counts nothing for what is acknowledged already", async () => {
    const { journal, store } = await openTestJournal();
    await appendAll(journal, ["a"]);
    await take(store, 1);
    const counts = { stored: rowsOf(1), dropped: rowsOf(0) };
    await Promise.all([store.acknowledge(1, counts), store.acknowledge(1, counts)]);
    await store.acknowledge(1, counts);
    expect(store.counts().stored).toEqual(rowsOf(1));
  });

  test("refuses a record that was never written", async () => {
    const { store } = await openTestJournal();
    await expect(store.acknowledge(1)).rejects.toThrow(
      "acknowledged record 1, but the last one is 0",
    );
  });

  test("changes nothing when the cursor cannot be written, and may be called again", async () => {
    const { journal, store, disk } = await openTestJournal();
    await appendAll(journal, ["a", "b"]);
    await take(store, 2);
    const counts = { stored: rowsOf(2), dropped: rowsOf(0) };
    for (const failing of ["write", "sync"] as const) {
      disk.fault = (call) => (call === failing ? { error: "EIO" } : undefined);
      await expect(store.acknowledge(2, counts)).rejects.toMatchObject({ code: "storage_full" });
      expect(store.position()).toBe(0);
    }
    disk.fault = () => undefined;
    await store.acknowledge(2, counts);
    expect(store.counts().stored).toEqual(rowsOf(2));
    const again = await openTestJournal(disk.afterPowerLoss(() => false));
    expect(again.store.position()).toBe(2);
  });

  test("needs no space on a full disk, and frees the segments that all have acknowledged", async () => {
    const slow = { name: "archive", policy: "block", bytesMax: 1 << 20 } as const;
    const { journal, store, disk } = await openTestJournal(undefined, {
      consumers: [BLOCKING, slow],
      limits: { segmentBytesMax: 250 },
    });
    const archive = journal.consumer("archive");
    await appendAll(journal, ["a", "b", "c", "d", "e"]);
    await take(store, 5);
    await take(archive, 5);
    disk.fault = (call) => (call === "create" ? { error: "ENOSPC" } : undefined);
    await store.acknowledge(4);
    expect(journal.stats().segments).toBe(3);
    await archive.acknowledge(3);
    await journal.close();
    expect(disk.paths()).not.toContain(segmentPath(1));
    expect(disk.paths()).toContain(segmentPath(3));
    expect(disk.paths()).toContain(segmentPath(5));
  });

  test("frees at the next start what could not be removed", async () => {
    const limits = { segmentBytesMax: 250 };
    const { journal, store, disk, events } = await openTestJournal(undefined, { limits });
    await appendAll(journal, ["a", "b", "c", "d", "e"]);
    await take(store, 5);
    disk.fault = (call) => (call === "remove" ? { error: "EIO" } : undefined);
    await store.acknowledge(5);
    await journal.close();
    expect(events).toMatchObject([{ kind: "write_failed" }, { kind: "write_failed" }]);
    disk.fault = () => undefined;
    const again = await openTestJournal(disk, { limits });
    await again.journal.close();
    expect(disk.paths().filter((path) => path.endsWith(".journal"))).toEqual([segmentPath(5)]);
  });

  test("takes what was replayed with read instead of next", async () => {
    const { journal, disk } = await openTestJournal();
    await appendAll(journal, ["a", "b", "c"]);
    const again = await openTestJournal(disk.afterKill());
    const replayed: string[] = [];
    for await (const record of again.store.read(1, 2)) replayed.push(record.payload.toString());
    expect(replayed).toEqual(["a", "b"]);
    await again.store.acknowledge(2, { stored: rowsOf(2), dropped: rowsOf(0) });
    expect(again.store.backlog()).toMatchObject({ records: 1, rows: 1 });
    expect(await take(again.store, 1)).toEqual(["c"]);
  });
});

describe("seek", () => {
  test("hands out again what was not acknowledged, never what was", async () => {
    const { journal, store } = await openTestJournal();
    await appendAll(journal, ["a", "b", "c", "d"]);
    await take(store, 4);
    await store.acknowledge(1);
    store.seek(3);
    expect(await take(store, 2)).toEqual(["c", "d"]);
    store.seek(0);
    expect(await take(store, 3)).toEqual(["b", "c", "d"]);
    await store.acknowledge(4);
    expect(store.backlog()).toMatchObject({ records: 0, rows: 0, bytes: 0 });
  });

  test("skips forward over what was replayed", async () => {
    const { journal, disk } = await openTestJournal();
    await appendAll(journal, ["a", "b", "c", "d"]);
    const again = await openTestJournal(disk.afterKill());
    again.store.seek(3);
    expect(await take(again.store, 1)).toEqual(["c"]);
    await again.store.acknowledge(2, { stored: rowsOf(2), dropped: rowsOf(0) });
    expect(again.store.backlog()).toMatchObject({ records: 2, rows: 2 });
    await again.store.acknowledge(3, { stored: rowsOf(1), dropped: rowsOf(0) });
    expect(again.store.counts()).toEqual({ stored: rowsOf(3), dropped: rowsOf(0) });
    expect(await take(again.store, 1)).toEqual(["d"]);
  });

  test("back over a gap counts what was lost in it again, once", async () => {
    const { journal, disk } = await openTestJournal();
    await appendAll(journal, ["aaa", "bbb", "ccc", "ddd"]);
    const path = segmentPath(1);
    const content = Buffer.from(disk.contentOf(path)!);
    content[content.indexOf("ccc")]! ^= 1;
    disk.place(path, content);
    const { store } = await openTestJournal(disk.afterKill());
    expect(await take(store, 3)).toEqual(["aaa", "bbb", "ddd"]);
    for (const sequence of [2, 3, 4]) {
      store.seek(sequence);
      const left = sequence === 2 ? ["bbb", "ddd"] : ["ddd"];
      expect(await take(store, left.length)).toEqual(left);
    }
    await store.acknowledge(4, { stored: rowsOf(3), dropped: rowsOf(0) });
    expect(store.counts()).toEqual({ stored: rowsOf(3), dropped: rowsOf(1) });
    expect(store.backlog().rows).toBe(0);
  });
});

test("a consumer that is new to a journal begins at the oldest record there is", async () => {
  const limits = { segmentBytesMax: 250 };
  const { journal, store, disk } = await openTestJournal(undefined, { limits });
  await appendAll(journal, ["a", "b", "c", "d", "e"]);
  await take(store, 4);
  await store.acknowledge(4);
  await journal.close();

  const late = { ...BLOCKING, name: "late" };
  const again = await openTestJournal(disk, { consumers: [late, BLOCKING], limits });
  const { position, records, rows } = {
    position: again.store.position(),
    ...again.store.backlog(),
  };
  expect({ position, records, rows }).toEqual({ position: 4, records: 1, rows: 1 });
  expect(await take(again.store, 1)).toEqual(["e"]);
  await again.store.acknowledge(5, { stored: rowsOf(1), dropped: rowsOf(0) });
  expect(again.store.counts()).toEqual({ stored: rowsOf(1), dropped: rowsOf(0) });
});

describe("backlog", () => {
  test("tells records, rows, bytes and the age of the oldest, handed out or not", async () => {
    const { journal, store, clock } = await openTestJournal();
    expect(store.backlog()).toMatchObject({ records: 0, rows: 0, bytes: 0, oldestAgeMs: 0 });
    await journal.append(append("a", 2));
    clock.now += 100;
    await journal.append(append("b", 3, "logs"));
    clock.now += 50;
    const all = { records: 2, rows: 5, bytes: 2 * (RECORD_HEADER_BYTES + 1), oldestAgeMs: 150 };
    expect(store.backlog()).toMatchObject(all);
    await take(store, 1);
    expect(store.backlog()).toMatchObject(all);
    await store.acknowledge(1);
    expect(store.backlog()).toMatchObject({ records: 1, rows: 3, oldestAgeMs: 50 });
  });

  test("refuses appends while a blocking consumer is at its bound", async () => {
    const bytesMax = 2 * (RECORD_HEADER_BYTES + 1);
    const { journal, store } = await openTestJournal(undefined, {
      consumers: [{ ...BLOCKING, bytesMax }],
    });
    await appendAll(journal, ["a", "b"]);
    await expect(journal.append(append("c"))).rejects.toMatchObject({
      code: "overloaded",
      retryAfterSeconds: 5,
    });
    await take(store, 2);
    await expect(journal.append(append("c"))).rejects.toMatchObject({ code: "overloaded" });
    await store.acknowledge(1);
    await expect(journal.append(append("c"))).resolves.toBe(3);
    expect(journal.stats().refusedOverloaded).toBe(2);
  });
});
