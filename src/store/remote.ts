import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { ClickHouseLogLevel, createClient } from "@clickhouse/client";
import { SightglassError } from "#core/errors.ts";
import { QUERY_LIMITS, STORE_LIMITS } from "#core/limits.ts";
import type { EngineSession, RemoteEngine, Statement, StreamingSession } from "./engine.ts";
import { SessionPool } from "./session-pool.ts";
import { DATABASE } from "./tables.ts";

/** Where a server is, as `SIGHTGLASS_CLICKHOUSE_URL` says it. */
export interface RemoteAddress {
  /** Scheme, host and port. */
  readonly origin: string;
  readonly username: string;
  readonly password: string;
  readonly database: string;
  /** The cluster's name or macro; undefined for a single server. */
  readonly cluster: string | undefined;
}

/**
 * Reads `http(s)://user:password@host:port/database?cluster=name`. Without a user it is `default`,
 * without a database `sightglass`. Throws `config_invalid`; the message never has the password.
 */
export function parseRemoteUrl(url: string): RemoteAddress {
  if (!URL.canParse(url)) throw invalid("is not a URL");
  const { protocol, origin, username, password, pathname, searchParams } = new URL(url);
  if (protocol !== "http:" && protocol !== "https:")
    throw invalid(`has the scheme ${protocol}//; http:// and https:// are allowed`);
  const database = decodeURIComponent(pathname.slice(1)) || DATABASE;
  if (!/^[A-Za-z_]\w*$/.test(database))
    throw invalid(
      `names the database ${JSON.stringify(database)}; letters, digits and _ are allowed`,
    );
  const unknown = [...searchParams.keys()].find((name) => name !== "cluster");
  if (unknown !== undefined)
    throw invalid(`has the parameter ${JSON.stringify(unknown)}; only cluster is allowed`);
  const cluster = searchParams.get("cluster") ?? undefined;
  if (cluster !== undefined && !/^[\w.{}-]+$/.test(cluster))
    throw invalid(
      `names the cluster ${JSON.stringify(cluster)}; letters, digits and . _ - { } are allowed`,
    );
  return {
    origin,
    username: decodeURIComponent(username) || "default",
    password: decodeURIComponent(password),
    database,
    cluster,
  };
}

function invalid(what: string): SightglassError {
  return new SightglassError(
    "config_invalid",
    `the URL of the ClickHouse server (SIGHTGLASS_CLICKHOUSE_URL) ${what}`,
  );
}

/** Makes the client of a server; nothing is sent before the first statement. */
export function openRemote(address: RemoteAddress): RemoteEngine {
  const { database, cluster } = address;
  const client = connect(address, database);
  // The database may not be there yet, and a server refuses statements that name one that is not.
  const adminClient = connect(address, "default");
  const session = new RemoteSession(client);
  const queries = new SessionPool<EngineSession>(
    Array<EngineSession>(QUERY_LIMITS.concurrentMax).fill(session),
    QUERY_LIMITS.waitingMax,
    "queries",
  );
  const inserts = new SessionPool<StreamingSession>(
    Array<StreamingSession>(STORE_LIMITS.insertsMax).fill(session),
    STORE_LIMITS.insertsWaitingMax,
    "inserts",
  );
  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await Promise.all([queries.close(), inserts.close()]);
    await Promise.all([client.close(), adminClient.close()]);
  };
  return {
    kind: "remote",
    database,
    cluster,
    admin: new RemoteSession(adminClient),
    queries,
    inserts,
    close: () => (closed ??= close()),
  };
}

type Client = ReturnType<typeof createClient>;

function connect({ origin, username, password }: RemoteAddress, database: string): Client {
  return createClient({
    url: origin,
    username,
    password,
    database,
    application: "sightglass",
    request_timeout: STORE_LIMITS.requestMsMax,
    max_open_connections: QUERY_LIMITS.concurrentMax + STORE_LIMITS.insertsMax + 1,
    compression: { request: false, response: true },
    log: { level: ClickHouseLogLevel.OFF },
    // The status is that of the whole statement, not of its first rows; one who hangs up stops it.
    clickhouse_settings: { wait_end_of_query: 1, cancel_http_readonly_queries_on_client_close: 1 },
  });
}

/** A server's sessions are as many as its requests, so one object serves for all. */
class RemoteSession implements StreamingSession {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  async run({ text: query, cancel }: Statement): Promise<string> {
    const { stream } = await this.#client.exec({
      query,
      ...(cancel === undefined ? {} : { abort_signal: cancel }),
    });
    return text(stream);
  }

  async send(statement: string, rows: Readable): Promise<void> {
    const { stream } = await this.#client.exec({ query: statement, values: rows });
    await text(stream);
  }
}
