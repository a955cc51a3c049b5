import { join } from "node:path";
import { drainPending, Session } from "chdb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lockTable } from "./migration-lock.ts";
import { migrationTable } from "./migrate.ts";
import { readMigrations } from "./migration-files.ts";
import { renderDatabase, renderMigration, SINGLE_NODE, templateTtls } from "./render.ts";
import type { Target } from "./render.ts";
import { TABLES } from "./tables.ts";

const CLUSTER: Target = { ...SINGLE_NODE, cluster: "{cluster}" };
const OFF: Target = {
  ...SINGLE_NODE,
  retention: { traces: "off", logs: 7, metrics: "off", aggregates: "off" },
};
const migrations = readMigrations();

/** Everything that a fresh database of `target` is made with. */
function statements(target: Target): string[] {
  const own = [
    renderDatabase(target),
    migrationTable(target),
    ...(target.cluster === undefined ? [] : [lockTable(target)]),
  ];
  return [...own, ...migrations.flatMap(({ template }) => renderMigration(template, target))];
}

describe("the schema", () => {
  let engine: Session;

  beforeAll(() => {
    engine = new Session();
  });

  afterAll(async () => {
    engine.close();
    await drainPending();
  });

  it.each([
    ["single-node", SINGLE_NODE],
    ["cluster", CLUSTER],
  ])("is the reviewed one for a %s", async (name, target) => {
    const file = join(import.meta.dirname, "testdata", `${name}.sql`);
    await expect(`${statements(target).join(";\n\n")};\n`).toMatchFileSnapshot(file);
  });

  it("is understood by the engine, also where it takes a cluster to run it", () => {
    for (const statement of statements(CLUSTER)) {
      expect(engine.query(`EXPLAIN AST ${statement}`)).toMatch(/Create/);
    }
    expect(() =>
      engine.query("EXPLAIN AST CREATE TABEL x ON CLUSTER '{cluster}' (a UInt8)"),
    ).toThrow("SYNTAX_ERROR");
  });

  it("runs on the engine, and runs again without effect", () => {
    for (const statement of [...statements(SINGLE_NODE), ...statements(SINGLE_NODE)])
      engine.query(statement);
    const made = engine.query(
      "SELECT name FROM system.tables WHERE database = 'sightglass' AND engine LIKE '%MergeTree' ORDER BY name",
      "TSV",
    );
    expect(made.trim().split("\n")).toEqual([...TABLES, "schema_migrations"].toSorted());
  });

  it("gives every table, the targets of views among them, syncs and a memory for tokens", () => {
    const tables = statements(SINGLE_NODE).filter((statement) =>
      statement.startsWith("CREATE TABLE"),
    );
    expect(tables).toHaveLength(TABLES.length + 1);
    for (const table of tables) {
      expect(table).toMatch(
        /non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1/,
      );
    }
  });

  it("spreads every table over a cluster, and has views stay on their shard", () => {
    const rendered = statements(CLUSTER);
    for (const table of TABLES) {
      expect(
        rendered.some((statement) =>
          statement.startsWith(
            `CREATE TABLE IF NOT EXISTS sightglass.${table}_local ON CLUSTER '{cluster}' (`,
          ),
        ),
      ).toBe(true);
      expect(
        rendered.some((statement) =>
          statement.includes(
            `AS sightglass.${table}_local\nENGINE = Distributed('{cluster}', 'sightglass', '${table}_local', `,
          ),
        ),
      ).toBe(true);
    }
    const view = rendered.find((statement) => statement.includes("trace_index_mv"));
    expect(view).toContain("TO sightglass.trace_index_local");
    expect(view).toContain("FROM sightglass.spans_local");
  });

  it("keeps each signal as long as it is told, or for ever", () => {
    const ttlOf = (table: string): string | undefined =>
      / TTL .*|TTL .*/.exec(
        statements(OFF).find((statement) => statement.includes(`sightglass.${table} (`))!,
      )?.[0];
    expect(ttlOf("spans")).toBeUndefined();
    expect(ttlOf("logs")).toBe("TTL toDate(ts) + toIntervalDay(7)");
    expect(templateTtls(migrations[0]!.template)).toContainEqual({
      table: "span_kpis_1m",
      expression: "toDate(minute)",
      retentionClass: "aggregates",
    });
  });
});

describe("a template", () => {
  it.each([
    ["{{tabel x}}", "unknown directive"],
    ["{{table a b}}", "not a plain name"],
    ["{{ttl day}}", "names no retention class"],
    ["{{ttl day forever}}", "names no retention class"],
  ])("with %s is refused", (text, message) => {
    expect(() => renderMigration(text, SINGLE_NODE)).toThrow(message);
  });

  it("with a table that has no sharding key is refused for a cluster", () => {
    const template =
      "CREATE TABLE {{table strays}} (a UInt8) ENGINE = {{engine MergeTree}} ORDER BY a";
    expect(() => renderMigration(template, CLUSTER)).toThrow("strays has no sharding key");
    expect(renderMigration(template, SINGLE_NODE)).toHaveLength(1);
  });

  it.each([
    ["a database that is no name", { ...SINGLE_NODE, database: "a; b" }],
    ["a cluster that is no name", { ...SINGLE_NODE, cluster: "a' b" }],
    [
      "a retention that is no number of days",
      { ...SINGLE_NODE, retention: { ...SINGLE_NODE.retention, logs: 0 } },
    ],
  ])("is not rendered for %s", (_, target: Target) => {
    expect(() => renderMigration("SELECT 1", target)).toThrow(RangeError);
  });
});
