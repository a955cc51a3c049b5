import { promisify } from "node:util";
import { gzip, zstdCompress } from "node:zlib";
import type { Clock } from "#core/clock.ts";
import type { Signal } from "#core/signal.ts";
import { encodedOrRefused } from "#pipeline/delivery/encoded-or-refused.ts";
import { protobufRequest } from "#pipeline/otlp/protobuf-requests.ts";
import type { SignalRows } from "#pipeline/otlp/row-groups.ts";
import { lowerCasedHeaders } from "#pipeline/outbound/header-settings.ts";
import { Http2Outbound } from "#pipeline/outbound/http2-outbound.ts";
import { Outbound } from "#pipeline/outbound/outbound.ts";
import {
  grpcError,
  httpError,
  type PartialSuccess,
  partialSuccess,
  partialSuccessOfJson,
} from "./answers.ts";
import { jsonRequest } from "./json-requests.ts";
import type { OtlpSettings } from "./settings.ts";

/** Carries requests to a backend. */
export interface Transport {
  /**
   * Exports rows of one signal; what the backend says of those that it rejected.
   *
   * @throws the errors of `Destination.send`.
   */
  send(rows: SignalRows, cancel: AbortSignal): Promise<PartialSuccess | undefined>;
  close(): void;
}

const AGENT = "Sightglass-OTLP-Exporter/1.0";
/** gRPC: whether a message is compressed, and its length. */
const PREFIX_BYTES = 5;

const SERVICES: Readonly<Record<Signal, string>> = {
  traces: "opentelemetry.proto.collector.trace.v1.TraceService",
  metrics: "opentelemetry.proto.collector.metrics.v1.MetricsService",
  logs: "opentelemetry.proto.collector.logs.v1.LogsService",
};

const gzipped = promisify(gzip);
const zstdCompressed = promisify(zstdCompress);

export function openTransport(settings: OtlpSettings, clock: Clock): Transport {
  return settings.protocol === "grpc"
    ? new GrpcTransport(settings, clock)
    : new HttpTransport(settings, clock);
}

/** https://opentelemetry.io/docs/specs/otlp/#otlphttp */
class HttpTransport implements Transport {
  private readonly settings: OtlpSettings;
  private readonly clock: Clock;
  private readonly outbound: Outbound;
  private readonly isJson: boolean;

  constructor(settings: OtlpSettings, clock: Clock) {
    this.settings = settings;
    this.clock = clock;
    this.isJson = settings.protocol === "http/json";
    this.outbound = new Outbound({ allowPrivate: settings.allowPrivate, clock });
  }

  async send(rows: SignalRows, cancel: AbortSignal): Promise<PartialSuccess | undefined> {
    const { compression, headers, timeout } = this.settings;
    const message = this.isJson
      ? Buffer.from(JSON.stringify(jsonRequest(rows)))
      : encodedOrRefused(() => protobufRequest(rows));
    const answer = await this.outbound.request({
      method: "POST",
      url: urlOf(this.settings, rows.signal),
      headers: {
        "content-type": this.isJson ? "application/json" : "application/x-protobuf",
        ...(compression === "none" ? {} : { "content-encoding": compression }),
        "user-agent": AGENT,
        ...lowerCasedHeaders(headers),
      },
      body: await compressed(message, compression),
      msMax: timeout,
      cancel,
    });
    const error = httpError(answer, this.clock.nowMs());
    if (error !== undefined) throw error;
    const isJson = answer.headers["content-type"]?.startsWith("application/json") ?? this.isJson;
    return isJson ? partialSuccessOfJson(answer.body) : partialSuccess(answer.body);
  }

  close(): void {
    this.outbound.close();
  }
}

/** https://opentelemetry.io/docs/specs/otlp/#otlpgrpc: unary calls, over a connection that is kept. */
class GrpcTransport implements Transport {
  private readonly settings: OtlpSettings;
  private readonly outbound: Http2Outbound;

  constructor(settings: OtlpSettings, clock: Clock) {
    this.settings = settings;
    this.outbound = new Http2Outbound({ allowPrivate: settings.allowPrivate, clock });
  }

  async send(rows: SignalRows, cancel: AbortSignal): Promise<PartialSuccess | undefined> {
    const { compression, endpoint, headers, timeout } = this.settings;
    const plain = encodedOrRefused(() => protobufRequest(rows));
    const message = await compressed(plain, compression);
    const answer = await this.outbound.request({
      url: new URL(`/${SERVICES[rows.signal]}/Export`, endpoint).href,
      headers: {
        "content-type": "application/grpc+proto",
        te: "trailers",
        "grpc-timeout": `${timeout}m`,
        ...(compression === "none" ? {} : { "grpc-encoding": compression }),
        "user-agent": AGENT,
        ...lowerCasedHeaders(headers),
      },
      body: framed(message, compression !== "none"),
      msMax: timeout,
      cancel,
    });
    const error = grpcError(answer);
    if (error !== undefined) throw error;
    return partialSuccess(answer.body.subarray(PREFIX_BYTES));
  }

  close(): void {
    this.outbound.close();
  }
}

/** A signal's own endpoint as it stands, else the common one and the signal's path. */
function urlOf(settings: OtlpSettings, signal: Signal): string {
  const own = settings[`${signal}Endpoint`];
  return own ?? `${settings.endpoint.replace(/\/+$/, "")}/v1/${signal}`;
}

function compressed(
  message: Buffer,
  compression: OtlpSettings["compression"],
): Buffer | Promise<Buffer> {
  switch (compression) {
    case "none":
      return message;
    case "gzip":
      return gzipped(message);
    case "zstd":
      return zstdCompressed(message);
  }
}

function framed(message: Buffer, isCompressed: boolean): Buffer {
  const frame = Buffer.allocUnsafe(PREFIX_BYTES + message.length);
  frame[0] = isCompressed ? 1 : 0;
  frame.writeUInt32BE(message.length, 1);
  message.copy(frame, PREFIX_BYTES);
  return frame;
}
