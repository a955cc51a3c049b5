import { randomBytes } from "node:crypto";
import { releaseBatch } from "#core/batch.ts";
import { logRow } from "#core/row-views.ts";
import { DEFAULT_ORG } from "#core/signal.ts";
import type { Destination } from "#pipeline/component.ts";
import { CircuitBreaker } from "#pipeline/delivery/circuit-breaker.ts";
import type { DeliveryBounds, Row } from "#pipeline/delivery/delivery.ts";
import { DeliveryStatistics } from "#pipeline/delivery/delivery-statistics.ts";
import { Portion } from "#pipeline/delivery/portion.ts";
import { GIVEN_UP, PortionSender } from "#pipeline/delivery/portion-sender.ts";
import { contextOf } from "#pipeline/graph/surroundings.ts";
import { batchOfEvent } from "./custom-components.ts";
import type { EventComponent, PipelineEvent } from "./event-component.ts";
import type { EventPipelineHost } from "./event-pipeline-host.ts";
import { judgedAlone } from "./lone-component.ts";

/** Retries where the settings do not say: without a journal nothing can wait for ever. */
const RETRIES = 3;
const STOPPED = "it was stopped";

/** An event that a destination did not take. */
export interface NotTaken {
  readonly event: PipelineEvent;
  readonly reason: string;
  /** Whether it never will. */
  readonly isFinal: boolean;
}

interface LoneParts {
  readonly destination: Destination;
  readonly wants: (event: PipelineEvent) => boolean;
  readonly host: EventPipelineHost;
  readonly sender: PortionSender;
  readonly statistics: DeliveryStatistics;
  readonly cancel: AbortController;
}

/** A destination that works without a pipeline: what it is given is sent now, or not at all. */
export class LoneDestination {
  readonly destination: Destination;
  readonly wants: (event: PipelineEvent) => boolean;
  private readonly host: EventPipelineHost;
  private readonly sender: PortionSender;
  private readonly statistics: DeliveryStatistics;
  private readonly cancel: AbortController;
  private readonly prefix = randomBytes(8).toString("hex");
  private sequence = 0;

  /** @throws Error for wrong settings, and what the destination says that cannot start. */
  static async open(
    component: EventComponent,
    host: EventPipelineHost,
    onError: (error: unknown) => void,
  ): Promise<LoneDestination> {
    const { name, entry, graph } = await judgedAlone(component, host);
    const { create, delivery } = graph.destinations.get(name)!;
    const surroundings = host.surroundings((warning) => onError(warning.error));
    const destination = create((part) => contextOf(part, surroundings));
    await destination.start?.();
    const { clock, random } = surroundings;
    const statistics = new DeliveryStatistics(clock);
    const cancel = new AbortController();
    const sender = new PortionSender({
      destination,
      settings: { ...delivery, maxRetries: delivery.maxRetries ?? RETRIES },
      clock,
      random,
      breaker: new CircuitBreaker(delivery, clock),
      statistics,
      isDraining: () => false,
      cancel: cancel.signal,
      onAttempt: () => {},
    });
    const wants = entry.customFilter ?? (() => true);
    return new LoneDestination({ destination, wants, host, sender, statistics, cancel });
  }

  private constructor(parts: LoneParts) {
    this.destination = parts.destination;
    this.wants = parts.wants;
    this.host = parts.host;
    this.sender = parts.sender;
    this.statistics = parts.statistics;
    this.cancel = parts.cancel;
  }

  get bounds(): DeliveryBounds {
    return this.destination.bounds;
  }

  counts(): { processed: number; failed: number; lastMs: number | undefined } {
    const { rowsDelivered, rowsDead, lastProcessedMs } = this.statistics;
    return { processed: rowsDelivered, failed: rowsDead, lastMs: lastProcessedMs };
  }

  /** Sends events, with retries. Resolves with those that were not taken. */
  async send(events: readonly PipelineEvent[]): Promise<NotTaken[]> {
    const left: NotTaken[] = [];
    for (let from = 0; from < events.length; from += this.bounds.rowsMax) {
      const some = events.slice(from, from + this.bounds.rowsMax);
      const portion = this.portionOf(some.map((event) => this.rowOf(event)));
      for (const [place, reason] of await this.settle(portion)) {
        const isFinal = reason !== STOPPED && !reason.startsWith(GIVEN_UP);
        left.push({ event: some[place]!, reason, isFinal });
      }
    }
    return left;
  }

  async stop(): Promise<void> {
    this.cancel.abort(new Error("stopped"));
    await this.destination.stop?.();
  }

  /** The rows that were not taken, by their numbers in what `portionOf` was given, each with the reason. */
  private async settle(portion: Portion): Promise<[number, string][]> {
    const { rows, indexes } = portion;
    const outcome = await this.sender.send(portion, this.prefix);
    if (outcome.kind === "stopped") return indexes.map((index) => [index, STOPPED]);
    if (outcome.kind === "refused" && rows.length > 1) {
      const [first, second] = portion.halves();
      return [...(await this.settle(first)), ...(await this.settle(second))];
    }
    const dead = outcome.kind === "settled" ? outcome.dead : new Map([[0, outcome.reason]]);
    this.statistics.settled(DEFAULT_ORG, rows, new Set(dead.keys()));
    return [...dead].map(([place, reason]) => [indexes[place]!, reason]);
  }

  private rowOf(event: PipelineEvent): Row {
    const { clock } = this.host;
    const window = this.host.timeWindow();
    const batch = batchOfEvent(event, { nowMs: clock.nowMs(), window });
    try {
      return { kind: "log", row: logRow(batch, 0) };
    } finally {
      releaseBatch(batch);
    }
  }

  private portionOf(rows: readonly Row[]): Portion {
    const sequence = ++this.sequence;
    const record = { sequence, signal: "logs" as const, writtenMs: this.host.clock.nowMs() };
    return new Portion({
      org: DEFAULT_ORG,
      from: { sequence, row: 0 },
      after: { sequence: sequence + 1, row: 0 },
      rows,
      records: rows.map(() => record),
      indexes: rows.map((_, index) => index),
      unreadable: [],
      skipped: [],
      mark: "",
    });
  }
}
