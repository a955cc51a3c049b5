import type { FileHandle } from "node:fs/promises";
import type { BlockTable } from "#core/native/block-columns.ts";
import { type Section, unpackPayload } from "#core/native/payload.ts";
import type { JournalRecord } from "#pipeline/journal/journal.ts";
import type { Signal } from "#core/signal.ts";
import type { Plan, PlannedInsert } from "./plan.ts";
import type { SpareFiles } from "./spare-files.ts";

/** Tables in the order in which they are written: what others refer to comes first. */
const TABLE_ORDER: readonly BlockTable[] = [
  "resources",
  "scopes",
  "series",
  "spans",
  "logs",
  "points",
  "histograms",
  "exemplars",
  "attribute_catalogue",
  "service_edges_1m",
];

/** The insert file of one table and day while it is being put together. */
interface OpenFile {
  readonly table: BlockTable;
  readonly day: number;
  readonly path: string;
  readonly file: FileHandle;
  /** What the file is long from an earlier use. */
  readonly formerBytes: number;
  rows: number;
  bytes: number;
}

/** A record whose payload is of a version that cannot be read, or damaged in a way that its CRC did not show. */
export interface UnreadableRecord {
  readonly sequence: number;
  readonly rows: number;
  readonly error: unknown;
}

/** A plan with the files that its inserts read. */
export interface Gathered {
  readonly plan: Plan;
  /** In the order in which they are to be inserted. */
  readonly inserts: readonly { readonly insert: PlannedInsert; readonly path: string }[];
  /** Gives the files back, once. */
  discard(): Promise<void>;
}

/**
 * Puts the blocks of consecutive journal records together, a file for each table and day, each block
 * in the order of the journal. The same records always give the same bytes: the engine recognises a
 * replay by them.
 */
export class InsertFiles {
  private readonly spares: SpareFiles;
  private readonly pipeline: string;
  private readonly only: { table: BlockTable; day: number } | undefined;
  private readonly files = new Map<string, OpenFile>();
  private readonly range: { from: number; to: number } | undefined;
  private readonly counts: Record<Signal, number> = { traces: 0, logs: 0, metrics: 0 };
  private readonly unreadable: Record<Signal, number> = { traces: 0, logs: 0, metrics: 0 };
  private readonly onUnreadable: (record: UnreadableRecord) => void;
  private discarded = false;
  private from = 0;
  private to = 0;
  rows = 0;
  bytes = 0;

  constructor(options: {
    spares: SpareFiles;
    pipeline: string;
    /** Leaves out all other tables and days. */
    only?: { table: BlockTable; day: number };
    /** The range that names the inserts, where it is not that of the records that were found. */
    range?: { from: number; to: number };
    onUnreadable: (record: UnreadableRecord) => void;
  }) {
    this.onUnreadable = options.onUnreadable;
    this.spares = options.spares;
    this.pipeline = options.pipeline;
    this.only = options.only;
    this.range = options.range;
  }

  /** The sequence of the last record, 0 without one. */
  get last(): number {
    return this.to;
  }

  get isEmpty(): boolean {
    return this.to === 0;
  }

  /** Adds a record's blocks. One whose payload cannot be read only widens the range: see {@link Plan.unreadable}. */
  async add(record: JournalRecord): Promise<void> {
    if (this.from === 0) this.from = record.sequence;
    this.to = record.sequence;
    const sections = this.unpack(record);
    if (sections === undefined) return;
    this.rows += record.rows;
    this.counts[record.signal] += record.rows;
    for (const section of sections)
      if (section.rows > 0 && this.wants(section)) await this.addSection(section);
  }

  private unpack(record: JournalRecord): Section[] | undefined {
    try {
      return unpackPayload(record.parts);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.unreadable[record.signal] += record.rows;
      this.onUnreadable({ sequence: record.sequence, rows: record.rows, error });
      return undefined;
    }
  }

  private wants({ table, day }: Section): boolean {
    return this.only === undefined || (this.only.table === table && this.only.day === day);
  }

  private async addSection({ table, day, rows, block }: Section): Promise<void> {
    const key = `${table}.${day}`;
    let opened = this.files.get(key);
    if (opened === undefined) {
      const { path, file, bytes: formerBytes } = await this.spares.take(table);
      opened = { table, day, path, file, formerBytes, rows: 0, bytes: 0 };
      this.files.set(key, opened);
    }
    await writeWhole(opened.file, block);
    opened.rows += rows;
    opened.bytes += block.length;
    this.bytes += block.length;
  }

  /** Closes the files; the plan is not yet durable. */
  async close(): Promise<Gathered> {
    const files = [...this.files.values()].toSorted(
      (a, b) => TABLE_ORDER.indexOf(a.table) - TABLE_ORDER.indexOf(b.table) || a.day - b.day,
    );
    await Promise.all(files.map((file) => endFile(file)));
    const { from, to } = this.range ?? { from: this.from, to: this.to };
    const inserts = files.map(({ table, day, rows, bytes, path }) => ({
      insert: { table, day, rows, bytes, token: tokenOf(this.pipeline, from, to, table, day) },
      path,
    }));
    return {
      plan: {
        version: 1,
        from,
        to,
        rows: { ...this.counts },
        unreadable: { ...this.unreadable },
        inserts: inserts.map(({ insert }) => insert),
        split: [],
        dead: [],
      },
      inserts,
      discard: async () => {
        if (this.discarded) return;
        this.discarded = true;
        await Promise.all(
          files.map(({ table, path, bytes }) => this.spares.give(table, path, bytes)),
        );
      },
    };
  }

  /** Closes the files and gives them back, unless that was done. */
  async abandon(): Promise<void> {
    await (await this.close()).discard();
  }
}

/** Names the insert of a range into a table and day, for good. */
function tokenOf(
  pipeline: string,
  from: number,
  to: number,
  table: BlockTable,
  day: number,
): string {
  return `${pipeline}:${from}-${to}:${table}:${day}`;
}

/** Ends a file where its last block does, whatever an earlier use left behind it. Closing twice does nothing. */
async function endFile({ file, bytes, formerBytes }: OpenFile): Promise<void> {
  if (file.fd >= 0 && formerBytes > bytes) await file.truncate(bytes);
  await file.close();
}

async function writeWhole(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at);
    at += bytesWritten;
  }
}
