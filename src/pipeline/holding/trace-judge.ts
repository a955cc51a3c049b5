import type { SpanBatch } from "#core/span-batch.ts";

/** How long traces are waited for, and how much of them is remembered. */
export interface HoldingBounds {
  /** Milliseconds from a trace's first span to its decision. */
  readonly waitMs: number;
  /** Milliseconds from the arrival of a trace's root to its decision, where that is earlier. */
  readonly rootWaitMs: number | undefined;
  /** Traces that wait at once; beyond it the oldest are decided early. */
  readonly tracesMax: number;
  /** Spans of one trace that are waited for; with more it is decided at once. */
  readonly spansPerTraceMax: number;
  /** Decisions that are remembered for spans that come late; the oldest go first. */
  readonly decisionsMax: number;
}

/** A trace that is to be decided. */
export interface TraceToJudge<Facts> {
  /** 16 bytes. */
  readonly traceId: Uint8Array;
  /** As {@link TraceJudge.add} left them. */
  readonly facts: Facts;
  /** Spans that are there. */
  readonly spans: number;
}

/**
 * Decides which traces are kept. What it decides must not rest on the order of the spans, nor on which
 * of them came together. It is never asked about a trace again once it has decided.
 */
export interface TraceJudge<Facts> {
  readonly bounds: HoldingBounds;
  /** The facts of a trace of which nothing is known yet: small, since many traces wait. */
  begin(): Facts;
  /** To be called before {@link add} is, and again with each batch. */
  bind(batch: SpanBatch): void;
  /** Adds what a span of the bound batch says to the facts of its trace. */
  add(facts: Facts, row: number): void;
  /**
   * Decides traces whose time has come. For each of them how many traces it stands for, which the
   * weight of its spans is multiplied by: 1 when it is kept for certain, 0 when it is dropped.
   *
   * @param nowMs A time that goes up from call to call: after an outage it is that of the rows, not ours.
   */
  decide(traces: readonly TraceToJudge<Facts>[], nowMs: number): readonly number[];
}
