import type { Clock, Timer } from "#core/clock.ts";
import { LIVE_LIMITS } from "#core/limits.ts";
import type { Topic } from "#core/live-topics.ts";
import { SIGNALS, type Signal } from "#core/signal.ts";
import type { Ledger, LedgerEntry } from "#telemetry/ledger.ts";
import type { TailStatus } from "../../contract/live.ts";
import type { PipelinesAnswer } from "../../contract/pipelines.ts";
import { componentPulses } from "../../contract/pulses.ts";
import { eventFrame } from "./event-frame.ts";
import type { TakeEvents } from "./row-channel.ts";

/** What the pulse is taken from. */
export interface PulseSources {
  readonly clock: Clock;
  readonly ledger: Pick<Ledger, "inAll">;
  readonly pipelines: () => PipelinesAnswer;
}

/** What questions find new rows once some of a signal are stored. */
const TOPICS: Readonly<Record<Signal, readonly Topic[]>> = {
  traces: ["traces", "services"],
  logs: ["logs"],
  metrics: ["metrics"],
};

type PulseStream = "status" | "changed";

/** Everything at one moment: whoever is told of it is told of the same. */
interface Look {
  readonly ledger: Readonly<Record<Signal, LedgerEntry>>;
  readonly pipelines: PipelinesAnswer;
}

/** What is compared to know what has changed. */
interface Seen {
  readonly stored: Readonly<Record<Signal, number>>;
  readonly shape: string;
}

/**
 * Tells at an interval how everything is doing, and what has changed; made once for all who listen, and
 * not at all while nobody does.
 */
export class Pulse {
  private readonly sources: PulseSources;
  private readonly takers: Readonly<Record<PulseStream, Set<TakeEvents>>> = {
    status: new Set(),
    changed: new Set(),
  };
  /** Undefined until somebody listens for changes. */
  private seen: Seen | undefined;
  private timer: Timer | undefined;

  constructor(sources: PulseSources) {
    this.sources = sources;
  }

  /** Events from now on go to `take`, the status at once. Returns what ends it. */
  join(stream: PulseStream, take: TakeEvents): () => void {
    const takers = this.takers[stream];
    if (stream === "status") take(this.statusFrame(this.look()), 0);
    else if (takers.size === 0) this.seen = seenIn(this.look());
    takers.add(take);
    if (this.timer === undefined) this.schedule();
    return () => void takers.delete(take);
  }

  stop(): void {
    this.timer?.cancel();
    this.timer = undefined;
  }

  private schedule(): void {
    this.timer = this.sources.clock.setTimeout(() => this.tick(), LIVE_LIMITS.pulseMs);
  }

  private tick(): void {
    this.timer = undefined;
    const { status, changed } = this.takers;
    if (status.size + changed.size === 0) return;
    const look = this.look();
    if (status.size > 0) {
      const frame = this.statusFrame(look);
      for (const take of status) take(frame, 0);
    }
    if (changed.size > 0) this.tellChanged(look);
    this.schedule();
  }

  private look(): Look {
    const { ledger, pipelines } = this.sources;
    return { ledger: ledger.inAll(), pipelines: pipelines() };
  }

  /** Rows count as new once they are stored: a question would not find them sooner. */
  private tellChanged(look: Look): void {
    const [before, now] = [this.seen, seenIn(look)];
    this.seen = now;
    const topics = SIGNALS.filter(
      (signal) => now.stored[signal] !== before?.stored[signal],
    ).flatMap((signal) => TOPICS[signal]);
    if (now.shape !== before?.shape) topics.push("pipelines");
    if (topics.length === 0) return;
    const frame = eventFrame("changed", JSON.stringify({ topics }));
    for (const take of this.takers.changed) take(frame, 0);
  }

  private statusFrame({ ledger, pipelines }: Look): Buffer {
    const status: TailStatus = {
      time: new Date(this.sources.clock.nowMs()).toISOString(),
      ledger,
      pipelines: pipelines.data.map((one) => ({
        name: one.name,
        components: componentPulses(one),
      })),
    };
    return eventFrame("status", JSON.stringify(status));
  }
}

function seenIn({ ledger: { traces, logs, metrics }, pipelines }: Look): Seen {
  return {
    stored: { traces: traces.stored, logs: logs.stored, metrics: metrics.stored },
    shape: shapeOf(pipelines),
  };
}

/** What is seldom another: what components there are, and what is wrong with them. */
function shapeOf({ data }: PipelinesAnswer): string {
  return JSON.stringify(
    data.map(({ name, receivers, processors, destinations }) => [
      name,
      receivers.map((one) => [one.name, one.addresses, one.status]),
      processors.map((one) => [one.name, one.status]),
      destinations.map((one) => [
        one.name,
        one.status,
        one.breaker,
        one.deadLetters?.count,
        one.lastError?.message,
      ]),
    ]),
  );
}
