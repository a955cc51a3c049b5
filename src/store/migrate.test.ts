import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Clock } from "#core/clock.ts";
import { systemClock } from "#core/clock.ts";
import { until } from "#pipeline/testing/until.ts";
import { openEmbedded } from "./embedded.ts";
import type { EmbeddedEngine, EngineSession, Statement } from "./engine.ts";
import { migrate, pendingMigrations } from "./migrate.ts";
import { readMigrations } from "./migration-files.ts";
import type { Migration } from "./migration-files.ts";
import { withMigrationLock } from "./migration-lock.ts";
import { SINGLE_NODE } from "./render.ts";
import { temporaryFolder } from "./testing/stores-under-test.ts";

/** A text that has this in it. */
const containing = (text: string): unknown => expect.stringContaining(text);

function migration(version: number, template: string, checksum = `sum of ${version}`): Migration {
  return { version, name: `000${version}_test.sql`, template, checksum };
}

const FIRST = migration(
  1,
  "CREATE TABLE {{table one}} (a UInt8) ENGINE = {{engine MergeTree}} ORDER BY a SETTINGS {{settings}};",
);
const SECOND = migration(
  2,
  "CREATE TABLE {{table two}} (a UInt8) ENGINE = {{engine MergeTree}} ORDER BY a SETTINGS {{settings}};\nALTER TABLE {{target one}} ADD COLUMN IF NOT EXISTS b UInt8;",
);

describe("migrations", () => {
  let data: ReturnType<typeof temporaryFolder>;
  let engine: EmbeddedEngine;

  beforeEach(async () => {
    data = temporaryFolder();
    engine = await openEmbedded({
      dir: data.path,
      memoryBytesMax: 400_000_000,
      clock: systemClock,
    });
  });

  afterEach(async () => {
    await engine.close();
    data.remove();
  });

  const apply = (
    migrations: readonly Migration[],
    session: EngineSession = engine.admin,
  ): Promise<number[]> => migrate(session, migrations, SINGLE_NODE, systemClock);
  const query = async (text: string): Promise<string> =>
    (await engine.admin.run({ text: `${text} FORMAT TSV` })).trim();
  const columns = (): Promise<string> =>
    query(
      "SELECT arrayStringConcat(groupArray(concat(table, '.', name)), ' ') FROM (SELECT * FROM system.columns WHERE database = 'sightglass' AND table IN ('one', 'two') ORDER BY table, position)",
    );

  it("are applied in order, once, and recorded", async () => {
    expect(await apply([FIRST])).toEqual([1]);
    expect(await apply([FIRST, SECOND])).toEqual([2]);
    expect(await columns()).toBe("one.a one.b two.a");
    expect(
      await query(
        "SELECT version, name, checksum FROM sightglass.schema_migrations ORDER BY version",
      ),
    ).toBe("1\t0001_test.sql\tsum of 1\n2\t0002_test.sql\tsum of 2");
    expect(
      await query(
        "SELECT abs(toUnixTimestamp64Milli(max(applied_at)) - toUnixTimestamp64Milli(now64(3))) < 600000 FROM sightglass.schema_migrations",
      ),
    ).toBe("1");
  });

  it("take one query when there is nothing to do", async () => {
    await apply([FIRST, SECOND]);
    const ran: string[] = [];
    const counting: EngineSession = {
      run: (statement: Statement) => (ran.push(statement.text), engine.admin.run(statement)),
    };
    expect(await apply([FIRST, SECOND], counting)).toEqual([]);
    expect(ran).toHaveLength(1);
  });

  it("are finished after a crash between two statements", async () => {
    let left = 4;
    const errors = new Set<string>();
    const crashing: EngineSession = {
      run: async (statement: Statement) => {
        if (left-- === 0) throw new Error("killed");
        return engine.admin.run(statement);
      },
    };
    for (let round = 0; round < 8; round++) {
      left = 4 + round;
      await apply([FIRST, SECOND], crashing).catch((error: unknown) => errors.add(String(error)));
    }
    expect(errors).toEqual(new Set(["Error: killed"]));
    expect(await columns()).toBe("one.a one.b two.a");
    expect(
      await query(
        "SELECT groupArray(version) FROM (SELECT version FROM sightglass.schema_migrations ORDER BY version)",
      ),
    ).toBe("[1,2]");
  });

  it("refuse a database of a newer version, and leave it as it is", async () => {
    await apply([FIRST, SECOND]);
    await expect(apply([FIRST])).rejects.toMatchObject({
      code: "data_newer",
      message: containing("has migration 2 (0002_test.sql), this version knows up to 1"),
    });
    expect(await columns()).toBe("one.a one.b two.a");
  });

  it("refuse a database whose migration of that number is another", async () => {
    await apply([FIRST]);
    await expect(apply([{ ...FIRST, checksum: "edited" }, SECOND])).rejects.toMatchObject({
      code: "data_mismatch",
      message: containing("migration 1 (0001_test.sql)"),
    });
    expect(await columns()).toBe("one.a");
  });

  it("wait for another process that holds the lock, and run when it lets go", async () => {
    await engine.admin.run({ text: "CREATE DATABASE IF NOT EXISTS sightglass" });
    const order: string[] = [];
    let finish!: () => void;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    const clock = steppedClock(() => order.push("look"));
    const first = withMigrationLock(engine.admin, SINGLE_NODE, clock, "first", async () => {
      order.push("first in");
      await finished;
      order.push("first out");
    });
    await until(() => order.includes("first in"));
    const second = withMigrationLock(engine.admin, SINGLE_NODE, clock, "second", async () =>
      order.push("second in"),
    );
    await until(() => order.filter((entry) => entry === "look").length >= 4);
    expect(order).not.toContain("second in");
    finish();
    await Promise.all([first, second]);
    expect(order.filter((entry) => entry !== "look")).toEqual([
      "first in",
      "first out",
      "second in",
    ]);
  });

  it("give up on a lock that is held too long, and say so", async () => {
    await engine.admin.run({ text: "CREATE DATABASE IF NOT EXISTS sightglass" });
    const held = withMigrationLock(engine.admin, SINGLE_NODE, steppedClock(), "first", async () => {
      const second = withMigrationLock(
        engine.admin,
        SINGLE_NODE,
        steppedClock(() => undefined, 300_000),
        "second",
        async () => "got it",
      );
      await expect(second).rejects.toMatchObject({ code: "data_in_use" });
    });
    await held;
  });
});

/** A clock whose timers fire soon, each moving it on by `stepMs`. */
function steppedClock(onTimer: () => unknown = () => undefined, stepMs = 1): Clock {
  let nowMs = 0;
  return {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    setTimeout: (run) => {
      const handle = setImmediate(() => {
        nowMs += stepMs;
        onTimer();
        run();
      });
      return { cancel: () => clearImmediate(handle) };
    },
  };
}

describe("what is pending", () => {
  const applied = (version: number): { version: number; name: string; checksum: string } => ({
    version,
    name: "",
    checksum: `sum of ${version}`,
  });

  it("is what was not applied, in order", () => {
    expect(pendingMigrations([], [FIRST, SECOND])).toEqual([FIRST, SECOND]);
    expect(pendingMigrations([applied(1)], [FIRST, SECOND])).toEqual([SECOND]);
    expect(pendingMigrations([applied(2), applied(1)], [FIRST, SECOND])).toEqual([]);
  });
});

describe("the files of migrations", () => {
  it("are numbered without gaps, and known by their content", () => {
    const folder = mkdtempSync(join(tmpdir(), "sightglass-migrations-"));
    writeFileSync(join(folder, "0001_first.sql"), "SELECT 1");
    writeFileSync(join(folder, "README.md"), "not one");
    expect(readMigrations(folder)).toEqual([
      {
        version: 1,
        name: "0001_first.sql",
        template: "SELECT 1",
        checksum: "e004ebd5b5532a4b85984a62f8ad48a81aa3460c1ca07701f386135d72cdecf5",
      },
    ]);
    writeFileSync(join(folder, "0003_third.sql"), "SELECT 3");
    expect(() => readMigrations(folder)).toThrow("0003_third.sql is not migration 2");
  });
});
