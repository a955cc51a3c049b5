import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { PostgresServer } from "#pipeline/relational/testing/postgres-server.ts";

/** What the server takes as its key. */
export const SERVICE_KEY = "service.key";

/** A problem as PostgREST tells it. */
class Problem extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

interface Done {
  readonly status: number;
  readonly body?: string;
}

/**
 * As much of PostgREST as its documentation says about inserts and functions, over a real PostgreSQL,
 * and strict: what a request has that the documentation does not know is an error here.
 * https://docs.postgrest.org/en/stable/references/api/tables_views.html
 */
export class RestServer {
  readonly url: string;
  readonly seen: string[] = [];
  /** Runs when a request was done, before it is answered; what it returns true for is never answered. */
  isAnswerLost: () => boolean = () => false;
  /** Answers in place of PostgREST when it returns true. */
  intercept: (request: IncomingMessage, response: ServerResponse) => boolean = () => false;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }

  static async start(database: PostgresServer): Promise<RestServer> {
    const started: { own?: RestServer } = {};
    const server = createServer((request, response) => {
      const { own } = started;
      if (own === undefined || own.intercept(request, response)) return;
      own.seen.push(request.url ?? "");
      void answer(database, request, response, () => own.isAnswerLost());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    started.own = new RestServer(server);
    return started.own;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

async function answer(
  database: PostgresServer,
  request: IncomingMessage,
  response: ServerResponse,
  isLost: () => boolean,
): Promise<void> {
  try {
    const parts: Buffer[] = [];
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
    const { status, body } = await run(database, request, Buffer.concat(parts).toString());
    if (isLost()) response.destroy();
    else response.writeHead(status).end(body);
  } catch (error) {
    const problem = problemOf(error);
    response.writeHead(problem.status, { "content-type": "application/json; charset=utf-8" });
    const { code, message } = problem;
    response.end(JSON.stringify({ code, message, details: null, hint: null }));
  }
}

async function run(
  database: PostgresServer,
  { method, url = "", headers }: IncomingMessage,
  body: string,
): Promise<Done> {
  if (headers["apikey"] !== SERVICE_KEY || headers.authorization !== `Bearer ${SERVICE_KEY}`)
    throw new Problem(401, "PGRST301", "JWSError JWSInvalidSignature");
  const { pathname, searchParams } = new URL(url, "http://server");
  if (method !== "POST" || headers["content-type"] !== "application/json")
    throw new Problem(405, "PGRST117", "Unsupported");
  const schema = String(headers["content-profile"]);
  const [, rest, version, ...names] = pathname.split("/");
  if (rest !== "rest" || version !== "v1") throw new Problem(404, "PGRST125", "Invalid path");
  const given: unknown = JSON.parse(body);
  const prefer = String(headers["prefer"]).split(",");
  if (names[0] === "rpc") {
    const isMinimal = headers["prefer"] !== undefined;
    if (isMinimal) expectOnly(prefer, ["return=minimal"]);
    const returned = await call(database, schema, names[1]!, given as Record<string, unknown>);
    // What returns nothing is answered with nothing, and all else with its JSON.
    if (isMinimal || returned === "") return { status: 204 };
    return { status: 200, body: JSON.stringify(returned) };
  }
  expectOnly(prefer, ["resolution=ignore-duplicates", "return=minimal"]);
  expectOnly([...searchParams.keys()], ["columns", "on_conflict"]);
  const columns = searchParams.get("columns")!;
  const conflict = searchParams.get("on_conflict")!;
  const table = `${schema}.${names[0]!}`;
  await database.query(
    `INSERT INTO ${table} (${columns}) SELECT ${columns} FROM json_populate_recordset(NULL::${table}, $1) ON CONFLICT (${conflict}) DO NOTHING`,
    [body],
  );
  return { status: 201 };
}

async function call(
  database: PostgresServer,
  schema: string,
  name: string,
  given: Record<string, unknown>,
): Promise<unknown> {
  const found = await database.query(
    "SELECT 1 FROM pg_proc WHERE proname = $1 AND pronamespace = $2::regnamespace",
    [name, schema],
  );
  if (found.length === 0)
    throw new Problem(404, "PGRST202", `Could not find the function ${schema}.${name}`);
  const names = Object.keys(given);
  const values = Object.values(given).map((value) =>
    typeof value === "string" ? value : JSON.stringify(value),
  );
  const list = names.map((argument, index) => `${argument} => $${index + 1}`).join(", ");
  const [row] = await database.query(`SELECT ${schema}.${name}(${list}) AS returned`, values);
  return row!["returned"];
}

function expectOnly(found: readonly string[], wanted: readonly string[]): void {
  if (found.toSorted().join() !== wanted.toSorted().join())
    throw new Problem(400, "PGRST100", `found ${found.join()}, known are ${wanted.join()}`);
}

/** https://docs.postgrest.org/en/stable/references/errors.html#http-status-codes */
function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const { code = "", message } = error as { code?: string; message: string };
  const statuses: readonly (readonly [RegExp, number])[] = [
    [/^(?:08|53)/, 503],
    [/^(?:23503|23505)/, 409],
    [/^(?:42P01|42883)/, 404],
    [/^42501/, 403],
    [/^(?:40|54|55|57|58)/, 500],
  ];
  const status = statuses.find(([pattern]) => pattern.test(code))?.[1] ?? 400;
  return new Problem(status, code, message);
}
