import { z } from "zod";
import type { EngineSession } from "./engine.ts";
import type { Migration } from "./migration-files.ts";
import { onCluster, storedTable, templateTtls, ttlText } from "./render.ts";
import type { Target } from "./render.ts";
import { literal, sql } from "./sql.ts";

const TABLES = z.object({ data: z.array(z.object({ name: z.string(), engine_full: z.string() })) });

/**
 * Gives every table the retention of `target`, and resolves with the statements that it took: none,
 * after one query, when nothing changed. Rows that are already there follow: the engine recalculates
 * when their parts end in the background.
 */
export async function applyRetention(
  session: EngineSession,
  migrations: readonly Migration[],
  target: Target,
): Promise<string[]> {
  const text = sql`SELECT name, engine_full FROM system.tables WHERE database = ${literal.string(target.database)} AND engine LIKE '%MergeTree' FORMAT JSON`;
  const { data } = TABLES.parse(JSON.parse(await session.run({ text: text.text })));
  const statements = retentionChanges(
    new Map(data.map((table) => [table.name, table.engine_full])),
    migrations,
    target,
  );
  for (const statement of statements) await session.run({ text: statement });
  return statements;
}

/** The ALTERs from what the tables have to what they shall have. Pure. */
export function retentionChanges(
  engines: ReadonlyMap<string, string>,
  migrations: readonly Migration[],
  target: Target,
): string[] {
  const ttls = new Map(
    migrations.flatMap(({ template }) => templateTtls(template)).map((ttl) => [ttl.table, ttl]),
  );
  return [...ttls.values()].flatMap((ttl) => {
    const stored = storedTable(ttl.table, target);
    const engine = engines.get(stored.slice(target.database.length + 1));
    const wanted = ttlText(ttl, target.retention);
    if (engine === undefined || currentTtl(engine) === wanted) return [];
    const change = wanted === "" ? "REMOVE TTL" : `MODIFY TTL ${wanted}`;
    return [`ALTER TABLE ${stored}${onCluster(target)} ${change}`];
  });
}

/** The TTL in an `engine_full` of `system.tables`; empty where there is none. */
function currentTtl(engine: string): string {
  return / TTL (.*?)(?: SETTINGS |$)/.exec(engine)?.[1] ?? "";
}
