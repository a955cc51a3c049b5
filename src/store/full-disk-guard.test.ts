import { execFileSync } from "node:child_process";
import { closeSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { z } from "zod";
import { systemClock } from "#core/clock.ts";
import { sql } from "./sql.ts";
import { openStore, type Store } from "./store.ts";
import { SPAN_COLUMNS, spanRows, writeNativeFiles } from "./testing/native-file.ts";
import { temporaryFolder } from "./testing/stores-under-test.ts";

const INSERTS = 14;
/** When there is room again, until nothing broken is found any more. */
const ATTEMPTS_MAX = 5;
const ROWS = 20_000;
/** More than the engine wants to see free before it begins an insert of so many rows. */
const ROOM_BYTES = 7 * 1024 * 1024;
const CHUNK = Buffer.alloc(1 << 16);
const OFF = { traces: "off", logs: "off", metrics: "off", aggregates: "off" } as const;

const disk = temporaryFolder();
const work = temporaryFolder();
let isMounted = false;

beforeEach(() => {
  try {
    const options = ["-t", "tmpfs", "-o", "size=200m", "tmpfs", disk.path];
    execFileSync("mount", options, { stdio: "ignore" });
    isMounted = true;
  } catch {
    isMounted = false;
  }
});
afterEach(() => {
  if (isMounted) execFileSync("umount", ["-l", disk.path]);
  disk.remove();
  work.remove();
});

const open = (): Promise<Store> =>
  openStore({
    dataDir: disk.path,
    memoryBytesMax: 600_000_000,
    clock: systemClock,
    retention: OFF,
  });

/** Spans in the table, and in its views. */
async function counts(store: Store): Promise<unknown> {
  const [row] = await store.reader.rows(
    sql`SELECT (SELECT count() FROM spans) AS spans, (SELECT sum(spans) FROM trace_index) AS indexed, (SELECT sum(spans) FROM span_kpis_1m) AS kpis`,
    { schema: z.unknown() },
  );
  return row;
}

/** A file that takes room on the disk. */
class Filler {
  readonly #path = join(disk.path, "filler");
  readonly #file = openSync(this.#path, "w");

  leave(bytes: number): void {
    const { bavail, bsize } = statfsSync(disk.path);
    let left = bavail * bsize - bytes;
    try {
      for (; left > 0; left -= CHUNK.length)
        writeSync(this.#file, CHUNK, 0, Math.min(left, CHUNK.length));
    } catch {
      // There is none.
    }
  }

  letGo(): void {
    closeSync(this.#file);
    rmSync(this.#path);
  }
}

it(
  "rows are whole after a disk ran full in the middle of their inserts, when these are made again",
  { timeout: 120_000 },
  async (context) => {
    if (!isMounted) context.skip("A small disk cannot be mounted here: that needs Linux and root");
    const names = Array.from({ length: INSERTS }, (_, n) => `${n}`);
    const files = names.map((name, n) => ({ name, select: spanRows(ROWS, { first: n * ROWS }) }));
    const paths = await writeNativeFiles(work.path, files);
    const insert = (store: Store, name: string): Promise<void> =>
      store.writer.insert({
        table: "spans",
        columns: SPAN_COLUMNS,
        path: paths[name]!,
        rows: ROWS,
        token: name,
      });
    let store = await open();
    await store.migrate();
    for (const [n, name] of names.entries()) {
      const filler = new Filler();
      filler.leave(ROOM_BYTES);
      let isSettled = false;
      const outcome = insert(store, name).then(
        () => undefined,
        (error: unknown) => error,
      );
      void outcome.finally(() => (isSettled = true));
      // The later the room goes, the further the engine has got.
      const fullAtMs = systemClock.monotonicMs() + 8 * n;
      while (!isSettled) {
        if (systemClock.monotonicMs() >= fullAtMs) filler.leave(0);
        await turn();
      }
      filler.letGo();
      let error = await outcome;
      for (let attempt = 0; attempt < ATTEMPTS_MAX && error !== undefined; attempt++) {
        expect(error).toMatchObject({ code: "store_unavailable" });
        error = await insert(store, name).catch((thrown: unknown) => thrown);
      }
      expect(error).toBeUndefined();
    }
    const all = String(INSERTS * ROWS);
    expect(await counts(store)).toEqual({ spans: all, indexed: all, kpis: all });
    await store.close();
    store = await open();
    expect(await counts(store)).toEqual({ spans: all, indexed: all, kpis: all });
    await store.close();
  },
);
