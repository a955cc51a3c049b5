import { type Batch, keptRows } from "#core/batch.ts";
import type { Clock } from "#core/clock.ts";
import type { Push } from "../component.ts";
import { RateWindow } from "../delivery/rate-window.ts";
import { type ComponentState, componentMetrics } from "./component-health.ts";
import {
  isKept,
  type RowNumber,
  rowOf,
  type RowSample,
  RowSamples,
  type SampleOutcome,
  type SampledRow,
  sampledRow,
  someRows,
} from "./row-samples.ts";

/** Rows a second over the last seconds. */
export interface TapRates {
  readonly in: number;
  readonly out: number;
  readonly dropped: number;
}

/** Which rows of a component may be shown. */
export interface TapSides {
  readonly before: boolean;
  readonly after: boolean;
}

const BOTH: TapSides = { before: true, after: true };

interface Taken {
  readonly row: RowNumber;
  readonly before: SampledRow;
}

/** What is seen of a receiver or processor while it works: rates always, rows while somebody asks. */
export class ComponentTap {
  readonly samples: RowSamples;
  private readonly clock: Clock;
  private readonly rowsIn: RateWindow;
  private readonly rowsOut: RateWindow;
  private readonly rowsDropped: RateWindow;
  private readonly createdMs: number;
  private shown: TapSides = BOTH;
  private lastMs: number | undefined;
  /** Whether what a receiver brought last was refused. */
  private isRefused = false;

  constructor(clock: Clock) {
    this.clock = clock;
    this.createdMs = clock.nowMs();
    this.samples = new RowSamples(clock);
    this.rowsIn = new RateWindow(clock);
    this.rowsOut = new RateWindow(clock);
    this.rowsDropped = new RateWindow(clock);
  }

  /** From now on rows on a side that is not shown are not kept; what was kept of it is forgotten. */
  show(sides: TapSides): void {
    const { before, after } = this.shown;
    if ((before && !sides.before) || (after && !sides.after)) this.samples.forget();
    this.shown = sides;
  }

  rates(): TapRates {
    return {
      in: this.rowsIn.perSecond(),
      out: this.rowsOut.perSecond(),
      dropped: this.rowsDropped.perSecond(),
    };
  }

  /** How a receiver is doing: `degraded` while what it brings is refused. */
  receiverState(): ComponentState {
    return {
      status: this.isRefused ? "degraded" : "healthy",
      metrics: this.metrics(this.rowsOut.total, this.rowsDropped.total),
    };
  }

  /** What a processor has done, which failed at so many rows. */
  processorMetrics(rowsFailed: number): ComponentState["metrics"] {
    return this.metrics(this.rowsIn.total, rowsFailed);
  }

  private metrics(processed: number, failed: number): ComponentState["metrics"] {
    const { lastMs, createdMs } = this;
    return componentMetrics({ processed, failed, lastMs, createdMs });
  }

  /** Runs a processor's work on a batch, and looks at both sides of it. */
  around<T>(batch: Batch, org: string, work: () => T): T {
    const given = keptRows(batch);
    this.rowsIn.add(given);
    if (given > 0) this.lastMs = this.clock.nowMs();
    const room = this.samples.room();
    const taken = room > 0 ? take(batch, room) : undefined;
    const result = this.counted(given, work);
    const left = keptRows(batch);
    this.rowsOut.add(left);
    this.rowsDropped.add(given - left);
    if (taken !== undefined) this.compare(batch, org, taken);
    return result;
  }

  /** A push that is counted, and looked at while somebody asks: what comes through it is what a receiver brings. */
  tapped(push: Push): Push {
    const sampled = this.sampled(push);
    return async (batch, org) => {
      const rows = keptRows(batch);
      this.rowsIn.add(rows);
      try {
        await sampled(batch, org);
      } catch (error) {
        this.rowsDropped.add(rows);
        this.isRefused = true;
        throw error;
      }
      this.rowsOut.add(rows);
      this.isRefused = false;
      if (rows > 0) this.lastMs = this.clock.nowMs();
    };
  }

  /** A push that is looked at while somebody asks, and else is the push itself. */
  sampled(push: Push): Push {
    return (batch, org) => {
      const room = this.samples.room();
      if (room <= 0 || !this.shown.after) return push(batch, org);
      return this.pushSampled(push, batch, org, room);
    };
  }

  private async pushSampled(push: Push, batch: Batch, org: string, room: number): Promise<void> {
    // The batch is gone when the push is answered.
    const taken = take(batch, room);
    const { signal } = batch;
    try {
      await push(batch, org);
    } catch (error) {
      this.tell(taken, { org, signal, outcome: "refused" });
      throw error;
    }
    this.tell(taken, { org, signal, outcome: "taken" });
  }

  private tell(taken: readonly Taken[], what: Pick<RowSample, "org" | "signal" | "outcome">): void {
    // What was taken may be hidden since.
    if (!this.shown.after) return;
    const timeMs = this.clock.nowMs();
    for (const { before } of taken) this.samples.add({ ...what, timeMs, after: before });
  }

  /** What a processor refuses is gone. */
  private counted<T>(rows: number, work: () => T): T {
    try {
      return work();
    } catch (error) {
      this.rowsDropped.add(rows);
      throw error;
    }
  }

  private compare(batch: Batch, org: string, taken: readonly Taken[]): void {
    const { shown } = this;
    for (const { row, before } of taken) {
      const after = isKept(batch, row) ? sampledRow(rowOf(batch, row)) : undefined;
      this.samples.add({
        timeMs: this.clock.nowMs(),
        org,
        signal: batch.signal,
        outcome: outcomeOf(before, after),
        before: shown.before ? before : undefined,
        after: shown.after ? after : undefined,
      });
    }
  }
}

function take(batch: Batch, max: number): Taken[] {
  return someRows(batch, max).map((row) => ({ row, before: sampledRow(rowOf(batch, row)) }));
}

function outcomeOf(before: SampledRow, after: SampledRow | undefined): SampleOutcome {
  if (after === undefined) return "dropped";
  return before.text === after.text ? "passed" : "changed";
}
