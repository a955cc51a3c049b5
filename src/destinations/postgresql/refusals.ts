import { messageOf, PermanentError } from "#core/errors.ts";

/**
 * States (https://www.postgresql.org/docs/current/errcodes-appendix.html) that are about what is in the
 * rows: they do not fit a type, break a constraint that someone has put on the table, or are beyond a
 * limit of the server.
 */
const ABOUT_ROWS = /^(?:22|23|54)/;

/** States of a server that will not make what it was asked for: it is forbidden, or something else is in its place. */
const REFUSED = /^(?:0A|22|23|2B|42)/;

/** Whether asking for the same again is of no use before somebody changes something. */
export function isRefusal(error: unknown): boolean {
  return REFUSED.test(stateOf(error) ?? "");
}

/**
 * What an error of the server means for the delivery. Whatever is not about the rows themselves may be
 * mended, and is tried again: a wrong password, too, loses no rows.
 */
export function deliveryError(error: unknown): unknown {
  const state = stateOf(error);
  if (state === undefined || !ABOUT_ROWS.test(state)) return error;
  return new PermanentError(`PostgreSQL ${state}: ${messageOf(error)}`, { cause: error });
}

function stateOf(error: unknown): string | undefined {
  const state = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof state === "string" ? state : undefined;
}
