import * as http2 from "node:http2";
import type { Signal } from "#core/signal.ts";
import {
  type Answer,
  readPartialSuccess,
  REQUEST_MS_MAX,
  type Transport,
  type TransportOptions,
} from "./transport.ts";

const SERVICES: Readonly<Record<Signal, string>> = {
  traces: "opentelemetry.proto.collector.trace.v1.TraceService",
  logs: "opentelemetry.proto.collector.logs.v1.LogsService",
  metrics: "opentelemetry.proto.collector.metrics.v1.MetricsService",
};

/** The status codes of gRPC that OTLP lets a sender try again after. */
const RETRYABLE: ReadonlySet<number> = new Set([1, 4, 8, 10, 11, 14, 15]);
const OK = 0;
const UNAVAILABLE = 14;
const PREFIX_BYTES = 5;

/** OTLP over gRPC: unary calls on one connection, which is made again when it is lost. */
export class GrpcTransport implements Transport {
  private readonly options: TransportOptions;
  private session: http2.ClientHttp2Session | undefined;

  constructor(options: TransportOptions) {
    this.options = options;
  }

  send(signal: Signal, gzipped: Uint8Array): Promise<Answer> {
    return new Promise((resolve) => {
      const stream = this.connected().request({
        ":method": "POST",
        ":path": `/${SERVICES[signal]}/Export`,
        "content-type": "application/grpc+proto",
        "grpc-encoding": "gzip",
        te: "trailers",
        ...(this.options.token === undefined
          ? {}
          : { authorization: `Bearer ${this.options.token}` }),
      });
      const chunks: Buffer[] = [];
      let status: http2.IncomingHttpHeaders = {};
      const note = (headers: http2.IncomingHttpHeaders): void => {
        if (headers["grpc-status"] !== undefined) status = headers;
      };
      stream.setTimeout(REQUEST_MS_MAX, () => stream.close(http2.constants.NGHTTP2_CANCEL));
      stream.on("response", note);
      stream.on("trailers", note);
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("error", (error: Error) => resolve(failed(error.message)));
      stream.on("close", () => resolve(answerOf(status, Buffer.concat(chunks))));
      const prefix = Buffer.alloc(PREFIX_BYTES);
      prefix[0] = 1;
      prefix.writeUInt32BE(gzipped.length, 1);
      stream.write(prefix);
      stream.end(gzipped);
    });
  }

  close(): void {
    this.session?.destroy();
    this.session = undefined;
  }

  private connected(): http2.ClientHttp2Session {
    if (this.session !== undefined && !this.session.destroyed && !this.session.closed)
      return this.session;
    const session = http2.connect(this.options.endpoint);
    // Each call on it gets the error as well, and tells.
    session.on("error", () => session.destroy());
    this.session = session;
    return session;
  }
}

function answerOf(status: http2.IncomingHttpHeaders, body: Buffer): Answer {
  const code = Number(status["grpc-status"] ?? UNAVAILABLE);
  if (code === OK)
    return { outcome: "accepted", ...readPartialSuccess(body.subarray(PREFIX_BYTES)) };
  const message = `gRPC status ${code} ${decoded(status["grpc-message"])}`.trim();
  return { outcome: RETRYABLE.has(code) ? "retry" : "refused", rejected: 0, message };
}

function decoded(header: string | string[] | undefined): string {
  const text = String(header ?? "");
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function failed(message: string): Answer {
  return { outcome: "retry", rejected: 0, message };
}
