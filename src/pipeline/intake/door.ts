import type { Clock } from "#core/clock.ts";
import { SightglassError } from "#core/errors.ts";
import { DOOR_LIMITS, REQUEST_LIMITS } from "#core/limits.ts";
import type { Signal } from "#core/signal.ts";
import { type BodyCoding, Decompressor } from "./decompress.ts";

/** One request that was answered, or given up by its sender. */
export interface AnsweredRequest {
  /** Which of a receiver's doors, such as `http`. */
  readonly door: string;
  /** Undefined when it was for none of the three signals, or for several. */
  readonly signal: Signal | undefined;
  /** The HTTP status or the name of the gRPC status; `aborted` when the sender went, `timeout` when it was too slow. */
  readonly code: string;
  readonly durationMs: number;
  /** Bytes of the body as sent, and after decompression. */
  readonly wireBytes: number;
  readonly bodyBytes: number;
}

export interface ReceiverMetrics {
  answered(request: AnsweredRequest): void;
}

export interface ReceiverLog {
  info(message: string, attributes?: Readonly<Record<string, unknown>>): void;
  warn(message: string, attributes?: Readonly<Record<string, unknown>>): void;
  error(message: string, attributes?: Readonly<Record<string, unknown>>): void;
}

/** The bounds of the doors, which tests make smaller. */
export type DoorLimits = Readonly<
  Record<keyof typeof REQUEST_LIMITS | keyof typeof DOOR_LIMITS, number>
>;

export interface DoorOptions {
  /** What the doors belong to, for the log: `The OTLP receiver`. */
  readonly owner: string;
  readonly metrics: ReceiverMetrics;
  readonly log: ReceiverLog;
  readonly clock: Clock;
  readonly limits?: Partial<DoorLimits>;
}

/** What the doors of one receiver share: the bound on bytes in flight and the state of stopping. */
export class Door {
  readonly limits: DoorLimits;
  readonly metrics: ReceiverMetrics;
  readonly log: ReceiverLog;
  readonly clock: Clock;
  /** Set when the doors begin to close: from then on, requests are answered `stopping`. */
  stopping = false;
  private readonly owner: string;
  private readonly decompressor: Decompressor;
  private bytesInFlight = 0;
  private requestsInFlight = 0;
  private readonly idleWaiters: (() => void)[] = [];

  constructor(options: DoorOptions) {
    this.limits = { ...REQUEST_LIMITS, ...DOOR_LIMITS, ...options.limits };
    this.owner = options.owner;
    this.decompressor = new Decompressor(this.limits);
    this.metrics = options.metrics;
    this.log = options.log;
    this.clock = options.clock;
  }

  /** Why no new request can be taken now, or undefined. `bytes` is what is known of its size. */
  refusal(bytes: number): SightglassError | undefined {
    if (!this.stopping) return this.overload(bytes);
    return new SightglassError("stopping", "Sightglass is stopping: send it again shortly");
  }

  /** Why no `bytes` more can be read now, or undefined. */
  overload(bytes: number): SightglassError | undefined {
    const total = this.bytesInFlight + bytes;
    if (total <= this.limits.inFlightBytesMax) return undefined;
    return new SightglassError(
      "overloaded",
      `bodies in flight: found ${total} bytes, allowed are ${this.limits.inFlightBytesMax}`,
    );
  }

  enter(): void {
    this.requestsInFlight++;
  }

  /** The request is over; `bytes` is all that was {@link hold held} for it. */
  leave(bytes: number): void {
    this.bytesInFlight -= bytes;
    this.requestsInFlight--;
    if (this.requestsInFlight > 0) return;
    for (const resolve of this.idleWaiters.splice(0)) resolve();
  }

  hold(bytes: number): void {
    this.bytesInFlight += bytes;
  }

  /** Resolves when no request is in flight. */
  async idle(): Promise<void> {
    if (this.requestsInFlight === 0) return;
    await new Promise<void>((resolve) => {
      this.idleWaiters.push(resolve);
    });
  }

  /** @throws SightglassError `payload_too_large` or `bad_payload`. */
  async decompress(coding: BodyCoding, body: Buffer): Promise<Buffer> {
    return this.decompressor.decompress(coding, body);
  }

  /**
   * The error to answer with. A failure that nobody foresaw is answered as an overload, because a
   * sender drops its data on a 500: what was not understood must not be lost.
   */
  answerFor(error: unknown): SightglassError {
    if (error instanceof SightglassError && (error.status < 500 || error.status === 503)) {
      return error;
    }
    this.log.error(`${this.owner} failed on a request`, { error });
    return new SightglassError("overloaded", "Sightglass failed on this request: send it again", {
      cause: error,
    });
  }

  retryAfterSeconds(error: SightglassError): number {
    return Math.max(1, Math.ceil(error.retryAfterSeconds ?? this.limits.retryAfterSecondsDefault));
  }
}
