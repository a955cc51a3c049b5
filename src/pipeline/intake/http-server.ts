import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { DoorLimits } from "./door.ts";
import { HttpExchange } from "./http-exchange.ts";
import type { Mount } from "./http-route.ts";

/** How many times per bound Node looks for connections that are over it. */
const CHECKS_PER_BOUND = 5;

const REFUSALS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  HPE_CHUNK_EXTENSIONS_OVERFLOW: "413 Payload Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
};

/** The sender is gone, as far as can be told. */
const BROKEN: ReadonlySet<string> = new Set(["ECONNRESET", "EPIPE", "HPE_INVALID_EOF_STATE"]);

/**
 * An HTTP listener in front of services. The first mount that has a request's path takes it; the list may
 * change while it serves, and is never empty. The caller makes it listen.
 */
export function createHttpServer(limits: DoorLimits, mounts: readonly Mount[]): Server {
  const server = createServer({
    headersTimeout: limits.headersMsMax,
    requestTimeout: limits.requestMsMax,
    keepAliveTimeout: limits.keepAliveMsMax,
    connectionsCheckingInterval: Math.ceil(limits.headersMsMax / CHECKS_PER_BOUND),
    maxHeaderSize: limits.headerBytesMax,
    noDelay: true,
  });
  server.maxConnections = limits.connectionsMax;
  /** The newest exchange on each connection: what goes wrong there is its failure. */
  const exchanges = new WeakMap<Duplex, HttpExchange>();
  const begin = (
    request: IncomingMessage,
    response: ServerResponse,
    expectsContinue: boolean,
  ): void => {
    const exchange = new HttpExchange(mounts, request, response, expectsContinue);
    exchanges.set(request.socket, exchange);
    exchange.begin();
  };
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    begin(request, response, false);
  });
  server.on("checkContinue", (request: IncomingMessage, response: ServerResponse) => {
    begin(request, response, true);
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Duplex) => {
    refuseUnreadable(mounts[0]!, error, socket, exchanges.get(socket));
  });
  return server;
}

/** Answers what is not HTTP, or too slow or large to become a request. */
function refuseUnreadable(
  { door, service }: Mount,
  error: NodeJS.ErrnoException,
  socket: Duplex,
  exchange: HttpExchange | undefined,
): void {
  const gone = BROKEN.has(error.code ?? "") || !socket.writable;
  if (gone || exchange?.isAnswered === true) {
    socket.destroy();
    return;
  }
  const warning = service.http2Warning;
  if (error.code === "HPE_PAUSED_H2_UPGRADE" && warning !== undefined) door.log.warn(warning);
  const status = REFUSALS[error.code ?? ""] ?? "400 Bad Request";
  const code = status.slice(0, 3);
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => {
    socket.destroy();
  });
  if (exchange?.isOver === false) {
    exchange.brokenAs(code);
    return;
  }
  door.metrics.answered({
    door: service.name,
    signal: undefined,
    code,
    durationMs: 0,
    wireBytes: 0,
    bodyBytes: 0,
  });
}
