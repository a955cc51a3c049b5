import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { systemClock } from "#core/clock.ts";
import { QUERY_LIMITS } from "#core/limits.ts";
import { assertAvx2 } from "./processor.ts";
import { sql } from "./sql.ts";
import { openStore } from "./store.ts";
import type { Store } from "./store.ts";
import { SPAN_COLUMNS, spanRows, writeNativeFiles } from "./testing/native-file.ts";
import { startServerProcess } from "./testing/http-server-process.ts";
import { temporaryFolder } from "./testing/stores-under-test.ts";

/** A text that has this in it. */
const containing = (text: string): unknown => expect.stringContaining(text);

const ANY = z.unknown();
const ENGINE = { memoryBytesMax: 600_000_000, clock: systemClock };
/** The rows of tests have fixed times. */
const FOR_EVER = { traces: "off", logs: "off", metrics: "off", aggregates: "off" } as const;
/** Runs until it is stopped. */
const ENDLESS = sql`SELECT count() AS n FROM numbers(1000000000000) WHERE sipHash64(number) = 1`;

describe("the embedded engine", () => {
  let data: ReturnType<typeof temporaryFolder>;
  let store: Store;

  beforeEach(async () => {
    data = temporaryFolder();
    store = await openStore({ ...ENGINE, dataDir: data.path, retention: FOR_EVER });
    await store.migrate();
  });

  afterEach(async () => {
    await store.close();
    data.remove();
  });

  it("writes no log of its own and no system table", async () => {
    const tables = await store.reader.rows(
      sql`SELECT name FROM system.tables WHERE database = 'system' AND name LIKE '%\\_log'`,
      { schema: ANY },
    );
    expect(tables).toEqual([]);
    expect(existsSync(join(data.path, "clickhouse", "logs"))).toBe(false);
  });

  it("takes its memory bound", async () => {
    const bound = await store.reader.rows(
      sql`SELECT value FROM system.server_settings WHERE name = 'max_server_memory_usage'`,
      { schema: ANY },
    );
    expect(bound).toEqual([{ value: "600000000" }]);
  });

  it("stops a query that is cancelled, so that its session is soon free", async () => {
    const cancel = new AbortController();
    const answers = Array.from({ length: QUERY_LIMITS.concurrentMax }, () =>
      store.reader.rows(ENDLESS, { schema: ANY, cancel: cancel.signal }),
    );
    const failures = Promise.all(answers.map((answer) => expect(answer).rejects.toThrow("gone")));
    const next = store.reader.rows(sql`SELECT 1 AS n`, { schema: ANY });
    setImmediate(() => cancel.abort(new Error("gone")));
    await failures;
    expect(await next).toEqual([{ n: 1 }]);
  });

  it("stops a query at its time limit, and answers the next on the same session", async () => {
    await expect(
      store.reader.rows(ENDLESS, { schema: ANY, maxSeconds: 0.1 }),
    ).rejects.toMatchObject({ code: "query_timeout" });
    const union = sql`SELECT 1 AS n UNION ALL SELECT count() AS n FROM numbers(1000000000000) WHERE sipHash64(number) = 1`;
    await expect(store.reader.rows(union, { schema: ANY, maxSeconds: 0.1 })).rejects.toMatchObject({
      code: "query_timeout",
    });
    expect(await store.reader.rows(sql`SELECT 1 AS n`, { schema: ANY })).toEqual([{ n: 1 }]);
  });

  it("never puts what a failed query had written in front of the next answer", async () => {
    const fails = sql`SELECT number, throwIf(number = 200000) AS thrown FROM numbers(300000) SETTINGS max_block_size = 10000`;
    for (let round = 0; round < 2 * QUERY_LIMITS.concurrentMax; round++) {
      await expect(
        store.reader.rows(fails, { schema: ANY, maxRows: 1_000_000 }),
      ).rejects.toMatchObject({ code: "internal" });
      expect(await store.reader.rows(sql`SELECT 'clean' AS x`, { schema: ANY })).toEqual([
        { x: "clean" },
      ]);
    }
  });

  it("takes a bounded number of queries, and refuses the rest at once", async () => {
    const cancel = new AbortController();
    const started = QUERY_LIMITS.concurrentMax + QUERY_LIMITS.waitingMax;
    const answers = Array.from({ length: started }, () =>
      store.reader.rows(ENDLESS, { schema: ANY, cancel: cancel.signal }),
    );
    const failures = Promise.all(answers.map((answer) => expect(answer).rejects.toThrow("gone")));
    expect(store.load()).toEqual({
      running: QUERY_LIMITS.concurrentMax,
      waiting: QUERY_LIMITS.waitingMax,
    });
    await expect(store.reader.rows(sql`SELECT 1`, { schema: ANY })).rejects.toMatchObject({
      code: "overloaded",
      retryAfterSeconds: 1,
    });
    cancel.abort(new Error("gone"));
    await failures;
  });

  it("waits for what runs before it closes, refuses what comes after, and closes twice", async () => {
    const running = store.reader.rows(sql`SELECT sleep(0.3) AS n`, { schema: ANY });
    const closing = Promise.all([store.close(), store.close()]);
    await expect(store.reader.rows(sql`SELECT 1`, { schema: ANY })).rejects.toMatchObject({
      code: "stopping",
    });
    expect(await running).toEqual([{ n: 0 }]);
    await closing;
  });

  it("has all rows again after it was closed and opened", async () => {
    await store.close();
    const { spans } = await writeNativeFiles(data.path, [
      {
        name: "spans",
        select: spanRows(10),
      },
    ]);
    const open = (): Promise<Store> =>
      openStore({ ...ENGINE, dataDir: data.path, retention: FOR_EVER });
    store = await open();
    await store.writer.insert({
      table: "spans",
      columns: SPAN_COLUMNS,
      path: spans!,
      rows: 10,
      token: "t",
    });
    await store.close();
    store = await open();
    expect(await store.migrate()).toEqual({ applied: [], retention: [] });
    expect(await store.reader.rows(sql`SELECT count() AS n FROM spans`, { schema: ANY })).toEqual([
      { n: "10" },
    ]);
    const usage = await store.usage();
    expect(usage.find(({ table }) => table === "spans")).toMatchObject({ rows: 10, parts: 1 });
  });
});

describe("a data folder", () => {
  let data: ReturnType<typeof temporaryFolder>;
  let opened: { close(): Promise<void> }[];

  beforeEach(() => {
    data = temporaryFolder();
    opened = [];
  });

  afterEach(async () => {
    for (const engine of opened) await engine.close();
    data.remove();
  });

  const open = async (dataDir: string): Promise<Store> => {
    const store = await openStore({ ...ENGINE, dataDir, retention: FOR_EVER });
    opened.push(store);
    return store;
  };

  it.each(["a{b}", "a*", "a?", "a,b", "a::b"])(
    "may not be called %s, which the engine would expand",
    async (name) => {
      const dataDir = join(data.path, name);
      await expect(open(dataDir)).rejects.toMatchObject({
        code: "config_invalid",
        message: containing("in its path"),
      });
      expect(existsSync(dataDir)).toBe(false);
    },
  );

  it.each(["it's", "a b", "a\\b", "a#b%20[1]", "données ☃"])("may be called %s", async (name) => {
    const select = "SELECT 'default' AS org, 'hello' AS key, toUInt64(1) AS rows";
    const { rows } = await writeNativeFiles(data.path, [{ name: "rows", select }]);
    const dataDir = join(data.path, name);
    const store = await open(dataDir);
    await store.migrate();
    const path = join(dataDir, "rows.native");
    copyFileSync(rows!, path);
    const columns = ["org", "key", "rows"];
    await store.writer.insert({ table: "attribute_catalogue", columns, path, rows: 1, token: "t" });
    const stored = await store.reader.rows(sql`SELECT org, key FROM attribute_catalogue`, {
      schema: ANY,
    });
    expect(stored).toEqual([{ org: "default", key: "hello" }]);
  });

  it("is refused while another process has it open, and free when that one was killed", async () => {
    const other = await startServerProcess(join(data.path, "clickhouse"));
    await expect(open(data.path)).rejects.toMatchObject({
      code: "data_in_use",
      message: containing("is open in another process (pid "),
    });
    await other.kill();
    await open(data.path);
  });

  it("that the engine cannot open is named", async () => {
    const dir = join(data.path, "clickhouse");
    mkdirSync(dir);
    writeFileSync(join(dir, "metadata"), "a file where the engine has a folder");
    await expect(open(data.path)).rejects.toMatchObject({ message: containing(dir) });
  });

  it("of a process that died between an insert and its acknowledgement has nothing twice", async () => {
    const { spans } = await writeNativeFiles(data.path, [
      { name: "spans", select: spanRows(1000) },
    ]);
    const insert = {
      table: "spans",
      columns: SPAN_COLUMNS,
      path: spans!,
      rows: 1000,
      token: "t",
    } as const;
    const main = join(import.meta.dirname, "./testing/insert-then-die.ts");
    for (let round = 0; round < 3; round++) {
      const child = spawn(process.execPath, [main, data.path, JSON.stringify(insert)], {
        stdio: "inherit",
      });
      await once(child, "exit");
      expect(child.signalCode).toBe("SIGKILL");
    }
    const store = await open(data.path);
    await store.writer.insert(insert);
    const counts = sql`SELECT
      (SELECT count() FROM spans) AS spans,
      (SELECT sum(spans) FROM trace_index) AS indexed,
      (SELECT sum(spans) FROM span_kpis_1m) AS kpis`;
    const each = { spans: "1000", indexed: "1000", kpis: "1000" };
    expect(await store.reader.rows(counts, { schema: ANY })).toEqual([each]);
  });
});

describe("the processor", () => {
  it("is refused without AVX2, with a way out", () => {
    expect(() => assertAvx2("processor : 0\nflags\t\t: fpu sse4_2 avx\n")).toThrow(
      expect.objectContaining({
        code: "engine_unsupported",
        message: containing("SIGHTGLASS_CLICKHOUSE_URL"),
      }),
    );
  });

  it("passes with AVX2, or when nothing is known of it", () => {
    expect(() => assertAvx2("flags\t\t: fpu avx avx2 bmi2\n")).not.toThrow();
    expect(() => assertAvx2("model name : an unheard-of one\n")).not.toThrow();
  });
});
