import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { SightglassError } from "#core/errors.ts";
import { JOURNAL_LIMITS } from "#core/limits.ts";
import { AppendQueue } from "./append-queue.ts";
import { CursorFile, DAMAGED_ENDING } from "./cursor-file.ts";
import type { CursorState } from "./cursor-file.ts";
import { nodeFiles, reasonOf } from "./files.ts";
import type { JournalFiles } from "./files.ts";
import { forgetConsumers } from "./forget-consumers.ts";
import type {
  ForgottenConsumer,
  Journal,
  JournalAppend,
  JournalCommit,
  JournalConsumer,
  JournalConsumerOptions,
  JournalEvent,
  JournalLimits,
  JournalOptions,
  JournalStats,
} from "./journal.ts";
import { RecentRecords } from "./recent-records.ts";
import type { PlacedRecord } from "./recent-records.ts";
import { recoverSegments } from "./recover.ts";
import type { Recovered } from "./recover.ts";
import { mostRows } from "./row-counts.ts";
import type { RowCounts } from "./row-counts.ts";
import { SegmentWriter } from "./segment-writer.ts";
import type { SegmentTable } from "./segments.ts";
import { SpareSegments } from "./spare-segments.ts";
import { StreamConsumer } from "./stream-consumer.ts";
import type { ConsumerContext } from "./stream-consumer.ts";

interface Environment {
  readonly options: JournalOptions;
  readonly files: JournalFiles;
  readonly limits: JournalLimits;
  readonly report: (event: JournalEvent) => void;
}

interface LoadedCursor {
  readonly options: JournalConsumerOptions;
  readonly file: CursorFile;
  readonly state: CursorState | undefined;
}

const CONSUMER_NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;
const CURSOR_FOLDER = "cursors";

/** Puts the parts of a journal together; what each does is in its own file. */
export class OpenedJournal implements Journal {
  readonly #environment: Environment;
  readonly #damage: { readonly bytes: number };
  readonly #table: SegmentTable;
  readonly #spares: SpareSegments;
  readonly #writer: SegmentWriter;
  readonly #queue: AppendQueue;
  readonly #recent: RecentRecords;
  readonly #context: ConsumerContext;
  #consumers: readonly StreamConsumer[];
  /** Consumers come and go one after the other. */
  #changing: Promise<unknown> = Promise.resolve();
  #housekeeping: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;
  #appendedRecords = 0;
  #appendedBytes = 0;
  #syncs = 0;
  #refusedOverloaded = 0;

  static async open(options: JournalOptions): Promise<OpenedJournal> {
    checkConsumers(options.consumers);
    const damage = { bytes: 0 };
    const environment: Environment = {
      options,
      files: options.files ?? nodeFiles,
      limits: { ...JOURNAL_LIMITS, ...options.limits },
      report: (event) => {
        damage.bytes += event.bytes ?? 0;
        options.onEvent?.(event);
      },
    };
    await environment.files.makeFolder(join(options.folder, CURSOR_FOLDER));
    const recovered = await recoverSegments({ ...environment, folder: options.folder });
    const cursors = await loadCursors(environment);
    const journal = new OpenedJournal(
      environment,
      afterCursors(recovered, cursors),
      cursors,
      damage,
    );
    const isNew = ({ state }: LoadedCursor): boolean => state === undefined;
    await journal.#start(cursors.filter(isNew).map((cursor) => cursor.options.name));
    return journal;
  }

  private constructor(
    environment: Environment,
    recovered: Recovered,
    cursors: readonly LoadedCursor[],
    damage: { readonly bytes: number },
  ) {
    const { files, limits, report, options } = environment;
    const { clock, payloadVersion = 1, random = randomBytes } = options;
    this.#environment = environment;
    this.#damage = damage;
    this.#table = recovered.table;
    this.#recent = new RecentRecords(limits.memoryBytesMax, recovered.head.sequence);
    const spares = new SpareSegments({ files, limits, report, folder: options.folder });
    this.#spares = spares;
    const writer = new SegmentWriter(
      { files, clock, limits, payloadVersion, random, report, spares },
      recovered,
    );
    this.#writer = writer;
    this.#queue = new AppendQueue({
      writer,
      clock,
      limits,
      onCommit: (commit, placed) => this.#onCommit(commit, placed),
    });
    this.#context = {
      table: this.#table,
      recent: this.#recent,
      head: () => writer.head,
      onProgress: () => this.#release(),
      files,
      limits,
      report,
      clock,
    };
    this.#consumers = cursors.map(
      (cursor) => new StreamConsumer(cursor.options, this.#context, cursor.file, cursor.state),
    );
  }

  append(record: JournalAppend): Promise<number> {
    const { retryAfterSeconds } = this.#environment.limits;
    if (this.#closing !== undefined) {
      const message = "Sightglass is stopping";
      return Promise.reject(new SightglassError("stopping", message, { retryAfterSeconds }));
    }
    const blocking = this.#consumers.find(
      (one) => one.name !== record.freeing && one.isBlocking(this.#queue.bytes),
    );
    if (blocking !== undefined) {
      this.#refusedOverloaded += 1;
      const message = `The backlog of ${blocking.name} is at its bound`;
      return Promise.reject(new SightglassError("overloaded", message, { retryAfterSeconds }));
    }
    return this.#queue.append(record);
  }

  consumer(name: string): JournalConsumer {
    return this.#consumer(name);
  }

  #consumer(name: string): StreamConsumer {
    const found = this.#consumers.find((consumer) => consumer.name === name);
    if (found !== undefined) return found;
    const names = this.#consumers.map((consumer) => consumer.name).join(", ");
    throw new SightglassError("internal", `The journal has no consumer ${name}, only ${names}`);
  }

  addConsumer(options: JournalConsumerOptions): Promise<JournalConsumer> {
    return this.#change(async () => {
      const { files, report, limits } = this.#environment;
      checkConsumers([...this.#consumers, options]);
      if (this.#closing !== undefined) {
        const { retryAfterSeconds } = limits;
        throw new SightglassError("stopping", "Sightglass is stopping", { retryAfterSeconds });
      }
      const file = new CursorFile(files, this.#cursorPath(options.name), report);
      const atTheEnd = { ...options, begins: "end" } as const;
      const consumer = new StreamConsumer(atTheEnd, this.#context, file, undefined);
      // From here on it holds what is appended, while its cursor is being written.
      this.#consumers = [...this.#consumers, consumer];
      try {
        await consumer.createCursor();
      } catch (error) {
        this.#forget(consumer);
        await consumer.close();
        throw error;
      }
      return consumer;
    });
  }

  changeConsumer(options: JournalConsumerOptions): void {
    this.#consumer(options.name).change(options);
  }

  removeConsumer(name: string): Promise<void> {
    return this.#change(async () => {
      const consumer = this.#consumer(name);
      if (this.#consumers.length === 1) {
        throw new SightglassError("internal", `${name} is the journal's last consumer`);
      }
      await consumer.close();
      // What it held is let go only when nothing could look for it any more.
      await consumer.removeCursor();
      this.#forget(consumer);
    });
  }

  forgetOthers(): Promise<ForgottenConsumer[]> {
    return this.#change(() => {
      const { files, report, options } = this.#environment;
      const folder = join(options.folder, CURSOR_FOLDER);
      const known = this.#consumers.map(({ name }) => name);
      const { accepted } = this.#writer.head;
      return forgetConsumers({ folder, files, report, known, accepted });
    });
  }

  #change<T>(change: () => Promise<T>): Promise<T> {
    const changed = this.#changing.then(change);
    this.#changing = changed.catch(() => {});
    return changed;
  }

  #forget(consumer: StreamConsumer): void {
    this.#consumers = this.#consumers.filter((one) => one !== consumer);
    this.#release();
  }

  #cursorPath(name: string): string {
    return join(this.#environment.options.folder, CURSOR_FOLDER, name);
  }

  acceptedRows(): RowCounts {
    return this.#writer.head.accepted;
  }

  stats(): JournalStats {
    return {
      segments: this.#table.all.length,
      segmentBytes: this.#table.bytes + this.#writer.unwrittenBytes + this.#spares.bytes,
      lastSequence: this.#writer.head.sequence,
      memoryBytes: this.#recent.bytes,
      queuedBytes: this.#queue.bytes,
      appendedRecords: this.#appendedRecords,
      appendedBytes: this.#appendedBytes,
      syncs: this.#syncs,
      writeFailures: this.#queue.failures,
      refusedOverloaded: this.#refusedOverloaded + this.#queue.refused,
      damagedBytes: this.#damage.bytes,
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#changing;
    await this.#queue.flushed();
    await this.#writer.close();
    await Promise.all(this.#consumers.map((consumer) => consumer.close()));
    await this.#housekeeping;
    await this.#spares.removeAll();
  }

  async #start(newConsumers: readonly string[]): Promise<void> {
    const { files, options, report } = this.#environment;
    for (const consumer of this.#consumers) {
      if (newConsumers.includes(consumer.name)) await this.#tryToCreateCursor(consumer);
    }
    try {
      // A removal that a power loss could undo would bring back records that were given up.
      await files.syncFolder(options.folder);
    } catch (error) {
      const message = `the folder cannot be synced (${reasonOf(error)})`;
      report({ kind: "write_failed", file: options.folder, message });
    }
    for (const consumer of this.#consumers) consumer.enforceBounds();
    this.#release();
  }

  /** Without its file, what it acknowledges is refused until there is room for it. */
  async #tryToCreateCursor(consumer: StreamConsumer): Promise<void> {
    try {
      await consumer.createCursor();
    } catch (error) {
      const message = `the cursor cannot be written (${reasonOf(error)})`;
      this.#environment.report({ kind: "write_failed", file: consumer.name, message });
    }
  }

  #onCommit(commit: JournalCommit, placed: readonly PlacedRecord[]): void {
    this.#appendedRecords += commit.records;
    this.#appendedBytes += commit.bytes;
    this.#syncs += 1;
    for (const one of placed) this.#recent.push(one);
    for (const consumer of this.#consumers) {
      consumer.enforceBounds();
      consumer.wake();
    }
    this.#environment.options.onCommit?.(commit);
  }

  /** Lets go of the memory and the segments that no consumer needs any more. */
  #release(): void {
    this.#recent.release(Math.min(...this.#consumers.map((one) => one.takenSequence())));
    const { newest } = this.#table;
    const free = this.#table.all.filter(
      (segment) => segment !== newest && !this.#consumers.some((one) => one.needs(segment)),
    );
    if (free.length === 0) return;
    for (const segment of free) this.#table.remove(segment);
    this.#housekeeping = this.#housekeeping.then(() => this.#spares.free(free));
  }
}

function checkConsumers(consumers: readonly { readonly name: string }[]): void {
  const names = consumers.map(({ name }) => name);
  const wrong = names.find((name) => !CONSUMER_NAME.test(name) || name.endsWith(DAMAGED_ENDING));
  const message =
    names.length === 0
      ? "a journal needs at least one consumer"
      : wrong !== undefined
        ? `journal consumer: found the name ${JSON.stringify(wrong)}, allowed is ${CONSUMER_NAME.source}`
        : new Set(names).size < names.length
          ? `journal consumers: found ${names.join(", ")}, each name is allowed once`
          : undefined;
  if (message !== undefined) throw new SightglassError("config_invalid", message);
}

async function loadCursors({ options, files, report }: Environment): Promise<LoadedCursor[]> {
  const loaded: LoadedCursor[] = [];
  for (const consumer of options.consumers) {
    const path = join(options.folder, CURSOR_FOLDER, consumer.name);
    const file = new CursorFile(files, path, report);
    const state = await file.load();
    // Where it was is not known when its cursor is damaged: what was not done must not be passed over.
    const begins = file.wasThere ? "oldest" : (consumer.begins ?? "oldest");
    loaded.push({ options: { ...consumer, begins }, file, state });
  }
  return loaded;
}

/** Segments can be lost while a cursor beyond them is not: numbers and totals never go back. */
function afterCursors(recovered: Recovered, cursors: readonly LoadedCursor[]): Recovered {
  let { head, nextSequence } = recovered;
  for (const { state } of cursors) {
    if (state === undefined) continue;
    const { sequence, accepted } = state.place;
    head = {
      ...head,
      sequence: Math.max(head.sequence, sequence),
      accepted: mostRows(head.accepted, accepted),
    };
    nextSequence = Math.max(nextSequence, sequence + 1);
  }
  return { ...recovered, head, nextSequence };
}
