import { describe, expect, test } from "vitest";
import {
  TestClock,
  append,
  appendAll,
  openTestJournal,
  rowsOf,
  segmentPath,
  take,
} from "./journal-fixture.ts";
import { RECORD_HEADER_BYTES } from "./record.ts";

const never = new AbortController().signal;

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
    expect(webhook.backlog().bytes).toBe(bytesMax);
    expect(await take(webhook, 4)).toEqual(["f", "g", "h", "i"]);
    expect(events.filter(({ kind }) => kind === "dropped")).toHaveLength(1);
    await journal.close();
    expect(webhook.counts().dropped).toEqual(rowsOf(5));
    expect(webhook.backlog()).toMatchObject({ records: 4, rows: 4 });
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
    await new Promise((resolve) => setImmediate(resolve));
    expect(disk.paths()).not.toContain(segmentPath(4));
    await journal.close();

    const again = await openTestJournal(disk.afterKill(), {
      consumers: [{ ...dropping, bytesMax: 1 << 20 }],
      limits,
    });
    const texts = await take(again.store, 1);
    expect(texts).toEqual(["a"]);
    while (texts.at(-1) !== "j") texts.push(...(await take(again.store, 1)));
    expect(texts.length).toBeLessThan(10);
    await again.store.acknowledge(again.journal.stats().lastSequence, {
      stored: rowsOf(texts.length),
      dropped: rowsOf(0),
    });
    const { stored, dropped } = again.store.counts();
    expect(stored.traces + dropped.traces).toBe(10);
    expect(dropped.traces).toBe(10 - texts.length);
  });
});
