import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import { SightglassError } from "#core/errors.ts";
import { encodeMessage } from "#core/otlp/encode.ts";
import type { Signal } from "#core/signal.ts";
import { responseProtobuf, RPC_CODES, rpcCode, statusProtobuf, type RpcCode } from "./answers.ts";
import { CODINGS, codingOf, type Coding } from "#pipeline/intake/decompress.ts";
import type { OtlpDoor } from "./door.ts";
import { frameMessage, GrpcMessageReader, percentEncode, timeoutMs } from "./grpc-message.ts";
import type { Intake } from "./intake.ts";

type Method = Signal | "health";

const COLLECTOR = "/opentelemetry.proto.collector";
const METHODS: ReadonlyMap<string, Method> = new Map<string, Method>([
  [`${COLLECTOR}.trace.v1.TraceService/Export`, "traces"],
  [`${COLLECTOR}.metrics.v1.MetricsService/Export`, "metrics"],
  [`${COLLECTOR}.logs.v1.LogsService/Export`, "logs"],
  ["/grpc.health.v1.Health/Check", "health"],
]);

const CONTENT_TYPE = "application/grpc";
const CONTENT_TYPES = /^application\/grpc(?:\+proto)?$/;
const ACCEPT_ENCODING = CODINGS.join(",");
const SERVING = frameMessage(encodeMessage("HealthCheckResponse", { status: "SERVING" }));
const FULL_SUCCESS = frameMessage(Buffer.alloc(0));

/** One call to the gRPC door and its answer. */
export class GrpcCall {
  private readonly door: OtlpDoor;
  private readonly stream: ServerHttp2Stream;
  private readonly headers: IncomingHttpHeaders;
  private readonly onOver: () => void;
  private readonly startedMs: number;
  private readonly reader: GrpcMessageReader;
  private method: Method | undefined;
  private coding: Coding = "identity";
  private deadlineMs = Number.POSITIVE_INFINITY;
  private lastByteMs: number;
  private reading = true;
  private bodyBytes = 0;
  private heldBytes = 0;
  private code = "aborted";
  private closed = false;
  private atSink = false;
  private over = false;

  constructor(
    door: OtlpDoor,
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    onOver: () => void,
  ) {
    this.door = door;
    this.stream = stream;
    this.headers = headers;
    this.onOver = onOver;
    this.startedMs = door.clock.monotonicMs();
    this.lastByteMs = this.startedMs;
    this.reader = new GrpcMessageReader(door.limits);
  }

  begin(): void {
    this.door.enter();
    this.stream.on("close", this.onClose);
    // Without a listener, the error of a stream that was reset would be thrown.
    this.stream.on("error", ignore);
    try {
      if (!this.isGrpc()) return;
      this.judgeHeaders();
    } catch (error) {
      this.refuse(error);
      return;
    }
    this.stream.on("data", this.onData);
    this.stream.on("end", this.onEnd);
  }

  /** Ends a call whose sender is too slow; called now and then. */
  judgeAge(nowMs: number): void {
    if (!this.reading) return;
    const { bodyIdleMsMax, requestMsMax } = this.door.limits;
    if (nowMs > this.deadlineMs) {
      this.fail("DEADLINE_EXCEEDED", "the call's own time ran out while it was being read");
    } else if (nowMs - this.lastByteMs > bodyIdleMsMax || nowMs - this.startedMs > requestMsMax) {
      this.reading = false;
      this.code = "timeout";
      this.stream.close(constants.NGHTTP2_CANCEL);
    }
  }

  /** False when the request has been answered, because it is no gRPC at all. */
  private isGrpc(): boolean {
    const { [":method"]: method, "content-type": contentType } = this.headers;
    const mediaType = contentType?.split(";", 1)[0]!.trim().toLowerCase() ?? "";
    if (method !== "POST") this.answerHttp(405);
    else if (!CONTENT_TYPES.test(mediaType)) this.answerHttp(415);
    else return true;
    return false;
  }

  private answerHttp(status: number): void {
    this.reading = false;
    this.code = String(status);
    this.stream.respond({ ":status": status }, { endStream: true });
    this.dropRest();
  }

  private judgeHeaders(): void {
    const path = this.headers[":path"] ?? "";
    this.method = METHODS.get(path);
    if (this.method === undefined) throw new CallError("UNIMPLEMENTED", unknownMethod(path));
    if (this.method === "health") return;
    if (this.door.token !== undefined && !this.door.token.opens(this.headers.authorization)) {
      throw new SightglassError("unauthorized", "authorization: allowed is Bearer with the token");
    }
    const header = this.headers["grpc-encoding"];
    const coding = codingOf(Array.isArray(header) ? header.join(",") : header);
    if (coding === undefined) {
      throw new CallError(
        "UNIMPLEMENTED",
        `grpc-encoding: found ${String(header)}, allowed are ${ACCEPT_ENCODING}`,
      );
    }
    this.coding = coding;
    this.readDeadline();
    const overload = this.door.refusal(0);
    if (overload !== undefined) throw overload;
  }

  private readDeadline(): void {
    const header = this.headers["grpc-timeout"];
    if (header === undefined) return;
    const budgetMs = timeoutMs(String(header));
    if (budgetMs === undefined) {
      throw new SightglassError("bad_request", `grpc-timeout: found ${String(header)}`);
    }
    this.deadlineMs = this.startedMs + budgetMs;
  }

  private readonly onData = (chunk: Buffer): void => {
    if (!this.reading) return;
    this.lastByteMs = this.door.clock.monotonicMs();
    this.hold(chunk.length);
    try {
      this.reader.push(chunk);
      const overload = this.door.overload(0);
      if (overload !== undefined) throw overload;
    } catch (error) {
      this.refuse(error);
    }
  };

  private readonly onEnd = (): void => {
    if (!this.reading) return;
    this.reading = false;
    if (this.method === "health") {
      this.respond(SERVING);
      return;
    }
    this.atSink = true;
    this.takeIn().then(this.onIntake, this.onFailure);
  };

  private async takeIn(): Promise<Intake> {
    const body = await this.body();
    if (this.door.clock.monotonicMs() > this.deadlineMs) {
      throw new CallError("DEADLINE_EXCEEDED", "the call's own time ran out");
    }
    return this.door.accept(this.method as Signal, body);
  }

  private async body(): Promise<Buffer> {
    const message = this.reader.finish();
    if (!this.reader.compressed) {
      this.bodyBytes = message.length;
      return message;
    }
    if (this.coding === "identity") {
      throw new CallError(
        "INTERNAL",
        "the message is compressed, but grpc-encoding does not say how",
      );
    }
    const body = await this.door.decompress(this.coding, message);
    this.bodyBytes = body.length;
    this.hold(body.length);
    return body;
  }

  private readonly onIntake = (intake: Intake): void => {
    this.atSink = false;
    const message = responseProtobuf(this.method as Signal, intake);
    this.respond(message.length === 0 ? FULL_SUCCESS : frameMessage(message));
  };

  private readonly onFailure = (error: unknown): void => {
    this.atSink = false;
    this.refuse(error);
  };

  private respond(frame: Buffer): void {
    if (this.gone()) return;
    this.code = "OK";
    this.stream.on("wantTrailers", () => {
      this.stream.sendTrailers({ "grpc-status": "0" });
    });
    this.stream.respond(
      { ":status": 200, "content-type": CONTENT_TYPE, "grpc-accept-encoding": ACCEPT_ENCODING },
      { waitForTrailers: true },
    );
    this.stream.end(frame);
  }

  private refuse(cause: unknown): void {
    if (cause instanceof CallError) {
      this.fail(cause.rpcCode, cause.message);
      return;
    }
    const error = this.door.answerFor(cause);
    const again = error.status === 503 || error.status === 429;
    const retryAfter = again ? this.door.retryAfterSeconds(error) : undefined;
    this.fail(rpcCode(error), error.message, retryAfter);
  }

  /** Answers with headers only (Trailers-Only), and reads no more of the call. */
  private fail(code: RpcCode, fullMessage: string, retryAfterSeconds?: number): void {
    this.reading = false;
    this.reader.drop();
    if (this.gone()) return;
    this.code = code;
    const message = fullMessage.slice(0, this.door.limits.statusMessageCharactersMax);
    const details = statusProtobuf(code, message, retryAfterSeconds).toString("base64");
    this.stream.respond(
      {
        ":status": 200,
        "content-type": CONTENT_TYPE,
        "grpc-accept-encoding": ACCEPT_ENCODING,
        "grpc-status": String(RPC_CODES[code]),
        "grpc-message": percentEncode(message),
        "grpc-status-details-bin": details.replace(/=+$/, ""),
      },
      { endStream: true },
    );
    this.dropRest();
  }

  /** Asks for no more of a call that was answered early (RFC 9113, 8.1). */
  private dropRest(): void {
    if (this.stream.readableEnded) return;
    this.stream.resume();
    this.stream.close(constants.NGHTTP2_NO_ERROR);
  }

  /** Whether there is nobody left to answer. */
  private gone(): boolean {
    if (!this.stream.destroyed && !this.stream.closed) return false;
    this.finish();
    return true;
  }

  private readonly onClose = (): void => {
    this.closed = true;
    this.reading = false;
    this.finish();
  };

  private finish(): void {
    if (this.over || !this.closed || this.atSink) return;
    this.over = true;
    this.reader.drop();
    this.onOver();
    this.door.leave(this.heldBytes);
    this.door.metrics.answered({
      door: "grpc",
      signal: this.method === "health" ? undefined : this.method,
      code: this.code,
      durationMs: this.door.clock.monotonicMs() - this.startedMs,
      wireBytes: this.reader.bytes,
      bodyBytes: this.bodyBytes,
    });
  }

  private hold(bytes: number): void {
    this.heldBytes += bytes;
    this.door.hold(bytes);
  }
}

/** A refusal for which only gRPC has a word. */
class CallError extends Error {
  readonly rpcCode: RpcCode;

  constructor(code: RpcCode, message: string) {
    super(message);
    this.name = "CallError";
    this.rpcCode = code;
  }
}

function unknownMethod(path: string): string {
  return `the method: found ${path}, allowed are ${[...METHODS.keys()].join(", ")}`;
}

function ignore(): void {
  // See where it is registered.
}
