import { messageOf, PermanentError, SightglassError } from "#core/errors.ts";

/**
 * What the engine says of an insert that will fail again however often it is tried: the bytes, the
 * columns or the statement are wrong. Whatever is not listed may be tried again, so that forgetting
 * a code delays rows and never loses them. Numbers are those of ClickHouse's `ErrorCodes.cpp`.
 */
const PERMANENT_CODES = new Set([
  6, // CANNOT_PARSE_TEXT
  8, // THERE_IS_NO_COLUMN
  9, // SIZES_OF_COLUMNS_DOESNT_MATCH
  10, // NOT_FOUND_COLUMN_IN_BLOCK
  16, // NO_SUCH_COLUMN_IN_TABLE
  19, // SIZE_OF_FIXED_STRING_DOESNT_MATCH
  20, // NUMBER_OF_COLUMNS_DOESNT_MATCH
  26, // CANNOT_PARSE_QUOTED_STRING
  27, // CANNOT_PARSE_INPUT_ASSERTION_FAILED
  32, // ATTEMPT_TO_READ_AFTER_EOF
  33, // CANNOT_READ_ALL_DATA
  36, // BAD_ARGUMENTS
  38, // CANNOT_PARSE_DATE
  41, // CANNOT_PARSE_DATETIME
  43, // ILLEGAL_TYPE_OF_ARGUMENT
  44, // ILLEGAL_COLUMN
  47, // UNKNOWN_IDENTIFIER
  50, // UNKNOWN_TYPE
  53, // TYPE_MISMATCH
  62, // SYNTAX_ERROR
  69, // ARGUMENT_OUT_OF_BOUND
  70, // CANNOT_CONVERT_TYPE
  72, // CANNOT_PARSE_NUMBER
  115, // UNKNOWN_SETTING
  117, // INCORRECT_DATA
  128, // TOO_LARGE_ARRAY_SIZE
  131, // TOO_LARGE_STRING_SIZE
  190, // SIZES_OF_ARRAYS_DONT_MATCH
  321, // VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
  349, // CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN
  407, // DECIMAL_OVERFLOW
  636, // CANNOT_EXTRACT_TABLE_STRUCTURE
  691, // UNKNOWN_ELEMENT_OF_ENUM
]);

/** Too many parts waiting for merges (try again) and too many partitions in a block (never) share it. */
const TOO_MANY_PARTS = 252;
const TIMEOUT_EXCEEDED = 159;
const TOO_MANY_ROWS_OR_BYTES = 396;
const MEMORY_LIMIT_EXCEEDED = 241;
const TOO_MANY_SIMULTANEOUS_QUERIES = 202;
const AUTHENTICATION_CODES = new Set([192, 193, 194, 516]);

/**
 * The engine's own number for an error, if it came from the engine. Told by its shape: the client and
 * the embedded connection each have a `ClickHouseError` class of their own.
 */
export function engineCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" && /^\d+$/.test(error.code)
    ? Number(error.code)
    : undefined;
}

/** The engine's error as a reader's caller gets it. */
export function readError(error: unknown): SightglassError {
  if (error instanceof SightglassError) return error;
  const code = engineCode(error);
  const message = messageOf(error);
  if (code === undefined)
    return new SightglassError("store_unavailable", `ClickHouse cannot be reached: ${message}`, {
      cause: error,
      retryAfterSeconds: 1,
    });
  if (code === TIMEOUT_EXCEEDED)
    return new SightglassError("query_timeout", message, { cause: error });
  if (code === TOO_MANY_ROWS_OR_BYTES)
    return new SightglassError("result_too_large", message, { cause: error });
  if (code === MEMORY_LIMIT_EXCEEDED)
    return new SightglassError(
      "result_too_large",
      `the query needs more memory than it may have: ${message}`,
      { cause: error },
    );
  if (code === TOO_MANY_SIMULTANEOUS_QUERIES)
    return new SightglassError("overloaded", message, { cause: error, retryAfterSeconds: 1 });
  if (AUTHENTICATION_CODES.has(code))
    return new SightglassError(
      "store_unavailable",
      `ClickHouse refuses the credentials: ${message}`,
      { cause: error },
    );
  return new SightglassError("internal", `the engine refused a query (${code}): ${message}`, {
    cause: error,
  });
}

/** The engine's error as an insert's caller gets it: a PermanentError, or one to try again after. */
export function writeError(error: unknown, what: string): Error {
  if (error instanceof SightglassError || error instanceof PermanentError) return error;
  const code = engineCode(error);
  const message = `${what}: ${messageOf(error)}`;
  if (code === undefined)
    return new SightglassError("store_unavailable", message, {
      cause: error,
      retryAfterSeconds: 1,
    });
  const permanent =
    code === TOO_MANY_PARTS
      ? message.includes("partitions for single INSERT block")
      : PERMANENT_CODES.has(code);
  if (permanent) return new PermanentError(`${message} (engine error ${code})`, { cause: error });
  return new SightglassError("store_unavailable", `${message} (engine error ${code})`, {
    cause: error,
    retryAfterSeconds: 1,
  });
}
