import { batchPools, releaseBatch } from "#core/batch.ts";
import { type KnownOrigins, SpanCopier } from "#core/native/span-copier.ts";
import type { SpanColumns } from "#core/native/span-columns.ts";
import type { SpanBatch } from "#core/span-batch.ts";
import type { JournalRecord } from "../journal/journal.ts";
import type { TraceJudge } from "./trace-judge.ts";
import type { DecidedTraces } from "./decided-traces.ts";
import type { HeldRecords } from "./held-records.ts";
import type { HeldTrace, HeldTraces } from "./held-traces.ts";
import type { DecidedTrace } from "./portions.ts";
import { keyAt, spansOfRecord, type TraceKeys } from "./spans-of-record.ts";

/** Where spans of a trace are, in the order of the records of the input. */
interface Placed {
  readonly records: number[];
  spans: number;
  bytes: number;
}

type LateSpans = DecidedTrace & Placed;

export interface TraceIntakeOptions<Facts> {
  readonly judge: TraceJudge<Facts>;
  readonly keys: TraceKeys;
  readonly origins: KnownOrigins;
  readonly traces: HeldTraces<Facts>;
  readonly records: HeldRecords;
  readonly decided: DecidedTraces;
}

/** Puts the spans of each record of the input where they belong: to a trace that waits, or to one that was decided. */
export class TraceIntake<Facts> {
  /** Spans that came after their trace was decided, of both kinds. */
  lateSpans = 0;
  private readonly options: TraceIntakeOptions<Facts>;
  /** Late spans of traces that were kept. */
  private late = new Map<string, LateSpans>();

  constructor(options: TraceIntakeOptions<Facts>) {
    this.options = options;
  }

  /** Takes the spans of the next record. @throws RangeError where it is not readable: nothing was taken then. */
  take(record: JournalRecord, nowMs: number): void {
    const blocks = spansOfRecord(record);
    const bytes = record.parts.reduce((sum, part) => sum + part.byteLength, 0);
    for (const columns of blocks) {
      const batch = batchPools.traces.take();
      this.takeBlock(record, columns, batch, { spanBytes: bytes / record.rows, nowMs });
      releaseBatch(batch);
    }
  }

  /** Takes out the late spans of traces that were kept. */
  takeLate(): DecidedTrace[] {
    const all = [...this.late.values()];
    this.late = new Map();
    return all;
  }

  private takeBlock(
    record: JournalRecord,
    columns: SpanColumns,
    batch: SpanBatch,
    { spanBytes, nowMs }: { readonly spanBytes: number; readonly nowMs: number },
  ): void {
    const { judge, keys, origins, traces } = this.options;
    const copier = new SpanCopier(columns, batch, origins);
    for (let row = 0; row < columns.rows; row++) copier.copy(row);
    copier.end();
    judge.bind(batch);
    const org = columns.orgs.text(0);
    const prefix = keys.prefix(org);
    for (let row = 0; row < columns.rows; row++) {
      const key = keyAt(prefix, columns.traceIds.bytes, row);
      if (this.isDecided(key, org, record, spanBytes)) continue;
      const trace = this.held(key, org, nowMs);
      this.place(trace, record.sequence, spanBytes);
      judge.add(trace.facts, row);
      traces.grown(trace);
      if (columns.parents.isZero(row)) traces.rootCame(trace, nowMs);
    }
  }

  /** Deals with a span of a trace that was decided; false when it was not. */
  private isDecided(key: string, org: string, record: JournalRecord, spanBytes: number): boolean {
    const { decided, records } = this.options;
    const decision = decided.get(key);
    if (decision === undefined) return false;
    const { weight, through, seenMs } = decision;
    const isSettled = record.sequence <= through && record.writtenMs <= seenMs;
    if (!isSettled) this.lateSpans++;
    if (isSettled || weight === 0) {
      records.count(record.sequence, 1, weight > 0);
      return true;
    }
    let late = this.late.get(key);
    if (late === undefined) {
      late = { key, org, weight, records: [], spans: 0, bytes: 0 };
      this.late.set(key, late);
    }
    this.place(late, record.sequence, spanBytes);
    return true;
  }

  private held(key: string, org: string, nowMs: number): HeldTrace<Facts> {
    const { traces, judge } = this.options;
    const found = traces.get(key);
    if (found !== undefined) return found;
    const facts = judge.begin();
    const trace = { key, org, facts, firstMs: nowMs, records: [], spans: 0, bytes: 0 };
    traces.add(trace);
    return trace;
  }

  private place(trace: Placed, sequence: number, spanBytes: number): void {
    const { records } = trace;
    trace.spans++;
    trace.bytes += spanBytes;
    if (records.at(-2) === sequence) {
      records[records.length - 1]!++;
      return;
    }
    records.push(sequence, 1);
    this.options.records.hold(sequence);
  }
}
