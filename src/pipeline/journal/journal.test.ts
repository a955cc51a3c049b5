import { getEventListeners } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { systemClock } from "#core/clock.ts";
import {
  BLOCKING,
  FOLDER,
  TestClock,
  append,
  appendAll,
  openTestJournal,
  readAll,
  rowsOf,
  segmentPath,
  take,
  takeOne,
} from "./journal-fixture.ts";
import { openJournal } from "./journal.ts";
import { RECORD_HEADER_BYTES, SEGMENT_HEADER_BYTES } from "./record.ts";

const never = new AbortController().signal;

describe("append", () => {
  test("hands the records to a consumer in order, with what was given", async () => {
    const { journal, store, clock } = await openTestJournal();
    await journal.append(append("a", 3, "logs"));
    clock.now += 5;
    await journal.append({
      signal: "metrics",
      rows: 7,
      payload: [Buffer.from("b"), Buffer.from("c")],
    });

    const first = await takeOne(store);
    const second = await takeOne(store);
    expect(first).toMatchObject({ sequence: 1, signal: "logs", rows: 3, payloadVersion: 1 });
    expect(second).toMatchObject({ sequence: 2, signal: "metrics", rows: 7, writtenMs: clock.now });
    expect([first.payload.toString(), second.payload.toString()]).toEqual(["a", "bc"]);
  });

  test("resolves only after the sync of the file and, for a new segment, of the folder", async () => {
    const { journal, disk } = await openTestJournal();
    disk.calls.length = 0;
    await journal.append(append("a"));
    expect(disk.calls.map(({ call }) => call)).toEqual(["create", "write", "sync", "syncFolder"]);

    disk.calls.length = 0;
    let resolved = false;
    let resolvedBeforeSync: boolean | undefined;
    disk.fault = (call) => {
      if (call === "sync") resolvedBeforeSync = resolved;
      return undefined;
    };
    await journal.append(append("b")).then(() => (resolved = true));
    expect(resolvedBeforeSync).toBe(false);
    expect(disk.calls.map(({ call }) => call)).toEqual(["write", "sync"]);
  });

  test("writes what waits during a sync together, with one write and one sync", async () => {
    const { journal, disk } = await openTestJournal();
    await journal.append(append("first"));
    disk.calls.length = 0;
    const running = journal.append(append("a"));
    while (disk.calls.length === 0) await Promise.resolve();
    const waiting = ["b", "c", "d"].map((text) => journal.append(append(text)));
    expect(await Promise.all([running, ...waiting])).toEqual([2, 3, 4, 5]);
    expect(disk.calls.map(({ call }) => call)).toEqual(["write", "sync", "write", "sync"]);
  });

  test("refuses what is over the write queue's bound, and keeps what is under it", async () => {
    const limits = { appendQueueBytesMax: 2 * (RECORD_HEADER_BYTES + 10) };
    const { journal, store } = await openTestJournal(undefined, { limits });
    const results = await Promise.allSettled(
      ["0123456789", "1123456789", "2123456789"].map((text) => journal.append(append(text))),
    );
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected"]);
    expect(results[2]).toMatchObject({ reason: { code: "overloaded", retryAfterSeconds: 5 } });
    expect(await readAll(store)).toHaveLength(2);
    expect(journal.stats()).toMatchObject({ queuedBytes: 0, refusedOverloaded: 1 });
  });

  test("refuses a record that is too large, whatever else is written", async () => {
    const { journal } = await openTestJournal(undefined, { limits: { recordBytesMax: 4 } });
    await expect(journal.append(append("12345"))).rejects.toMatchObject({
      code: "payload_too_large",
    });
    await expect(journal.append(append("1234"))).resolves.toBe(1);
  });

  test("refuses a row count that the header cannot hold", async () => {
    const { journal } = await openTestJournal();
    for (const rows of [-1, 0.5, 2 ** 32, Number.NaN]) {
      await expect(journal.append(append("a", rows))).rejects.toMatchObject({ code: "internal" });
    }
  });

  test("rotates to a new segment, named for its first sequence, when the next record does not fit", async () => {
    const segmentBytesMax = SEGMENT_HEADER_BYTES + 2 * (RECORD_HEADER_BYTES + 1);
    const { journal, store, disk } = await openTestJournal(undefined, {
      limits: { segmentBytesMax },
    });
    await Promise.all(["a", "b", "c", "d", "e"].map((text) => journal.append(append(text))));
    const segments = disk.paths().filter((path) => path.endsWith(".journal"));
    expect(segments).toEqual([segmentPath(1), segmentPath(3), segmentPath(5)]);
    expect(await take(store, 5)).toEqual(["a", "b", "c", "d", "e"]);
    expect(await readAll(store)).toEqual(["a", "b", "c", "d", "e"]);
  });

  test("writes nothing but its cursor when it is opened again, and nothing while idle", async () => {
    const { journal, disk } = await openTestJournal();
    await appendAll(journal, ["a"]);
    await journal.close();
    disk.calls.length = 0;
    await openTestJournal(disk);
    const writing = new Set(["write", "create", "truncate", "rename", "remove"]);
    expect(disk.calls.filter(({ call }) => writing.has(call))).toEqual([
      { call: "write", path: `${FOLDER}/cursors/store` },
    ]);
  });
});

describe("close", () => {
  test("writes what waits, refuses what comes, ends next, and may be called again", async () => {
    const { journal, store } = await openTestJournal();
    const waiting = journal.append(append("a"));
    await take(store, 1);
    const next = store.next(never);
    const closing = journal.close();
    await expect(journal.append(append("b"))).rejects.toMatchObject({ code: "stopping" });
    await expect(waiting).resolves.toBe(1);
    await expect(next).resolves.toBeUndefined();
    await closing;
    await journal.close();
    await expect(store.acknowledge(1)).rejects.toMatchObject({ code: "stopping" });
  });
});

test("close waits for a read that is under way, and ends it without a record", async () => {
  const { journal, store, disk } = await openTestJournal(undefined, {
    limits: { memoryBytesMax: 0 },
  });
  await appendAll(journal, ["a"]);
  const gate = Promise.withResolvers<void>();
  disk.fault = (call) => (call === "read" ? { until: gate.promise } : undefined);
  const next = store.next(never);
  let isClosed = false;
  const closing = journal.close().then(() => (isClosed = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(isClosed).toBe(false);
  gate.resolve();
  await expect(next).resolves.toBeUndefined();
  await closing;
});

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

describe("drop_oldest", () => {
  const bytesMax = 4 * (RECORD_HEADER_BYTES + 1);
  const dropping = { name: "webhook", policy: "drop_oldest", bytesMax, ageMsMax: 1000 } as const;
  const limits = { markEveryBytes: 1, segmentBytesMax: 300 };

  test("loses the oldest records beyond the bound, counted, and never refuses an append", async () => {
    const { journal, events, disk } = await openTestJournal(undefined, {
      consumers: [dropping],
      limits,
    });
    const webhook = journal.consumer("webhook");
    const texts = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
    await appendAll(journal, texts);
    expect(webhook.backlog()).toMatchObject({ records: 4, bytes: bytesMax });
    expect(await take(webhook, 4)).toEqual(["f", "g", "h", "i"]);
    expect(events.filter(({ kind }) => kind === "dropped")).toHaveLength(1);
    await journal.close();
    expect(webhook.counts().dropped).toEqual(rowsOf(5));
    expect(webhook.backlog().rows).toBe(4);
    expect(disk.paths()).not.toContain(segmentPath(1));
  });

  test("tells of it once until the consumer was in step again", async () => {
    const { journal, events } = await openTestJournal(undefined, { consumers: [dropping], limits });
    const webhook = journal.consumer("webhook");
    for (let round = 1; round <= 2; round += 1) {
      await appendAll(journal, ["a", "b", "c", "d", "e", "f"]);
      const last = (await journal.append(append("g"))) - 3;
      await take(webhook, 4);
      const inStep = new AbortController();
      const waiting = webhook.next(inStep.signal);
      inStep.abort();
      await waiting;
      await webhook.acknowledge(last + 3);
      expect(events.filter(({ kind }) => kind === "dropped")).toHaveLength(round);
    }
  });

  test("is looked after at the start, for what became too old meanwhile", async () => {
    const { journal, disk } = await openTestJournal(undefined, { consumers: [dropping], limits });
    await appendAll(journal, ["a", "b", "c"]);
    await journal.close();
    const clock = new TestClock();
    clock.now += 1001;
    const again = await openTestJournal(disk, { consumers: [dropping], limits, clock });
    await again.journal.close();
    expect(again.store.counts().dropped).toEqual(rowsOf(3));
  });

  test("loses what is too old, at an append and at next", async () => {
    const { journal, clock } = await openTestJournal(undefined, { consumers: [dropping], limits });
    const webhook = journal.consumer("webhook");
    await appendAll(journal, ["a", "b"]);
    clock.now += 1001;
    await appendAll(journal, ["c"]);
    expect(await take(webhook, 1)).toEqual(["c"]);
    await appendAll(journal, ["d"]);
    clock.now += 1001;
    const next = webhook.next(never);
    await appendAll(journal, ["e"]);
    await expect(next).resolves.toMatchObject({ sequence: 5 });
    await webhook.acknowledge(5, { stored: rowsOf(2), dropped: rowsOf(0) });
    expect(webhook.counts()).toEqual({ stored: rowsOf(2), dropped: rowsOf(3) });
  });

  test("never drops under a consumer what it has in hand", async () => {
    const { journal, disk } = await openTestJournal(undefined, { consumers: [dropping], limits });
    const webhook = journal.consumer("webhook");
    await appendAll(journal, ["a", "b"]);
    expect(await take(webhook, 1)).toEqual(["a"]);
    await appendAll(journal, ["c", "d", "e", "f", "g", "h"]);
    expect(webhook.position()).toBe(0);
    expect(webhook.backlog()).toMatchObject({ rows: 8, bytes: bytesMax });
    expect(await take(webhook, 1)).toEqual(["f"]);
    await webhook.acknowledge(6, { stored: rowsOf(2), dropped: rowsOf(0) });
    expect(webhook.counts()).toEqual({ stored: rowsOf(2), dropped: rowsOf(4) });

    const again = await openTestJournal(
      disk.afterPowerLoss(() => false),
      {
        consumers: [dropping],
        limits,
      },
    );
    expect(again.store.counts()).toEqual({ stored: rowsOf(2), dropped: rowsOf(4) });
    expect(await take(again.store, 2)).toEqual(["g", "h"]);
  });

  test("counts each dropped row once, even while the cursor is being written", async () => {
    const { journal, disk } = await openTestJournal(undefined, { consumers: [dropping], limits });
    const webhook = journal.consumer("webhook");
    const gate = Promise.withResolvers<void>();
    disk.fault = (call, path) =>
      call === "sync" && path.includes("cursors") ? { until: gate.promise } : undefined;
    await appendAll(journal, ["a", "b", "c", "d", "e", "f", "g", "h", "i"]);
    gate.resolve();
    await journal.close();
    expect(webhook.counts().dropped).toEqual(rowsOf(5));
    expect(webhook.position()).toBe(5);
  });

  test("during a read from disk hands out none of what was dropped meanwhile", async () => {
    const { journal, disk } = await openTestJournal(undefined, {
      consumers: [dropping],
      limits: { ...limits, memoryBytesMax: 0 },
    });
    const webhook = journal.consumer("webhook");
    await appendAll(journal, ["a", "b", "c"]);
    const gate = Promise.withResolvers<void>();
    disk.fault = (call) => (call === "read" ? { until: gate.promise } : undefined);
    const next = webhook.next(never);
    await appendAll(journal, ["d", "e", "f"]);
    gate.resolve();
    await expect(next).resolves.toMatchObject({ sequence: 3 });
    expect(webhook.counts().dropped).toEqual(rowsOf(2));
  });

  test("counts the dropped rows once when the process dies before the cursor passes them", async () => {
    const { journal, disk } = await openTestJournal(undefined, { consumers: [dropping], limits });
    const webhook = journal.consumer("webhook");
    await appendAll(journal, ["a", "b"]);
    await take(webhook, 1);
    await appendAll(journal, ["c", "d", "e", "f", "g", "h", "i", "j"]);
    while (disk.paths().includes(segmentPath(4))) await Promise.resolve();
    await journal.close();

    const again = await openTestJournal(disk.afterKill(), {
      consumers: [{ ...dropping, bytesMax: 1 << 20 }],
      limits,
    });
    const texts = await take(again.store, 4);
    expect(texts[0]).toBe("a");
    expect(texts.at(-1)).not.toBe("j");
    while (again.store.backlog().records > texts.length)
      texts.push(...(await take(again.store, 1)));
    await again.store.acknowledge(again.journal.stats().lastSequence, {
      stored: rowsOf(texts.length),
      dropped: rowsOf(0),
    });
    const { stored, dropped } = again.store.counts();
    expect(stored.traces + dropped.traces).toBe(10);
    expect(dropped.traces).toBe(10 - texts.length);
  });
});

describe("accepted totals", () => {
  test("survive restarts, and the freeing of every segment but the newest", async () => {
    const limits = { segmentBytesMax: 250 };
    const { journal, store, disk } = await openTestJournal(undefined, { limits });
    for (const signal of ["traces", "logs", "metrics"] as const) {
      for (let index = 1; index <= 4; index += 1) await journal.append(append("x", index, signal));
    }
    await take(store, 12);
    await store.acknowledge(12);
    await journal.close();
    expect(disk.paths().filter((path) => path.endsWith(".journal"))).toHaveLength(1);
    const again = await openTestJournal(
      disk.afterPowerLoss(() => false),
      { limits },
    );
    expect(again.journal.acceptedRows()).toEqual(rowsOf(10, 10, 10));
    await again.journal.append(append("y", 5));
    expect(again.journal.acceptedRows()).toEqual(rowsOf(15, 10, 10));
  });

  test("and sequences go on from the cursor when every segment is gone", async () => {
    const { journal, store, disk } = await openTestJournal();
    await appendAll(journal, ["a", "b", "c"]);
    await take(store, 3);
    await store.acknowledge(3, { stored: rowsOf(3), dropped: rowsOf(0) });
    await journal.close();
    disk.delete(segmentPath(1));
    const again = await openTestJournal(disk);
    expect(again.journal.acceptedRows()).toEqual(rowsOf(3));
    await expect(again.journal.append(append("d"))).resolves.toBe(4);
    expect(await take(again.store, 1)).toEqual(["d"]);
    expect(again.store.backlog()).toMatchObject({ records: 1, rows: 1 });
  });
});

describe("options", () => {
  test("need consumers, each with a name of its own that can be a file's", async () => {
    const withNames = (...names: string[]) =>
      openTestJournal(undefined, { consumers: names.map((name) => ({ ...BLOCKING, name })) });
    for (const names of [[], ["../x"], [""], ["a", "a"], ["x.damaged"]]) {
      await expect(withNames(...names)).rejects.toMatchObject({ code: "config_invalid" });
    }
  });

  test("name the consumers there are when another is asked for", async () => {
    const { journal } = await openTestJournal();
    expect(() => journal.consumer("webhook")).toThrow("no consumer webhook, only store");
  });
});

test("works on a real file system, over a restart", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sightglass-journal-"));
  try {
    const options = {
      folder: join(folder, "deep", "er"),
      clock: systemClock,
      consumers: [BLOCKING],
      limits: { segmentBytesMax: 64 * 1024 },
    };
    const journal = await openJournal(options);
    const block = Buffer.alloc(20_000, "x");
    await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        journal.append({ signal: "traces", rows: 1, payload: [Buffer.from([index]), block] }),
      ),
    );
    const store = journal.consumer("store");
    for (let index = 0; index < 5; index += 1) await takeOne(store);
    await store.acknowledge(5);
    await journal.close();

    const again = await openJournal(options);
    const rest: number[] = [];
    for (let index = 5; index < 10; index += 1) {
      const { payload } = await takeOne(again.consumer("store"));
      expect(payload.subarray(1).equals(block)).toBe(true);
      rest.push(payload[0]!);
    }
    expect(rest).toEqual([5, 6, 7, 8, 9]);
    await again.consumer("store").acknowledge(10);
    await again.close();
    const names = (await readdir(options.folder)).filter((name) => name !== "cursors");
    expect(names).toEqual(["000000000000000a.journal"]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
