import type { Clock } from "#core/clock.ts";
import type { Signal } from "#core/signal.ts";
import type { JournalFiles } from "./files.ts";
import type { RowCounts } from "./row-counts.ts";
import { OpenedJournal } from "./opened-journal.ts";

/** What a pipeline writes: one encoded block of one signal. */
export interface JournalAppend {
  readonly signal: Signal;
  readonly rows: number;
  /**
   * The payload in parts, which are never copied: the journal owns them from the call on, and who
   * gave them must not write into them again, even after the append resolved.
   */
  readonly payload: readonly Uint8Array[];
  /**
   * A consumer that can go on only with what the record says, as one does that waits for a decision: its
   * own bound does not refuse the record.
   */
  readonly freeing?: string;
}

export interface JournalRecord {
  /** Goes up from record to record, mostly by one: numbers of refused writes may be left out. */
  readonly sequence: number;
  readonly signal: Signal;
  readonly rows: number;
  /** Unix milliseconds. */
  readonly writtenMs: number;
  /** Version of the payload's encoding, as {@link JournalOptions.payloadVersion} was at the append. */
  readonly payloadVersion: number;
  /** The payload in the parts that are at hand; joining them costs a copy. */
  readonly parts: readonly Uint8Array[];
  /** The payload in one piece, joined at the first use. */
  readonly payload: Buffer;
}

/**
 * The only buffer of a pipeline: an append-only stream of records on disk, read by each destination
 * at a cursor of its own.
 *
 * @example
 * const journal = await openJournal({ folder, clock, consumers: [{ name: "store", policy: "block", bytesMax }] });
 * await journal.append({ signal: "traces", rows: 1000, payload: [block] }); // durable from here on
 * const store = journal.consumer("store");
 * for (let record; (record = await store.next(cancel)); ) {
 *   await insert(record);
 *   await store.acknowledge(record.sequence, countsOf(record));
 * }
 */
export interface Journal {
  /**
   * Resolves with the record's sequence once it is durable (fdatasync). Several appends share one
   * write and one sync. Rejects with `storage_full` when the disk refuses, `overloaded` when a
   * blocking consumer or the write queue is at its bound, `stopping` after `close`: nothing of the
   * record is kept then, and trying again is right.
   */
  append(record: JournalAppend): Promise<number>;
  /** One of the consumers that there are; throws for any other name. */
  consumer(name: string): JournalConsumer;
  /**
   * Adds a consumer that is given what is appended from now on, whatever a cursor of that name was
   * before. Its cursor is durable when this resolves. Rejects with `config_invalid` for wrong options
   * or a name that is there, `storage_full` when the disk refuses, `stopping` after `close`: then
   * nothing has changed.
   */
  addConsumer(options: JournalConsumerOptions): Promise<JournalConsumer>;
  /** Gives a consumer other bounds, or another policy, from now on. */
  changeConsumer(options: JournalConsumerOptions): void;
  /**
   * Ends a consumer: its `next` resolves with undefined, what it has not acknowledged is kept for it
   * no longer, and its cursor is removed, durably when this resolves. The last one stays: what nobody
   * reads would never be freed.
   */
  removeConsumer(name: string): Promise<void>;
  /**
   * Removes, durably, the cursors of consumers that are not there: of an earlier life of the journal. What
   * they had not read may be freed already; were one of that name added again, it would seem to be its own.
   * Resolves with what each of them gave up by that; one that cannot be removed is told, and left out.
   */
  forgetOthers(): Promise<readonly ForgottenConsumer[]>;
  /** Rows ever accepted, over all restarts. */
  acceptedRows(): RowCounts;
  stats(): JournalStats;
  /** Refuses new appends, writes those that wait, ends `next`, closes the files. Idempotent. */
  close(): Promise<void>;
}

/** Reads one journal for one destination. One `next` at a time. */
export interface JournalConsumer {
  readonly name: string;
  /**
   * The next record in order: from memory while in step, else read back from disk. Undefined once
   * `cancel` is aborted or the journal is closed. Rejects with `internal` when the disk cannot be
   * read; the next call tries the same place again.
   */
  next(cancel: AbortSignal): Promise<JournalRecord | undefined>;
  /**
   * The records `from`..`to` (inclusive) from disk, without moving the cursor: to replay what was
   * planned. Records that are damaged or freed are left out.
   */
  read(from: number, to: number): AsyncIterable<JournalRecord>;
  /**
   * `next` goes on with the first record whose sequence is at least `sequence`: back to what was
   * handed out but not acknowledged, or forward over what `read` gave. Never before the cursor.
   */
  seek(sequence: number): void;
  /**
   * Everything up to and including `sequence` is done; `counts` are the rows since the
   * acknowledgement before. Durable (fdatasync) when it resolves; several share one sync. When it
   * rejects, nothing has changed and it may be called again. For what is already acknowledged it
   * does nothing, and counts nothing.
   */
  acknowledge(
    sequence: number,
    counts?: { readonly stored: RowCounts; readonly dropped: RowCounts },
  ): Promise<void>;
  /** The last acknowledged sequence; at first the one before the oldest record, so 0 in a new journal. */
  position(): number;
  /** Rows ever stored and dropped, durable with the cursor; what the journal dropped or lost is in `dropped`. */
  counts(): { readonly stored: RowCounts; readonly dropped: RowCounts };
  backlog(): JournalBacklog;
}

/** A consumer that a journal was not opened with any more. */
export interface ForgottenConsumer {
  readonly name: string;
  /** Rows that it had not acknowledged; 0 where its cursor could not be read. */
  readonly rows: number;
}

/** What a consumer has still to acknowledge. */
export interface JournalBacklog {
  /**
   * Sequence numbers from the cursor to the last record, so that `position() + records` is the last
   * one. Numbers that were left out, and records dropped behind those in hand, count while they lie in it.
   */
  readonly records: number;
  readonly rows: number;
  readonly rowsBySignal: RowCounts;
  readonly bytes: number;
  /** Age of the oldest record, 0 without one; after a restart, until it was read, at most too high. */
  readonly oldestAgeMs: number;
}

export interface JournalStats {
  readonly segments: number;
  /** Bytes on disk, with those of freed segments that are kept to be written over. */
  readonly segmentBytes: number;
  /** The last durable sequence. */
  readonly lastSequence: number;
  /** Bytes of records kept in memory for consumers in step. */
  readonly memoryBytes: number;
  /** Bytes of appends that wait for their sync. */
  readonly queuedBytes: number;
  /** Since the journal was opened, as all that follow. */
  readonly appendedRecords: number;
  readonly appendedBytes: number;
  readonly syncs: number;
  readonly writeFailures: number;
  readonly refusedOverloaded: number;
  readonly damagedBytes: number;
}

/** How far a destination may fall behind. */
export interface JournalConsumerOptions {
  /** Also the name of its cursor file: lower-case letters, digits, `-`, `_` and `.`. */
  readonly name: string;
  /** At its bound, `block` refuses appends, and `drop_oldest` loses its oldest records, counted. */
  readonly policy: "block" | "drop_oldest";
  /** Bytes of records not yet acknowledged. */
  readonly bytesMax: number;
  /** Age of the oldest record; only `drop_oldest` looks at it. No bound when it is left out. */
  readonly ageMsMax?: number;
  /**
   * Where it begins when it has no cursor yet: at the oldest record, which is the default, or behind the
   * last one. One whose cursor was damaged always begins at the oldest, so that nothing is lost.
   */
  readonly begins?: "oldest" | "end";
}

/** Something an operator should hear of. The journal never stops for it. */
export interface JournalEvent {
  readonly kind:
    | "torn_tail"
    | "damaged"
    | "quarantined"
    | "ignored_file"
    | "segment_sealed"
    | "cursor_reset"
    | "dropped"
    | "disk_full"
    | "write_failed"
    | "read_failed";
  readonly file: string;
  readonly message: string;
  readonly bytes?: number;
  readonly rows?: number;
}

/** One write and sync, for a histogram. */
export interface JournalCommit {
  readonly records: number;
  readonly bytes: number;
  readonly durationMs: number;
}

export interface JournalLimits {
  readonly segmentBytesMax: number;
  readonly recordBytesMax: number;
  readonly memoryBytesMax: number;
  readonly appendQueueBytesMax: number;
  readonly readAheadBytesMax: number;
  readonly readAttemptsMax: number;
  readonly markEveryBytes: number;
  readonly freeBytesMin: number;
  readonly freeBytesCheckMs: number;
  readonly freeBytesCheckBytes: number;
  readonly damagedFilesMax: number;
  readonly sparesMax: number;
  readonly spareBytesMin: number;
  readonly retryAfterSeconds: number;
}

export interface JournalOptions {
  /** One folder per pipeline; created when it is missing. Nobody else may write to it. */
  readonly folder: string;
  /** At least one: what nobody reads would never be freed. */
  readonly consumers: readonly JournalConsumerOptions[];
  readonly clock: Clock;
  /** Stamped on every record, 0–255, so that a reader can tell how its payload is encoded. */
  readonly payloadVersion?: number;
  readonly onEvent?: (event: JournalEvent) => void;
  readonly onCommit?: (commit: JournalCommit) => void;
  /** The real file system and random source when left out. */
  readonly files?: JournalFiles;
  readonly random?: (bytes: number) => Buffer;
  /** Overrides of {@link JOURNAL_LIMITS}. */
  readonly limits?: Partial<JournalLimits>;
}

/**
 * Opens the journal in a folder, whatever state a crash, a full disk or a flipped bit left it in:
 * what is damaged is skipped or put aside as `*.damaged`, and told through `onEvent`. Rejects only
 * with `config_invalid` for wrong options, or when the folder itself cannot be created or listed.
 */
export function openJournal(options: JournalOptions): Promise<Journal> {
  return OpenedJournal.open(options);
}
