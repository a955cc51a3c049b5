import { readdirSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Answers } from "./canned-answers.ts";

/** The built UI, as `npm start` and `npm test` make it. */
export const BUILT_UI = fileURLToPath(new URL("../../dist/ui/", import.meta.url));

/** As strict as the server's own: what breaks it in the tests would break there. */
const CONTENT_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "object-src 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

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
  /** Paths and queries of the API that were asked for, oldest first. */
  readonly asked: string[];
  close(): Promise<void>;
}

/** Serves the built UI and canned answers on a free port of the loopback address. */
export async function startPageServer(answers: Answers): Promise<PageServer> {
  const asked: string[] = [];
  // Read once: the files may be built anew meanwhile.
  const files = builtFiles();
  const server = createServer((request, response) => respond(state, files, request, response));
  const state: PageServer = {
    origin: "",
    answers,
    refusal: undefined,
    token: undefined,
    asked,
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
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { pathname, search } = new URL(request.url ?? "/", "http://page");
  if (pathname.startsWith("/api/") || pathname === "/readyz") {
    state.asked.push(pathname + search);
    respondApi(state, pathname, request.headers.authorization, response);
    return;
  }
  // An address of a page is a path without a file's ending; the page itself reads it.
  const file = extname(pathname) === "" ? "/index.html" : pathname;
  const body = files.get(file);
  response.writeHead(body === undefined ? 404 : 200, {
    "content-type": TYPES[extname(file)] ?? "application/octet-stream",
    "content-security-policy": CONTENT_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
  });
  response.end(body);
}

function respondApi(
  state: PageServer,
  pathname: string,
  authorization: string | undefined,
  response: ServerResponse,
): void {
  const refusal =
    state.token !== undefined && pathname !== "/readyz" && authorization !== `Bearer ${state.token}`
      ? { status: 401, code: "unauthorized", title: "A valid bearer token is needed", detail: "" }
      : state.refusal?.of.test(pathname) === true
        ? state.refusal
        : undefined;
  if (refusal !== undefined) {
    const { status, code, title, detail } = refusal;
    response.writeHead(status, { "content-type": "application/problem+json" });
    response.end(JSON.stringify({ type: "about:blank", status, traceId: "", code, title, detail }));
    return;
  }
  const isReady = pathname !== "/readyz" || state.answers.ready.status === "ready";
  response.writeHead(isReady ? 200 : 503, { "content-type": "application/json" });
  response.end(JSON.stringify(answerTo(state.answers, pathname)));
}

function answerTo(answers: Answers, pathname: string): unknown {
  switch (pathname) {
    case "/readyz":
      return answers.ready;
    case "/api/v1/about":
      return answers.about;
    case "/api/v1/ledger":
      return answers.ledger();
    case "/api/v1/services":
      return answers.services;
    case "/api/v1/traces":
      return answers.traces;
    case "/api/v1/attributes":
      return answers.attributes;
    default:
      return answers.trace;
  }
}
