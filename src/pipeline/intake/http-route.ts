import type { IncomingHttpHeaders } from "node:http";
import type { SightglassError } from "#core/errors.ts";
import type { Signal } from "#core/signal.ts";
import type { BodyCoding } from "./decompress.ts";
import type { Door } from "./door.ts";
import type { OriginPolicy } from "./origin-policy.ts";

/** What is known of a request before its body. */
export interface RequestHead {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** What follows the `?`, undecoded; empty without one. */
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
}

export interface HttpAnswer {
  readonly status: number;
  readonly contentType?: string;
  readonly body: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What one path of a receiver takes. It keeps nothing of a request: many are under way at once. */
export interface HttpRoute {
  /** For the metrics; undefined where it is none or several. */
  readonly signal: Signal | undefined;
  /** All that are allowed; browsers' preflights are answered beside them. */
  readonly methods: readonly string[];
  /**
   * Judges who sends and in which form, before anything of the body is read.
   *
   * @throws SightglassError `unauthorized` or `unsupported_media_type`.
   */
  judge(head: RequestHead): void;
  /** How the body is compressed where that is not what `Content-Encoding` says. @throws SightglassError */
  coding?(head: RequestHead): BodyCoding | undefined;
  /**
   * Takes the decompressed body over. Resolves when its rows are durable.
   *
   * @throws SightglassError what is answered by `refuse`; any other error is answered as an overload.
   */
  accept(body: Buffer, head: RequestHead): Promise<HttpAnswer>;
  /** Says no in the protocol's own form. Status and general headers may be left as they come. */
  refuse(
    error: SightglassError,
    retryAfterSeconds: number | undefined,
    head: RequestHead,
  ): HttpAnswer;
}

/** The paths of one protocol. Several may stand behind one listener; see {@link Mount}. */
export interface HttpService {
  /** In the metrics, as the label `door`. */
  readonly name: string;
  readonly origins: OriginPolicy;
  /** The word for what makes the cross-origin policy, such as `the OTLP receiver`. */
  readonly owner: string;
  /** Logged when a sender speaks HTTP/2 to it. */
  readonly http2Warning?: string;
  /**
   * What is behind a path: a route, or what everyone is answered there. Undefined when the path is
   * none of this service's.
   */
  find(path: string, method: string): HttpRoute | HttpAnswer | undefined;
  /** Which paths there are, for those who missed them. */
  readonly paths: string;
  /** Says no where no route was found. */
  refuse(error: SightglassError, retryAfterSeconds: number | undefined): HttpAnswer;
}

/** A service behind a listener, with the door of the receiver that it belongs to. */
export interface Mount {
  readonly door: Door;
  readonly service: HttpService;
}

export function isRoute(found: HttpRoute | HttpAnswer): found is HttpRoute {
  return "accept" in found;
}
