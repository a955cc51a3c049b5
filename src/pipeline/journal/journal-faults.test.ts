import { describe, expect, test } from "vitest";
import {
  append,
  appendAll,
  openTestJournal,
  readAll,
  rowsOf,
  segmentPath,
  take,
} from "./journal-fixture.ts";
import { RECORD_HEADER_BYTES, SEGMENT_HEADER_BYTES } from "./record.ts";
import type { DiskCall, DiskFault, SimulatedDisk } from "./simulated-disk.ts";

/** Fails the calls named, until it is told otherwise. */
function fail(disk: SimulatedDisk, faults: Partial<Record<DiskCall, DiskFault>>): void {
  disk.fault = (call, path) => (path.includes("cursors") ? undefined : faults[call]);
}

const FULL = { error: "ENOSPC" };
const BROKEN = { error: "EIO" };

describe("a disk that refuses a write", () => {
  test("rejects the whole group with storage_full, and heals by itself", async () => {
    const { journal, store, disk, events } = await openTestJournal();
    await appendAll(journal, ["a"]);
    fail(disk, { write: FULL });
    const results = await Promise.allSettled(
      ["x", "y"].map((text) => journal.append(append(text))),
    );
    for (const result of results) {
      expect(result).toMatchObject({ reason: { code: "storage_full", retryAfterSeconds: 5 } });
    }
    expect(events).toMatchObject([{ kind: "write_failed" }]);
    expect(journal.stats()).toMatchObject({ writeFailures: 1, queuedBytes: 0 });
    expect(journal.acceptedRows()).toEqual(rowsOf(1));

    fail(disk, {});
    await expect(journal.append(append("b"))).resolves.toBe(2);
    expect(await take(store, 2)).toEqual(["a", "b"]);
    expect(await readAll(store)).toEqual(["a", "b"]);
    expect(journal.stats().segments).toBe(1);
  });

  test("leaves nothing of a write that was cut short, at whatever byte", async () => {
    for (let bytes = 0; bytes < 75; bytes += 1) {
      const { journal, disk } = await openTestJournal();
      await appendAll(journal, ["a"]);
      const length = disk.contentOf(segmentPath(1))!.length;
      let writes = 0;
      disk.fault = (call) =>
        call === "write" ? ((writes += 1) === 1 && bytes > 0 ? { bytes } : FULL) : undefined;
      await expect(journal.append(append("xyz"))).rejects.toMatchObject({ code: "storage_full" });
      expect(disk.contentOf(segmentPath(1))!.length).toBe(length);
      disk.fault = () => undefined;
      await appendAll(journal, ["b"]);
      const again = await openTestJournal(disk.afterPowerLoss(() => false));
      expect(await readAll(again.store)).toEqual(["a", "b"]);
    }
  });

  test("goes on after a short write that the disk completes", async () => {
    const { journal, store, disk } = await openTestJournal();
    let writes = 0;
    disk.fault = (call) => (call === "write" && (writes += 1) < 9 ? { bytes: 11 } : undefined);
    await journal.append({
      signal: "traces",
      rows: 1,
      payload: ["ab", "", "cdefghijkl", "m"].map((text) => Buffer.from(text)),
    });
    expect(writes).toBeGreaterThan(8);
    expect(await readAll(store)).toEqual(["abcdefghijklm"]);
  });

  test("while a segment is created leaves no file, and the next append tries again", async () => {
    for (const call of ["create", "write", "sync", "syncFolder"] as const) {
      const { journal, store, disk } = await openTestJournal();
      fail(disk, { [call]: FULL });
      for (let attempt = 0; attempt < 3; attempt += 1) {
        await expect(journal.append(append("x"))).rejects.toMatchObject({ code: "storage_full" });
        expect(disk.paths()).not.toContain(segmentPath(1));
      }
      fail(disk, {});
      await appendAll(journal, ["a", "b"]);
      expect(await take(store, 2)).toEqual(["a", "b"]);
      expect(disk.paths()).toContain(segmentPath(1));
    }
  });

  test("and does not even remove the new segment costs its numbers and nothing else", async () => {
    const { journal, disk } = await openTestJournal();
    fail(disk, { sync: FULL, remove: BROKEN });
    await expect(journal.append(append("x"))).rejects.toMatchObject({ code: "storage_full" });
    fail(disk, {});
    await expect(journal.append(append("a"))).resolves.toBe(2);
    const again = await openTestJournal(disk.afterKill());
    expect(again.store.backlog()).toMatchObject({ rows: 1, bytes: RECORD_HEADER_BYTES + 1 });
    expect(await readAll(again.store)).toEqual(["a"]);
    expect(again.journal.acceptedRows()).toEqual(rowsOf(1));
  });

  test("while rotating writes to the old segment no more, lest a power loss bring the new one back", async () => {
    const { journal, disk } = await openTestJournal(undefined, {
      limits: { segmentBytesMax: 250 },
    });
    await appendAll(journal, ["a"]);
    fail(disk, { syncFolder: BROKEN });
    await expect(journal.append(append("x".repeat(100)))).rejects.toMatchObject({
      code: "storage_full",
    });
    fail(disk, {});
    await appendAll(journal, ["b"]);
    // The creation of the refused segment reached the disk, its removal did not.
    let changes = 0;
    const again = await openTestJournal(disk.afterPowerLoss(() => (changes += 1) === 1));
    expect(await readAll(again.store)).toEqual(["a", "b"]);
  });

  test("a segment whose name is taken costs one refusal", async () => {
    const { journal, disk } = await openTestJournal();
    disk.place(segmentPath(1), Buffer.from("not ours"));
    await expect(journal.append(append("x"))).rejects.toMatchObject({ code: "storage_full" });
    await expect(journal.append(append("a"))).resolves.toBe(2);
    expect(disk.contentOf(segmentPath(1))!.toString()).toBe("not ours");
  });

  test("stops neither readers nor acknowledgements", async () => {
    const { journal, store, disk } = await openTestJournal(undefined, {
      limits: { memoryBytesMax: 0 },
    });
    await appendAll(journal, ["a", "b"]);
    disk.fault = (call, path) =>
      call === "create" || (call === "write" && !path.includes("cursors")) ? FULL : undefined;
    await expect(journal.append(append("x"))).rejects.toMatchObject({ code: "storage_full" });
    expect(await take(store, 2)).toEqual(["a", "b"]);
    await store.acknowledge(2);
    expect(store.position()).toBe(2);
  });

  test("is no reason not to open", async () => {
    const { journal, disk } = await openTestJournal();
    await appendAll(journal, ["a"]);
    const full = disk.afterKill();
    const readOnly = new Set<DiskCall>(["read", "open", "list", "makeFolder"]);
    full.fault = (call) => (readOnly.has(call) ? undefined : FULL);
    const again = await openTestJournal(full);
    expect(await take(again.store, 1)).toEqual(["a"]);
    await expect(again.journal.append(append("x"))).rejects.toMatchObject({ code: "storage_full" });
    full.fault = () => undefined;
    await appendAll(again.journal, ["b"]);
    expect(await take(again.store, 1)).toEqual(["b"]);
  });
});

describe("a disk that is nearly full", () => {
  test("is left the space that the store needs to drain the journal", async () => {
    const { journal, store, disk, events } = await openTestJournal();
    disk.free = { freeBytes: 256 * 2 ** 20 + 100, totalBytes: 2 ** 40 };
    await appendAll(journal, ["a"]);
    disk.free = { freeBytes: 256 * 2 ** 20 + 10, totalBytes: 2 ** 40 };
    disk.calls.length = 0;
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await expect(journal.append(append("x"))).rejects.toMatchObject({ code: "storage_full" });
    }
    expect(disk.calls).toEqual([]);
    expect(events).toMatchObject([{ kind: "disk_full" }]);
    disk.free = { freeBytes: 256 * 2 ** 20 + 1000, totalBytes: 2 ** 40 };
    await appendAll(journal, ["b"]);
    expect(await take(store, 2)).toEqual(["a", "b"]);
  });

  test("and small keeps a tenth free", async () => {
    const { journal, disk } = await openTestJournal();
    disk.free = { freeBytes: 1000, totalBytes: 9000 };
    await appendAll(journal, ["a"]);
    disk.free = { freeBytes: 900, totalBytes: 9000 };
    await expect(journal.append(append("x".repeat(100)))).rejects.toMatchObject({
      code: "storage_full",
    });
  });

  test("is looked at again after some time", async () => {
    const { journal, disk, clock } = await openTestJournal();
    await appendAll(journal, ["a"]);
    disk.free = { freeBytes: 0, totalBytes: 2 ** 50 };
    await appendAll(journal, ["b"]);
    clock.now += 1000;
    await expect(journal.append(append("x"))).rejects.toMatchObject({ code: "storage_full" });
  });

  test("is looked at again after some bytes", async () => {
    const limits = { freeBytesCheckBytes: 2 * (RECORD_HEADER_BYTES + 1) };
    const { journal, disk } = await openTestJournal(undefined, { limits });
    await appendAll(journal, ["a"]);
    disk.free = { freeBytes: 0, totalBytes: 2 ** 50 };
    await appendAll(journal, ["b"]);
    await expect(journal.append(append("x"))).rejects.toMatchObject({ code: "storage_full" });
  });
});

describe("a disk that fails a sync", () => {
  test("never acknowledges, seals the segment and goes on in a new one", async () => {
    const { journal, store, disk, events } = await openTestJournal();
    await appendAll(journal, ["a"]);
    fail(disk, { sync: BROKEN });
    await expect(journal.append(append("x"))).rejects.toMatchObject({ code: "storage_full" });
    expect(events).toMatchObject([{ kind: "segment_sealed", bytes: 0 }]);
    fail(disk, {});
    const sequence = await journal.append(append("b"));
    expect(sequence).toBe(3);
    expect(disk.paths()).toContain(segmentPath(3));
    expect(await take(store, 2)).toEqual(["a", "b"]);
    expect(await readAll(store)).toEqual(["a", "b"]);
  });

  test("never brings back what was refused, even if it stayed on disk whole", async () => {
    const { journal, disk } = await openTestJournal();
    await appendAll(journal, ["a"]);
    fail(disk, { sync: BROKEN, truncate: BROKEN });
    await expect(journal.append(append("xxx", 9))).rejects.toMatchObject({ code: "storage_full" });
    fail(disk, {});
    await appendAll(journal, ["b"]);
    expect(disk.contentOf(segmentPath(1))!.includes("xxx")).toBe(true);
    const again = await openTestJournal(disk.afterKill());
    expect(await take(again.store, 2)).toEqual(["a", "b"]);
    expect(again.journal.acceptedRows()).toEqual(rowsOf(2));
    await again.store.acknowledge(3, { stored: rowsOf(2), dropped: rowsOf(0) });
    expect(again.store.counts()).toEqual({ stored: rowsOf(2), dropped: rowsOf(0) });
  });

  test("never brings back what was refused, even if what was durable before it is damaged", async () => {
    const { journal, disk } = await openTestJournal();
    await appendAll(journal, ["a"]);
    fail(disk, { sync: BROKEN, truncate: BROKEN });
    await expect(journal.append(append("xxx"))).rejects.toMatchObject({ code: "storage_full" });
    fail(disk, {});
    await appendAll(journal, ["b"]);
    const content = disk.contentOf(segmentPath(1))!;
    content[SEGMENT_HEADER_BYTES]! ^= 1;
    const again = await openTestJournal(disk.afterKill());
    expect(await take(again.store, 1)).toEqual(["b"]);
    await again.store.acknowledge(3);
    expect(again.store.counts().dropped).toEqual(rowsOf(1));
  });

  test("keeps what was durable before, over a power loss", async () => {
    const { journal, disk } = await openTestJournal();
    await appendAll(journal, ["a"]);
    fail(disk, { sync: BROKEN });
    await expect(journal.append(append("x"))).rejects.toMatchObject({ code: "storage_full" });
    fail(disk, {});
    await appendAll(journal, ["b"]);
    for (const isKept of [true, false]) {
      const copy = await openTestJournal(disk.afterPowerLoss(() => isKept));
      expect(await readAll(copy.store)).toEqual(["a", "b"]);
    }
  });
});

describe("a disk that does not read", () => {
  test("is tried again, then the rest of the segment is given up and counted", async () => {
    const { journal, store, disk } = await openTestJournal(undefined, {
      limits: { memoryBytesMax: 0, segmentBytesMax: 250, readAttemptsMax: 3 },
    });
    await appendAll(journal, ["a", "b", "c", "d"]);
    let reads = 0;
    disk.fault = (call) => (call === "read" && (reads += 1) < 3 ? BROKEN : undefined);
    expect(await take(store, 1)).toEqual(["a"]);

    store.seek(1);
    disk.fault = (call, path) => (call === "read" && path === segmentPath(1) ? BROKEN : undefined);
    expect(await take(store, 2)).toEqual(["c", "d"]);
    await store.acknowledge(4, { stored: rowsOf(2), dropped: rowsOf(0) });
    expect(store.counts().stored).toEqual(rowsOf(2));
  });

  test("for want of file descriptors loses nothing: next rejects and can be called again", async () => {
    const { journal, store, disk } = await openTestJournal(undefined, {
      limits: { memoryBytesMax: 0 },
    });
    await appendAll(journal, ["a", "b"]);
    disk.fault = (call) => (call === "open" ? { error: "EMFILE" } : undefined);
    await expect(take(store, 1)).rejects.toMatchObject({ code: "internal" });
    disk.fault = () => undefined;
    expect(await take(store, 2)).toEqual(["a", "b"]);
  });

  test("for want of file descriptors is no reason to put segments aside", async () => {
    const { journal, disk } = await openTestJournal();
    await appendAll(journal, ["a"]);
    const other = disk.afterKill();
    other.fault = (call) => (call === "open" ? { error: "EMFILE" } : undefined);
    await expect(openTestJournal(other)).rejects.toThrow("EMFILE");
    other.fault = () => undefined;
    expect(await readAll((await openTestJournal(other)).store)).toEqual(["a"]);
  });

  test("the newest segment at the start keeps it for a later try, and writes elsewhere", async () => {
    const { journal, disk } = await openTestJournal();
    await appendAll(journal, ["a", "b"]);
    const other = disk.afterKill();
    let reads = 0;
    other.fault = (call, path) =>
      call === "read" && path === segmentPath(1) && (reads += 1) === 2 ? BROKEN : undefined;
    const again = await openTestJournal(other, { limits: { readAheadBytesMax: 80 } });
    await appendAll(again.journal, ["c"]);
    expect(await take(again.store, 3)).toEqual(["a", "b", "c"]);
  });
});

test("what is handed out after a kill is durable, though it was not when the process died", async () => {
  const { journal, disk } = await openTestJournal();
  await appendAll(journal, ["a"]);
  fail(disk, { sync: "never" });
  void journal.append(append("b"));
  await new Promise((resolve) => setImmediate(resolve));
  const again = await openTestJournal(disk.afterKill());
  expect(await take(again.store, 2)).toEqual(["a", "b"]);
  const afterwards = await openTestJournal(again.disk.afterPowerLoss(() => false));
  expect(await take(afterwards.store, 2)).toEqual(["a", "b"]);
});

test("what is shown as acknowledged after a kill is durable, though it was not when the process died", async () => {
  const { journal, store, disk } = await openTestJournal();
  await appendAll(journal, ["a"]);
  await take(store, 1);
  disk.fault = (call, path) => (call === "sync" && path.includes("cursors") ? "never" : undefined);
  void store.acknowledge(1);
  await new Promise((resolve) => setImmediate(resolve));
  const again = await openTestJournal(disk.afterKill());
  expect(again.store.position()).toBe(1);
  const afterwards = await openTestJournal(again.disk.afterPowerLoss(() => false));
  expect(afterwards.store.position()).toBe(1);
});

test("a process that dies at any call of the disk keeps what it acknowledged, in order", async () => {
  for (let lastCall = 1; ; lastCall += 1) {
    const { journal, store, disk } = await openTestJournal(undefined, {
      limits: { segmentBytesMax: 250 },
    });
    let calls = 0;
    disk.fault = () => ((calls += 1) > lastCall ? "never" : undefined);
    const acknowledged: string[] = [];
    let isDone = false;
    const working = (async () => {
      for (const text of ["a", "b", "c", "d", "e"]) {
        await journal.append(append(text));
        acknowledged.push(text);
      }
      await take(store, 5);
      await store.acknowledge(2, { stored: rowsOf(2), dropped: rowsOf(0) });
      await store.acknowledge(5, { stored: rowsOf(3), dropped: rowsOf(0) });
      await journal.close();
      isDone = true;
    })();
    await Promise.race([working, new Promise((resolve) => setImmediate(resolve))]);
    for (const isKept of [undefined, () => false, () => true]) {
      const copy = await openTestJournal(
        isKept === undefined ? disk.afterKill() : disk.afterPowerLoss(isKept),
      );
      const position = copy.store.position();
      const rest = await take(copy.store, copy.store.backlog().records);
      expect(["a", "b", "c", "d", "e"].slice(position, position + rest.length)).toEqual(rest);
      expect(position + rest.length).toBeGreaterThanOrEqual(acknowledged.length);
      expect(copy.store.counts().stored.traces).toBe(position);
    }
    if (isDone) break;
  }
});
