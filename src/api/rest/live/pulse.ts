import type { Clock, Timer } from "#core/clock.ts";
import { LIVE_LIMITS } from "#core/limits.ts";
import type { Topic } from "#core/live-topics.ts";
import { SIGNALS, type Signal } from "#core/signal.ts";
import type { Ledger } from "#telemetry/ledger.ts";
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
  private stored: Readonly<Record<Signal, number>> | undefined;
  private shape = "";
  private timer: Timer | undefined;

  constructor(sources: PulseSources) {
    this.sources = sources;
  }

  /** Events from now on go to `take`, the status at once. Returns what ends it. */
  join(stream: PulseStream, take: TakeEvents): () => void {
    const { pipelines, ledger } = this.sources;
    if (stream === "status") take(this.statusFrame(), 0);
    if (this.timer === undefined) {
      this.stored = storedRows(ledger);
      this.shape = shapeOf(pipelines());
      this.schedule();
    }
    this.takers[stream].add(take);
    return () => void this.takers[stream].delete(take);
  }

  stop(): void {
    this.timer?.cancel();
    this.timer = undefined;
  }

  private schedule(): void {
    const everyMs = Math.min(LIVE_LIMITS.statusMs, LIVE_LIMITS.changedMs);
    this.timer = this.sources.clock.setTimeout(() => this.tick(), everyMs);
  }

  private tick(): void {
    this.timer = undefined;
    const { status, changed } = this.takers;
    if (status.size + changed.size === 0) return;
    if (status.size > 0) {
      const frame = this.statusFrame();
      for (const take of status) take(frame, 0);
    }
    const topics = this.changedTopics();
    if (topics.length > 0) {
      const frame = eventFrame("changed", JSON.stringify({ topics }));
      for (const take of changed) take(frame, 0);
    }
    this.schedule();
  }

  /** Rows count as new once they are stored: a question would not find them sooner. */
  private changedTopics(): Topic[] {
    const { ledger, pipelines } = this.sources;
    const before = this.stored;
    const stored = storedRows(ledger);
    this.stored = stored;
    const topics = SIGNALS.filter((signal) => stored[signal] !== before?.[signal]).flatMap(
      (signal) => TOPICS[signal],
    );
    const shape = shapeOf(pipelines());
    if (shape === this.shape) return topics;
    this.shape = shape;
    return [...topics, "pipelines"];
  }

  private statusFrame(): Buffer {
    const { clock, ledger, pipelines } = this.sources;
    const status: TailStatus = {
      time: new Date(clock.nowMs()).toISOString(),
      ledger: ledger.inAll(),
      pipelines: pipelines().data.map((one) => ({
        name: one.name,
        components: componentPulses(one),
      })),
    };
    return eventFrame("status", JSON.stringify(status));
  }
}

function storedRows(ledger: PulseSources["ledger"]): Record<Signal, number> {
  const all = ledger.inAll();
  return { traces: all.traces.stored, logs: all.logs.stored, metrics: all.metrics.stored };
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
