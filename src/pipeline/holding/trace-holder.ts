import type { Clock } from "#core/clock.ts";
import { messageOf, SightglassError } from "#core/errors.ts";
import { unpackRecord } from "#core/native/payload.ts";
import { readSettledTraces, type SettledTraces } from "#core/native/settled-traces.ts";
import { pause } from "../delivery/pause.ts";
import type { GroupCommit } from "../group-commit.ts";
import type { JournalConsumer, JournalRecord } from "../journal/journal.ts";
import { NO_ROWS } from "../journal/row-counts.ts";
import type { TraceJudge } from "./trace-judge.ts";
import { DecidedTraces } from "./decided-traces.ts";
import { HeldRecords } from "./held-records.ts";
import { EARLY, HeldTraces } from "./held-traces.ts";
import { InputReader, lastOf } from "./input-reader.ts";
import { RememberedOrigins } from "./origins.ts";
import { PortionWriter } from "./portion-writer.ts";
import { type DecidedTrace, halves, type Portion, portionsOf } from "./portions.ts";
import { TraceKeys } from "./spans-of-record.ts";
import { TraceIntake } from "./trace-intake.ts";

/** How often it is looked which traces are due, as OpenTelemetry's tail sampling does. */
const ROUND_MS = 1_000;
const RETRY_MS_MIN = 200;
const RETRY_MS_MAX = 10_000;

/** Something that an operator should hear of. Holding goes on. */
export interface HolderEvent {
  readonly kind: "unreadable" | "lost" | "retry" | "failed";
  readonly message: string;
  readonly rows?: number;
}

export interface TraceHolderOptions<Facts> {
  /** Its name, which stands in what it writes. */
  readonly name: string;
  readonly judge: TraceJudge<Facts>;
  /** The only consumer of the journal that traces are written to first. */
  readonly input: JournalConsumer;
  /** What fills the journal that the destinations read. */
  readonly output: Pick<GroupCommit, "pushRecord">;
  /** A consumer of that journal: it keeps the records there that tell what is settled. */
  readonly settled: JournalConsumer;
  /**
   * Bytes of the input that may wait, and of the output that may be kept to tell what is settled; beyond
   * it the oldest traces are decided early.
   */
  readonly bytesMax: number;
  readonly clock: Clock;
  readonly onEvent?: (event: HolderEvent) => void;
  /** It has ended by a fault of ours: another one can go on in its place. */
  readonly onFailed?: () => void;
}

/** How a holder is doing, by the names that its documentation gives. */
export interface HolderStatistics extends Readonly<Record<string, number>> {
  readonly traces_held: number;
}

/**
 * Reads traces from a journal, holds them until they are decided, and writes those that are kept to
 * another one: each span once, whatever crashes (docs/decisions/011). What waits is not in memory but in
 * the journal; here is where it is, and what the decision rests on.
 *
 * @example
 * const holder = new TraceHolder({ name: "tail_sample", judge, input, output, settled, bytesMax, clock });
 * await holder.start();
 */
export class TraceHolder<Facts> {
  private readonly options: TraceHolderOptions<Facts>;
  private readonly keys = new TraceKeys();
  private readonly traces: HeldTraces<Facts>;
  private readonly records = new HeldRecords();
  private readonly decided: DecidedTraces;
  private readonly intake: TraceIntake<Facts>;
  private readonly writer: PortionWriter;
  private readonly ending = new AbortController();
  private readonly reader: InputReader;
  /** The records of the output that may be needed after a crash, and up to where each settles the input. */
  private pinned: { readonly sequence: number; readonly through: number }[] = [];
  /** The last record of the output that was come upon. */
  private lastSeen = 0;
  private running: Promise<unknown> | undefined;
  private nextRoundMs = 0;
  /** The time of the input: that of what was read last, or the present one when it was read to its end. */
  private timeMs = 0;
  /** The latest time at which a record of the input was written. */
  private seenMs = 0;
  private isDraining = false;
  private drained: ((isSettled: boolean) => void)[] = [];
  private readonly counts = {
    traces_kept: 0,
    traces_dropped: 0,
    spans_kept: 0,
    spans_dropped: 0,
    spans_lost: 0,
  };

  constructor(options: TraceHolderOptions<Facts>) {
    this.options = options;
    const { name, judge, input, output, settled, clock } = options;
    const origins = new RememberedOrigins();
    const { keys, records } = this;
    const traces = new HeldTraces<Facts>(judge.bounds);
    const decided = new DecidedTraces(keys, judge.bounds.decisionsMax);
    this.traces = traces;
    this.decided = decided;
    this.intake = new TraceIntake({ judge, keys, origins, traces, records, decided });
    this.writer = new PortionWriter({
      holder: name,
      input,
      output,
      settled: settled.name,
      keys,
      origins,
    });
    this.reader = new InputReader(input, clock, this.ending.signal, (error) =>
      this.tell("retry", error),
    );
  }

  /** Resolves when what an earlier life has settled is known; reading goes on from then on. */
  async start(): Promise<void> {
    await this.recover();
    this.running = Promise.all([this.run(), this.follow()]).catch((error: unknown) => {
      // A fault of ours. What waits stays in the input.
      this.tell("failed", error);
      this.ending.abort();
      this.options.onFailed?.();
    });
  }

  /** Stops without deciding anything: what waits is read again after the next start. Idempotent. */
  async stop(): Promise<void> {
    this.ending.abort();
    await this.running;
    this.tellDrained(false);
  }

  /**
   * Decides what waits, and what still comes, without waiting longer: for one that is taken out of its
   * pipeline, so that nothing more is written to its input. Resolves with true when all of the input is
   * settled, and with false when the holder was stopped.
   */
  drain(): Promise<boolean> {
    this.isDraining = true;
    this.nextRoundMs = 0;
    return new Promise((resolve) => {
      this.drained.push(resolve);
      this.reader.wake();
    });
  }

  /** Counts since the start; `traces_held` is at present. */
  statistics(): HolderStatistics {
    const { traces, intake, counts } = this;
    return {
      traces_held: traces.size,
      ...counts,
      spans_late: intake.lateSpans,
      ...Object.fromEntries(EARLY.map((reason) => [`early_by_${reason}`, traces.early[reason]])),
    };
  }

  private async recover(): Promise<void> {
    const { input, settled, name } = this.options;
    const last = lastOf(settled);
    const inputEnd = lastOf(input);
    for await (const record of settled.read(settled.position() + 1, last)) {
      for (const found of settledBy(record)) {
        if (found.holder !== name) continue;
        this.decided.recover(found);
        const through = Math.min(found.through, inputEnd);
        this.pinned.push({ sequence: record.sequence, through });
      }
    }
    this.decided.recovered(inputEnd);
    // A holder before this one may have been given records that it did not settle.
    input.seek(input.position() + 1);
    settled.seek(last + 1);
    this.lastSeen = last;
  }

  /** Keeps up with the output: what this consumer has not read would be kept in memory for it. */
  private async follow(): Promise<void> {
    const { settled, clock } = this.options;
    const { signal } = this.ending;
    while (!signal.aborted) {
      try {
        const record = await settled.next(signal);
        if (record === undefined) return;
        this.lastSeen = record.sequence;
      } catch (error) {
        this.tell("retry", error);
        await pause(clock, RETRY_MS_MAX, signal);
      }
    }
  }

  private async run(): Promise<void> {
    const { clock } = this.options;
    while (!this.reader.ended) {
      const record = await this.reader.next(this.nextRoundMs - clock.monotonicMs());
      if (record !== undefined) this.take(record);
      if (clock.monotonicMs() >= this.nextRoundMs || this.traces.isOver) await this.round();
    }
    await this.acknowledge();
  }

  private take(record: JournalRecord): void {
    const { sequence, writtenMs, rows } = record;
    this.timeMs = Math.max(this.timeMs, writtenMs);
    this.seenMs = Math.max(this.seenMs, writtenMs);
    this.records.add(sequence);
    try {
      this.intake.take(record, this.timeMs);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.records.count(sequence, rows, false);
      const message = `record ${sequence} of the input cannot be read: ${error.message}`;
      this.options.onEvent?.({ kind: "unreadable", message, rows });
    }
  }

  /** Decides the traces whose time has come, writes what is settled by that, and acknowledges. */
  private async round(): Promise<void> {
    const { clock, input } = this.options;
    this.nextRoundMs = clock.monotonicMs() + ROUND_MS;
    if (this.reader.isInStep) this.timeMs = Math.max(this.timeMs, clock.nowMs());
    const late = this.intake.takeLate();
    const decided = this.decide(this.isFull());
    for (const portion of portionsOf([...late, ...decided])) {
      if (!(await this.write(portion))) return;
    }
    await this.acknowledge();
    if (!this.isDraining || !this.reader.isInStep) return;
    if (this.traces.size === 0 && input.backlog().records === 0) this.tellDrained(true);
  }

  /** Whether what waits, or what is kept for its sake, is too much. */
  private isFull(): boolean {
    const { input, settled, bytesMax } = this.options;
    if (input.backlog().bytes > bytesMax) return true;
    // What was written since the oldest trace that waits came is kept with all else in between.
    return this.pinned.length > 0 && settled.backlog().bytes > bytesMax;
  }

  private decide(isFull: boolean): DecidedTrace[] {
    const { judge } = this.options;
    const due = this.isDraining ? this.traces.takeAll() : this.traces.takeDue(this.timeMs, isFull);
    if (due.length === 0) return [];
    const through = this.reader.lastTaken;
    const weights = judge.decide(
      due.map(({ key, facts, spans }) => ({ traceId: this.keys.traceId(key), facts, spans })),
      this.timeMs,
    );
    const settled = due.map((trace, index) => {
      const { key, org, records, spans, bytes } = trace;
      const weight = weights[index]!;
      if (weight > 0) this.counts.traces_kept++;
      else this.counts.traces_dropped++;
      this.decided.set(key, { weight, through, seenMs: this.seenMs });
      return { key, org, weight, records, spans, bytes };
    });
    // Between two rounds nothing is forgotten: all late spans of a trace are taken for such, or none.
    this.decided.forget(through);
    return settled;
  }

  /** Writes a portion, however long that takes; false when it was given up because this ends. */
  private async write(portion: Portion): Promise<boolean> {
    const { signal } = this.ending;
    for (let waitMs = RETRY_MS_MIN; !signal.aborted; waitMs = Math.min(waitMs * 2, RETRY_MS_MAX)) {
      try {
        const { sequence, lost } = await this.writer.write(portion, this.seenMs);
        this.settle(portion, sequence, lost);
        return true;
      } catch (error) {
        const parts = isTooLarge(error) ? halves(portion) : undefined;
        if (parts !== undefined) return (await this.write(parts[0])) && this.write(parts[1]);
        this.tell("retry", error);
        await pause(this.options.clock, waitMs, signal);
      }
    }
    return false;
  }

  private settle({ through, traces }: Portion, sequence: number, lost: number): void {
    this.pinned.push({ sequence, through });
    for (const { weight, records, spans } of traces) {
      const isKept = weight > 0;
      for (let i = 0; i < records.length; i += 2)
        this.records.settle(records[i]!, records[i + 1]!, isKept);
      if (isKept) this.counts.spans_kept += spans;
      else this.counts.spans_dropped += spans;
    }
    if (lost === 0) return;
    this.counts.spans_kept -= lost;
    this.counts.spans_lost += lost;
    this.records.lose(through, lost);
    const message = `${lost} spans that were to be kept cannot be read back`;
    this.options.onEvent?.({ kind: "lost", message, rows: lost });
  }

  /** Moves the cursor behind what is settled, and then lets go of what told so. */
  private async acknowledge(): Promise<void> {
    const { input, settled } = this.options;
    try {
      const passed = this.records.settled();
      if (passed !== undefined) {
        await input.acknowledge(passed.sequence, {
          stored: { ...NO_ROWS, traces: Math.max(0, passed.kept) },
          dropped: { ...NO_ROWS, traces: passed.dropped },
        });
        this.records.acknowledged();
      }
      const position = input.position();
      this.pinned = this.pinned.filter(({ through }) => through > position);
      const [first] = this.pinned;
      await settled.acknowledge(first === undefined ? this.lastSeen : first.sequence - 1);
    } catch (error) {
      // It is tried again with the next round.
      this.tell("retry", error);
    }
  }

  private tell(kind: HolderEvent["kind"], error: unknown): void {
    const message = messageOf(error);
    this.options.onEvent?.({ kind, message });
  }

  private tellDrained(isSettled: boolean): void {
    for (const resolve of this.drained.splice(0)) resolve(isSettled);
  }
}

/** A single record that is too large is refused for good; anything else may be better later. */
function isTooLarge(error: unknown): boolean {
  return error instanceof SightglassError && error.code === "payload_too_large";
}

function settledBy(record: JournalRecord): SettledTraces[] {
  if (record.signal !== "traces") return [];
  try {
    return unpackRecord(record.parts)
      .filter(({ table }) => table === "settled_traces")
      .flatMap((section) => readSettledTraces(section) ?? []);
  } catch (error) {
    if (error instanceof RangeError) return [];
    throw error;
  }
}
