import type { z } from "zod";
import type { Fragment } from "./sql.ts";

export interface ReadOptions<T> {
  /** What a row is: each is checked before it is handed on. 64-bit integers arrive as strings, NaN and the infinities as null. */
  readonly schema: z.ZodType<T>;
  /** Seconds of execution after which the engine stops; at most and by default `QUERY_LIMITS.executionSecondsMax`. */
  readonly maxSeconds?: number;
  /** More rows than this are an error (`result_too_large`); by default `STORE_LIMITS.resultRowsMax`. */
  readonly maxRows?: number;
  /** Threads of the engine that may work on it; as many as there are processors when left out. */
  readonly threadsMax?: number;
  /** Rejects at once with the signal's reason; the engine's session is freed when the engine is done. */
  readonly cancel?: AbortSignal;
}

/**
 * Runs queries, a bounded number at once; others wait in order. Rejects with `overloaded` when too
 * many wait, `query_timeout`, `result_too_large`, `stopping` after close, `store_unavailable` when
 * a remote server cannot be reached, and `internal` for what the engine refuses.
 */
export interface StoreReader {
  /** `statement` has no SETTINGS and no FORMAT clause: the reader adds both. */
  rows<T>(statement: Fragment, options: ReadOptions<T>): Promise<T[]>;
}
