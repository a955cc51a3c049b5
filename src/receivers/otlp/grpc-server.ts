import {
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { Timer } from "#core/clock.ts";
import type { OtlpDoor } from "./door.ts";
import { GrpcCall } from "./grpc-call.ts";

/** How nghttp2 calls a connection that does not begin as HTTP/2 does. */
const BAD_MAGIC = "bad client magic";

/**
 * The OTLP/gRPC door (https://opentelemetry.io/docs/specs/otlp/#otlpgrpc): the unary `Export` of the
 * three services, and `grpc.health.v1.Health/Check`, over cleartext HTTP/2 with prior knowledge.
 * PING, flow control and the bound on reset streams (CVE-2023-44487) are Node's and nghttp2's.
 */
export class GrpcServer {
  readonly server: Http2Server;
  private readonly door: OtlpDoor;
  private readonly sessions = new Set<ServerHttp2Session>();
  private readonly calls = new Set<GrpcCall>();
  private sweep: Timer | undefined;

  constructor(door: OtlpDoor) {
    this.door = door;
    const { limits } = door;
    this.server = createServer({
      settings: {
        initialWindowSize: limits.callWindowBytes,
        maxConcurrentStreams: limits.callsPerConnectionMax,
        maxHeaderListSize: limits.headerBytesMax,
        enablePush: false,
      },
    });
    this.server.maxConnections = limits.connectionsMax;
    this.server.on("session", this.onSession);
    this.server.on("stream", this.onStream);
    this.server.on("sessionError", this.onSessionError);
  }

  /** Announces the end on every connection (GOAWAY); calls in flight go on. */
  goAway(): void {
    for (const session of this.sessions) session.close();
  }

  /** Breaks whatever connection is left. */
  destroy(): void {
    this.sweep?.cancel();
    this.sweep = undefined;
    for (const session of this.sessions) session.destroy();
  }

  private readonly onSession = (session: ServerHttp2Session): void => {
    this.sessions.add(session);
    session.setLocalWindowSize(this.door.limits.connectionWindowBytes);
    const idleMsMax = this.door.limits.connectionIdleMsMax;
    session.setTimeout(idleMsMax);
    session.on("timeout", () => {
      // The second time, a call is left whose sender does not even take the answer.
      if (session.closed) {
        session.destroy();
        return;
      }
      session.close();
      session.setTimeout(idleMsMax);
    });
    session.on("close", () => {
      this.sessions.delete(session);
    });
    if (this.door.stopping) session.close();
  };

  /** Node has closed the connection. */
  private readonly onSessionError = (error: Error): void => {
    if (!error.message.includes(BAD_MAGIC)) return;
    this.door.log.warn(
      "The OTLP/gRPC port got what is not HTTP/2: OTLP/HTTP has a port of its own",
    );
  };

  private readonly onStream = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void => {
    const call = new GrpcCall(this.door, stream, headers, () => {
      this.calls.delete(call);
    });
    this.calls.add(call);
    call.begin();
    this.sweep ??= this.door.clock.setTimeout(this.onSweep, this.door.limits.sweepMs);
  };

  /** One timer for all calls, because one for each would cost more than the calls' framing. */
  private readonly onSweep = (): void => {
    const nowMs = this.door.clock.monotonicMs();
    for (const call of this.calls) call.judgeAge(nowMs);
    this.sweep =
      this.calls.size === 0
        ? undefined
        : this.door.clock.setTimeout(this.onSweep, this.door.limits.sweepMs);
  };
}
