import { millisecondsAt } from "#core/row-access.ts";
import type { SpanBatch } from "#core/span-batch.ts";
import { defineComponent, type Processor } from "#pipeline/component.ts";
import type { HoldingBounds, TraceJudge, TraceToJudge } from "#pipeline/holding/trace-judge.ts";
import {
  type DropRule,
  hasMatched,
  type KeepRule,
  noFacts,
  Policies,
  setMatched,
  type TraceFacts,
} from "./policies.ts";
import { traceRandomness } from "./randomness.ts";
import { settings, type TailSampleSettings } from "./settings.ts";

/**
 * Keeps or drops whole traces, once their spans are there: all errors and all that is slow, and of the rest a
 * part that stands for it. In the words of the OpenTelemetry Collector's `tailsamplingprocessor`.
 *
 * A trace is kept by the most that any of its policies gives it, decided by one number that is the trace's own:
 * so it is kept with exactly that chance, whatever other policies there are, and stands for one in that chance.
 *
 * @example
 * processors:
 *   tail_sample:
 *     policies:
 *       - { name: errors, type: status_code, statusCodes: [ERROR] }
 *       - { name: rest, type: probabilistic, samplingPercentage: 5 }
 */
export const tailSample = defineComponent({
  kind: "processor",
  holds: true,
  type: "tail_sample",
  summary: "Keeps or drops whole traces, by what is in them, and the counts right.",
  signals: { traces: "experimental" },
  settings,
  create(given: TailSampleSettings): Processor {
    const holds = new TailSampleJudge(given);
    return { holds, process() {}, statistics: () => holds.statistics() };
  },
});

/** What decides, for itself: see {@link tailSample}. */
export class TailSampleJudge implements TraceJudge<TraceFacts> {
  readonly bounds: HoldingBounds;
  private readonly policies: Policies;
  private readonly sampled = new Map<string, number>();
  private readonly dropped = new Map<string, number>();
  private batch: SpanBatch | undefined;

  constructor(given: TailSampleSettings) {
    this.policies = new Policies(given.policies);
    this.bounds = {
      waitMs: given.decisionWait,
      rootWaitMs: given.decisionWaitAfterRootReceived,
      tracesMax: given.numTraces,
      spansPerTraceMax: given.maxSpansPerTrace,
      decisionsMax: given.decisionCacheSize,
    };
    for (const { name, type } of given.policies)
      (type === "drop" ? this.dropped : this.sampled).set(name, 0);
  }

  begin(): TraceFacts {
    return noFacts(this.policies.spanTests.length);
  }

  bind(batch: SpanBatch): void {
    this.batch = batch;
    for (const test of this.policies.spanTests) test.bind(batch);
  }

  add(facts: TraceFacts, row: number): void {
    const { time, duration } = this.batch!;
    const startMs = millisecondsAt(time, row);
    facts.startMs = Math.min(facts.startMs, startMs);
    facts.endMs = Math.max(facts.endMs, startMs + millisecondsAt(duration, row));
    for (const [number, test] of this.policies.spanTests.entries())
      if (!hasMatched(facts, number) && test.matches(row)) setMatched(facts, number);
  }

  decide(traces: readonly TraceToJudge<TraceFacts>[], nowMs: number): number[] {
    const { limits, keep, drop } = this.policies;
    const dropping = traces.map((trace) => drop.find((rule) => passes(rule, trace)));
    for (const limit of limits) limit.begin(nowMs);
    for (const [index, trace] of traces.entries()) {
      if (dropping[index] !== undefined) continue;
      for (const rule of keep) if (passes(rule, trace)) offer(rule, trace.spans);
    }
    for (const limit of limits) limit.settle();
    return traces.map((trace, index) => {
      const rule = dropping[index];
      if (rule === undefined) return this.weightOf(trace);
      count(this.dropped, rule.name);
      return 0;
    });
  }

  private weightOf(trace: TraceToJudge<TraceFacts>): number {
    const randomness = traceRandomness(trace.traceId);
    const keeping = new Set<string>();
    let most = 0;
    for (const rule of this.policies.keep) {
      if (!passes(rule, trace)) continue;
      const chance = chanceOf(rule);
      most = Math.max(most, chance);
      if (randomness >= chance) continue;
      keeping.add(rule.name);
      for (const limit of rule.limits) limit.spend(trace.spans);
    }
    for (const name of keeping) count(this.sampled, name);
    return randomness < most ? 1 / most : 0;
  }

  /** A trace that several policies keep counts for each of them. */
  statistics(): Readonly<Record<string, number>> {
    return Object.fromEntries([
      ...[...this.sampled].map(([name, traces]) => [`sampled_by_${name}`, traces] as const),
      ...[...this.dropped].map(([name, traces]) => [`dropped_by_${name}`, traces] as const),
    ]);
  }
}

function passes({ tests }: KeepRule | DropRule, trace: TraceToJudge<TraceFacts>): boolean {
  return tests.every((test) => test(trace.facts, trace.spans));
}

function offer({ limits, probability }: KeepRule, spans: number): void {
  for (const limit of limits) limit.offer(spans, probability);
}

function chanceOf({ limits, probability }: KeepRule): number {
  return limits.reduce((least, { chance }) => Math.min(least, chance), 1) * probability;
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
