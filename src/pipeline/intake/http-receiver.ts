import { type Address, formatAddress } from "#core/address.ts";
import { SightglassError } from "#core/errors.ts";
import type { Receiver, ReceiverContext } from "../component.ts";
import { Door, type DoorLimits, type ReceiverMetrics } from "./door.ts";
import type { HttpService } from "./http-route.ts";
import { type Mounted, mountService } from "./shared-listener.ts";

export interface HttpReceiverOptions {
  readonly context: ReceiverContext;
  readonly endpoint: Address;
  /** Makes the paths of the receiver behind its door. */
  readonly service: (door: Door) => HttpService;
  readonly limits?: Partial<DoorLimits>;
}

/**
 * A receiver of the paths of one protocol over HTTP. Several with the same `endpoint` share its listener;
 * see {@link mountService}.
 */
export class HttpReceiver implements Receiver {
  private readonly service: HttpService;
  private readonly endpoint: Address;
  private readonly context: ReceiverContext;
  private readonly door: Door;
  private mounted: Mounted | undefined;
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
    if (this.mounted === undefined) return [];
    const { host } = this.endpoint;
    const { port } = this.mounted;
    return [`${this.service.name} http ${formatAddress({ host, port })}`];
  }

  private async open(): Promise<void> {
    const { door, service } = this;
    const setting = `${this.context.name}: endpoint`;
    this.mounted = await mountService(this.endpoint, { door, service }, setting);
  }

  private async close(): Promise<void> {
    // A listener that is just being opened could not be closed.
    await Promise.allSettled([this.started]);
    await this.mounted?.unmount();
    this.mounted = undefined;
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
