import { createHash } from "node:crypto";
import { ATTRIBUTE_TYPES } from "#core/attributes.ts";
import type { Batch } from "#core/batch.ts";
import { editAttributes } from "#core/edit/edit-attributes.ts";
import { rewriteStrings } from "#core/edit/rewrite-text.ts";
import { isEvent } from "#core/event-marks.ts";
import { ROW_LIMITS } from "#core/limits.ts";
import type { LogBatch } from "#core/log-batch.ts";
import { AttributeKey, attributeText, idAt } from "#core/row-access.ts";
import type { SpanBatch } from "#core/span-batch.ts";
import { defineComponent, type Processor, type ProcessorContext } from "#pipeline/component.ts";
import { AdaptiveRate } from "./adaptive-rate.ts";
import { CLASSES, type RowClass, type RowRate, RowRates } from "./row-rates.ts";
import { type SampleSettings, settings } from "./settings.ts";
import {
  probabilityOf,
  randomnessOfTrace,
  samplingStateOf,
  thresholdOf,
  withThreshold,
} from "./trace-state.ts";

const SAMPLING = new AttributeKey("_sampling");
const MD5_MAX = 0xffff_ffff;

/**
 * Keeps a part of spans and log records, and says on each that is kept how many it stands for (`weight`), so that
 * counts, rates and percentiles stay right. Seed 003's `sampler`. Points of metrics pass: they are sums already.
 *
 * @example
 * processors:
 *   sample: { strategy: deterministic, defaultRate: 0.05, typeRates: { payment: 1 } }
 */
export const sample = defineComponent({
  kind: "processor",
  type: "sample",
  summary: "Keeps a part of spans and log records, and the counts right.",
  signals: { traces: "stable", logs: "stable" },
  settings,
  create: (given: SampleSettings, context: ProcessorContext) => new SampleProcessor(given, context),
});

class SampleProcessor implements Processor {
  private readonly given: SampleSettings;
  private readonly context: ProcessorContext;
  private readonly rates: RowRates;
  private readonly adaptive: AdaptiveRate | undefined;
  private readonly key: AttributeKey;
  private readonly sampled: Record<RowClass, number> = perClass();
  private readonly dropped: Record<RowClass, number> = perClass();

  constructor(given: SampleSettings, context: ProcessorContext) {
    this.given = given;
    this.context = context;
    this.rates = new RowRates(given);
    this.key = new AttributeKey(given.deterministicKey);
    if (given.strategy === "adaptive")
      this.adaptive = new AdaptiveRate(given.adaptiveTargetRate, given.adaptiveWindow);
  }

  process(batch: Batch): void {
    if (batch.signal === "metrics") return;
    this.adaptive?.tick(this.context.clock.monotonicMs());
    if (batch.signal === "traces") this.sampleSpans(batch);
    else this.sampleLogs(batch);
  }

  /** Decides each row: `decide` gives what its weight is multiplied by, or 0 where it is dropped. */
  private rows(
    batch: SpanBatch | LogBatch,
    rateOf: (row: number) => RowRate,
    decide: (row: number, rate: number) => number,
  ): void {
    const { selection, rows, weight } = batch;
    const { adaptive, sampled, dropped } = this;
    for (let row = 0; row < rows; row++) {
      if (!selection.has(row)) continue;
      const found = rateOf(row);
      const rate = adaptive === undefined ? found.rate : adaptedRate(adaptive, found);
      const factor = rate >= 1 ? 1 : rate <= 0 ? 0 : decide(row, rate);
      if (factor === 0) {
        selection.drop(row);
        dropped[found.class]++;
        continue;
      }
      sampled[found.class]++;
      if (factor === 1) continue;
      weight.bytes.writeFloatLE(weight.bytes.readFloatLE(row * 4) * factor, row * 4);
    }
  }

  private sampleSpans(batch: SpanBatch): void {
    const rateOf = this.rates.ofSpans(batch);
    const states = new Map<number, number | undefined>();
    if (this.given.strategy === "random")
      this.rows(batch, rateOf, (row, rate) => {
        const factor = this.atRandom(rate);
        // Who comes after must not take the sender's probability for that of both.
        if (factor > 0 && hasState(batch, row)) states.set(row, undefined);
        return factor;
      });
    else this.rows(batch, rateOf, (row, rate) => decideSpan(batch, row, rate, states));
    if (states.size === 0) return;
    rewriteStrings(
      batch.traceState,
      batch.selection,
      (bytes, from, to, row) =>
        states.has(row)
          ? withThreshold(bytes.toString("utf8", from, to), states.get(row))
          : undefined,
      ROW_LIMITS.traceStateBytesMax,
    );
  }

  private sampleLogs(batch: LogBatch): void {
    const rateOf = this.rates.ofLogs(batch);
    const applied = new Map<number, number>();
    const { strategy, metadata } = this.given;
    const decide =
      strategy === "random"
        ? (_: number, rate: number): number => this.atRandom(rate)
        : (row: number, rate: number): number => this.decideLog(batch, row, rate);
    this.rows(
      batch,
      (row) => rateOf(row),
      (row, rate) => {
        const factor = decide(row, rate);
        if (metadata && factor > 0) applied.set(row, rate);
        return factor;
      },
    );
    if (metadata) this.describe(batch, applied);
  }

  private atRandom(rate: number): number {
    return this.context.random() < rate ? 1 / rate : 0;
  }

  private decideLog(batch: LogBatch, row: number, rate: number): number {
    // What an earlier sampler kept by the same randomness lies within its part of the range.
    const before = 1 / Math.max(1, batch.weight.bytes.readFloatLE(row * 4));
    if (idAt(batch.traceId, row, 16) !== "") {
      const threshold = thresholdOf(before * rate);
      const isKept = randomnessOfTrace(batch.traceId.bytes, row) >= threshold;
      return isKept ? before / probabilityOf(threshold) : 0;
    }
    const value =
      this.given.strategy === "deterministic" ? attributeText(batch, row, this.key) : undefined;
    if (value === undefined) return this.atRandom(rate);
    const digest = createHash("md5").update(value).digest();
    return digest.readUInt32BE(0) / MD5_MAX < before * rate ? 1 / rate : 0;
  }

  /** Gives events that were kept `_sampling`; those that `applied` does not name were kept whatever chance said. */
  private describe(batch: LogBatch, applied: ReadonlyMap<number, number>): void {
    const { strategy } = this.given;
    const timestamp = new Date(this.context.clock.nowMs()).toISOString();
    editAttributes(batch, batch.selection, (attributes, row) => {
      if (!isEvent(batch, row)) return;
      const rate = applied.get(row) ?? 1;
      const text = JSON.stringify({ sampled: true, rate, strategy, timestamp });
      attributes.set(SAMPLING, text, ATTRIBUTE_TYPES.kvlist);
    });
  }

  /** Rows by what they were counted as; `sampling_rate` is the part that was kept, from 0 to 1. */
  statistics(): Readonly<Record<string, number>> {
    const { sampled, dropped, adaptive } = this;
    const [kept, lost] = [total(sampled), total(dropped)];
    return {
      total_evaluated: kept + lost,
      total_sampled: kept,
      total_dropped: lost,
      ...Object.fromEntries(CLASSES.map((one) => [`sampled_by_${one}`, sampled[one]])),
      ...Object.fromEntries(CLASSES.map((one) => [`dropped_by_${one}`, dropped[one]])),
      sampling_rate: kept + lost === 0 ? 0 : kept / (kept + lost),
      ...(adaptive === undefined ? {} : { adaptive_rate: adaptive.rate }),
    };
  }
}

function perClass(): Record<RowClass, number> {
  return { error: 0, type: 0, success: 0, default: 0 };
}

function total(counts: Readonly<Record<RowClass, number>>): number {
  return CLASSES.reduce((sum, one) => sum + counts[one], 0);
}

/** Errors and types keep the rates that they were given. */
function adaptedRate(adaptive: AdaptiveRate, { class: name, rate }: RowRate): number {
  if (name === "error" || name === "type") {
    adaptive.countFixed(rate);
    return rate;
  }
  adaptive.countAdjustable();
  return adaptive.rate;
}

function hasState(batch: SpanBatch, row: number): boolean {
  return batch.traceState.textStart(row) < batch.traceState.ends.values[row]!;
}

/**
 * Decides a span by its trace: it is kept with the probability that its sender kept it with, times the rate, and
 * the tracestate is to say so.
 */
function decideSpan(
  batch: SpanBatch,
  row: number,
  rate: number,
  states: Map<number, number | undefined>,
): number {
  const state = hasState(batch, row) ? samplingStateOf(batch.traceState.text(row)) : undefined;
  const randomness = state?.randomness ?? randomnessOfTrace(batch.traceId.bytes, row);
  const earlier = state?.threshold ?? 0;
  if (randomness < earlier) {
    // The sender did not decide by this randomness: what is below its threshold is a range of its own.
    if (randomness < earlier * (1 - rate)) return 0;
    states.set(row, undefined);
    return 1 / rate;
  }
  const before = probabilityOf(earlier);
  const threshold = thresholdOf(before * rate);
  if (randomness < threshold) return 0;
  states.set(row, threshold);
  return before / probabilityOf(threshold);
}
