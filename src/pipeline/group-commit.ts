import { type Batch, batchBytes, keptRows, releaseBatch } from "#core/batch.ts";
import type { Clock, Timer } from "#core/clock.ts";
import { SightglassError } from "#core/errors.ts";
import { AGGREGATE_LIMITS, GROUP_LIMITS } from "#core/limits.ts";
import { SIGNALS, type Signal } from "#core/signal.ts";
import type { SpanBatch } from "#core/span-batch.ts";
import { type EncodedGroup, GroupEncoder, type RecordNote } from "./group-encoder.ts";
import type { Journal } from "./journal/journal.ts";
import type { RowWatch } from "./row-watch.ts";

/** A batch that waits for its group, with what answers its sender. */
interface Waiting {
  readonly batch: Batch;
  readonly rows: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Requests of one signal that are encoded and synced together. Under load a group waits up to
 * `waitMsMax` for company, because the engine pays by the block; without load it goes at once.
 */
class Lane {
  waiting: Waiting[] = [];
  rows = 0;
  bytes = 0;
  timer: Timer | undefined;
  /** Rows a second, as an exponential average over about a second. */
  rate = 0;
  lastMs = 0;
}

/** Rows a second above which a group waits for company. */
const BUSY_ROWS_PER_SECOND = 5_000;
const RATE_WINDOW_MS = 1_000;

/**
 * The last stage before the disk: gathers batches, has them encoded as one block and appended to the
 * journal, and resolves each push when its group is durable. From then on the rows are accepted.
 */
export class GroupCommit {
  /**
   * Whether records have all that is needed to read their rows: see {@link GroupEncoder.selfContained}.
   * A change holds from the next group on.
   */
  selfContained: boolean;
  /** See {@link GroupEncoder.statistics}. */
  private readonly statistics: boolean;
  private readonly journal: Journal;
  private readonly clock: Clock;
  private readonly watch: RowWatch | undefined;
  private readonly encoders: Map<string, GroupEncoder> = new Map();
  private readonly lanes: Record<Signal, Map<string, Lane>> = {
    traces: new Map(),
    logs: new Map(),
    metrics: new Map(),
  };
  private readonly appending = new Set<Promise<void>>();
  private aggregatesTimer: Timer | undefined;
  private stopping = false;

  constructor(options: {
    journal: Journal;
    clock: Clock;
    selfContained?: boolean;
    statistics?: boolean;
    /** Told of rows as they become durable. */
    watch?: RowWatch | undefined;
  }) {
    this.selfContained = options.selfContained ?? false;
    this.statistics = options.statistics ?? true;
    this.journal = options.journal;
    this.clock = options.clock;
    this.watch = options.watch;
  }

  /**
   * Takes the batch over and resolves once it is durable; an empty one at once. Rejects with what the
   * journal says (`storage_full`, `overloaded`, `stopping`); then nothing of it was kept.
   */
  push(batch: Batch, org: string): Promise<void> {
    if (this.stopping) {
      releaseBatch(batch);
      return Promise.reject(
        new SightglassError("stopping", "Sightglass is stopping", { retryAfterSeconds: 5 }),
      );
    }
    const rows = keptRows(batch);
    if (rows === 0) {
      releaseBatch(batch);
      return Promise.resolve();
    }
    const bytes = batchBytes(batch);
    return new Promise((resolve, reject) => {
      const lane = this.lane(batch.signal, org);
      // A large batch goes alone: a record that is too large is refused with all that is in it.
      if (lane.bytes + bytes > GROUP_LIMITS.bytesMax) this.flush(lane, org, batch.signal);
      lane.waiting.push({ batch, rows, resolve, reject });
      lane.rows += rows;
      lane.bytes += bytes;
      this.measure(lane, rows);
      const isFull = lane.rows >= GROUP_LIMITS.rowsMax || lane.bytes >= GROUP_LIMITS.bytesMax;
      if (isFull) this.flush(lane, org, batch.signal);
      else
        lane.timer ??= this.clock.setTimeout(
          () => this.flush(lane, org, batch.signal),
          waitMs(lane),
        );
    });
  }

  /**
   * Writes spans as a record of their own, at once, with a note for those who read it. Takes the batch
   * over; one without rows writes the note alone. Resolves with the record's sequence once it is durable,
   * and rejects as {@link push} does.
   *
   * @param freeing See {@link JournalAppend.freeing}.
   */
  async pushRecord(
    batch: SpanBatch,
    org: string,
    note: RecordNote,
    freeing?: string,
  ): Promise<number> {
    if (this.stopping) {
      releaseBatch(batch);
      throw new SightglassError("stopping", "Sightglass is stopping", { retryAfterSeconds: 5 });
    }
    const encoder = this.encoder(org);
    const onDurable = this.watch?.look([batch], org);
    const encoded = encodeAndGiveBack(encoder, [batch], note);
    const { rows, payload } = encoded;
    const record = { signal: "traces", rows, payload } as const;
    const append = this.journal.append(freeing === undefined ? record : { ...record, freeing });
    this.track(
      append.then(
        () => {},
        () => {},
      ),
    );
    const sequence = await append;
    encoded.remember();
    onDurable?.();
    if (encoder.aggregatesPending) this.scheduleAggregates();
    return sequence;
  }

  /** Writes what waits, statistics included, and refuses everything after. Idempotent. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.aggregatesTimer?.cancel();
    this.flushAll();
    this.appendAllAggregates();
    await Promise.all(this.appending);
  }

  /** Writes what waits now. Resolves when all of that is durable, or was refused. */
  async written(): Promise<void> {
    this.flushAll();
    await Promise.all(this.appending);
  }

  private flushAll(): void {
    for (const signal of SIGNALS)
      for (const [org, lane] of this.lanes[signal]) this.flush(lane, org, signal);
  }

  private lane(signal: Signal, org: string): Lane {
    let lane = this.lanes[signal].get(org);
    if (lane === undefined) this.lanes[signal].set(org, (lane = new Lane()));
    return lane;
  }

  private encoder(org: string): GroupEncoder {
    let encoder = this.encoders.get(org);
    if (encoder === undefined)
      this.encoders.set(org, (encoder = new GroupEncoder(org, this.clock)));
    encoder.selfContained = this.selfContained;
    encoder.statistics = this.statistics;
    return encoder;
  }

  private measure(lane: Lane, rows: number): void {
    const nowMs = this.clock.monotonicMs();
    const kept = Math.exp(-(nowMs - lane.lastMs) / RATE_WINDOW_MS);
    lane.rate = lane.rate * kept + rows * (1000 / RATE_WINDOW_MS);
    lane.lastMs = nowMs;
  }

  private flush(lane: Lane, org: string, signal: Signal): void {
    lane.timer?.cancel();
    lane.timer = undefined;
    const group = lane.waiting;
    if (group.length === 0) return;
    lane.waiting = [];
    lane.rows = 0;
    lane.bytes = 0;
    this.track(this.append(group, org, signal));
  }

  private track(append: Promise<void>): void {
    this.appending.add(append);
    void append.finally(() => this.appending.delete(append));
  }

  /** Never rejects: the outcome goes to those who pushed. */
  private async append(group: Waiting[], org: string, signal: Signal): Promise<void> {
    try {
      const encoder = this.encoder(org);
      const batches = group.map(({ batch }) => batch);
      const onDurable = this.watch?.look(batches, org);
      const encoded = encodeAndGiveBack(encoder, batches);
      await this.journal.append({ signal, rows: encoded.rows, payload: encoded.payload });
      encoded.remember();
      for (const { resolve } of group) resolve();
      onDurable?.();
      if (encoder.aggregatesPending) this.scheduleAggregates();
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }

  /** Statistics that wait when no more rows come are written as a record of their own. */
  private scheduleAggregates(): void {
    if (this.aggregatesTimer !== undefined || this.stopping) return;
    this.aggregatesTimer = this.clock.setTimeout(() => {
      this.aggregatesTimer = undefined;
      this.appendAllAggregates();
    }, AGGREGATE_LIMITS.waitMsMax * 2);
  }

  private appendAllAggregates(): void {
    for (const encoder of this.encoders.values())
      if (encoder.aggregatesPending) this.appendAggregates(encoder);
  }

  private appendAggregates(encoder: GroupEncoder): void {
    const { payload } = encoder.encode([]);
    // Only statistics are lost if this fails, and the rows' own appends report the same trouble.
    this.track(
      this.journal.append({ signal: "traces", rows: 0, payload }).then(
        () => {},
        () => {},
      ),
    );
  }
}

function waitMs(lane: Lane): number {
  return lane.rate > BUSY_ROWS_PER_SECOND ? GROUP_LIMITS.waitMsMax : 1;
}

/** The batches are free, and clean, when this returns: what the group needs of them is in the payload. */
function encodeAndGiveBack(
  encoder: GroupEncoder,
  batches: readonly Batch[],
  note?: RecordNote,
): EncodedGroup {
  try {
    return encoder.encode(batches, note);
  } finally {
    for (const batch of batches) releaseBatch(batch);
  }
}
