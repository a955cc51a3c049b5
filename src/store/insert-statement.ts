import type { BlockInsert } from "./block-writer.ts";
import { identifier, join, literal, sql, table } from "./sql.ts";
import type { Fragment } from "./sql.ts";

/**
 * What every insert says, in the statement so that it never sticks to a session. The whole file
 * becomes one block, and so one part a partition, in the order of its rows: the engine knows a replay
 * by its token only when it is grouped as the first attempt was. Do not change these while a plan
 * of the previous version may be replayed.
 */
const SETTINGS = sql`
  async_insert = 0,
  insert_deduplicate = 1,
  deduplicate_blocks_in_dependent_materialized_views = 1,
  max_threads = 1,
  max_insert_threads = 1,
  parallel_view_processing = 0,
  input_format_parallel_parsing = 0,
  input_format_skip_unknown_fields = 0,
  min_insert_block_size_rows = 1000000000,
  min_insert_block_size_bytes = 100000000000,
  max_execution_time = 0`;

/** Fails, where the engine's default would silently store twice, should the SELECT not be stable. */
const SELECT_SETTINGS = sql`
  deduplicate_insert_select = 'force_enable',
  use_structure_from_insertion_table_in_table_functions = 0`;

/** Through the Distributed table, each shard has stored its rows, by the same token, when the insert returns. */
const CLUSTER_SETTINGS = sql`
  distributed_foreground_insert = 1`;

/** For the embedded engine, which reads the file itself. `structure` is the columns' names and types. */
export function insertFromFile(insert: BlockInsert, structure: string): string {
  const columns = columnList(insert);
  const source = sql`file(${literal.string(insert.path)}, 'Native', ${literal.string(structure)})`;
  const settings = join([tokenSetting(insert), SELECT_SETTINGS, SETTINGS], ", ");
  return sql`INSERT INTO ${table(insert.table)} (${columns})\nSELECT ${columns} FROM ${source}\nSETTINGS ${settings}`
    .text;
}

/** For a server; the file's bytes follow the statement. */
export function insertFromStream(insert: BlockInsert, cluster: boolean): string {
  const settings = join(
    [tokenSetting(insert), ...(cluster ? [CLUSTER_SETTINGS] : []), SETTINGS],
    ", ",
  );
  return sql`INSERT INTO ${table(insert.table)} (${columnList(insert)})\nSETTINGS ${settings}\nFORMAT Native`
    .text;
}

function columnList({ columns }: BlockInsert): Fragment {
  return join(
    columns.map((name) => identifier(name, columns)),
    ", ",
  );
}

function tokenSetting({ token }: BlockInsert): Fragment {
  return sql`insert_deduplication_token = ${literal.string(token)}`;
}
