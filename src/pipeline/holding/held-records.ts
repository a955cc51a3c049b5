/** A record of the input of which something is not settled, or which comes after such a one. */
interface HeldRecord {
  readonly sequence: number;
  /** Traces with spans in it that are not settled. */
  waiting: number;
  kept: number;
  dropped: number;
}

/** What may be acknowledged: everything up to a record, with the spans in it. */
export interface SettledRecords {
  readonly sequence: number;
  readonly kept: number;
  readonly dropped: number;
}

/** Which records of the input are settled: the cursor stays before the first one that is not. */
export class HeldRecords {
  private readonly bySequence = new Map<number, HeldRecord>();
  /** Spans of records that were passed, since the last acknowledgement. */
  private passed: SettledRecords | undefined;

  get size(): number {
    return this.bySequence.size;
  }

  /** Adds the next record. */
  add(sequence: number): void {
    this.bySequence.set(sequence, { sequence, waiting: 0, kept: 0, dropped: 0 });
  }

  /** A trace has spans in the record that wait. */
  hold(sequence: number): void {
    this.bySequence.get(sequence)!.waiting++;
  }

  /** Spans of a held trace in the record are settled. */
  settle(sequence: number, spans: number, isKept: boolean): void {
    this.bySequence.get(sequence)!.waiting--;
    this.count(sequence, spans, isKept);
  }

  /** Spans of the record are settled that never waited. */
  count(sequence: number, spans: number, isKept: boolean): void {
    const record = this.bySequence.get(sequence)!;
    if (isKept) record.kept += spans;
    else record.dropped += spans;
  }

  /** Spans that were counted as kept are not. The record may have been passed. */
  lose(sequence: number, spans: number): void {
    const record = this.bySequence.get(sequence);
    if (record === undefined) return;
    record.kept -= spans;
    record.dropped += spans;
  }

  /** What can be acknowledged now; undefined when nothing can. The same again until {@link acknowledged}. */
  settled(): SettledRecords | undefined {
    for (const [sequence, { waiting, kept, dropped }] of this.bySequence) {
      if (waiting > 0) break;
      this.bySequence.delete(sequence);
      this.passed = {
        sequence,
        kept: (this.passed?.kept ?? 0) + kept,
        dropped: (this.passed?.dropped ?? 0) + dropped,
      };
    }
    return this.passed;
  }

  /** What {@link settled} gave last is acknowledged. */
  acknowledged(): void {
    this.passed = undefined;
  }
}
