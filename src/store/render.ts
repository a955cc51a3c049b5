import { STORE_LIMITS } from "#core/limits.ts";
import { splitStatements } from "./statements.ts";
import type { TableName } from "./tables.ts";
import { DATABASE, TABLES } from "./tables.ts";

/** Which retention a table follows. */
export const RETENTION_CLASSES = ["traces", "logs", "metrics", "aggregates"] as const;
export type RetentionClass = (typeof RETENTION_CLASSES)[number];

/** Days to keep, `off` to keep everything. */
export type Retention = Readonly<Record<RetentionClass, number | "off">>;

export const RETENTION_DEFAULT: Retention = { traces: 30, logs: 30, metrics: 30, aggregates: 90 };

/** Where a migration is to run. */
export interface Target {
  /** The database of all tables; a plain identifier. */
  readonly database: string;
  /**
   * The cluster as the servers know it, or the name of a server macro in braces such as `{cluster}`.
   * Without it the tables are those of a single node.
   */
  readonly cluster?: string;
  readonly retention: Retention;
}

export const SINGLE_NODE: Target = { database: DATABASE, retention: RETENTION_DEFAULT };

/** A table's retention as its template has it: `expression` is a Date, kept `retentionClass` long. */
export interface TableTtl {
  readonly table: string;
  readonly expression: string;
  readonly retentionClass: RetentionClass;
}

/**
 * How rows of a table spread over the shards. A trace stays on one shard, so that reading it asks
 * one; what a view or a ReplacingMergeTree folds together has its whole sort key on one shard.
 */
const SHARDING_KEYS: Readonly<Record<TableName, string>> = {
  resources: "resource_id",
  scopes: "scope_id",
  spans: "cityHash64(trace_id)",
  trace_index: "cityHash64(trace_id)",
  span_kpis_1m: "cityHash64(org, service, operation)",
  service_kpis_1m: "cityHash64(org, service)",
  span_kpis_1h: "cityHash64(org, service, operation)",
  service_kpis_1h: "cityHash64(org, service)",
  service_edges_1m: "cityHash64(org, source, target)",
  attribute_catalogue: "cityHash64(org, signal, level, key)",
  logs: "cityHash64(org, service, toStartOfHour(ts))",
  series: "cityHash64(org, metric, series_id)",
  points: "cityHash64(org, metric, series_id)",
  histograms: "cityHash64(org, metric, series_id)",
  exemplars: "cityHash64(org, metric, series_id)",
};

/**
 * Retention drops whole parts, and a changed one rewrites nothing. A merge takes ten parts where it
 * would take five, so that a row is merged less often (docs/decisions/002).
 */
const SETTINGS = [
  "merge_selector_base = 10",
  "ttl_only_drop_parts = 1",
  "materialize_ttl_recalculate_only = 1",
];

/**
 * An insert is on the disk when it returns, and stays there: a merge removes its sources at once
 * (`old_parts_lifetime` is 0 embedded), so the merged part is synced too.
 */
const DURABILITY = [
  "fsync_after_insert = 1",
  "fsync_part_directory = 1",
  "min_rows_to_fsync_after_merge = 1",
];

/**
 * Renders a migration's template into the statements for `target`, in order.
 *
 * | in the template | single node | cluster |
 * |---|---|---|
 * | `{{table x}}` after CREATE TABLE | `IF NOT EXISTS db.x` | `IF NOT EXISTS db.x_local ON CLUSTER c`, and a Distributed `db.x` over it |
 * | `{{view x}}` after CREATE MATERIALIZED VIEW | `IF NOT EXISTS db.x` | `IF NOT EXISTS db.x ON CLUSTER c` |
 * | `{{target x}}`, `{{source x}}` | `db.x` | `db.x_local`: a view runs on each shard, over what arrives there |
 * | `{{engine E}}` | `E` | `ReplicatedE(…)` |
 * | `{{ttl expression class}}` | the TTL of that retention, or nothing when it is off | the same |
 * | `{{settings}}`, `{{settings 512}}` | rows of a granule, whole-part TTL, deduplication window, syncs | the same, with the replicated window |
 *
 * Every statement may run again after a crash between two of them. Throws RangeError for a template
 * or target that is not as described: both are ours, or validated configuration.
 */
export function renderMigration(template: string, target: Target): string[] {
  assertTarget(target);
  return splitStatements(template).flatMap((statement) => {
    const rendered = replaceDirectives(statement, (name, rest) =>
      renderDirective(name, rest, target),
    );
    const created =
      target.cluster === undefined
        ? undefined
        : /CREATE TABLE \{\{table (\w+)\}\}/.exec(statement)?.[1];
    return created === undefined ? [rendered] : [rendered, distributedTable(created, target)];
  });
}

/** The statements that make the database itself, before any migration. */
export function renderDatabase(target: Target): string {
  assertTarget(target);
  return `CREATE DATABASE IF NOT EXISTS ${target.database}${onCluster(target)}`;
}

/** The TTLs that a template gives its tables; see `retention.ts`, which applies changed ones. */
export function templateTtls(template: string): TableTtl[] {
  return splitStatements(template).flatMap((statement) => {
    const table = /CREATE TABLE \{\{table (\w+)\}\}/.exec(statement)?.[1];
    const directive = /\{\{ttl ([^}]*)\}\}/.exec(statement)?.[1];
    return table === undefined || directive === undefined
      ? []
      : [{ table, ...parseTtl(directive) }];
  });
}

/** The name of the table that holds the rows, qualified. */
export function storedTable(table: string, target: Target): string {
  return `${target.database}.${table}${target.cluster === undefined ? "" : "_local"}`;
}

/** ` ON CLUSTER …`, or nothing on a single node. */
export function onCluster(target: Target): string {
  return target.cluster === undefined ? "" : ` ON CLUSTER '${target.cluster}'`;
}

/** The table engine for `target`: `MergeTree` becomes a replicated one in a cluster. */
export function tableEngine(engine: string, target: Target): string {
  if (target.cluster === undefined) return engine;
  return `Replicated${engine}('/clickhouse/tables/{uuid}/{shard}', '{replica}')`;
}

/** The engine of a table whose rows are the same on every server of a cluster. */
export function sharedEngine(engine: string, table: string, target: Target): string {
  if (target.cluster === undefined) return engine;
  const [name, parameters] = /^(\w+)(?:\((.*)\))?$/.exec(engine)?.slice(1) ?? [];
  const path = `'/clickhouse/tables/all/${target.database}/${table}', '{shard}-{replica}'`;
  return `Replicated${name}(${parameters === undefined ? path : `${path}, ${parameters}`})`;
}

/** Rows of a granule, which is the least that is read, where a table names no other number. */
const GRANULE_ROWS = 8_192;

/** The storage settings that every table has. */
export function tableSettings(target: Target, granuleRows = GRANULE_ROWS): string {
  const window = STORE_LIMITS.deduplicationWindow;
  const deduplication =
    target.cluster === undefined
      ? [`non_replicated_deduplication_window = ${window}`]
      : [
          `replicated_deduplication_window = ${window}`,
          `replicated_deduplication_window_seconds = ${STORE_LIMITS.deduplicationWindowSeconds}`,
        ];
  const granularity = `index_granularity = ${granuleRows}`;
  return [granularity, ...SETTINGS, ...deduplication, ...DURABILITY].join(", ");
}

/** How long rows are kept, as the engine writes it back in `engine_full`. */
export function ttlText(ttl: Omit<TableTtl, "table">, retention: Retention): string {
  const days = retention[ttl.retentionClass];
  return days === "off" ? "" : `${ttl.expression} + toIntervalDay(${days})`;
}

function renderDirective(name: string, rest: string, target: Target): string {
  switch (name) {
    case "table":
      return `IF NOT EXISTS ${storedTable(plainName(rest), target)}${onCluster(target)}`;
    case "view":
      return `IF NOT EXISTS ${target.database}.${plainName(rest)}${onCluster(target)}`;
    case "target":
    case "source":
      return storedTable(plainName(rest), target);
    case "engine":
      return tableEngine(plainName(rest), target);
    case "ttl": {
      const text = ttlText(parseTtl(rest), target.retention);
      return text === "" ? "" : `TTL ${text}`;
    }
    case "settings":
      return rest === "" ? tableSettings(target) : tableSettings(target, granuleRowsOf(rest));
    default:
      throw new RangeError(`unknown directive {{${name}}} in a migration`);
  }
}

function granuleRowsOf(text: string): number {
  const rows = Number(text);
  if (Number.isInteger(rows) && rows >= 128 && rows <= GRANULE_ROWS) return rows;
  throw new RangeError(
    `{{settings ${text}}}: allowed are 128 to ${GRANULE_ROWS} rows of a granule`,
  );
}

function distributedTable(table: string, target: Target): string {
  if (!isTableName(table))
    throw new RangeError(`table ${table} has no sharding key in src/store/render.ts`);
  const name = `${target.database}.${table}`;
  return (
    `CREATE TABLE IF NOT EXISTS ${name}${onCluster(target)} AS ${name}_local\n` +
    `ENGINE = Distributed('${target.cluster}', '${target.database}', '${table}_local', ${SHARDING_KEYS[table]})`
  );
}

function isTableName(name: string): name is TableName {
  return (TABLES as readonly string[]).includes(name);
}

/** Replaces each `{{name rest}}`; a line that only held a directive without text goes with it. */
function replaceDirectives(
  statement: string,
  replace: (name: string, rest: string) => string,
): string {
  return statement
    .split("\n")
    .map((line) => [
      line,
      line.replace(/\{\{(\w+) ?([^}]*)\}\}/g, (_, name: string, rest: string) =>
        replace(name, rest.trim()),
      ),
    ])
    .filter(([before, after]) => before!.trim() === "" || after!.trim() !== "")
    .map(([, after]) => after!)
    .join("\n");
}

function parseTtl(directive: string): Omit<TableTtl, "table"> {
  const match = /^(.+) (\w+)$/.exec(directive);
  const retentionClass = RETENTION_CLASSES.find((name) => name === match?.[2]);
  if (match === null || retentionClass === undefined)
    throw new RangeError(`{{ttl ${directive}}} names no retention class`);
  return { expression: match[1]!, retentionClass };
}

function plainName(name: string): string {
  if (!/^\w+$/.test(name)) throw new RangeError(`${JSON.stringify(name)} is not a plain name`);
  return name;
}

function assertTarget({ database, cluster, retention }: Target): void {
  plainName(database);
  if (cluster !== undefined && !/^[\w.{}-]+$/.test(cluster))
    throw new RangeError(`${JSON.stringify(cluster)} is not a cluster name`);
  for (const days of Object.values(retention)) {
    if (days !== "off" && !(Number.isInteger(days) && days >= 1))
      throw new RangeError(`${days} is not a number of days to keep`);
  }
}
