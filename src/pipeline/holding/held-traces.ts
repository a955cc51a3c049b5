import type { HoldingBounds } from "./trace-judge.ts";

/** A trace that waits for its decision: its spans stay in the input, here is where they are. */
export interface HeldTrace<Facts> {
  readonly key: string;
  readonly org: string;
  readonly facts: Facts;
  /** When its first span came, in the time of the input. */
  readonly firstMs: number;
  /** The records of the input that have spans of it, and how many: sequence, spans, sequence, spans … */
  readonly records: number[];
  spans: number;
  bytes: number;
}

/** Why a trace is decided before its time. */
export const EARLY = ["traces_max", "spans_max", "bytes_max"] as const;
export type Early = (typeof EARLY)[number];

/** When there are too many traces, the oldest are decided until this part of the bound is left. */
const LEFT_OF_TRACES_MAX = 0.9;
/** When there are too many bytes, the oldest are decided until this part of the traces is left. */
const LEFT_OF_TRACES = 0.5;

/** The traces that wait, in the order in which their first spans came, and whose time has come. */
export class HeldTraces<Facts> {
  readonly early: Record<Early, number> = { traces_max: 0, spans_max: 0, bytes_max: 0 };
  private readonly bounds: HoldingBounds;
  private readonly traces = new Map<string, HeldTrace<Facts>>();
  /** Traces that wait and whose root came, with when the first one did, in that order. */
  private readonly roots = new Map<HeldTrace<Facts>, number>();
  private readonly full = new Set<HeldTrace<Facts>>();

  constructor(bounds: HoldingBounds) {
    this.bounds = bounds;
  }

  get size(): number {
    return this.traces.size;
  }

  /** Those of them whose root came. */
  get rooted(): number {
    return this.roots.size;
  }

  /** Whether some must be decided without waiting for the next round. */
  get isOver(): boolean {
    return this.full.size > 0 || this.traces.size > this.bounds.tracesMax;
  }

  get(key: string): HeldTrace<Facts> | undefined {
    return this.traces.get(key);
  }

  add(trace: HeldTrace<Facts>): void {
    this.traces.set(trace.key, trace);
  }

  /** To be called when spans were added. */
  grown(trace: HeldTrace<Facts>): void {
    if (trace.spans > this.bounds.spansPerTraceMax) this.full.add(trace);
  }

  /** To be called of a trace that waits. */
  rootCame(trace: HeldTrace<Facts>, atMs: number): void {
    if (this.bounds.rootWaitMs === undefined || this.roots.has(trace)) return;
    this.roots.set(trace, atMs);
  }

  /**
   * Takes out the traces whose time has come, and those that there is no room for.
   *
   * @param isFull Whether the input has too many bytes to wait for the others.
   */
  takeDue(nowMs: number, isFull: boolean): HeldTrace<Facts>[] {
    const { waitMs, tracesMax } = this.bounds;
    const due = new Set<HeldTrace<Facts>>();
    for (const trace of this.traces.values()) {
      if (trace.firstMs + waitMs > nowMs) break;
      due.add(trace);
    }
    this.addRoots(due, nowMs);
    for (const trace of this.full) this.addEarly(due, trace, "spans_max");
    this.full.clear();
    const left = this.traces.size - due.size;
    if (left > tracesMax) this.addOldest(due, tracesMax * LEFT_OF_TRACES_MAX, "traces_max");
    if (isFull) this.addOldest(due, left * LEFT_OF_TRACES, "bytes_max");
    for (const trace of due) {
      this.traces.delete(trace.key);
      this.roots.delete(trace);
    }
    return [...due];
  }

  /** Takes out all. */
  takeAll(): HeldTrace<Facts>[] {
    const all = [...this.traces.values()];
    this.traces.clear();
    this.full.clear();
    this.roots.clear();
    return all;
  }

  private addRoots(due: Set<HeldTrace<Facts>>, nowMs: number): void {
    const { rootWaitMs } = this.bounds;
    if (rootWaitMs === undefined) return;
    for (const [trace, atMs] of this.roots) {
      if (atMs + rootWaitMs > nowMs) return;
      due.add(trace);
    }
  }

  private addOldest(due: Set<HeldTrace<Facts>>, leave: number, reason: Early): void {
    for (const trace of this.traces.values()) {
      if (this.traces.size - due.size <= leave) return;
      this.addEarly(due, trace, reason);
    }
  }

  private addEarly(due: Set<HeldTrace<Facts>>, trace: HeldTrace<Facts>, reason: Early): void {
    if (due.has(trace)) return;
    due.add(trace);
    this.early[reason]++;
  }
}
