import type { Readable } from "node:stream";
import type { SessionPool } from "./session-pool.ts";

/** A statement as an engine runs it. */
export interface Statement {
  /** Complete SQL, with its FORMAT and SETTINGS; no parameters. */
  readonly text: string;
  /** When aborted, the engine is told to stop; the run settles when it has. */
  readonly cancel?: AbortSignal;
  /** The statement's `log_comment`, by which the embedded engine finds it to stop it. */
  readonly id?: string;
}

/** One session of an engine, which runs one statement at a time. Errors are the client's `ClickHouseError`. */
export interface EngineSession {
  /** Resolves with what the engine answered, in the statement's FORMAT. */
  run(statement: Statement): Promise<string>;
}

/** A session that takes an insert's rows from a stream after the statement. */
export interface StreamingSession extends EngineSession {
  send(statement: string, rows: Readable): Promise<void>;
}

interface EngineBase {
  /** The database that unqualified names are in. */
  readonly database: string;
  /** Outside the pools: for migrations, retention and the like, one statement at a time. */
  readonly admin: EngineSession;
  readonly queries: SessionPool<EngineSession>;
  /** Lets what runs finish, then lets go of everything. Idempotent. */
  close(): Promise<void>;
}

/** ClickHouse in this process: it reads insert files itself. */
export interface EmbeddedEngine extends EngineBase {
  readonly kind: "embedded";
  /** Its folder. */
  readonly dir: string;
  readonly inserts: SessionPool<EngineSession>;
}

/** A ClickHouse server, or a cluster of them, over HTTP. */
export interface RemoteEngine extends EngineBase {
  readonly kind: "remote";
  /** See `Target.cluster` of `render.ts`. */
  readonly cluster: string | undefined;
  readonly inserts: SessionPool<StreamingSession>;
}

export type Engine = EmbeddedEngine | RemoteEngine;
