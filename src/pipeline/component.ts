import type { z } from "zod";
import type { Batch } from "#core/batch.ts";
import type { Clock } from "#core/clock.ts";
import type { TimeWindow } from "#core/rejections.ts";
import type { Signal } from "#core/signal.ts";
import type { Logger } from "#telemetry/log.ts";
import type { Meter } from "#telemetry/meter.ts";
import type { Claim } from "./claims.ts";
import type { Delivery, DeliveryBounds } from "./delivery/delivery.ts";
import type { TraceJudge } from "./holding/trace-judge.ts";
import type { OptionalPackage, ReadVariable } from "./optional-packages.ts";

/**
 * Hands a batch on, which the next stage owns from then on. Resolves once that stage has taken
 * responsibility: that is the acknowledgement and the backpressure. Rejects with a SightglassError
 * (`overloaded`, `storage_full`, `stopping`), and then nothing of the batch was kept.
 */
export type Push = (batch: Batch, org: string) => Promise<void>;

/** How well a component deals with a signal; one that is not named passes it by. */
export type Stability = "stable" | "experimental";

/** What every kind of component is described by. From it come parsing, documentation and forms. */
interface Description<Settings> {
  /** The word in a configuration, in lower case with underscores. */
  readonly type: string;
  /** One sentence for people who choose a component. */
  readonly summary: string;
  readonly signals: Readonly<Partial<Record<Signal, Stability>>>;
  /** Every field described, and with a default or an example. */
  readonly settings: z.ZodType<Settings>;
  /** What of the machine a component with these settings takes for itself; nothing when left out. */
  readonly claims?: (settings: Settings) => readonly Claim[];
  /** What must be installed for these settings beside all others, so that it is missed before the start; nothing when left out. */
  readonly packages?: (settings: Settings, variable: ReadVariable) => readonly OptionalPackage[];
}

/** What every component is given. Nothing in it is used before `start`. */
export interface ComponentContext {
  /** Its name in the graph, such as `webhook/slack`. */
  readonly name: string;
  readonly log: Logger;
  /** Its metrics carry `component` as a label. */
  readonly meter: Meter;
  readonly clock: Clock;
  /** Numbers in 0 ≤ x < 1. */
  readonly random: () => number;
  /** The environment, for variables that a vendor's own tools read; left out, there are none. */
  readonly variable?: ReadVariable;
}

export interface ReceiverContext extends ComponentContext {
  readonly push: Push;
  /** The times that rows of a signal may have now: any other would be dropped at once by the store. */
  readonly timeWindow: (signal: Signal) => TimeWindow;
  /** A folder of its own for what it must remember, such as places in files. */
  readonly stateFolder: string;
}

/** Brings batches in. */
export interface Receiver {
  /** Resolves when it takes data. @throws SightglassError when it cannot, such as `port_in_use`. */
  start(): Promise<void>;
  /** Takes nothing new and finishes what it has begun. Idempotent, and safe before `start`. */
  stop(): Promise<void>;
  /** Where it listens, once it does: for people, such as `syslog tcp 127.0.0.1:5140`. */
  addresses?(): readonly string[];
}

export interface ProcessorContext extends ComponentContext {
  /** For batches that it makes beside those it was given, such as metrics of spans. */
  readonly emit: Push;
  /** The times that rows of a signal may have now: a row that is given any other would be dropped by the store. */
  readonly timeWindow: (signal: Signal) => TimeWindow;
}

/** Takes back what was remembered of a batch that did not become durable. It must not throw. */
export type Undo = () => void;

/**
 * For a processor that must know what became of a batch, since what it does with the next rests on it.
 * One of the two is called, once, when it is settled. Neither must throw.
 */
export interface Outcome {
  /** It is durable. */
  accepted?(): void;
  /** It was refused: as with {@link Undo}. */
  refused?(): void;
}

/**
 * Changes batches in place, before they are durable. It is synchronous, since senders wait for it:
 * a filter narrows the selection, an enricher exchanges resources, a redactor rewrites values.
 */
export interface Processor {
  /**
   * Changes the batch, which belongs to the organization `org`.
   *
   * Rows that are not selected must stay as they are, since `when` hides rows by it: an edit of what
   * rows share respects the selection too.
   *
   * @returns what a processor that remembers rows needs: it is called when the batch was refused after
   *   all, by a later processor or for want of room, and takes back what was remembered of it. Until
   *   then others that rest on it may have been accepted: see {@link Outcome}.
   */
  process(batch: Batch, org: string): Undo | Outcome | void;
  /**
   * Decides on whole traces, which the pipeline holds for it behind a journal of their own: no sender
   * waits for the decision, and nothing that is held is lost. See docs/decisions/011.
   */
  readonly holds?: TraceJudge<unknown>;
  /** Reads what it needs, such as a table for lookups. */
  start?(): Promise<void>;
  stop?(): Promise<void>;
  /** Counts for people, in the names that its documentation gives. */
  statistics?(): Readonly<Record<string, number>>;
}

export const ON_ERROR = ["pass", "drop", "refuse"] as const;
export type OnError = (typeof ON_ERROR)[number];

export type DestinationContext = ComponentContext;

/** Sends rows to another system; when, in what portions, and again, is the pipeline's part. */
export interface Destination {
  /** How many rows one `send` may be given. */
  readonly bounds: DeliveryBounds;
  start?(): Promise<void>;
  stop?(): Promise<void>;
  /**
   * Delivers the rows, in order. Resolves when the other side has taken responsibility for all.
   *
   * @throws PermanentError when they can never be taken: the portion is cut in two, down to the row
   *   that is at fault, which becomes a dead letter.
   * @throws RetryAfterError when the other side says how long to wait.
   * @throws PartialDeliveryError when it took some of them.
   * @throws any other error when it may be tried again.
   */
  send(delivery: Delivery, cancel: AbortSignal): Promise<void>;
  /** Counts for people, in the names that its documentation gives. */
  statistics?(): Readonly<Record<string, number>>;
  /** What its health says beside what every destination's does, in the names that its documentation gives. */
  health?(): Readonly<Record<string, unknown>>;
}

export interface ReceiverDefinition<Settings> extends Description<Settings> {
  readonly kind: "receiver";
  /** Pure: nothing is opened or started yet. */
  create(settings: Settings, context: ReceiverContext): Receiver;
}

export interface ProcessorDefinition<Settings> extends Description<Settings> {
  readonly kind: "processor";
  /**
   * What becomes of a batch at which it fails, where the configuration does not say: it goes on as it
   * is (`pass`, when left out), its rows are dropped, or its sender is told to try again (`refuse`):
   * for a processor whose work must not be skipped.
   */
  readonly onError?: OnError;
  /** Whether what it makes has {@link Processor.holds}: it stands last in its pipeline, and has no condition. */
  readonly holds?: true;
  create(settings: Settings, context: ProcessorContext): Processor;
}

export interface DestinationDefinition<Settings> extends Description<Settings> {
  readonly kind: "destination";
  create(settings: Settings, context: DestinationContext): Destination;
}

/** Declares a component. It changes nothing: it is there for the types. */
export function defineComponent<Settings>(
  definition: ReceiverDefinition<Settings>,
): ReceiverDefinition<Settings>;
export function defineComponent<Settings>(
  definition: ProcessorDefinition<Settings>,
): ProcessorDefinition<Settings>;
export function defineComponent<Settings>(
  definition: DestinationDefinition<Settings>,
): DestinationDefinition<Settings>;
export function defineComponent<Definition>(definition: Definition): Definition {
  return definition;
}
