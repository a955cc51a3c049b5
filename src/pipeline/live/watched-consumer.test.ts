import { expect, it } from "vitest";
import { NO_ROWS } from "../journal/row-counts.ts";
import { openJournal } from "../journal/journal.ts";
import { SimulatedDisk } from "../journal/simulated-disk.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { WatchedConsumer } from "./watched-consumer.ts";

it("a reader that is watched tells how many rows it read, stored and gave up, and when", async () => {
  const clock = new FakeClock();
  const journal = await openJournal({
    folder: "/journal",
    consumers: [{ name: "store", policy: "block", bytesMax: 1 << 20 }],
    clock,
    files: new SimulatedDisk(),
  });
  const store = new WatchedConsumer(journal.consumer("store"), clock);
  const createdMs = clock.nowMs();
  await journal.append({ signal: "logs", rows: 20, payload: [Buffer.from("a")] });
  const record = await store.next(new AbortController().signal);
  expect(record).toMatchObject({ rows: 20 });
  await clock.advance(500);
  expect(store.metrics()).toMatchObject({ events_processed: 0, last_processed_at: null });
  const storedMs = clock.nowMs();
  await store.acknowledge(record!.sequence, {
    stored: { ...NO_ROWS, logs: 15 },
    dropped: { ...NO_ROWS, logs: 5 },
  });
  await clock.advance(500);
  expect(store.rates()).toEqual({ in: 20, out: 15, dropped: 5 });
  expect(store.metrics()).toEqual({
    events_processed: 15,
    events_failed: 5,
    last_processed_at: new Date(storedMs).toISOString(),
    created_at: new Date(createdMs).toISOString(),
  });
  expect([store.position(), store.backlog().rows]).toEqual([1, 0]);
  const again = new WatchedConsumer(journal.consumer("store"), clock);
  expect(again.metrics().events_processed).toBe(0);
  await journal.close();
});
