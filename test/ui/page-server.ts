import { readdirSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { methodOf, type Route } from "#api/contract/route.ts";
import { type OperationId, ROUTES, STREAMS } from "#api/contract/routes.ts";
import { SECURITY_HEADERS } from "#api/rest/security-headers.ts";
import type { ReadyAnswer } from "#api/contract/status.ts";
import type { z } from "zod";
import type { Answers } from "./canned/answers.ts";

type Events = (typeof STREAMS)["tail"]["events"];
type TailEventName = keyof Events;
type TailEvents = { readonly [Name in TailEventName]: z.input<Events[Name]> };

/** The built UI, as `npm start` and `npm test` make it. */
export const BUILT_UI = fileURLToPath(new URL("../../dist/ui/", import.meta.url));

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** A problem in place of answers of the API. */
export interface Refusal {
  /** The paths that get it. */
  readonly of: RegExp;
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
}

export interface PageServer {
  readonly origin: string;
  /** May be changed while pages are open. */
  answers: Answers;
  /** Set, it is what the questions to its paths get. */
  refusal: Refusal | undefined;
  /** Set, only requests with this bearer token are answered. */
  token: string | undefined;
  /** Paths and queries of the API that were asked for, oldest first; those of streams are apart. */
  readonly asked: string[];
  /** Set, the stream of events can be had; else there is none, and the pages ask at an interval. */
  isLive: boolean;
  /** Queries of the streams that are open. */
  readonly streams: () => readonly string[];
  /** Tells all open streams of an event. */
  tell<Name extends TailEventName>(event: Name, data: TailEvents[Name], id?: string): void;
  /** Breaks all open streams. */
  breakStreams(): void;
  close(): Promise<void>;
}

/** Serves the built UI and canned answers on a free port of the loopback address. */
export async function startPageServer(answers: Answers): Promise<PageServer> {
  const asked: string[] = [];
  const open = new Map<ServerResponse, string>();
  // Read once: the files may be built anew meanwhile.
  const files = builtFiles();
  const server = createServer((request, response) =>
    respond(state, files, open, request, response),
  );
  const state: PageServer = {
    origin: "",
    answers,
    refusal: undefined,
    token: undefined,
    asked,
    isLive: false,
    streams: () => [...open.values()],
    tell(event, data, id) {
      const head = id === undefined ? "" : `id: ${id}\n`;
      for (const response of open.keys())
        response.write(`${head}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    },
    breakStreams() {
      for (const response of open.keys()) response.destroy();
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return Object.assign(state, { origin: `http://127.0.0.1:${port}` });
}

/** The built files by their path from the root of the address. */
function builtFiles(): ReadonlyMap<string, Buffer> {
  const paths = readdirSync(BUILT_UI, { recursive: true, encoding: "utf8" });
  const files = paths.filter((path) => extname(path) !== "" && !path.startsWith("."));
  return new Map(
    files.map((path) => [`/${path.replaceAll("\\", "/")}`, readFileSync(join(BUILT_UI, path))]),
  );
}

function respond(
  state: PageServer,
  files: ReadonlyMap<string, Buffer>,
  open: Map<ServerResponse, string>,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const url = new URL(request.url ?? "/", "http://page");
  const { pathname, search } = url;
  if (pathname === STREAMS.tail.path) {
    respondTail(state, open, search, response);
    return;
  }
  if (pathname.startsWith("/api/") || pathname === "/readyz") {
    state.asked.push(pathname + search);
    respondApi(state, url, request, response);
    return;
  }
  // An address of a page is no file's; the page itself reads it.
  const isFile = pathname.startsWith("/assets/") || /^\/[^/]+\.[a-z0-9]{1,5}$/i.test(pathname);
  const file = isFile ? pathname : "/index.html";
  const body = files.get(file);
  response.writeHead(body === undefined ? 404 : 200, {
    "content-type": TYPES[extname(file)] ?? "application/octet-stream",
    ...SECURITY_HEADERS,
  });
  response.end(body);
}

/** A stream that stays open, or the word of a server that there is none, which a browser does not report. */
function respondTail(
  { isLive }: PageServer,
  open: Map<ServerResponse, string>,
  search: string,
  response: ServerResponse,
): void {
  if (!isLive) {
    response.writeHead(204);
    response.end();
    return;
  }
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.write(`event: heartbeat\ndata: {"time":"2026-11-21T09:00:00Z"}\n\n`);
  open.set(response, search);
  response.on("close", () => open.delete(response));
}

function respondApi(
  state: PageServer,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const answer = answerTo(state.answers, request.method ?? "GET", url);
  const refusal = refusalOf(state, url.pathname, request.headers.authorization) ?? answer.refusal;
  if (refusal !== undefined) {
    const { status, code, title, detail } = refusal;
    response.writeHead(status, { "content-type": "application/problem+json" });
    response.end(JSON.stringify({ type: "about:blank", status, traceId: "", code, title, detail }));
    return;
  }
  const { body, isReady } = answer;
  response.writeHead(isReady ? 200 : 503, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

type Refused = Omit<Refusal, "of">;

function refusalOf(
  state: PageServer,
  pathname: string,
  authorization: string | undefined,
): Refused | undefined {
  if (
    state.token !== undefined &&
    pathname !== "/readyz" &&
    authorization !== `Bearer ${state.token}`
  )
    return {
      status: 401,
      code: "unauthorized",
      title: "A valid bearer token is needed",
      detail: "",
    };
  return state.refusal?.of.test(pathname) === true ? state.refusal : undefined;
}

interface Answer {
  readonly body?: unknown;
  readonly isReady: boolean;
  readonly refusal?: Refused;
}

/** What has no answer here is refused as a page would be by a server that does not know it. */
function answerTo(answers: Answers, method: string, url: URL): Answer {
  const id = operationAt(method, url.pathname);
  const given = id === undefined ? undefined : answers[id];
  if (id === undefined || given === undefined) {
    const title = `no answer is made for ${method} ${url.pathname}`;
    return { isReady: true, refusal: { status: 404, code: "not_found", title, detail: "" } };
  }
  // What no server could answer would prove nothing.
  const body = ROUTES[id].answer.parse(typeof given === "function" ? given(url) : given);
  return { body, isReady: id !== "getReady" || (body as ReadyAnswer).status === "ready" };
}

const OPERATIONS = (Object.keys(ROUTES) as OperationId[]).map((id) => {
  const route: Route = ROUTES[id];
  const pattern = new RegExp(`^${route.path.replaceAll(/\{\w+\}/g, "[^/]+")}$`);
  // The more of a path is fixed, the sooner it is what was meant.
  return { id, method: methodOf(route), pattern, parameters: route.path.split("{").length };
});

function operationAt(method: string, pathname: string): OperationId | undefined {
  return OPERATIONS.toSorted((a, b) => a.parameters - b.parameters).find(
    (one) => one.method === method && one.pattern.test(pathname),
  )?.id;
}
