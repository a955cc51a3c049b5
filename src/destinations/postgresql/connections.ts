import { readFile } from "node:fs/promises";
import type { Pool, PoolClient, PoolConfig } from "pg";
import { isLoopback } from "#core/address.ts";
import { SightglassError } from "#core/errors.ts";
import type { PostgresqlSettings } from "./settings.ts";

const IDLE_MS_MAX = 30_000;
/**
 * How long the server goes on with a statement, or waits for the next, before it gives up: a transaction
 * whose client is gone would hold its key, and so the delivery, for as long as TCP takes to notice.
 */
const STATEMENT_MS_MAX = 120_000;
const BETWEEN_STATEMENTS_MS_MAX = 60_000;

/** Begins a transaction with those bounds. They hold for it alone, so that poolers in between are fine with them. */
const BEGIN = `BEGIN; SET LOCAL statement_timeout = ${STATEMENT_MS_MAX}; SET LOCAL idle_in_transaction_session_timeout = ${BETWEEN_STATEMENTS_MS_MAX}`;

const ignore = (): void => {};

/** Opens a pool of connections; it connects when it is first asked for one. */
export async function openPool(
  settings: PostgresqlSettings,
  onIdleError: (error: Error) => void,
): Promise<Pool> {
  const { default: pg } = await import("pg");
  const config: PoolConfig = {
    host: settings.host,
    port: settings.port,
    database: settings.database,
    user: settings.user,
    password: settings.password,
    max: settings.poolSize,
    idleTimeoutMillis: IDLE_MS_MAX,
    connectionTimeoutMillis: settings.connectionTimeout,
    application_name: "sightglass",
    keepAlive: true,
    ssl: await tlsOf(settings),
  };
  const pool = new pg.Pool(config);
  // Without a listener a server that goes away would end the process: the pool's own is for idle
  // connections only. One that is in use also fails what it is used for.
  pool.on("error", onIdleError);
  pool.on("connect", (client) => client.on("error", ignore));
  return pool;
}

async function tlsOf({ tls, tlsCaFile, host }: PostgresqlSettings): Promise<PoolConfig["ssl"]> {
  // A path is that of a socket of this machine.
  const isHere = host.startsWith("/") || isLoopback(host);
  if (tls === "off" || (tls === "auto" && isHere && tlsCaFile === undefined)) return false;
  // The certificate is judged by `host` where that is an address, which TLS does not send as a name.
  const verified = { rejectUnauthorized: true, host };
  return tlsCaFile === undefined ? verified : { ...verified, ca: await authorities(tlsCaFile) };
}

async function authorities(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new SightglassError("config_invalid", `tlsCaFile: ${file} cannot be read`, {
      cause: error,
    });
  }
}

/**
 * Runs `work` in a transaction, which is kept when `work` resolves true. When `cancel` is aborted the
 * connection is closed under it, whatever it waits for.
 */
export async function inTransaction(
  pool: Pool,
  cancel: AbortSignal,
  work: (client: PoolClient) => Promise<boolean>,
): Promise<void> {
  const client = await pool.connect();
  let isReleased = false;
  const release = (error?: Error): void => {
    if (isReleased) return;
    isReleased = true;
    cancel.removeEventListener("abort", onCancel);
    client.release(error);
  };
  const onCancel = (): void => release(new Error("cancelled"));
  cancel.addEventListener("abort", onCancel);
  try {
    cancel.throwIfAborted();
    await client.query(BEGIN);
    const isKept = await work(client);
    await client.query(isKept ? "COMMIT" : "ROLLBACK");
    release();
  } catch (error) {
    await rollBack(client, isReleased);
    release(error instanceof Error ? error : new Error(String(error)));
    throw cancel.aborted && cancel.reason instanceof Error ? cancel.reason : error;
  }
}

/** So that the server is done with it at once; the connection is closed all the same. */
async function rollBack(client: PoolClient, isReleased: boolean): Promise<void> {
  if (isReleased) return;
  await client.query("ROLLBACK").catch(() => undefined);
}
