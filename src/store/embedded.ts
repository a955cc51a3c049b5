import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { ClickHouseLogLevel, createClient } from "@clickhouse/client";
import { Session, drainPending } from "chdb";
import { createChdbConnection } from "chdb/connection";
import type { Clock } from "#core/clock.ts";
import { SightglassError } from "#core/errors.ts";
import { QUERY_LIMITS, STORE_LIMITS } from "#core/limits.ts";
import type { EmbeddedEngine, EngineSession, Statement } from "./engine.ts";
import { engineArguments } from "./engine-arguments.ts";
import { assertPlainPath } from "./plain-path.ts";
import { assertProcessor } from "./processor.ts";
import { literal, sql } from "./sql.ts";
import { SessionPool } from "./session-pool.ts";
import { DATABASE } from "./tables.ts";

export interface EmbeddedOptions {
  /** Absolute path of the folder that the engine has for itself; made when it is not there. */
  readonly dir: string;
  /** Bound of the engine's own memory; above it a statement fails (241) and may be tried again. */
  readonly memoryBytesMax: number;
  readonly clock: Clock;
}

/**
 * Opens ClickHouse inside this process. Blocks the event loop for some 50 ms, so open it before the
 * doors. One process may have one data folder open at a time.
 *
 * Throws `config_invalid` for a folder whose name the engine would expand, `data_in_use` when
 * another process has it open, `engine_unsupported` on a processor that cannot run it, `internal`
 * when the engine does not open for another reason.
 */
export async function openEmbedded({
  dir,
  memoryBytesMax,
  clock,
}: EmbeddedOptions): Promise<EmbeddedEngine> {
  assertPlainPath(dir);
  assertProcessor();
  mkdirSync(dir, { recursive: true });
  // The first session sets up the engine for all; later ones cannot change it.
  const keeper = openKeeper(dir, memoryBytesMax);
  const sessions: EmbeddedSession[] = [];
  const add = (): EmbeddedSession => {
    const session = new EmbeddedSession(dir, keeper, clock);
    sessions.push(session);
    return session;
  };
  try {
    await keeper.queryAsync(`CREATE DATABASE IF NOT EXISTS ${DATABASE}`);
  } catch (error) {
    keeper.close();
    throw error;
  }
  const admin = add();
  const queries = new SessionPool<EngineSession>(
    Array.from({ length: QUERY_LIMITS.concurrentMax }, add),
    QUERY_LIMITS.waitingMax,
    "queries",
  );
  const inserts = new SessionPool<EngineSession>(
    Array.from({ length: STORE_LIMITS.insertsMax }, add),
    STORE_LIMITS.insertsWaitingMax,
    "inserts",
  );
  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await Promise.all([queries.close(), inserts.close()]);
    await drainPending();
    for (const session of sessions) await session.close();
    keeper.close();
    await drainPending();
  };
  return {
    kind: "embedded",
    dir,
    database: DATABASE,
    admin,
    queries,
    inserts,
    close: () => (closed ??= close()),
  };
}

type ClientConnection = NonNullable<NonNullable<Parameters<typeof createClient>[0]>["connection"]>;

/** How often, and with what pause, a cancelled query is looked for: it may not have started yet. */
const STOP_ATTEMPTS_MAX = 5;
const STOP_PAUSE_MS = 100;

/**
 * A session of its own in the embedded engine. It is opened at its first statement, and replaced
 * after a failed one: what a failed statement had written by then would come out in front of the
 * next one's answer.
 */
class EmbeddedSession implements EngineSession {
  readonly #dir: string;
  readonly #keeper: Session;
  readonly #clock: Clock;
  #client: ReturnType<typeof createClient> | undefined;

  constructor(dir: string, keeper: Session, clock: Clock) {
    this.#dir = dir;
    this.#keeper = keeper;
    this.#clock = clock;
  }

  async run({ text: query, cancel, id }: Statement): Promise<string> {
    const stop = id === undefined ? undefined : new AbortController();
    const cancelled = (): void => void this.#stop(id!, stop!.signal);
    if (stop !== undefined) cancel?.addEventListener("abort", cancelled, { once: true });
    try {
      const client = (this.#client ??= await this.#open());
      const { stream } = await client.exec({ query });
      return await text(stream);
    } catch (error) {
      await this.close();
      throw error;
    } finally {
      stop?.abort();
      cancel?.removeEventListener("abort", cancelled);
    }
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.close();
  }

  async #open(): Promise<ReturnType<typeof createClient>> {
    // Each package has its own copy of the interface; they differ in nothing but optional properties.
    const connection = createChdbConnection({ path: this.#dir }) as unknown as ClientConnection;
    const client = createClient({ connection, log: { level: ClickHouseLogLevel.OFF } });
    await client.command({ query: `USE ${DATABASE}` });
    return client;
  }

  /** The client's own abort would only stop waiting: the engine is told through another session. */
  async #stop(id: string, done: AbortSignal): Promise<void> {
    const kill = sql`KILL QUERY WHERE Settings['log_comment'] = ${literal.string(id)} ASYNC`;
    for (let attempt = 0; attempt < STOP_ATTEMPTS_MAX && !done.aborted; attempt++) {
      await this.#keeper.queryAsync(kill.text).catch(() => undefined);
      if (!done.aborted)
        await new Promise<void>((resolve) => this.#clock.setTimeout(resolve, STOP_PAUSE_MS));
    }
  }
}

function openKeeper(dir: string, memoryBytesMax: number): Session {
  try {
    return new Session(dir, {
      connectionArgs: engineArguments(memoryBytesMax, availableParallelism()),
    });
  } catch (error) {
    const holder = otherHolder(dir);
    if (holder === undefined) {
      const message = `the embedded engine cannot open ${dir}; it says why on standard error`;
      throw new SightglassError("internal", message, { cause: error });
    }
    throw new SightglassError(
      "data_in_use",
      `the data folder ${dir} is open in another process (pid ${holder})`,
      { cause: error },
    );
  }
}

/**
 * The process that has the engine's folder open, by the status file that the engine keeps locked
 * while it is: the error itself says nothing of its cause.
 */
function otherHolder(dir: string): number | undefined {
  const status = join(dir, "status");
  const pid = Number(
    existsSync(status) ? /^PID: (\d+)/m.exec(readFileSync(status, "utf8"))?.[1] : undefined,
  );
  if (!Number.isInteger(pid) || pid === process.pid) return undefined;
  try {
    process.kill(pid, 0);
    return pid;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM" ? pid : undefined;
  }
}
