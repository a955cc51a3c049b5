import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { systemClock } from "#core/clock.ts";
import {
  BLOCKING,
  FOLDER,
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
    const gate = Promise.withResolvers<void>();
    disk.fault = (call) => (call === "sync" ? { until: gate.promise } : undefined);
    const running = journal.append(append("a"));
    await new Promise((resolve) => setImmediate(resolve));
    const waiting = ["b", "c", "d"].map((text) => journal.append(append(text)));
    gate.resolve();
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
