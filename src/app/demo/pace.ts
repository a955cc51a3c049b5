/** A stretch of the shop's time to be made: `traces` many, or what the rate makes. */
export type Window = { readonly fromMs: number; readonly toMs: number } & (
  | { readonly traces: number }
  | { readonly perSecond: number }
);

/** Live windows end this long ago, so that few of their spans lie in the future. */
const BEHIND_MS = 2_000;
const LIVE_WINDOW_MS = 500;
const BACKFILL_WINDOW_MS = 10_000;
/** Spans are made in portions that fill a request or two. */
const FLAT_OUT_TRACES = 100;
/** Traces of one window at most: a fast rate has shorter windows. */
const WINDOW_TRACES_MAX = 400;

/**
 * Which windows of the shop's time are to be made, given what time it is: first the past that was
 * asked for, as fast as it can be sent, then the present. Pure but for its own position.
 */
export class Pace {
  private readonly liveFromMs: number;
  private readonly tracesPerSecond: number | undefined;
  private readonly endMs: number;
  private positionMs: number;

  constructor(of: {
    nowMs: number;
    backfillMs: number;
    durationMs: number | undefined;
    tracesPerSecond: number | undefined;
  }) {
    this.tracesPerSecond = of.tracesPerSecond;
    this.liveFromMs = of.nowMs - BEHIND_MS;
    this.positionMs = this.liveFromMs - of.backfillMs;
    this.endMs =
      of.durationMs === undefined ? Number.POSITIVE_INFINITY : this.liveFromMs + of.durationMs;
  }

  /** Where the past that is made first begins. */
  get startMs(): number {
    return this.positionMs;
  }

  /** How far the shop's time is behind, beyond what is intended. */
  lagMs(nowMs: number): number {
    return Math.max(0, Math.min(nowMs - BEHIND_MS, this.endMs) - this.positionMs);
  }

  /** The next window; how long to wait for it; or undefined when all is done. */
  next(nowMs: number): Window | { readonly waitMs: number } | undefined {
    const presentMs = Math.min(nowMs - BEHIND_MS, this.endMs);
    const fromMs = this.positionMs;
    if (fromMs >= this.endMs) return undefined;
    if (this.tracesPerSecond === undefined && fromMs >= this.liveFromMs)
      return this.flatOut(fromMs, presentMs);
    const perSecond = this.tracesPerSecond ?? FLAT_OUT_TRACES;
    const wantedMs = fromMs < this.liveFromMs ? BACKFILL_WINDOW_MS : LIVE_WINDOW_MS;
    const lengthMs = Math.max(10, Math.min(wantedMs, (WINDOW_TRACES_MAX / perSecond) * 1_000));
    const boundMs = fromMs < this.liveFromMs ? this.liveFromMs : this.endMs;
    const toMs = Math.min(fromMs + lengthMs, boundMs);
    if (toMs > nowMs - BEHIND_MS) return { waitMs: toMs - (nowMs - BEHIND_MS) };
    this.positionMs = toMs;
    return { fromMs, toMs, perSecond };
  }

  /** However little time has passed, it is filled with traces. */
  private flatOut(fromMs: number, presentMs: number): Window {
    const toMs = Math.max(presentMs, fromMs + 1);
    this.positionMs = toMs;
    return { fromMs, toMs, traces: FLAT_OUT_TRACES };
  }
}
