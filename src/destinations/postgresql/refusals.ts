import { PermanentError } from "#core/errors.ts";

/**
 * States (https://www.postgresql.org/docs/current/errcodes-appendix.html) that are about what is in the
 * rows: they do not fit a type, break a constraint that someone has put on the table, or are beyond a
 * limit of the server.
 */
const ABOUT_ROWS = /^(?:22|23|54)/;

/**
 * What an error of the server means for the delivery. Whatever is not about the rows themselves may be
 * mended, and is tried again: a wrong password, too, loses no rows.
 */
export function deliveryError(error: unknown): unknown {
  const state = error instanceof Error && "code" in error ? error.code : undefined;
  if (!(error instanceof Error) || typeof state !== "string" || !ABOUT_ROWS.test(state))
    return error;
  return new PermanentError(`PostgreSQL ${state}: ${error.message}`, { cause: error });
}
