import type { IncomingMessage, ServerResponse } from "node:http";
import { SightglassError } from "#core/errors.ts";
import type { Signal } from "#core/signal.ts";
import { responseJson, responseProtobuf, rpcCode, statusJson, statusProtobuf } from "./answers.ts";
import { CODINGS, codingOf, type Coding } from "./decompress.ts";
import type { Door } from "./door.ts";
import { freeBody } from "./free-body.ts";
import type { Intake } from "./intake.ts";
import { protobufOfJson } from "./json-body.ts";
import type { OriginPolicy } from "./origin-policy.ts";

const SIGNAL_OF_PATH: ReadonlyMap<string, Signal> = new Map([
  ["/v1/traces", "traces"],
  ["/v1/metrics", "metrics"],
  ["/v1/logs", "logs"],
]);

const PROTOBUF = "application/x-protobuf";
const JSON_TYPE = "application/json";
const HINT =
  "Sightglass takes OTLP/HTTP here: POST /v1/traces, /v1/metrics or /v1/logs, as application/x-protobuf or application/json.\n";

/** One request to the HTTP door and its answer. */
export class HttpExchange {
  private readonly door: Door;
  private readonly origins: OriginPolicy;
  private readonly request: IncomingMessage;
  private readonly response: ServerResponse;
  private readonly startedMs: number;
  private signal: Signal | undefined;
  private json = true;
  private coding: Coding = "identity";
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
    door: Door,
    origins: OriginPolicy,
    request: IncomingMessage,
    response: ServerResponse,
    expectsContinue: boolean,
  ) {
    this.door = door;
    this.origins = origins;
    this.request = request;
    this.response = response;
    this.expectsContinue = expectsContinue;
    this.startedMs = door.clock.monotonicMs();
  }

  begin(): void {
    this.door.enter();
    this.response.on("close", this.onClose);
    // A pipelined request whose turn to be answered has not come is told only here.
    this.request.on("close", this.onRequestClose);
    // Without a listener, the error of a sender that went away would be thrown.
    this.request.on("error", ignore);
    try {
      if (!this.route()) return;
      this.judgeHeaders();
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

  /** False when the request has been answered, because it is not one that carries telemetry. */
  private route(): boolean {
    const { method, url = "/" } = this.request;
    const queryAt = url.indexOf("?");
    const path = queryAt < 0 ? url : url.slice(0, queryAt);
    this.signal = SIGNAL_OF_PATH.get(path);
    if (this.signal === undefined) {
      if (path !== "/" || (method !== "GET" && method !== "HEAD")) throw notFound();
      this.answer(200, "text/plain; charset=utf-8", Buffer.from(HINT), {});
      return false;
    }
    if (method === "OPTIONS" && this.request.headers.origin !== undefined) {
      this.answerPreflight(this.request.headers.origin);
      return false;
    }
    if (method === "POST") return true;
    throw new SightglassError("method_not_allowed", `found ${method}, allowed is POST`);
  }

  private judgeHeaders(): void {
    const { headers } = this.request;
    const mediaType = headers["content-type"]?.split(";", 1)[0]!.trim().toLowerCase();
    this.json = mediaType !== PROTOBUF;
    if (headers.origin !== undefined && !this.origins.allows(headers.origin)) {
      throw forbiddenOrigin(headers.origin);
    }
    if (this.door.token !== undefined && !this.door.token.opens(headers.authorization)) {
      throw new SightglassError("unauthorized", "Authorization: allowed is Bearer with the token");
    }
    if (mediaType !== PROTOBUF && mediaType !== JSON_TYPE) throw wrongMediaType(mediaType);
    const coding = codingOf(headers["content-encoding"]);
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
    this.takeIn().then(this.onIntake, this.onFailure);
  };

  private async takeIn(): Promise<Intake> {
    return this.door.accept(this.signal!, await this.protobuf());
  }

  /** The body, read, decompressed and, if it was JSON, transcoded. */
  private async protobuf(): Promise<Buffer> {
    const { chunks } = this;
    const wire = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, this.wireBytes);
    chunks.length = 0;
    const body = await this.door.decompress(this.coding, wire);
    this.bodyBytes = body.length;
    if (body !== wire) this.hold(body.length);
    if (!this.json) return body;
    const protobuf = protobufOfJson(this.signal!, body, this.door.limits);
    freeBody(body);
    return protobuf;
  }

  private readonly onIntake = (intake: Intake): void => {
    this.atSink = false;
    const signal = this.signal!;
    if (this.json) this.answer(200, JSON_TYPE, responseJson(signal, intake), this.corsHeaders());
    else this.answer(200, PROTOBUF, responseProtobuf(signal, intake), this.corsHeaders());
  };

  private readonly onFailure = (error: unknown): void => {
    this.atSink = false;
    this.refuse(error);
  };

  private refuse(cause: unknown): void {
    const error = this.door.answerFor(cause);
    const code = rpcCode(error);
    const headers = this.corsHeaders();
    const again = error.status === 503 || error.status === 429;
    const retryAfter = again ? this.door.retryAfterSeconds(error) : undefined;
    if (retryAfter !== undefined) headers["retry-after"] = String(retryAfter);
    if (error.status === 401) headers["www-authenticate"] = "Bearer";
    if (error.status === 405) headers["allow"] = "POST, OPTIONS";
    if (error.status === 415) headers["accept-encoding"] = CODINGS.join(", ");
    const write = this.json ? statusJson : statusProtobuf;
    const message = error.message.slice(0, this.door.limits.statusMessageCharactersMax);
    const body = write(code, message, retryAfter);
    this.answer(error.status, this.json ? JSON_TYPE : PROTOBUF, body, headers);
  }

  private answerPreflight(origin: string): void {
    if (!this.origins.allows(origin)) throw forbiddenOrigin(origin);
    const requested = this.request.headers["access-control-request-headers"];
    this.code = "204";
    this.state = "answered";
    this.response.writeHead(204, this.origins.preflightHeaders(origin, requested)).end();
  }

  private corsHeaders(): Record<string, string> {
    const { origin } = this.request.headers;
    return origin !== undefined && this.origins.allows(origin) ? this.origins.headers(origin) : {};
  }

  private answer(
    status: number,
    contentType: string,
    body: Buffer,
    headers: Record<string, string>,
  ): void {
    if (this.request.socket.destroyed) {
      this.onClose();
      return;
    }
    this.state = "answered";
    this.code = String(status);
    headers["content-type"] = contentType;
    headers["content-length"] = String(body.length);
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
      door: "http",
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

function notFound(): SightglassError {
  const paths = [...SIGNAL_OF_PATH.keys()].join(", ");
  return new SightglassError("not_found", `there is nothing here: allowed are ${paths}`);
}

function forbiddenOrigin(origin: string): SightglassError {
  return new SightglassError(
    "forbidden_origin",
    `Origin: found ${origin}, which the CORS settings of the OTLP receiver do not allow`,
  );
}

function wrongMediaType(found: string | undefined): SightglassError {
  return new SightglassError(
    "unsupported_media_type",
    `Content-Type: found ${found ?? "none"}, allowed are ${PROTOBUF} and ${JSON_TYPE}`,
  );
}

function wrongCoding(found: string | undefined): SightglassError {
  return new SightglassError(
    "unsupported_media_type",
    `Content-Encoding: found ${found ?? "none"}, allowed are ${CODINGS.join(", ")}`,
  );
}
