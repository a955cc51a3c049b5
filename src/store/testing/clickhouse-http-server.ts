import { messageOf } from "#core/errors.ts";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createWriteStream } from "node:fs";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer } from "node:http";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { createGunzip, gzipSync } from "node:zlib";
import { Session } from "chdb";

/**
 * A ClickHouse server for tests: the embedded engine behind ClickHouse's HTTP interface, as far as
 * the official client uses it. It runs in a process of its own (see `http-server-main.ts`), since a
 * process has one engine. A session a request, so that settings end with it, as on a real server.
 */
export interface ServerOptions {
  /** The engine's folder. */
  readonly dir: string;
  readonly user: string;
  readonly password: string;
}

export function startClickHouseServer(options: ServerOptions): Server {
  mkdirSync(options.dir, { recursive: true });
  const keeper = new Session(options.dir);
  const server = createServer((request, response) => {
    answer({ ...options, keeper }, request, response).catch((error: unknown) =>
      fail(response, error),
    );
  });
  server.on("close", () => keeper.close());
  return server;
}

interface Context extends ServerOptions {
  readonly keeper: Session;
}

/** Parameters of the HTTP interface itself; every other one is a setting. */
const RESERVED = new Set([
  "query",
  "database",
  "user",
  "password",
  "query_id",
  "session_id",
  "default_format",
  "wait_end_of_query",
  "enable_http_compression",
  "send_progress_in_http_headers",
  "http_headers_progress_interval_ms",
  "cancel_http_readonly_queries_on_client_close",
]);

class ServerError extends Error {
  readonly code: number;

  constructor(code: number, type: string, message: string) {
    super(`Code: ${code}. DB::Exception: ${message}. (${type})`);
    this.code = code;
  }
}

async function answer(
  context: Context,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? "/", "http://server");
  if (url.pathname === "/ping") return void response.end("Ok.\n");
  authenticate(context, request, url);
  const encoded = request.headers["content-encoding"] === "gzip";
  const body: Readable = encoded ? request.pipe(createGunzip()) : request;
  const given = url.searchParams.get("query");
  const query = given === null ? await text(body) : given;
  const session = new Session(context.dir);
  try {
    useSettings(session, url);
    const format = /\bFORMAT Native\s*$/i;
    if (/^\s*INSERT\b/i.test(query) && format.test(query)) {
      await insertBody(context, session, query.replace(format, ""), body);
      return send(request, response, url, Buffer.alloc(0));
    }
    await select(context, session, query, request, response, url);
  } finally {
    session.close();
  }
}

function authenticate({ user, password }: Context, request: IncomingMessage, url: URL): void {
  const [, basic = ""] = /^Basic (.+)$/.exec(request.headers.authorization ?? "") ?? [];
  const [, basicUser, basicPassword] =
    /^([^:]*):(.*)$/s.exec(Buffer.from(basic, "base64").toString()) ?? [];
  const header = (name: string): string | undefined => request.headers[name]?.toString();
  const givenUser =
    header("x-clickhouse-user") ?? url.searchParams.get("user") ?? basicUser ?? "default";
  const givenPassword =
    header("x-clickhouse-key") ?? url.searchParams.get("password") ?? basicPassword ?? "";
  if (givenUser === user && givenPassword === password) return;
  throw new ServerError(
    516,
    "AUTHENTICATION_FAILED",
    `${givenUser}: Authentication failed: password is incorrect, or there is no user with such name`,
  );
}

function useSettings(session: Session, url: URL): void {
  const database = url.searchParams.get("database") ?? "default";
  session.query(`USE \`${database}\``);
  for (const [name, value] of url.searchParams) {
    if (!RESERVED.has(name)) session.query(`SET ${name} = '${value.replaceAll("'", "''")}'`);
  }
}

/** A server parses the body into the table's columns; the embedded engine does so from a file. */
async function insertBody(
  context: Context,
  session: Session,
  query: string,
  body: Readable,
): Promise<void> {
  const match = /^\s*(INSERT INTO \S+) \(([^)]*)\)\s*SETTINGS ([\s\S]*)$/i.exec(query);
  if (match === null)
    throw new ServerError(
      62,
      "SYNTAX_ERROR",
      `Syntax error: this server takes INSERT INTO table (columns) SETTINGS … FORMAT Native, not ${query}`,
    );
  const [, insert, columns, settings] = match;
  const folder = mkdtempSync(join(context.dir, "..", "body-"));
  const path = join(folder, "body.native");
  try {
    await pipeline(body, createWriteStream(path));
    const source = `file('${path}', 'Native')`;
    const asServer =
      "use_structure_from_insertion_table_in_table_functions = 1, deduplicate_insert_select = 'force_enable'";
    await session.queryAsync(
      `${insert} (${columns}) SELECT ${columns} FROM ${source} SETTINGS ${settings}, ${asServer}`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function select(
  context: Context,
  session: Session,
  query: string,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const format = url.searchParams.get("default_format") ?? "TabSeparated";
  const hungUp = (): void => {
    if (response.writableEnded) return;
    void context.keeper
      .queryAsync(`KILL QUERY WHERE query = ${literal(query)} ASYNC`)
      .catch(() => undefined);
  };
  response.on("close", hungUp);
  if (url.searchParams.get("wait_end_of_query") === "1") {
    const result = await session.queryAsync(query, { format });
    return send(request, response, url, Buffer.from(result.bytes()));
  }
  for await (const chunk of session.queryStream(query, { format })) response.write(chunk.raw());
  response.end();
}

function literal(value: string): string {
  return `'${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

function send(request: IncomingMessage, response: ServerResponse, url: URL, body: Buffer): void {
  const compress =
    url.searchParams.get("enable_http_compression") === "1" &&
    /gzip/.test(request.headers["accept-encoding"]?.toString() ?? "");
  response.setHeader(
    "X-ClickHouse-Summary",
    JSON.stringify({ read_rows: "0", written_rows: "0", result_rows: "0", elapsed_ns: "1" }),
  );
  response.setHeader("X-ClickHouse-Query-Id", url.searchParams.get("query_id") ?? "");
  if (compress) response.setHeader("Content-Encoding", "gzip");
  response.end(compress ? gzipSync(body) : body);
}

function fail(response: ServerResponse, error: unknown): void {
  const message = messageOf(error).replace(/^Query failed: /, "");
  const code = Number(/^Code: (\d+)/.exec(message)?.[1] ?? 1002);
  if (response.headersSent) return void response.end(`\n${message}`);
  response.statusCode =
    code === 516 ? 403 : code === 60 || code === 81 ? 404 : code === 62 ? 400 : 500;
  response.setHeader("X-ClickHouse-Exception-Code", String(code));
  response.end(`${message}\n`);
}
