import type { z } from "zod";
import type { StoreReader } from "#store/reader.ts";
import type { Fragment } from "#store/sql.ts";

/** On whose behalf a query runs, and through what. */
export interface QueryContext {
  readonly reader: StoreReader;
  /** The organization of the credential: the only one whose rows are seen. */
  readonly org: string;
  /** Stops the query when the asker went away. */
  readonly cancel?: AbortSignal;
}

/** Reads the rows of a statement that bounds them itself. */
export function read<T>(
  { reader, cancel }: QueryContext,
  statement: Fragment,
  schema: z.ZodType<T>,
): Promise<T[]> {
  return reader.rows(statement, { schema, ...(cancel === undefined ? {} : { cancel }) });
}
