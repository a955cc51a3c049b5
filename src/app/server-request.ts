import { problem } from "#api/contract/problem.ts";
import type { Settings } from "#config/schema.ts";
import { isDataFolderLocked, readLockHolder } from "./data-folder.ts";
import { ExitError } from "./exit-codes.ts";
import { loopbackUrl } from "./loopback-url.ts";

/** A request of a command to a running server. */
export interface ServerRequest {
  /** For messages: `query`. */
  readonly command: string;
  readonly server: string;
  /** Path and query. */
  readonly path: string;
  readonly token: string | undefined;
  /** GET when left out. */
  readonly method?: "GET" | "POST" | "DELETE";
  readonly msMax?: number;
}

const MS_MAX = 30_000;

/** Where the server says that it listens, else where the configuration says. */
export async function serverUrl({ dataDir, http }: Settings): Promise<string> {
  return (await announcedUrl(dataDir)) ?? loopbackUrl(http.endpoint);
}

/** Where the server that uses a data folder says that it listens; undefined when none does. */
export async function announcedUrl(dataDir: string): Promise<string | undefined> {
  return isDataFolderLocked(dataDir) ? (await readLockHolder(dataDir))?.url : undefined;
}

/** Where a request goes. @throws ExitError for an address that is none. */
export function requestUrl(command: string, path: string, server: string): URL {
  const url = URL.parse(path, server);
  if (url !== null) return url;
  throw new ExitError(
    "usage",
    `${command}: found the address ${JSON.stringify(server)}; allowed: such as http://127.0.0.1:4319`,
  );
}

/** What shows the server who asks. */
export function bearer(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

/** The error of a request that got no answer. */
export function unreachable(url: URL, cause: unknown): ExitError {
  const message = `No Sightglass answers at ${url.origin}. Is it running (sightglass serve)?`;
  return new ExitError("server_unreachable", message, { cause });
}

/** The answer, as JSON. @throws ExitError when no server answers, or it refuses. */
export async function ask(request: ServerRequest): Promise<unknown> {
  const { command, server, path, token, method = "GET", msMax = MS_MAX } = request;
  const url = requestUrl(command, path, server);
  const headers = bearer(token);
  const signal = AbortSignal.timeout(msMax);
  const response = await fetch(url, { method, headers, signal }).catch((error: unknown) => {
    throw unreachable(url, error);
  });
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok) return body;
  throw refusal(command, response.status, body);
}

/** The error of an answer that is a problem. */
export function refusal(command: string, status: number, body: unknown): ExitError {
  const told = problem.safeParse(body);
  const details = told.data?.errors?.map(
    ({ where, found, allowed }) => `\n  ${where}: found ${found}; allowed: ${allowed}`,
  );
  const text = told.success
    ? `${told.data.detail}${details?.join("") ?? ""}`
    : "no reason was given";
  return new ExitError("failed", `${command}: ${status}: ${text}`);
}
