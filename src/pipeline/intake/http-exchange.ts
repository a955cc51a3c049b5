import type { IncomingMessage, ServerResponse } from "node:http";
import { SightglassError } from "#core/errors.ts";
import { type BodyCoding, CODINGS, codingOf } from "./decompress.ts";
import type { Door } from "./door.ts";
import {
  type HttpAnswer,
  type HttpRoute,
  type HttpService,
  isRoute,
  type Mount,
} from "./http-route.ts";

/** One request to an HTTP door and its answer. It is the head of its request, as routes see it. */
export class HttpExchange {
  /** Of the mount that has the path; where none has it, of the first. */
  private readonly door: Door;
  private readonly service: HttpService;
  /** What is at the path, looked up once. */
  private readonly found: HttpRoute | HttpAnswer | undefined;
  private readonly request: IncomingMessage;
  private readonly response: ServerResponse;
  private readonly startedMs: number;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  private signal: HttpRoute["signal"];
  /** Where the headers are judged, or have been: from then on it answers. */
  private route: HttpRoute | undefined;
  private allowed: readonly string[] = [];
  private coding: BodyCoding = "identity";
  private readonly chunks: Buffer[] = [];
  private wireBytes = 0;
  private bodyBytes = 0;
  /** Bytes that the door holds for this request. */
  private heldBytes = 0;
  private readonly expectsContinue: boolean;
  private state: "reading" | "answered" = "reading";
  private lingeredBytes = 0;
  private code = "aborted";
  /** The connection has no more to do with this request, and the sink neither: then it is over. */
  private closed = false;
  private atSink = false;
  private over = false;

  constructor(
    mounts: readonly Mount[],
    request: IncomingMessage,
    response: ServerResponse,
    expectsContinue: boolean,
  ) {
    this.request = request;
    const { method = "", url = "/" } = request;
    const queryAt = url.indexOf("?");
    this.method = method;
    this.path = queryAt < 0 ? url : url.slice(0, queryAt);
    this.query = queryAt < 0 ? "" : url.slice(queryAt + 1);
    let mount = mounts[0]!;
    let found: HttpRoute | HttpAnswer | undefined;
    for (const candidate of mounts) {
      found = candidate.service.find(this.path, method);
      if (found === undefined) continue;
      mount = candidate;
      break;
    }
    this.found = found;
    this.door = mount.door;
    this.service = mount.service;
    this.response = response;
    this.expectsContinue = expectsContinue;
    this.startedMs = this.door.clock.monotonicMs();
  }

  begin(): void {
    this.door.enter();
    this.response.on("close", this.onClose);
    // A pipelined request whose turn to be answered has not come is told only here.
    this.request.on("close", this.onRequestClose);
    // Without a listener, the error of a sender that went away would be thrown.
    this.request.on("error", ignore);
    try {
      const route = this.findRoute();
      if (route === undefined) return;
      this.judgeHeaders(route);
    } catch (error) {
      this.refuse(error);
      return;
    }
    if (this.expectsContinue) this.response.writeContinue();
    this.request.setTimeout(this.door.limits.bodyIdleMsMax, this.onIdle);
    this.request.on("data", this.onData);
    this.request.on("end", this.onEnd);
  }

  get isAnswered(): boolean {
    return this.response.headersSent;
  }

  /** Whether nothing is left to do for it. */
  get isOver(): boolean {
    return this.over;
  }

  /** The connection turned out unreadable in the middle of the body, and was answered with `code`. */
  brokenAs(code: string): void {
    this.state = "answered";
    this.code = code;
  }

  get headers(): IncomingMessage["headers"] {
    return this.request.headers;
  }

  /** Undefined when the request has been answered, because it is not one that carries telemetry. */
  private findRoute(): HttpRoute | undefined {
    const { found } = this;
    if (found === undefined) {
      const { paths } = this.service;
      throw new SightglassError("not_found", `there is nothing here: allowed are ${paths}`);
    }
    if (!isRoute(found)) {
      this.answer(found);
      return undefined;
    }
    const { method, headers } = this;
    this.signal = found.signal;
    if (method === "OPTIONS" && headers.origin !== undefined) {
      this.answerPreflight(headers.origin);
      return undefined;
    }
    if (found.methods.includes(method)) return found;
    this.allowed = found.methods;
    throw new SightglassError(
      "method_not_allowed",
      `found ${method}, allowed is ${found.methods.join(" or ")}`,
    );
  }

  private judgeHeaders(route: HttpRoute): void {
    this.route = route;
    const { headers } = this.request;
    if (headers.origin !== undefined && !this.service.origins.allows(headers.origin)) {
      throw this.forbiddenOrigin(headers.origin);
    }
    route.judge(this);
    const coding = route.coding?.(this) ?? codingOf(headers["content-encoding"]);
    if (coding === undefined) throw wrongCoding(headers["content-encoding"]);
    this.coding = coding;
    const declared = Number(headers["content-length"] ?? 0);
    this.boundWireBytes(declared);
    const overload = this.door.refusal(declared);
    if (overload !== undefined) throw overload;
  }

  private boundWireBytes(bytes: number): void {
    const { compressedBytesMax, bodyBytesMax } = this.door.limits;
    const bytesMax = this.coding === "identity" ? bodyBytesMax : compressedBytesMax;
    if (bytes <= bytesMax) return;
    throw new SightglassError(
      "payload_too_large",
      `the body: found ${bytes} bytes or more, allowed are ${bytesMax}`,
    );
  }

  private readonly onData = (chunk: Buffer): void => {
    if (this.state !== "reading") return;
    this.wireBytes += chunk.length;
    this.hold(chunk.length);
    try {
      this.boundWireBytes(this.wireBytes);
      const overload = this.door.overload(0);
      if (overload !== undefined) throw overload;
      this.chunks.push(chunk);
    } catch (error) {
      this.refuse(error);
    }
  };

  private readonly onEnd = (): void => {
    if (this.state !== "reading") return;
    this.request.socket.setTimeout(0);
    this.atSink = true;
    this.takeIn().then(this.onAccepted, this.onFailure);
  };

  /** Reads the body, decompresses it and hands it to the route. */
  private async takeIn(): Promise<HttpAnswer> {
    const { chunks } = this;
    const wire = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, this.wireBytes);
    chunks.length = 0;
    const body = await this.door.decompress(this.coding, wire);
    this.bodyBytes = body.length;
    if (body !== wire) this.hold(body.length);
    return this.route!.accept(body, this);
  }

  private readonly onAccepted = (answer: HttpAnswer): void => {
    this.atSink = false;
    this.answer(answer, this.corsHeaders());
  };

  private readonly onFailure = (error: unknown): void => {
    this.atSink = false;
    this.refuse(error);
  };

  private refuse(cause: unknown): void {
    const error = this.door.answerFor(cause);
    const headers = this.corsHeaders();
    const again = error.status === 503 || error.status === 429;
    const retryAfter = again ? this.door.retryAfterSeconds(error) : undefined;
    if (retryAfter !== undefined) headers["retry-after"] = String(retryAfter);
    if (error.status === 401) headers["www-authenticate"] = "Bearer";
    if (error.status === 405) headers["allow"] = [...this.allowed, "OPTIONS"].join(", ");
    if (error.status === 415) headers["accept-encoding"] = CODINGS.join(", ");
    const answer =
      this.route?.refuse(error, retryAfter, this) ?? this.service.refuse(error, retryAfter);
    this.answer(answer, headers);
  }

  private answerPreflight(origin: string): void {
    const { origins } = this.service;
    if (!origins.allows(origin)) throw this.forbiddenOrigin(origin);
    const requested = this.request.headers["access-control-request-headers"];
    this.code = "204";
    this.state = "answered";
    this.response.writeHead(204, origins.preflightHeaders(origin, requested)).end();
  }

  private corsHeaders(): Record<string, string> {
    const { origin } = this.request.headers;
    const { origins } = this.service;
    return origin !== undefined && origins.allows(origin) ? origins.headers(origin) : {};
  }

  private forbiddenOrigin(origin: string): SightglassError {
    return new SightglassError(
      "forbidden_origin",
      `Origin: found ${origin}, which the CORS settings of ${this.service.owner} do not allow`,
    );
  }

  private answer(answer: HttpAnswer, headers: Record<string, string> = {}): void {
    if (this.request.socket.destroyed) {
      this.onClose();
      return;
    }
    const { status, contentType, body } = answer;
    this.state = "answered";
    this.code = String(status);
    if (answer.headers !== undefined) Object.assign(headers, answer.headers);
    if (contentType !== undefined) headers["content-type"] = contentType;
    if (status !== 204) headers["content-length"] = String(body.length);
    const unread = this.hasUnreadBody();
    if (unread || this.door.stopping) headers["connection"] = "close";
    this.response.writeHead(status, headers);
    // Who waits for a 100 sends nothing after another answer.
    if (unread && !this.expectsContinue) this.linger(body);
    else this.response.end(body);
  }

  private hasUnreadBody(): boolean {
    const { headers } = this.request;
    const announced = headers["transfer-encoding"] !== undefined;
    return (announced || Number(headers["content-length"] ?? 0) > 0) && !this.request.complete;
  }

  /**
   * Sends an answer before the body has come in. Closing right away would reset the connection, and
   * the sender might lose the answer: so a little more of the body is read and dropped.
   */
  private linger(answer: Buffer): void {
    this.chunks.length = 0;
    this.hold(-this.heldBytes);
    this.response.write(answer);
    const end = (): void => {
      this.response.end();
    };
    const timer = this.door.clock.setTimeout(end, this.door.limits.lingerMsMax);
    this.response.on("close", () => {
      timer.cancel();
    });
    this.request.on("end", end);
    this.request.on("data", (chunk: Buffer) => {
      this.lingeredBytes += chunk.length;
      if (this.lingeredBytes > this.door.limits.lingerBytesMax) this.request.pause();
    });
  }

  /** A body that stopped coming. There is nobody to answer: the sender will see a broken connection and try again. */
  private readonly onIdle = (): void => {
    if (this.state !== "reading") return;
    this.code = "timeout";
    this.request.destroy();
  };

  private readonly onClose = (): void => {
    this.closed = true;
    this.finish();
  };

  private readonly onRequestClose = (): void => {
    if (this.request.socket.destroyed) this.onClose();
  };

  private finish(): void {
    if (this.over || !this.closed || this.atSink) return;
    this.over = true;
    this.chunks.length = 0;
    this.door.leave(this.heldBytes);
    this.door.metrics.answered({
      door: this.service.name,
      signal: this.signal,
      code: this.code,
      durationMs: this.door.clock.monotonicMs() - this.startedMs,
      wireBytes: this.wireBytes,
      bodyBytes: this.bodyBytes,
    });
  }

  private hold(bytes: number): void {
    this.heldBytes += bytes;
    this.door.hold(bytes);
  }
}

function ignore(): void {
  // See where it is registered.
}

function wrongCoding(found: string | undefined): SightglassError {
  return new SightglassError(
    "unsupported_media_type",
    `Content-Encoding: found ${found ?? "none"}, allowed are ${CODINGS.join(", ")}`,
  );
}
