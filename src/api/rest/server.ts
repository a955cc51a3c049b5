import { randomBytes } from "node:crypto";
import type { OutgoingHttpHeaders } from "node:http";
import type { Socket } from "node:net";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { Clock } from "#core/clock.ts";
import { messageOf, SightglassError } from "#core/errors.ts";
import { QUERY_LIMITS, REQUEST_LIMITS } from "#core/limits.ts";
import { DEFAULT_ORG } from "#core/signal.ts";
import { SearchPaces } from "#query/search-paces.ts";
import { KnownHolders } from "#query/stored-attributes.ts";
import type { StoreReader } from "#store/reader.ts";
import type { Exposition } from "#telemetry/exposition.ts";
import type { Logger } from "#telemetry/log.ts";
import type { ActiveSpan, Tracer } from "#telemetry/tracer.ts";
import { z } from "zod";
import { methodOf, type Route, type StreamRoute } from "../contract/route.ts";
import { type OperationId, ROUTES, STREAMS } from "../contract/routes.ts";
import type { ReadyAnswer } from "../contract/status.ts";
import type { Access } from "./access.ts";
import { compressLarge } from "./compression.ts";
import type { Handlers } from "./handlers/handlers.ts";
import type { Tails } from "./live/tails.ts";
import { openApiDocument } from "./openapi.ts";
import { isOurFault, plainErrorOf, PROBLEM_TYPE, problemOf } from "./problems.ts";
import { parseParams, parseQuery } from "./query-string.ts";
import { REFERENCE_STYLE, REFERENCE_STYLE_PATH, referencePage } from "./reference-page.ts";
import { SECURITY_HEADERS } from "./security-headers.ts";
import type { UiFiles } from "./ui-files.ts";

/** What the server is made of. */
export interface ServerParts {
  readonly handlers: Handlers;
  readonly reader: StoreReader;
  readonly access: Access;
  readonly ui: UiFiles;
  readonly tails: Tails;
  /** Renders our own metrics for the sender of an Accept header. */
  readonly metrics: (accept: string) => Exposition;
  readonly version: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly tracer?: Tracer;
}

type RouteParts = ServerParts & { readonly known: KnownHolders; readonly paces: SearchPaces };

const JSON_TYPE = "application/json; charset=utf-8";
/** A name of a service can be long and stands in a path. */
const PARAM_CHARACTERS_MAX = 4_096;
const KEEP_ALIVE_MS = 30_000;
const PATH_CHARACTERS_SHOWN = 200;
const NO_PARAMETERS = z.strictObject({});

/** Makes the server; it listens when the caller says so. */
export async function createServer(parts: ServerParts): Promise<FastifyInstance> {
  const server = Fastify({
    logger: false,
    bodyLimit: 1,
    requestTimeout: REQUEST_LIMITS.headersMsMax,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: "idle",
    routerOptions: { maxParamLength: PARAM_CHARACTERS_MAX },
    http: { maxHeaderSize: REQUEST_LIMITS.headerBytesMax },
    frameworkErrors: (error, request, reply) => {
      void reply.headers(SECURITY_HEADERS);
      fail(parts, fromFramework(error), request, reply);
    },
  });
  closeUnasked(server);
  // Only routes that say so take a body: any other is never read, whatever its type.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    "*",
    async (request: FastifyRequest, payload: AsyncIterable<Buffer>) =>
      BODY_PATHS.has(request.routeOptions.url ?? "") ? readText(payload) : null,
  );
  server.addHook("onRequest", (request, reply, done) => {
    void reply.headers(SECURITY_HEADERS);
    guard(parts, request, reply);
    done();
  });
  compressLarge(server);
  server.setErrorHandler((error, request, reply) => {
    fail(parts, fromFramework(error), request, reply);
  });
  server.setNotFoundHandler((request, reply) => {
    notFound(parts, request, reply);
  });
  const routeParts: RouteParts = { ...parts, known: new KnownHolders(), paces: new SearchPaces() };
  for (const id of Object.keys(ROUTES) as OperationId[]) addRoute(server, routeParts, id);
  addTail(server, parts);
  addDocuments(server, parts);
  await parts.ui.register(server);
  return server;
}

/**
 * Ends connections that nothing was asked on when the server closes, as browsers open them ahead. It would wait
 * for them as for answers under way, until the time for a request's head is over.
 */
function closeUnasked(server: FastifyInstance): void {
  const unasked = new Set<Socket>();
  server.server.on("connection", (socket) => {
    unasked.add(socket);
    socket.once("close", () => unasked.delete(socket));
  });
  server.server.on("request", ({ socket }) => unasked.delete(socket));
  server.addHook("preClose", (done) => {
    for (const socket of unasked) socket.destroy();
    done();
  });
}

const BODY_PATHS: ReadonlySet<string> = new Set(
  Object.values(ROUTES)
    .filter((route: Route) => route.body !== undefined)
    .map(({ path }) => path),
);

/** A body as text. @throws SightglassError `payload_too_large`. */
async function readText(payload: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of payload) {
    bytes += part.length;
    if (bytes > QUERY_LIMITS.bodyBytesMax) {
      const message = `a body of more than ${QUERY_LIMITS.bodyBytesMax} bytes`;
      throw new SightglassError("payload_too_large", message);
    }
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

declare module "fastify" {
  interface FastifyContextConfig {
    /**
     * What is asked of a request before its route answers. `nothing`: it may come from anywhere. `address`: Host
     * and Origin must be ours. Left out, as where there is no route, the token as well.
     */
    readonly asks?: "nothing" | "address";
  }
}

const READING = new Set(["GET", "HEAD", "OPTIONS"]);

/** Judged by the route that was found: a path can be spelled in ways that lead to the same one. */
function guard({ access, ui }: ServerParts, request: FastifyRequest, reply: FastifyReply): void {
  const { headers, routeOptions } = request;
  const { asks } = routeOptions.config;
  // Probes of a machine's keeper know no token and call by any address.
  if (asks !== "nothing") {
    access.checkHost(headers);
    access.checkOrigin(headers);
    const { origin } = headers;
    if (origin !== undefined && access.allowsOrigin(origin)) {
      void reply.headers({ "access-control-allow-origin": origin, vary: "Origin" });
    }
    if (asks !== "address" && pageOf(ui, request) === undefined) access.organization(headers);
  }
  onlyKnownMethods(request);
}

const METRICS_PATH = "/metrics";

/** The page that is the answer: the pages hold no data, and ask their user for the token. */
function pageOf(ui: UiFiles, request: FastifyRequest): Buffer | undefined {
  const { is404, method, headers, routeOptions } = request;
  if (!is404 && routeOptions.url !== METRICS_PATH) return undefined;
  return ui.pageFor(method, pathOf(request), headers);
}

/** Only routes that say so change anything: any other request with such a method has found none. */
function onlyKnownMethods(request: FastifyRequest): void {
  if (READING.has(request.method) || !request.is404) return;
  throw new SightglassError(
    "method_not_allowed",
    `method: found ${request.method}, allowed are ${allowedMethods(pathOf(request)).join(", ")}`,
  );
}

const PATTERNS = [...Object.values(ROUTES), ...Object.values(STREAMS)].map(
  (route: Route | StreamRoute) => ({
    method: "answer" in route ? methodOf(route) : "GET",
    pattern: new RegExp(`^${route.path.replaceAll(/\{\w+\}/g, "[^/]+")}$`),
  }),
);

/** What may be done at a path; whatever is no route can be asked for only. */
function allowedMethods(path: string): string[] {
  const methods = PATTERNS.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
  const reading = methods.length === 0 || methods.includes("GET") ? ["GET", "HEAD"] : [];
  return [...reading, ...methods.filter((method) => method !== "GET")];
}

/** Of routes whose errors are those of seed 003, as Fastify has them. */
const PLAIN_PATHS: ReadonlySet<string> = new Set(
  Object.values(ROUTES)
    .filter((route: Route) => route.plainErrors === true)
    .map(({ path }) => urlOf(path)),
);

function urlOf(path: string): string {
  return path.replace(/\{(\w+)\}/g, ":$1");
}

function addRoute(server: FastifyInstance, parts: RouteParts, id: OperationId): void {
  const route: Route = ROUTES[id];
  const answer = answerer(parts, id);
  const url = urlOf(route.path);
  const method = methodOf(route);
  const handler = (request: FastifyRequest, reply: FastifyReply): Promise<unknown> =>
    traced(parts.tracer, `${method} ${route.path}`, async (span) => {
      try {
        const body = await answer(request, reply);
        const ready = id !== "getReady" || (body as ReadyAnswer).status === "ready";
        void reply
          .code(ready ? 200 : 503)
          .type(JSON_TYPE)
          .header("cache-control", "no-store");
        return body;
      } catch (error) {
        span?.fail(messageOf(error));
        fail(parts, error, request, reply);
        return reply;
      }
    });
  const config = route.open === true ? ({ asks: "nothing" } as const) : {};
  server.route({ method, url, config, handler });
}

/** Checks a request and runs the route's handler, which is told when the asker goes away. */
function answerer(
  { handlers, access, reader, known, paces }: RouteParts,
  id: OperationId,
): (request: FastifyRequest, reply: FastifyReply) => Promise<unknown> {
  const route: Route = ROUTES[id];
  // The table pairs each id with a handler of its own; an index by any id loses the pairing.
  const handle = handlers[id] as (request: unknown) => unknown;
  return async (request, reply) => {
    const stop = new AbortController();
    reply.raw.once("close", () => {
      if (!reply.raw.writableFinished) stop.abort();
    });
    const org = route.open === true ? DEFAULT_ORG : access.organization(request.headers);
    return handle({
      query: parseQuery(route.query ?? NO_PARAMETERS, request.url),
      params: route.params === undefined ? undefined : parseParams(route.params, request.params),
      body: typeof request.body === "string" ? request.body : "",
      context: { reader, org, known, paces, cancel: stop.signal },
    });
  };
}

const EVENTS_TYPE = "text/event-stream; charset=utf-8";

/**
 * The stream of events. It is no span of ours: it lasts as long as somebody listens, and is ended by
 * {@link Tails.stop}, not with the server, which waits for whatever is being answered.
 */
function addTail(server: FastifyInstance, parts: ServerParts): void {
  const { tails, access } = parts;
  const { path, query } = STREAMS.tail;
  server.get(path, (request, reply) => {
    try {
      const { headers, method, url } = request;
      const lastId = headers["last-event-id"];
      const tail = tails.prepare({
        org: access.organization(headers),
        query: parseQuery(query, url),
        lastId: typeof lastId === "string" && lastId !== "" ? lastId : undefined,
      });
      reply.hijack();
      reply.raw.writeHead(200, {
        ...(reply.getHeaders() as OutgoingHttpHeaders),
        "content-type": EVENTS_TYPE,
        "cache-control": "no-store",
        // For proxies that would gather an answer before they pass it on.
        "x-accel-buffering": "no",
      });
      if (method === "HEAD") reply.raw.end();
      else tails.start(tail, reply.raw);
    } catch (error) {
      fail(parts, error, request, reply);
    }
  });
}

function addDocuments(server: FastifyInstance, { version, metrics, ui }: ServerParts): void {
  const openApi = JSON.stringify(openApiDocument(version));
  const reference = referencePage(version);
  server.get("/api/openapi.json", (_request, reply) => reply.type(JSON_TYPE).send(openApi));
  server.get("/api/docs", (_request, reply) =>
    reply.type("text/html; charset=utf-8").send(reference),
  );
  server.get(REFERENCE_STYLE_PATH, (_request, reply) =>
    reply.type("text/css; charset=utf-8").send(REFERENCE_STYLE),
  );
  // A browser that goes there means the page of the metrics; what scrapes never asks for HTML.
  server.get(METRICS_PATH, (request, reply) => {
    void reply.header("vary", "Accept, Sec-Fetch-Mode");
    const page = pageOf(ui, request);
    if (page !== undefined) return sendPage(reply, page);
    const { contentType, body } = metrics(request.headers.accept ?? "");
    return reply.type(contentType).header("cache-control", "no-store").send(body);
  });
  // A browser asks before it sends the token.
  server.options("/api/*", { config: { asks: "address" } }, (_request, reply) =>
    reply
      .code(204)
      .headers({
        "access-control-allow-methods": "GET, HEAD, POST, PUT, DELETE",
        "access-control-allow-headers": "Authorization, Last-Event-ID",
        "access-control-max-age": "600",
      })
      .send(),
  );
}

function notFound(parts: ServerParts, request: FastifyRequest, reply: FastifyReply): void {
  const page = pageOf(parts.ui, request);
  if (page !== undefined) {
    void sendPage(reply, page);
    return;
  }
  const found = JSON.stringify(pathOf(request).slice(0, PATH_CHARACTERS_SHOWN));
  const error = new SightglassError("not_found", `there is nothing at ${found}`);
  fail(parts, error, request, reply);
}

function sendPage(reply: FastifyReply, page: Buffer): FastifyReply {
  return reply.type("text/html; charset=utf-8").header("cache-control", "no-cache").send(page);
}

function fail(
  { clock, log, tracer }: ServerParts,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const traceId = tracer?.current()?.traceId ?? randomBytes(16).toString("hex");
  if (isOurFault(error) && !reply.raw.destroyed) {
    log.error("A request failed", { path: pathOf(request), traceId, error });
  }
  const { status, headers, body } = problemOf(error, traceId);
  if (body.code === "method_not_allowed")
    void reply.header("allow", allowedMethods(pathOf(request)).join(", "));
  const isPlain = PLAIN_PATHS.has(request.routeOptions.url ?? "");
  return reply
    .code(status)
    .headers(headers)
    .header("cache-control", "no-store")
    .type(isPlain ? JSON_TYPE : PROBLEM_TYPE)
    .send(JSON.stringify(isPlain ? plainErrorOf(body, clock.nowMs()) : body));
}

/** Errors of Fastify itself that are the asker's fault, in our words. */
function fromFramework(error: unknown): unknown {
  if (error instanceof SightglassError || !(error instanceof Error)) return error;
  const status = "statusCode" in error ? error.statusCode : undefined;
  if (typeof status !== "number" || status < 400 || status >= 500) return error;
  if (status === 404) return new SightglassError("not_found", error.message);
  return new SightglassError("bad_request", error.message);
}

function traced<T>(
  tracer: Tracer | undefined,
  name: string,
  run: (span: ActiveSpan | undefined) => T,
): T {
  return tracer === undefined ? run(undefined) : tracer.span(name, { kind: "server" }, run);
}

function pathOf(request: FastifyRequest): string {
  const query = request.url.indexOf("?");
  return query < 0 ? request.url : request.url.slice(0, query);
}
