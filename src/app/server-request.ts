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

/** The answer, as JSON. @throws ExitError when no server answers, or it refuses. */
export async function ask(request: ServerRequest): Promise<unknown> {
  const { command, server, path, token, method = "GET", msMax = MS_MAX } = request;
  const url = URL.parse(path, server);
  if (url === null)
    throw new ExitError(
      "usage",
      `${command}: found the address ${JSON.stringify(server)}; allowed: such as http://127.0.0.1:4319`,
    );
  const headers: Record<string, string> =
    token === undefined ? {} : { authorization: `Bearer ${token}` };
  const signal = AbortSignal.timeout(msMax);
  const response = await fetch(url, { method, headers, signal }).catch((error: unknown) => {
    const message = `No Sightglass answers at ${url.origin}. Is it running (sightglass serve)?`;
    throw new ExitError("server_unreachable", message, { cause: error });
  });
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok) return body;
  const told = problem.safeParse(body);
  const details = told.data?.errors?.map(
    ({ where, found, allowed }) => `\n  ${where}: found ${found}; allowed: ${allowed}`,
  );
  const text = told.success
    ? `${told.data.detail}${details?.join("") ?? ""}`
    : "no reason was given";
  throw new ExitError("failed", `${command}: ${response.status}: ${text}`);
}
