import { expect, it } from "vitest";
import type { Clock } from "#core/clock.ts";
import { STORE_LIMITS } from "#core/limits.ts";
import type { EngineSession } from "./engine.ts";
import { FullDiskGuard } from "./full-disk-guard.ts";

const BLOCK_BYTES = 4_096;
const ROOMY = (4 * STORE_LIMITS.doubtFreeBytes) / BLOCK_BYTES;

/** An engine of one table, which keeps broken parts and says that all is well, and its disk. */
class Disk {
  freeBlocks = ROOMY;
  /** Statements that fail from now on. */
  fails = /^nothing$/;
  private nowMs = 1_750_000_000_000;
  private readonly parts = new Map<string, { made: number; isBroken: boolean }>();
  private readonly clock: Clock = {
    nowMs: () => this.nowMs,
    monotonicMs: () => this.nowMs,
    setTimeout: () => ({ cancel() {} }),
  };
  readonly guard = new FullDiskGuard(
    { dir: "/data", database: "sightglass" },
    this.clock,
    async () => ({ bavail: this.freeBlocks, bsize: BLOCK_BYTES, blocks: ROOMY }),
  );

  get names(): string[] {
    return [...this.parts.keys()];
  }

  /**
   * An insert that makes the part when it is told to, some seconds after whatever was before. One whose
   * part is there makes none: its token is known.
   */
  insert(name: string): { done: Promise<void>; make: (isBroken: boolean) => void } {
    this.nowMs += 10_000;
    const made = Promise.withResolvers<void>();
    const done = this.guard.run(this.session, () => made.promise);
    return {
      done,
      make: (isBroken) => {
        this.nowMs += 10_000;
        if (!this.parts.has(name)) this.parts.set(name, { made: this.nowMs / 1_000, isBroken });
        made.resolve();
      },
    };
  }

  private readonly session: EngineSession = {
    run: async ({ text }) => {
      if (this.fails.test(text)) throw new Error("not now");
      if (text.startsWith("SELECT")) return JSON.stringify({ data: this.since(text) });
      const name = /PART '(.*?)'/.exec(text)?.[1] ?? "";
      const part = this.parts.get(name);
      if (text.startsWith("ALTER")) this.parts.delete(name);
      return JSON.stringify({ data: [{ is_passed: part?.isBroken === true ? 0 : 1 }] });
    },
  };

  private since(text: string): { table: string; name: string }[] {
    const from = Number(/>= toUInt64\((\d+)\)/.exec(text)![1]);
    const known = [...this.parts].filter(([, { made }]) => made >= from);
    return known.map(([name]) => ({ table: "spans", name }));
  }
}

it("an insert is in doubt when there was little room during it, whatever another has found since", async () => {
  const disk = new Disk();
  const first = disk.insert("a");
  disk.freeBlocks = 0;
  const second = disk.insert("b");
  first.make(false);
  await expect(first.done).resolves.toBeUndefined();
  disk.freeBlocks = ROOMY;
  second.make(true);
  await expect(second.done).rejects.toMatchObject({ code: "store_unavailable" });
  expect(disk.names).toEqual(["a"]);
});

it("an insert is not in doubt when all that lacked room was over before it began", async () => {
  const disk = new Disk();
  disk.freeBlocks = 0;
  const first = disk.insert("a");
  first.make(false);
  await first.done;
  disk.freeBlocks = ROOMY;
  disk.fails = /^(SELECT|CHECK)/;
  const second = disk.insert("b");
  second.make(false);
  await expect(second.done).resolves.toBeUndefined();
});

it("parts that could not be looked at stay in doubt, with room again too", async () => {
  const disk = new Disk();
  disk.freeBlocks = 0;
  disk.fails = /^CHECK/;
  const attempt = (): Promise<void> => {
    const insert = disk.insert("a");
    insert.make(disk.freeBlocks === 0);
    return insert.done;
  };
  await expect(attempt()).rejects.toThrow("not now");
  disk.freeBlocks = ROOMY;
  await expect(attempt()).rejects.toThrow("not now");
  disk.fails = /^nothing$/;
  await expect(attempt()).rejects.toMatchObject({ code: "store_unavailable" });
  expect(disk.names).toEqual([]);
  await expect(attempt()).resolves.toBeUndefined();
  expect(disk.names).toEqual(["a"]);
});
