import { z } from "zod";
import { SightglassError } from "#core/errors.ts";
import { QUERY_LIMITS, STORE_LIMITS } from "#core/limits.ts";
import type { EngineSession } from "./engine.ts";
import { readError } from "./engine-error.ts";
import type { ReadOptions, StoreReader } from "./reader.ts";
import type { SessionPool } from "./session-pool.ts";
import type { Fragment } from "./sql.ts";

/** Reads through a pool of sessions, of either engine. */
export class PooledReader implements StoreReader {
  readonly #sessions: SessionPool<EngineSession>;
  #queries = 0;

  constructor(sessions: SessionPool<EngineSession>) {
    this.#sessions = sessions;
  }

  async rows<T>(statement: Fragment, options: ReadOptions<T>): Promise<T[]> {
    const { schema, cancel, maxRows = STORE_LIMITS.resultRowsMax } = options;
    const maxSeconds = Math.min(
      options.maxSeconds ?? QUERY_LIMITS.executionSecondsMax,
      QUERY_LIMITS.executionSecondsMax,
    );
    const id = `sightglass-query-${++this.#queries}`;
    const settings = readSettings(id, { maxSeconds, maxRows, threadsMax: options.threadsMax });
    const text = `${statement.text}\nFORMAT JSONEachRow\nSETTINGS ${settings}`;
    const answer = await this.#run({ id, text, ...(cancel === undefined ? {} : { cancel }) });
    const rows = parseLines(answer);
    // The engine's own row bound lets some UNIONs pass.
    if (rows.length > maxRows)
      throw new SightglassError(
        "result_too_large",
        `the answer has ${rows.length} rows, the most that may be is ${maxRows}`,
      );
    return parseRows(rows, schema);
  }

  async #run(statement: { id: string; text: string; cancel?: AbortSignal }): Promise<string> {
    try {
      return await this.#sessions.use((session) => session.run(statement), statement.cancel);
    } catch (error) {
      if (statement.cancel?.aborted === true) throw error;
      throw readError(error);
    }
  }
}

/**
 * The bounds of one query. They stand in the statement, since as client settings they would stick to
 * an embedded session, and after its FORMAT, where they are those of the whole statement, whatever it
 * sets itself.
 */
function readSettings(
  id: string,
  bounds: { maxSeconds: number; maxRows: number; threadsMax: number | undefined },
): string {
  const { maxSeconds, maxRows, threadsMax } = bounds;
  const settings = {
    max_execution_time: maxSeconds,
    timeout_overflow_mode: "'throw'",
    max_result_rows: maxRows,
    max_result_bytes: STORE_LIMITS.resultBytesMax,
    result_overflow_mode: "'throw'",
    max_memory_usage: STORE_LIMITS.queryMemoryBytesMax,
    output_format_json_quote_64bit_integers: 1,
    output_format_json_quote_denormals: 0,
    session_timezone: "'UTC'",
    log_comment: `'${id}'`,
    ...(threadsMax === undefined ? {} : { max_threads: threadsMax }),
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${value}`)
    .join(", ");
}

function parseLines(answer: string): unknown[] {
  const lines = answer.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines.length === 0 ? [] : z.array(z.unknown()).parse(JSON.parse(`[${lines.join(",")}]`));
}

function parseRows<T>(rows: unknown[], schema: z.ZodType<T>): T[] {
  return rows.map((row) => {
    const parsed = schema.safeParse(row);
    if (parsed.success) return parsed.data;
    throw new SightglassError(
      "internal",
      `a row of the answer is not as expected: ${z.prettifyError(parsed.error)}`,
    );
  });
}
