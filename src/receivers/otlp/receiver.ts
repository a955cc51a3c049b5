import type { Address } from "#core/address.ts";
import type { Clock } from "#core/clock.ts";
import { SightglassError } from "#core/errors.ts";
import { BearerToken } from "#pipeline/intake/bearer.ts";
import type { DoorLimits, ReceiverLog, ReceiverMetrics } from "#pipeline/intake/door.ts";
import { createHttpServer } from "#pipeline/intake/http-server.ts";
import { closeListener, drained, listen } from "#pipeline/intake/listen.ts";
import { OtlpDoor } from "./door.ts";
import { GrpcServer } from "./grpc-server.ts";
import { createOtlpService } from "./http-service.ts";
import { OriginPolicy, type CorsSettings } from "#pipeline/intake/origin-policy.ts";
import type { OtlpSink } from "./sink.ts";

export interface OtlpReceiverOptions {
  readonly http: Address;
  readonly grpc: Address;
  /** What senders must show as bearer; undefined lets everyone in. */
  readonly token?: string;
  readonly cors?: CorsSettings;
  readonly sink: OtlpSink;
  readonly metrics: ReceiverMetrics;
  readonly log: ReceiverLog;
  readonly clock: Clock;
  readonly limits?: Partial<DoorLimits>;
}

/** The ports that the doors listen on, which differ from the asked ones where those were 0. */
export interface OtlpPorts {
  readonly httpPort: number;
  readonly grpcPort: number;
}

export interface OtlpReceiver {
  /** @throws SightglassError `port_in_use`, or `config_invalid` for an address that is not this machine's. */
  start(): Promise<OtlpPorts>;
  /**
   * Closes the doors: what comes from now on is told to come again later, requests in flight are
   * finished within a bound, then every connection is closed. May be called twice, or before start.
   */
  stop(): Promise<void>;
}

/**
 * The OTLP receiver: OTLP/HTTP and OTLP/gRPC in front of one sink. Creating it does nothing yet.
 *
 * @example
 * const receiver = createOtlpReceiver({
 *   http: { host: "127.0.0.1", port: 4318 },
 *   grpc: { host: "127.0.0.1", port: 4317 },
 *   sink, metrics, log, clock,
 * });
 * const { httpPort, grpcPort } = await receiver.start();
 */
export function createOtlpReceiver(options: OtlpReceiverOptions): OtlpReceiver {
  return new Receiver(options);
}

class Receiver implements OtlpReceiver {
  private readonly options: OtlpReceiverOptions;
  private readonly door: OtlpDoor;
  private readonly http: ReturnType<typeof createHttpServer>;
  private readonly grpc: GrpcServer;
  private started: Promise<OtlpPorts> | undefined;
  private stopped: Promise<void> | undefined;

  constructor(options: OtlpReceiverOptions) {
    if (options.token === "") {
      throw new SightglassError("config_invalid", "SIGHTGLASS_TOKEN: found an empty text");
    }
    this.options = options;
    const token = options.token === undefined ? undefined : new BearerToken(options.token);
    this.door = new OtlpDoor({ ...options, token });
    const service = createOtlpService(this.door, new OriginPolicy(options.cors ?? {}));
    this.http = createHttpServer(this.door.limits, [{ door: this.door, service }]);
    this.grpc = new GrpcServer(this.door);
  }

  async start(): Promise<OtlpPorts> {
    if (this.stopped !== undefined) {
      throw new SightglassError("stopping", "the OTLP receiver was stopped and cannot start again");
    }
    this.started ??= this.listen();
    return this.started;
  }

  async stop(): Promise<void> {
    this.stopped ??= this.close();
    await this.stopped;
  }

  private async listen(): Promise<OtlpPorts> {
    const { http, grpc, log } = this.options;
    try {
      const httpPort = await listen(this.http, http, "SIGHTGLASS_OTLP_HTTP");
      const grpcPort = await listen(this.grpc.server, grpc, "SIGHTGLASS_OTLP_GRPC");
      for (const server of [this.http, this.grpc.server]) {
        server.on("error", (error: Error) => {
          log.error("An OTLP door failed", { error });
        });
      }
      return { httpPort, grpcPort };
    } catch (error) {
      await Promise.all([closeListener(this.http), closeListener(this.grpc.server)]);
      throw error;
    }
  }

  private async close(): Promise<void> {
    this.door.stopping = true;
    // A listener that is just being opened could not be closed.
    await Promise.allSettled([this.started]);
    const closed = Promise.all([closeListener(this.http), closeListener(this.grpc.server)]);
    this.http.closeIdleConnections();
    this.grpc.goAway();
    await drained(this.door);
    this.http.closeAllConnections();
    this.grpc.destroy();
    await closed;
  }
}
