import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "#core/clock.ts";
import { openEmbedded } from "./embedded.ts";
import type { EmbeddedEngine } from "./engine.ts";
import { migrate } from "./migrate.ts";
import { readMigrations } from "./migration-files.ts";
import { RETENTION_DEFAULT, SINGLE_NODE } from "./render.ts";
import type { Retention, Target } from "./render.ts";
import { applyRetention, retentionChanges } from "./retention.ts";
import { temporaryFolder } from "./testing/stores-under-test.ts";

const OFF: Retention = { traces: "off", logs: "off", metrics: "off", aggregates: "off" };
const migrations = readMigrations();

describe("retention", () => {
  const data = temporaryFolder();
  let engine: EmbeddedEngine;

  beforeAll(async () => {
    engine = await openEmbedded({
      dir: data.path,
      memoryBytesMax: 400_000_000,
      clock: systemClock,
    });
    await migrate(engine.admin, migrations, SINGLE_NODE, systemClock);
  });

  afterAll(async () => {
    await engine.close();
    data.remove();
  });

  const apply = (retention: Retention): Promise<string[]> =>
    applyRetention(engine.admin, migrations, { ...SINGLE_NODE, retention });
  const count = async (table: string): Promise<string> =>
    (await engine.admin.run({ text: `SELECT count() FROM sightglass.${table} FORMAT TSV` })).trim();

  const pendingMutations = async (): Promise<string> =>
    (
      await engine.admin.run({
        text: "SELECT count() FROM system.mutations WHERE NOT is_done FORMAT TSV",
      })
    ).trim();

  it("changes nothing where it is as it shall be", async () => {
    expect(await apply(RETENTION_DEFAULT)).toEqual([]);
  });

  it("changes only the tables that differ, and is then as it shall be", async () => {
    const shorter: Retention = { ...RETENTION_DEFAULT, logs: 7, metrics: "off" };
    expect(await apply(shorter)).toEqual([
      "ALTER TABLE sightglass.logs MODIFY TTL toDate(ts) + toIntervalDay(7)",
      "ALTER TABLE sightglass.series REMOVE TTL",
      "ALTER TABLE sightglass.points REMOVE TTL",
      "ALTER TABLE sightglass.histograms REMOVE TTL",
      "ALTER TABLE sightglass.exemplars REMOVE TTL",
    ]);
    expect(await apply(shorter)).toEqual([]);
    expect(await apply(OFF)).toHaveLength(11);
    expect(await apply(OFF)).toEqual([]);
    expect(await apply(RETENTION_DEFAULT)).toHaveLength(15);
    expect(await apply(RETENTION_DEFAULT)).toEqual([]);
  });

  it("reaches rows that were there before it", async () => {
    await apply(OFF);
    const rows = "SELECT 'default', now64(9) - toIntervalDay(10 * number), 'body' FROM numbers(3)";
    await engine.admin.run({ text: `INSERT INTO sightglass.logs (org, ts, body) ${rows}` });
    await engine.admin.run({ text: "OPTIMIZE TABLE sightglass.logs FINAL" });
    expect(await count("logs")).toBe("3");
    await apply({ ...OFF, logs: 15 });
    while ((await pendingMutations()) !== "0")
      await new Promise((resolve) => setImmediate(resolve));
    await engine.admin.run({ text: "OPTIMIZE TABLE sightglass.logs FINAL" });
    expect(await count("logs")).toBe("2");
  });
});

it("alters the local tables of a cluster, on every server", () => {
  const target: Target = { ...SINGLE_NODE, cluster: "{cluster}" };
  const engines = new Map([
    [
      "logs_local",
      "ReplicatedMergeTree('/a', '{replica}') PARTITION BY toDate(ts) ORDER BY ts TTL toDate(ts) + toIntervalDay(3) SETTINGS index_granularity = 8192",
    ],
  ]);
  expect(retentionChanges(engines, migrations, target)).toEqual([
    "ALTER TABLE sightglass.logs_local ON CLUSTER '{cluster}' MODIFY TTL toDate(ts) + toIntervalDay(30)",
  ]);
});
