import type { z } from "zod";
import type { StoreReader } from "#store/reader.ts";
import type { SearchPaces } from "./search-paces.ts";
import type { KnownHolders } from "./stored-attributes.ts";
import type { Fragment } from "#store/sql.ts";

/** On whose behalf a query runs, and through what. */
export interface QueryContext {
  readonly reader: StoreReader;
  /** The organization of the credential: the only one whose rows are seen. */
  readonly org: string;
  /** What earlier queries of the same store have read; without it everything is read anew. */
  readonly known?: KnownHolders;
  /** How far earlier searches had to look; without it each begins with the least. */
  readonly paces?: SearchPaces;
  /** Stops the query when the asker went away. */
  readonly cancel?: AbortSignal;
}

/** For a statement that reads few rows by its sort key: on one thread it is done before others have begun. */
export const FEW_ROWS = { threadsMax: 1 } as const;

/** Reads the rows of a statement that bounds them itself. */
export function read<T>(
  { reader, cancel }: QueryContext,
  statement: Fragment,
  schema: z.ZodType<T>,
  options: { readonly threadsMax?: number } = {},
): Promise<T[]> {
  return reader.rows(statement, {
    schema,
    ...options,
    ...(cancel === undefined ? {} : { cancel }),
  });
}
