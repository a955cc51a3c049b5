import type { TableName } from "./tables.ts";

/** One insert: a whole file into one table, all of it or nothing. */
export interface BlockInsert {
  readonly table: TableName;
  /** The columns in the file, by name; what the table has besides gets its default. */
  readonly columns: readonly string[];
  /** Absolute path of a file of concatenated Native blocks; it stays as it is until the insert settled. */
  readonly path: string;
  /** Rows in the file. */
  readonly rows: number;
  /** Names this insert for good; see {@link BlockWriter.insert}. */
  readonly token: string;
}

export interface BlockWriter {
  /**
   * Resolves when the rows are synced to disk, in the table and in the targets of its views.
   *
   * Idempotent per (table, token) for identical bytes: replaying an insert that succeeded, failed or
   * never answered, also after a crash, stores each row once. The engine remembers the tokens of the
   * last `STORE_LIMITS.deduplicationWindow` parts a table, so replay in order and before going on.
   *
   * Rejects with {@link PermanentError} for what can never succeed (a torn file, a wrong type), which
   * leaves nothing behind; with any other error it may be tried again, with the same bytes and token.
   */
  insert(insert: BlockInsert): Promise<void>;
}
