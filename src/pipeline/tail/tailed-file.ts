import type { Buffer } from "node:buffer";
import { advanced, isContinuation, overlapOf, type Place, START } from "./place.ts";
import type { PlaceRecord } from "./place-file.ts";
import { type Split, type SplitFrom, splitRecords, type SplitSettings } from "./split-records.ts";
import {
  type FileState,
  type FoundFile,
  isGone,
  type TailFile,
  type TailFiles,
} from "./tail-files.ts";

/** What one read of a file gave. */
export type ReadOutcome =
  /** Its name leads to another file now, or nowhere: the next look at the folder will tell. */
  | { readonly kind: "unreachable" }
  /** What was read before is not there any more: the file was truncated, or its inode used again. */
  | { readonly kind: "replaced" }
  | { readonly kind: "read"; readonly bytes: Buffer; readonly split: Split };

export interface ReadContext {
  readonly files: TailFiles;
  readonly folder: string;
  /** Memory for one read, larger than two records and the overlap. */
  readonly buffer: Buffer;
  readonly split: SplitSettings;
  readonly recordsMax: number;
  readonly nowMs: number;
  /** After how long without change a record of several lines counts as whole. */
  readonly flushMs: number;
  /** After how long without change a file that was rotated away will not end its last line. */
  readonly finalMs: number;
}

type Flush = SplitFrom["flush"];

/** One file that is followed, whatever its name becomes. */
export class TailedFile {
  id: string;
  /** The name that it has now, or had last. */
  path: string;
  /** The name under which it was found, or that of the file it is a copy of. */
  readonly origin: string;
  /** What is durable; undefined for a file that is not in the places yet. */
  noted: Place | undefined;
  /** Where the next read begins: after what has been gathered, but may not be durable yet. */
  next: Place;
  /** The file of which this one is likely a copy; it is not read before that is settled. */
  copyOf: TailedFile | undefined;
  /** No name in the folder leads to it. */
  isMissing = false;
  missingSinceMs = 0;
  /** Of the last look at the folder. */
  state: FileState = { size: 0, changed: "" };
  /** When a read last found something new. */
  grownMs: number;
  private handle: TailFile | undefined;
  /** The state before the last read, where that read to the end. */
  private readState: FileState | undefined;
  private isPending = false;
  private flushed: Flush = "nothing";
  /** The recorded path differs from the present one. */
  private recordedPath: string | undefined;

  constructor(found: { id: string; path: string; origin: string }, place: Place, nowMs: number) {
    this.id = found.id;
    this.path = found.path;
    this.origin = found.origin;
    this.next = place;
    this.grownMs = nowMs;
  }

  /** A file whose place was kept. Until it is seen in the folder it counts as missing. */
  static fromRecord(id: string, record: PlaceRecord, nowMs: number): TailedFile {
    const { path, origin, ...place } = record;
    const file = new TailedFile({ id, path, origin }, place, nowMs);
    file.noted = place;
    file.recordedPath = path;
    file.isMissing = true;
    file.missingSinceMs = nowMs;
    return file;
  }

  /** Takes the place of a file that was written anew under the same name, whose place is durable. */
  replace({ noted }: TailedFile): void {
    this.noted = noted;
  }

  get isOpen(): boolean {
    return this.handle !== undefined;
  }

  get isDirty(): boolean {
    return this.noted !== this.next || this.recordedPath !== this.path;
  }

  /** Rotated away: its writer has, or soon will have, another file. */
  get isRotated(): boolean {
    return this.isMissing || this.path !== this.origin;
  }

  seen({ path, size, changed }: FoundFile): void {
    this.path = path;
    this.state = { size, changed };
    this.isMissing = false;
  }

  record(): PlaceRecord {
    return { path: this.path, origin: this.origin, ...this.next };
  }

  markNoted(): void {
    this.noted = this.next;
    this.recordedPath = this.path;
  }

  /** Forgets what was gathered and not made durable. */
  rewind(): void {
    if (this.noted !== undefined) this.next = this.noted;
    this.readState = undefined;
  }

  /** Goes on from the start: what is in the file is new. */
  restart(): void {
    this.next = START;
    this.readState = undefined;
  }

  /** Goes on from a place that is known to be in this file. */
  continueAt(place: Place): void {
    this.next = place;
    this.readState = undefined;
    this.copyOf = undefined;
  }

  /** Whether a read may find something. A missing file is looked at through its handle. */
  async needsRead(context: ReadContext): Promise<boolean> {
    if (this.copyOf !== undefined) return false;
    if (this.isMissing) {
      if (this.handle === undefined) return false;
      this.state = await this.handle.state();
    }
    const { readState, state } = this;
    if (readState?.size !== state.size || readState.changed !== state.changed) return true;
    const flush = this.flushOf(context);
    return this.isPending && flush !== "nothing" && flush !== this.flushed;
  }

  async read(context: ReadContext): Promise<ReadOutcome> {
    const handle = await this.open(context);
    if (handle === undefined) return { kind: "unreachable" };
    const { state } = this;
    const overlap = overlapOf(this.next);
    const length = await handle.read(context.buffer, this.next.offset - overlap);
    const bytes = context.buffer.subarray(0, length);
    if (!isContinuation(this.next, bytes)) return { kind: "replaced" };
    const isAtEnd = length < context.buffer.length;
    const hasGrown =
      this.readState?.size !== state.size || this.readState.changed !== state.changed;
    if (hasGrown) {
      this.grownMs = context.nowMs;
      this.flushed = "nothing";
    }
    const flush = isAtEnd ? this.flushOf(context) : "nothing";
    const { isSkipping } = this.next;
    const { recordsMax } = context;
    const split = splitRecords(
      bytes,
      { from: overlap, isSkipping, flush, recordsMax },
      context.split,
    );
    const isDone = isAtEnd && split.records.length < recordsMax;
    this.next = advanced(this.next, bytes, split.end - overlap, split.isSkipping);
    this.readState = isDone ? state : undefined;
    this.isPending = split.end < length;
    this.flushed = flush;
    return { kind: "read", bytes, split };
  }

  async close(): Promise<void> {
    const { handle } = this;
    this.handle = undefined;
    await handle?.close();
  }

  /** Whether nothing more will come of it: it is gone, and was read to its end. */
  isDone({ nowMs, finalMs }: ReadContext): boolean {
    return this.isMissing && !this.isPending && nowMs - this.grownMs >= finalMs;
  }

  private flushOf({ nowMs, flushMs, finalMs }: ReadContext): Flush {
    const stillMs = nowMs - this.grownMs;
    if (this.isRotated && stillMs >= finalMs) return "all";
    return stillMs >= flushMs ? "lines" : "nothing";
  }

  private async open({ files, folder }: ReadContext): Promise<TailFile | undefined> {
    if (this.handle !== undefined || this.isMissing) return this.handle;
    let handle: TailFile;
    try {
      handle = await files.open(folder, this.path);
    } catch (error) {
      if (isGone(error)) return undefined;
      throw error;
    }
    if (handle.id !== this.id) {
      await handle.close();
      return undefined;
    }
    this.handle = handle;
    return handle;
  }
}
