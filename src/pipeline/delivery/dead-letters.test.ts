import { describe, expect, it } from "vitest";
import { SimulatedDisk } from "../journal/simulated-disk.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { DeadLetters } from "./dead-letters.ts";
import type { DeadLetter, DeadLettersOptions } from "./dead-letters.ts";
import { logRowOf } from "./testing/delivery-fixture.ts";

const FOLDER = "/dead";
const DAY_MS = 86_400_000;

function open(
  disk: SimulatedDisk,
  options: Partial<DeadLettersOptions> = {},
): { letters: DeadLetters; clock: FakeClock; dropped: number[] } {
  const clock = new FakeClock();
  const dropped: number[] = [];
  const letters = new DeadLetters({
    folder: FOLDER,
    files: disk,
    clock,
    bytesMax: 1 << 20,
    ageMsMax: DAY_MS,
    onDropped: (count) => dropped.push(count),
    ...options,
  });
  return { letters, clock, dropped };
}

function letter(id: string, timeMs = 1_750_000_000_000): DeadLetter {
  return { id, org: "default", timeMs, reason: "no", row: { kind: "log", row: logRowOf(id) } };
}

async function ids(letters: DeadLetters): Promise<string[]> {
  return (await letters.list({ limit: 1_000 })).letters.map(({ id }) => id);
}

describe("dead letters", () => {
  it("are there again after a restart, as they were, without those deleted", async () => {
    const disk = new SimulatedDisk();
    const { letters } = open(disk);
    await letters.open();
    await letters.add([letter("a"), letter("b")]);
    await letters.add([letter("c"), letter("a")]);
    expect(await letters.remove(["b", "unknown"])).toBe(1);
    const again = open(disk.afterPowerLoss(() => false)).letters;
    await again.open();
    expect(await ids(again)).toEqual(["a", "c"]);
    expect(await again.get("c")).toEqual(letter("c"));
    expect(await again.get("b")).toBeUndefined();
  });

  it("are listed in pages", async () => {
    const { letters } = open(new SimulatedDisk());
    await letters.open();
    await letters.add(["a", "b", "c", "d", "e"].map((id) => letter(id)));
    const first = await letters.list({ limit: 2 });
    expect(first.letters.map(({ id }) => id)).toEqual(["a", "b"]);
    const last = await letters.list({ limit: 5, after: first.after! });
    expect([last.letters.map(({ id }) => id), last.after]).toEqual([["c", "d", "e"], undefined]);
  });

  it("of an organization are listed, and counted, without a look into those of others", async () => {
    const disk = new SimulatedDisk();
    const { letters } = open(disk);
    await letters.open();
    const others = Array.from({ length: 50 }, (_, index) => letter(`foreign${index}`));
    await letters.add(others.map((one) => ({ ...one, org: "other" })));
    await letters.add([letter("a"), letter("b")]);
    let reads = 0;
    disk.fault = (call) => {
      if (call === "read") reads += 1;
      return undefined;
    };
    const first = await letters.list({ org: "default", limit: 1 });
    const { after } = first;
    const last = await letters.list({ org: "default", limit: 5, after });
    expect([first, last].map((page) => page.letters.map(({ id }) => id))).toEqual([["a"], ["b"]]);
    expect([last.after, reads]).toEqual([undefined, 2]);
    expect(letters.count("default")).toBe(2);
    expect(await letters.get("foreign1", "default")).toBeUndefined();
    expect(reads).toBe(2);
  });

  it("are listed from where a page ended, though what it had is deleted, and after a restart", async () => {
    const disk = new SimulatedDisk();
    const { letters } = open(disk, { bytesMax: 8_192 });
    await letters.open();
    // Of several files: each holds an eighth of the bound.
    for (const id of ["a", "b", "c", "d", "e", "f"]) await letters.add([letter(id)]);
    const { after } = await letters.list({ limit: 3 });
    await letters.remove(["a", "b", "c", "d"]);
    const listed = async (from: DeadLetters): Promise<string[]> =>
      (await from.list({ limit: 9, after: after! })).letters.map(({ id }) => id);
    expect(await listed(letters)).toEqual(["e", "f"]);
    const left = disk.afterPowerLoss(() => false);
    const again = open(left, { bytesMax: 8_192 }).letters;
    await again.open();
    expect(await listed(again)).toEqual(["e", "f"]);
  });

  it("beyond the bound of bytes go, the oldest first, and are counted", async () => {
    const disk = new SimulatedDisk();
    const { letters, dropped } = open(disk, { bytesMax: 16_384 });
    await letters.open();
    const all = Array.from({ length: 200 }, (_, index) => `letter${index}`);
    for (const id of all) await letters.add([letter(id)]);
    const left = await ids(letters);
    expect(left).toEqual(all.slice(-left.length));
    expect(letters.bytes).toBeLessThanOrEqual(16_384);
    expect(left.length).toBeGreaterThan(10);
    expect(letters.dropped).toBe(200 - left.length);
    expect(dropped.reduce((sum, count) => sum + count, 0)).toBe(letters.dropped);
    expect(disk.paths().length).toBeLessThanOrEqual(9);
  });

  it("beyond the bound of age go", async () => {
    const { letters, clock } = open(new SimulatedDisk());
    await letters.open();
    await letters.add([letter("old", clock.nowMs() - DAY_MS / 2), letter("new", clock.nowMs())]);
    await clock.advance(DAY_MS / 2 + 1);
    expect(await ids(letters)).toEqual(["new"]);
    expect(letters.dropped).toBe(1);
  });

  it("are whole after a crash in the middle of a write, at any byte", async () => {
    const disk = new SimulatedDisk();
    const { letters } = open(disk);
    await letters.open();
    await letters.add([letter("a")]);
    await letters.add([letter("b")]);
    const [path] = disk.paths();
    const content = disk.contentOf(path!)!;
    const firstBytes = content.indexOf("\n") + 1;
    for (let bytes = 0; bytes <= content.length; bytes += 1) {
      const torn = new SimulatedDisk();
      torn.place(path!, content.subarray(0, bytes));
      const { letters: found } = open(torn);
      await found.open();
      const whole = bytes === content.length ? ["a", "b"] : bytes >= firstBytes ? ["a"] : [];
      expect(await ids(found)).toEqual(whole);
      await found.add([letter("c")]);
      const { letters: again } = open(torn.afterKill());
      await again.open();
      expect(await ids(again)).toEqual([...whole, "c"]);
    }
  });

  it("are not taken for kept when the disk is full, and can be added again", async () => {
    const disk = new SimulatedDisk();
    const { letters } = open(disk);
    await letters.open();
    await letters.add([letter("a")]);
    disk.fault = (call) => (call === "sync" ? { error: "ENOSPC" } : undefined);
    await expect(letters.add([letter("b")])).rejects.toThrow("ENOSPC");
    expect(await ids(letters)).toEqual(["a"]);
    disk.fault = () => undefined;
    await letters.add([letter("b")]);
    const again = open(disk.afterPowerLoss(() => false)).letters;
    await again.open();
    expect(await ids(again)).toEqual(["a", "b"]);
  });
});
