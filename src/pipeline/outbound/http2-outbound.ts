import * as http2 from "node:http2";
import type { Clock } from "#core/clock.ts";
import { destinationUrl } from "./destination-url.ts";
import type { Reach } from "./destination-url.ts";
import { guardedLookup, type Resolve } from "./guarded-lookup.ts";

export interface Http2Request {
  readonly url: string;
  /** Beside those of HTTP/2 itself, which are made of the URL; the method is POST. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** From the start to the end of the answer. */
  readonly msMax: number;
  readonly cancel: AbortSignal;
}

export interface Http2Response {
  readonly status: number;
  /** Names in lower case, those of the trailers among them. */
  readonly headers: Readonly<Record<string, string>>;
  /** The beginning of the body, up to the bound. */
  readonly body: Buffer;
}

export interface Http2OutboundOptions extends Reach {
  readonly clock: Clock;
  /** The system's resolver when left out. */
  readonly resolve?: Resolve;
}

const IDLE_MS_MAX = 300_000;
const RESPONSE_BYTES_MAX = 65_536;
const HEADER_PAIRS_MAX = 64;

/**
 * The way out for what speaks HTTP/2 alone, such as gRPC, with the rules of {@link Outbound}: each address is
 * judged before a connection is made to it, certificates are always verified. Requests to one host share a
 * connection; without TLS, HTTP/2 is spoken from the first byte on.
 */
export class Http2Outbound {
  readonly #options: Http2OutboundOptions;
  readonly #lookup: ReturnType<typeof guardedLookup>;
  readonly #sessions = new Map<string, http2.ClientHttp2Session>();

  constructor(options: Http2OutboundOptions) {
    this.#options = options;
    this.#lookup = guardedLookup(options);
  }

  /**
   * The answer, whatever its status.
   *
   * @throws SightglassError `config_invalid` for a URL that is not allowed as it stands.
   * @throws OutboundRefusedError when its name leads where nothing may go.
   * @throws Error of the network, of a time-out, or why `cancel` was aborted.
   */
  async request(request: Http2Request): Promise<Http2Response> {
    const url = destinationUrl(request.url, this.#options);
    const own = new AbortController();
    const timer = this.#options.clock.setTimeout(() => {
      // The connection may be dead without having said so: the next request gets another.
      this.#forget(url.origin);
      own.abort(new Error(`no answer from ${url.origin} within ${request.msMax} ms`));
    }, request.msMax);
    const cancel = AbortSignal.any([own.signal, request.cancel]);
    try {
      cancel.throwIfAborted();
      return await exchange(this.#session(url), url, request, cancel);
    } catch (error) {
      // Node's own error only says that it was aborted.
      throw cancel.aborted && cancel.reason instanceof Error ? cancel.reason : error;
    } finally {
      timer.cancel();
    }
  }

  /** Closes the connections; requests that are under way fail. */
  close(): void {
    for (const session of this.#sessions.values()) session.destroy();
    this.#sessions.clear();
  }

  #session(url: URL): http2.ClientHttp2Session {
    const known = this.#sessions.get(url.origin);
    if (known !== undefined && !known.closed && !known.destroyed) return known;
    const session = http2.connect(url.origin, {
      lookup: this.#lookup,
      maxHeaderListPairs: HEADER_PAIRS_MAX,
      settings: { enablePush: false },
    } as http2.ClientSessionOptions);
    session.setTimeout(IDLE_MS_MAX, () => session.close());
    // Each request on it gets the error as well, and tells.
    session.on("error", () => this.#forget(url.origin, session));
    session.on("goaway", () => this.#forget(url.origin, session));
    session.on("close", () => this.#forget(url.origin, session));
    this.#sessions.set(url.origin, session);
    return session;
  }

  /** What is under way on it goes on; it closes after that. */
  #forget(origin: string, session = this.#sessions.get(origin)): void {
    if (session === undefined) return;
    if (this.#sessions.get(origin) === session) this.#sessions.delete(origin);
    if (!session.destroyed) session.close();
  }
}

function exchange(
  session: http2.ClientHttp2Session,
  url: URL,
  { headers, body }: Http2Request,
  cancel: AbortSignal,
): Promise<Http2Response> {
  return new Promise((resolve, reject) => {
    const stream = session.request(
      { ...headers, ":method": "POST", ":path": `${url.pathname}${url.search}` },
      { signal: cancel },
    );
    const parts: Buffer[] = [];
    const found: Record<string, string> = {};
    let status = 0;
    let bytes = 0;
    let failure: Error | undefined;
    stream.on("response", (given) => {
      status = Number(given[":status"]);
      addHeaders(found, given);
    });
    stream.on("trailers", (given: http2.IncomingHttpHeaders) => addHeaders(found, given));
    stream.on("data", (part: Buffer) => {
      if (bytes < RESPONSE_BYTES_MAX) parts.push(part);
      bytes += part.length;
    });
    stream.on("error", (error: Error) => {
      failure = error;
    });
    stream.on("close", () => {
      // An answer may be whole before the request is: the rest of it is not wanted then.
      if (status === 0 || (failure !== undefined && found["grpc-status"] === undefined))
        reject(failure ?? new Error(`${url.origin} closed the connection without an answer`));
      else
        resolve({
          status,
          headers: found,
          body: Buffer.concat(parts).subarray(0, RESPONSE_BYTES_MAX),
        });
    });
    stream.end(body);
  });
}

function addHeaders(into: Record<string, string>, given: http2.IncomingHttpHeaders): void {
  for (const [name, value] of Object.entries(given)) {
    if (name.startsWith(":") || value === undefined) continue;
    into[name] = Array.isArray(value) ? value.join(", ") : value;
  }
}
