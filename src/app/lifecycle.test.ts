import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { systemClock } from "#core/clock.ts";
import { sql } from "#store/sql.ts";
import { openStore } from "#store/store.ts";
import { readLockHolder } from "./data-folder.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { CommandFolder } from "./testing/command-process.ts";
import { SpanLoad } from "./testing/span-load.ts";

let folder: CommandFolder;
beforeEach(() => {
  folder = new CommandFolder();
});
afterEach(() => folder.remove());

/** Spans by trace id in the store of a server that has ended. */
async function storedSpans(): Promise<Map<string, number>> {
  const store = await openStore({
    dataDir: join(folder.path, "data"),
    memoryBytesMax: 600 * 1024 ** 2,
    clock: systemClock,
  });
  const schema = z.object({ trace: z.string(), spans: z.coerce.number() });
  const statement = sql`SELECT lower(hex(trace_id)) AS trace, count() AS spans FROM spans WHERE service = 'load' GROUP BY trace`;
  const rows = await store.reader.rows(statement, { schema });
  await store.close();
  return new Map(rows.map(({ trace, spans }) => [trace, spans]));
}

/** How often a trace id must be there: every acknowledged one, with all its spans. */
async function expectAllStoredOnce(load: SpanLoad): Promise<void> {
  const stored = await storedSpans();
  const wrong = load.acknowledged.filter((trace) => stored.get(trace) !== 50);
  expect(wrong).toEqual([]);
  expect([...stored.values()].filter((spans) => spans !== 50)).toEqual([]);
}

describe("a server process", { timeout: 90_000 }, () => {
  test("drains under load on SIGTERM, ends with 0, and has stored all that it acknowledged, under the folder's version", async () => {
    const server = folder.serve();
    const addresses = await server.ready();
    const load = new SpanLoad(addresses.get("OTLP/HTTP")!);
    await expect.poll(() => load.spans).toBeGreaterThan(1_000);
    server.signal("SIGTERM");
    const { code, stderr } = await server.ended;
    await load.stop();
    expect(stderr).toContain("Stopping");
    expect(code).toBe(0);
    expect(load.refused.filter((status) => status !== 503)).toEqual([]);
    await expectAllStoredOnce(load);
    expect(readFileSync(join(folder.path, "data", "version"), "utf8")).toBe("1\n");
  });

  test("killed under load, starts again and loses and doubles nothing that it acknowledged", async () => {
    const first = folder.serve();
    const load = new SpanLoad((await first.ready()).get("OTLP/HTTP")!);
    await expect.poll(() => load.spans).toBeGreaterThan(1_000);
    first.signal("SIGKILL");
    await first.ended;
    await load.stop();
    expect(existsSync(join(folder.path, "data", "lock"))).toBe(true);
    const second = folder.serve();
    await second.ready();
    second.signal("SIGTERM");
    expect(await second.ended).toMatchObject({ code: 0 });
    await expectAllStoredOnce(load);
  });

  test("refuses a data folder that another one uses, by pid and address, and leaves that one alone", async () => {
    const first = folder.serve();
    await first.ready();
    const second = folder.serve();
    const { code, stderr } = await second.ended;
    expect(code).toBe(EXIT_CODES.data_folder_in_use);
    expect(stderr).toContain(`in use by process ${first.child.pid}`);
    expect(await readLockHolder(join(folder.path, "data"))).toMatchObject({ pid: first.child.pid });
    const migrate = await folder.run(["migrate"]);
    expect(migrate.code).toBe(EXIT_CODES.data_folder_in_use);
    first.signal("SIGINT");
    expect(await first.ended).toMatchObject({ code: 0 });
    expect(existsSync(join(folder.path, "data", "lock"))).toBe(false);
  });

  test("ends at the second signal, whatever the first has still to do", async () => {
    const server = folder.serve();
    await server.ready();
    server.signal("SIGTERM");
    server.signal("SIGINT");
    await once(server.child, "close");
    expect([EXIT_CODES.ok, EXIT_CODES.failed]).toContain(server.child.exitCode);
  });
});
