import { describe, expect, it } from "vitest";
import { SightglassError } from "#core/errors.ts";
import { SimulatedDisk } from "../journal/simulated-disk.ts";
import { FakeClock, settled } from "../testing/fake-clock.ts";
import { TAIL_LIMITS, Tailer, type TailEvent, type TailedRecord } from "./tailer.ts";
import { SimulatedFolder } from "./testing/simulated-folder.ts";

class Tail {
  readonly folder: SimulatedFolder;
  readonly disk: SimulatedDisk;
  readonly clock = new FakeClock();
  readonly batches: TailedRecord[][] = [];
  readonly events: TailEvent[] = [];
  beforeDelivered: () => void | Promise<void> = () => undefined;
  readonly tailer: Tailer;

  /** With the folder and the places of an earlier one, if it is given. */
  constructor(earlier?: Tail) {
    this.folder = earlier?.folder ?? new SimulatedFolder();
    this.disk = earlier?.disk ?? new SimulatedDisk();
    this.tailer = new Tailer({
      files: this.folder,
      stateFiles: this.disk,
      stateFolder: "/state",
      clock: this.clock,
      folder: "/logs",
      isWanted: (path) => path.endsWith(".log"),
      isDeep: false,
      split: { recordBytesMax: 1_024 },
      encoding: "utf8",
      startAt: "beginning",
      pollMs: 1_000,
      flushMs: Number.POSITIVE_INFINITY,
      deliver: async (records) => {
        await this.beforeDelivered();
        this.batches.push([...records]);
      },
      report: (event) => this.events.push(event),
    });
  }

  async opened(): Promise<this> {
    await this.tailer.load();
    return this;
  }

  get texts(): string[] {
    return this.batches.flat().map(({ text }) => text);
  }

  /** What failed, of the events that were reported. */
  get failures(): string[] {
    return this.events.flatMap((event) => (event.kind === "failed" ? [event.what] : []));
  }
}

it("reads on from a file that cannot be read to the others, and says so", async () => {
  const tail = await new Tail().opened();
  tail.folder.append("a.log", "secret\n");
  tail.folder.append("b.log", "open\n");
  tail.folder.unreadable.add("a.log");
  await tail.tailer.poll();
  expect(tail.texts).toEqual(["open"]);
  expect(tail.failures).toEqual(["read"]);
  tail.folder.unreadable.clear();
  await tail.tailer.poll();
  expect(tail.texts).toEqual(["open", "secret"]);
});

it("hands over batches within the bounds, from all files in turn", async () => {
  const tail = await new Tail().opened();
  const lines = TAIL_LIMITS.recordsMax + 10;
  tail.folder.append("a.log", "a\n".repeat(lines));
  tail.folder.append("b.log", "b\n".repeat(lines));
  await tail.tailer.poll();
  expect(tail.batches.every(({ length }) => length <= TAIL_LIMITS.recordsMax)).toBe(true);
  expect(tail.texts).toHaveLength(2 * lines);
  expect(new Set(tail.batches.slice(0, 2).map((batch) => batch[0]!.path)).size).toBe(2);
});

it("reads nothing while nothing has changed", async () => {
  const tail = await new Tail().opened();
  tail.folder.append("a.log", "one\nhalf");
  await tail.tailer.poll();
  let calls = 0;
  tail.folder.onCall = () => {
    calls++;
  };
  await tail.tailer.poll();
  // The look at the folder.
  expect(calls).toBe(1);
});

it("closes a file that was deleted after its last line, and one that has been still for long", async () => {
  const tail = await new Tail().opened();
  tail.folder.append("gone.log", "one\nend");
  tail.folder.append("still.log", "two\n");
  await tail.tailer.poll();
  expect(tail.folder.openFiles).toBe(2);
  tail.folder.remove("gone.log");
  await tail.clock.advance(TAIL_LIMITS.finalMs);
  await tail.tailer.poll();
  expect(tail.texts.toSorted()).toEqual(["end", "one", "two"]);
  await tail.clock.advance(TAIL_LIMITS.finalMs);
  await tail.tailer.poll();
  expect(tail.folder.openFiles).toBe(1);
  await tail.clock.advance(TAIL_LIMITS.openMsMax);
  await tail.tailer.poll();
  expect(tail.folder.openFiles).toBe(0);
  tail.folder.append("still.log", "three\n");
  await tail.tailer.poll();
  expect(tail.texts.at(-1)).toBe("three");
});

it("keeps no more files open than the bound, and follows all of them", async () => {
  const tail = await new Tail().opened();
  const files = TAIL_LIMITS.openFilesMax + 20;
  let openMost = 0;
  tail.folder.onCall = () => {
    openMost = Math.max(openMost, tail.folder.openFiles);
  };
  for (const text of ["one\n", "two\n"]) {
    for (let i = 0; i < files; i++) tail.folder.append(`${i}.log`, text);
    await tail.tailer.poll();
  }
  // One more while it is read.
  expect(openMost).toBe(TAIL_LIMITS.openFilesMax + 1);
  expect(tail.texts).toHaveLength(2 * files);
});

it("takes a file that was written anew with more at its end for the same", async () => {
  const tail = await new Tail().opened();
  tail.folder.append("a.log", "one\n");
  await tail.tailer.poll();
  await tail.tailer.stop();
  // As an editor, or rsync, does it.
  tail.folder.append("a.tmp", "one\ntwo\n");
  tail.folder.rename("a.tmp", "a.log");
  const again = await new Tail(tail).opened();
  await again.tailer.poll();
  expect(again.texts).toEqual(["two"]);
});

describe("a place that cannot be noted", () => {
  it("is noted later, and what was handed over is not handed over again", async () => {
    const tail = await new Tail().opened();
    tail.folder.append("a.log", "one\n");
    await tail.tailer.poll();
    tail.folder.append("a.log", "two\n");
    let failures = 2;
    tail.disk.fault = (call) =>
      call === "sync" && failures-- > 0 ? { error: "ENOSPC" } : undefined;
    const polled = tail.tailer.poll();
    for (let i = 0; i < 20; i++) await settled();
    expect(tail.failures).toEqual(["note"]);
    await tail.clock.advance(TAIL_LIMITS.retryMsMin);
    for (let i = 0; i < 20; i++) await settled();
    await tail.clock.advance(TAIL_LIMITS.retryMsMax);
    await polled;
    expect(tail.texts).toEqual(["one", "two"]);
    expect(tail.failures).toEqual(["note", "note"]);
  });

  it("does not hold up a stop", async () => {
    const tail = await new Tail().opened();
    tail.folder.append("a.log", "one\n");
    await tail.tailer.start();
    tail.disk.fault = (call) => (call === "sync" ? { error: "ENOSPC" } : undefined);
    await tail.clock.advance(0);
    for (let i = 0; i < 20; i++) await settled();
    expect(tail.failures).toEqual(["note"]);
    await tail.tailer.stop();
    expect(tail.clock.pending).toBe(0);
  });
});

it("waits longer from refusal to refusal, and as long as was asked for", async () => {
  const tail = new Tail();
  let deliveries = 0;
  tail.beforeDelivered = () => {
    deliveries++;
    throw deliveries < 3
      ? new Error("a fault")
      : new SightglassError("overloaded", "full", { retryAfterSeconds: 15 });
  };
  tail.folder.append("a.log", "one\n");
  await tail.tailer.start();
  const waits: number[] = [];
  let sinceMs = 0;
  for (let ms = 0; ms <= 20_000; ms += 500) {
    const before = deliveries;
    await tail.clock.advance(ms === 0 ? 0 : 500);
    for (let i = 0; i < 10; i++) await settled();
    if (deliveries === before) continue;
    waits.push(ms - sinceMs);
    sinceMs = ms;
  }
  expect(waits).toEqual([0, 1_000, 2_000, 15_000]);
  await tail.tailer.stop();
  expect(tail.texts).toEqual([]);
});
