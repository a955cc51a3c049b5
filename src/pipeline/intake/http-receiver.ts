import type { Server } from "node:http";
import { type Address, formatAddress } from "#core/address.ts";
import { SightglassError } from "#core/errors.ts";
import type { Receiver, ReceiverContext } from "../component.ts";
import { Door, type DoorLimits, type ReceiverMetrics } from "./door.ts";
import type { HttpService } from "./http-route.ts";
import { createHttpServer } from "./http-server.ts";
import { closeListener, drained, listen } from "./listen.ts";

export interface HttpReceiverOptions {
  readonly context: ReceiverContext;
  readonly endpoint: Address;
  /** Makes the paths of the receiver behind its door. */
  readonly service: (door: Door) => HttpService;
  readonly limits?: Partial<DoorLimits>;
}

/**
 * A receiver that is an HTTP listener in front of the paths of one protocol. `service` may as well be
 * mounted, beside others, on a listener of someone else's ({@link createHttpServer}).
 */
export class HttpReceiver implements Receiver {
  readonly service: HttpService;
  private readonly endpoint: Address;
  private readonly context: ReceiverContext;
  private readonly door: Door;
  private readonly server: Server;
  private port: number | undefined;
  private started: Promise<void> | undefined;
  private stopped: Promise<void> | undefined;

  constructor({ context, endpoint, service, limits }: HttpReceiverOptions) {
    this.context = context;
    this.endpoint = endpoint;
    this.door = new Door({
      owner: `The receiver ${context.name}`,
      metrics: intakeMetrics(context),
      log: context.log,
      clock: context.clock,
      ...(limits === undefined ? {} : { limits }),
    });
    this.service = service(this.door);
    this.server = createHttpServer(this.door, [this.service]);
  }

  async start(): Promise<void> {
    if (this.stopped !== undefined) {
      throw new SightglassError("stopping", `${this.context.name} was stopped`);
    }
    this.started ??= this.open();
    return this.started;
  }

  async stop(): Promise<void> {
    this.stopped ??= this.close();
    return this.stopped;
  }

  /** One, such as `loki http 127.0.0.1:3100`. */
  addresses(): readonly string[] {
    if (this.port === undefined) return [];
    const { host } = this.endpoint;
    return [`${this.service.name} http ${formatAddress({ host, port: this.port })}`];
  }

  private async open(): Promise<void> {
    const { name, log } = this.context;
    this.port = await listen(this.server, this.endpoint, `${name}: endpoint`);
    this.server.on("error", (error: Error) => {
      log.error("A receiver's listener failed", { receiver: name, error });
    });
  }

  private async close(): Promise<void> {
    this.door.stopping = true;
    // A listener that is just being opened could not be closed.
    await Promise.allSettled([this.started]);
    const closed = closeListener(this.server);
    this.server.closeIdleConnections();
    await drained(this.door);
    this.server.closeAllConnections();
    await closed;
    this.port = undefined;
  }
}

/** Counts what a receiver's door answered. */
function intakeMetrics({ meter }: ReceiverContext): ReceiverMetrics {
  const requests = meter.counter({
    name: "intake_requests_total",
    help: "Requests that a receiver answered, by status.",
    labels: ["code"],
  });
  const durations = meter.histogram({
    name: "intake_request_seconds",
    help: "Time from a request's first byte to its answer.",
    unit: "s",
  });
  const bytes = meter.counter({
    name: "intake_bytes_total",
    help: "Bytes of request bodies, as sent and after decompression.",
    unit: "By",
    labels: ["form"],
  });
  return {
    answered({ code, durationMs, wireBytes, bodyBytes }) {
      requests.add(1, { code });
      durations.record(durationMs / 1_000);
      bytes.add(wireBytes, { form: "sent" });
      bytes.add(bodyBytes, { form: "decompressed" });
    },
  };
}
