import * as http from "node:http";
import * as https from "node:https";
import type { Clock } from "#core/clock.ts";
import { destinationUrl } from "./destination-url.ts";
import type { Reach } from "./destination-url.ts";
import { guardedLookup, type Resolve } from "./guarded-lookup.ts";

export interface OutboundRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** From the start to the end of the answer. */
  readonly msMax: number;
  readonly cancel: AbortSignal;
}

export interface OutboundResponse {
  readonly status: number;
  /** Names in lower case; of several of one name the values in one, as Node joins them. */
  readonly headers: Readonly<Record<string, string>>;
  /** The beginning of the body, up to the bound. */
  readonly body: Buffer;
}

export interface OutboundOptions extends Reach {
  readonly clock: Clock;
  /** The system's resolver when left out. */
  readonly resolve?: Resolve;
  readonly connectionsMax?: number;
  readonly responseBytesMax?: number;
}

const CONNECTIONS_MAX = 16;
const IDLE_CONNECTIONS_MAX = 4;
const IDLE_MS_MAX = 30_000;
const CONNECT_MS_MAX = 10_000;
const RESPONSE_BYTES_MAX = 65_536;
const RESPONSE_HEADER_BYTES_MAX = 16_384;

/**
 * The one way out to other hosts, for whatever sends over HTTP. A name is resolved once for each
 * connection, every address that it has is judged, and the connection goes to one of those judged: a
 * name that means something else a moment later leads nowhere. Redirects are answers like any other,
 * and no proxy of the environment is used. Connections are kept and used again; certificates are
 * always verified.
 *
 * @example
 * const outbound = new Outbound({ allowPrivate: false, clock });
 * const { status } = await outbound.request({ method: "POST", url, headers: {}, body, msMax: 30_000, cancel });
 */
export class Outbound {
  readonly #options: OutboundOptions;
  readonly #agents: { readonly "http:": http.Agent; readonly "https:": https.Agent };

  constructor(options: OutboundOptions) {
    this.#options = options;
    const pool = {
      keepAlive: true,
      maxSockets: options.connectionsMax ?? CONNECTIONS_MAX,
      maxFreeSockets: IDLE_CONNECTIONS_MAX,
      timeout: IDLE_MS_MAX,
      lookup: guardedLookup(options),
    };
    this.#agents = { "http:": new http.Agent(pool), "https:": new https.Agent(pool) };
  }

  /**
   * The answer, whatever its status.
   *
   * @throws SightglassError `config_invalid` for a URL that is not allowed as it stands.
   * @throws OutboundRefusedError when its name leads where nothing may go.
   * @throws Error of the network, of a time-out, or why `cancel` was aborted.
   */
  async request(request: OutboundRequest): Promise<OutboundResponse> {
    const url = destinationUrl(request.url, this.#options);
    const { clock } = this.#options;
    const own = new AbortController();
    const timer = clock.setTimeout(
      () => own.abort(new Error(`no answer from ${url.origin} within ${request.msMax} ms`)),
      request.msMax,
    );
    const cancel = AbortSignal.any([own.signal, request.cancel]);
    try {
      cancel.throwIfAborted();
      return await this.#exchange(url, request, cancel);
    } catch (error) {
      // Node's own error only says that it was aborted.
      throw cancel.aborted && cancel.reason instanceof Error ? cancel.reason : error;
    } finally {
      timer.cancel();
    }
  }

  /** Closes the connections that are kept; those in use close when they are done. */
  close(): void {
    this.#agents["http:"].destroy();
    this.#agents["https:"].destroy();
  }

  async #exchange(
    url: URL,
    request: OutboundRequest,
    cancel: AbortSignal,
  ): Promise<OutboundResponse> {
    try {
      return await this.#once(url, request, cancel);
    } catch (error) {
      // The other side closed the kept connection just as it was used: it has not seen the request.
      if (!(error instanceof StaleConnectionError) || cancel.aborted) throw error;
      return this.#once(url, request, cancel);
    }
  }

  #once(url: URL, request: OutboundRequest, cancel: AbortSignal): Promise<OutboundResponse> {
    const { clock, responseBytesMax = RESPONSE_BYTES_MAX } = this.#options;
    const isSecure = url.protocol === "https:";
    const body = request.body === undefined ? undefined : Buffer.from(request.body);
    return new Promise((resolve, reject) => {
      const options = {
        method: request.method,
        headers: {
          ...request.headers,
          ...(body === undefined ? {} : { "content-length": String(body.length) }),
        },
        agent: this.#agents[isSecure ? "https:" : "http:"],
        signal: cancel,
        maxHeaderSize: RESPONSE_HEADER_BYTES_MAX,
      };
      const sent = isSecure ? https.request(url, options) : http.request(url, options);
      const connecting = clock.setTimeout(
        () => sent.destroy(new Error(`no connection to ${url.origin} within ${CONNECT_MS_MAX} ms`)),
        CONNECT_MS_MAX,
      );
      sent.on("socket", (socket) => {
        if (socket.connecting) socket.once("connect", () => connecting.cancel());
        else connecting.cancel();
      });
      sent.on("response", (response) => {
        readBody(response, responseBytesMax).then(
          (bytes) =>
            resolve({
              status: response.statusCode ?? 0,
              headers: headersOf(response),
              body: bytes,
            }),
          reject,
        );
      });
      sent.on("error", (error: NodeJS.ErrnoException) => {
        connecting.cancel();
        const isStale = sent.reusedSocket && error.code === "ECONNRESET";
        reject(isStale ? new StaleConnectionError(error) : error);
      });
      sent.end(body);
    });
  }
}

class StaleConnectionError extends Error {
  constructor(cause: Error) {
    super(cause.message, { cause });
    this.name = "StaleConnectionError";
  }
}

async function readBody(response: http.IncomingMessage, bytesMax: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    parts.push(part);
    bytes += part.length;
    // Leaving the loop closes the connection: nothing more of it is read.
    if (bytes >= bytesMax) break;
  }
  return Buffer.concat(parts).subarray(0, bytesMax);
}

function headersOf({ headers }: http.IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(", ") : (value ?? ""),
    ]),
  );
}

/** Milliseconds that a Retry-After header asks to wait (RFC 9110 §10.2.3); undefined when it is none. */
export function retryAfterMs(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value.trim())) return Number(value) * 1_000;
  const timeMs = Date.parse(value);
  return Number.isNaN(timeMs) ? undefined : Math.max(0, timeMs - nowMs);
}
