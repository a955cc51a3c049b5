import type { SettledTraces } from "#core/native/settled-traces.ts";
import { keyAt, type TraceKeys } from "./spans-of-record.ts";

/** What became of a trace. */
export interface Decision {
  /** How many traces it stands for: 0 was dropped. */
  readonly weight: number;
  /** Its spans in records of the input up to this sequence are settled … */
  readonly through: number;
  /** … if these were not written after this time; else they belong to a journal that was made anew. */
  readonly seenMs: number;
}

/**
 * What was decided, for spans that come late, and after a restart for those that are read again. It is
 * bounded, but forgets nothing that may still be read again.
 */
export class DecidedTraces {
  private readonly decisions = new Map<string, Decision>();
  private readonly keys: TraceKeys;
  private readonly max: number;
  /** Up to which record of the input an earlier life settled something. */
  private recoveredThrough = 0;

  constructor(keys: TraceKeys, max: number) {
    this.keys = keys;
    this.max = max;
  }

  get size(): number {
    return this.decisions.size;
  }

  /** Takes over what an earlier life has written down, in the order in which it did: the last word counts. */
  recover({ org, traceIds, weights, through, seenMs }: SettledTraces): void {
    const prefix = this.keys.prefix(org);
    for (const [row, weight] of weights.entries())
      this.set(keyAt(prefix, traceIds, row), { weight, through, seenMs });
    this.recoveredThrough = Math.max(this.recoveredThrough, through);
  }

  /** The input ends with this record now: what claims to be settled beyond it is of another journal. */
  recovered(lastSequence: number): void {
    this.recoveredThrough = Math.min(this.recoveredThrough, lastSequence);
  }

  get(key: string): Decision | undefined {
    return this.decisions.get(key);
  }

  set(key: string, decision: Decision): void {
    this.decisions.delete(key);
    this.decisions.set(key, decision);
  }

  /** Forgets the oldest decisions beyond the bound, once the input was read up to `sequence`. */
  forget(sequence: number): void {
    if (sequence < this.recoveredThrough) return;
    for (const key of this.decisions.keys()) {
      if (this.decisions.size <= this.max) return;
      this.decisions.delete(key);
    }
  }
}
