import type { Server } from "node:net";
import type { Clock } from "#core/clock.ts";
import { SightglassError } from "#core/errors.ts";
import { BearerToken } from "./bearer.ts";
import { Door, type DoorLimits, type ReceiverLog, type ReceiverMetrics } from "./door.ts";
import { GrpcServer } from "./grpc-server.ts";
import { createHttpServer } from "./http-server.ts";
import { OriginPolicy, type CorsSettings } from "./origin-policy.ts";
import type { OtlpSink } from "./sink.ts";

/** Where a door listens. Port 0 takes any free one. */
export interface DoorAddress {
  readonly host: string;
  readonly port: number;
}

export interface OtlpReceiverOptions {
  readonly http: DoorAddress;
  readonly grpc: DoorAddress;
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
  private readonly door: Door;
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
    this.door = new Door({ ...options, token });
    this.http = createHttpServer(this.door, new OriginPolicy(options.cors ?? {}));
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
    const { clock, limits } = this.door;
    await new Promise<void>((resolve) => {
      const timer = clock.setTimeout(resolve, limits.drainMsMax);
      void this.door.idle().then(() => {
        timer.cancel();
        resolve();
      });
    });
    this.http.closeAllConnections();
    this.grpc.destroy();
    await closed;
  }
}

async function listen(server: Server, address: DoorAddress, setting: string): Promise<number> {
  const { host, port } = address;
  await new Promise<void>((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => {
      reject(listenError(error, address, setting));
    };
    server.once("error", fail);
    server.listen({ host, port }, () => {
      server.off("error", fail);
      resolve();
    });
  });
  const bound = server.address();
  return typeof bound === "object" && bound !== null ? bound.port : port;
}

function listenError(
  error: NodeJS.ErrnoException,
  { host, port }: DoorAddress,
  setting: string,
): SightglassError {
  if (error.code === "EADDRINUSE") {
    const message = `${setting}: ${host}:${port} is in use by another process: set another address, or port 0 for any free one`;
    return new SightglassError("port_in_use", message, { cause: error });
  }
  const message = `${setting}: cannot listen on ${host}:${port}: ${error.message}`;
  return new SightglassError("config_invalid", message, { cause: error });
}

async function closeListener(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
  });
}
