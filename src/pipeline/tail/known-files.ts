import { isPlaceIn, type Place, placeAt, START } from "./place.ts";
import type { PlaceChanges, PlaceRecord } from "./place-file.ts";
import { isRotatedName } from "./rotated-name.ts";
import type { FoundFile, TailFile, TailFiles } from "./tail-files.ts";
import { TailedFile } from "./tailed-file.ts";

/** Bytes that must have been read of a file before another one can be taken for a copy of it. */
export const COPY_BYTES_MIN = 1_024;

export interface KnownFilesOptions {
  readonly files: TailFiles;
  readonly folder: string;
  readonly isWanted: (path: string) => boolean;
  /** How long the place of a file that is gone is kept. */
  readonly forgetMs: number;
}

/** The files that are followed, and what a look at the folder says about them. */
export class KnownFiles {
  private readonly options: KnownFilesOptions;
  private byId = new Map<string, TailedFile>();
  /** Kept on disk, and not any more. */
  private readonly forgotten = new Set<string>();

  constructor(options: KnownFilesOptions, kept: ReadonlyMap<string, PlaceRecord>, nowMs: number) {
    this.options = options;
    for (const [id, record] of kept) {
      this.byId.set(id, TailedFile.fromRecord(id, record, nowMs));
    }
  }

  get all(): TailedFile[] {
    return [...this.byId.values()];
  }

  /**
   * Matches what is in the folder with what is known. A file is known by its id, whatever its name is
   * now. One that is not may be a known one that was written anew, or a copy that rotation makes
   * before it truncates the file; else it is new, and is read from its start (`atEnd`: from its end).
   */
  async reconcile(found: readonly FoundFile[], nowMs: number, atEnd: boolean): Promise<void> {
    const byId = new Map(found.map((file) => [file.id, file]));
    /** Those whose inode another file has. */
    const displaced: TailedFile[] = [];
    for (const file of this.all) {
      const now = byId.get(file.id);
      if (now !== undefined && (await this.isSame(file, now))) {
        file.seen(now);
        continue;
      }
      if (!file.isMissing) file.missingSinceMs = nowMs;
      file.isMissing = true;
      if (now === undefined) continue;
      this.forget(file);
      displaced.push(file);
    }
    for (const file of found) {
      if (this.byId.has(file.id) || !this.options.isWanted(file.path)) continue;
      await this.add(file, nowMs, atEnd, displaced);
    }
    await this.settleCopies();
    await this.forgetOld(nowMs);
  }

  /**
   * A file was truncated: what was not read of it may be in a copy that rotation made before. That
   * copy is followed from the place where reading was.
   */
  async truncated(file: TailedFile, found: readonly FoundFile[], nowMs: number): Promise<void> {
    const { next: place } = file;
    file.restart();
    const copies = this.all.filter(({ copyOf }) => copyOf === file);
    if (place.offset > 0) {
      for (const candidate of found) {
        if (!isRotatedName(file.origin, candidate.path) || candidate.size < place.offset) continue;
        const known = this.byId.get(candidate.id);
        if (known !== undefined && known.copyOf !== file) continue;
        if (!(await this.holds(candidate, place))) continue;
        const copy = known ?? this.follow(candidate, file.origin, place, nowMs);
        copy.continueAt(place);
      }
    }
    for (const copy of copies) {
      if (copy.copyOf === undefined) continue;
      await this.inherit(copy, place);
      if (copy.next.offset > 0) continue;
      // It may be a copy of what the file holds now.
      const { id, path, state } = copy;
      if (state.size >= COPY_BYTES_MIN && (await this.isCopy({ id, path, ...state }, file))) {
        copy.copyOf = file;
      }
    }
  }

  /** What is to be made durable now. */
  changes(): PlaceChanges {
    const changes = new Map<string, PlaceRecord | undefined>();
    for (const id of this.forgotten) changes.set(id, undefined);
    for (const file of this.byId.values()) {
      // A likely copy is judged anew after a restart.
      if (file.isDirty && file.copyOf === undefined) changes.set(file.id, file.record());
    }
    return changes;
  }

  markNoted(changes: PlaceChanges): void {
    for (const [id, record] of changes) {
      if (record === undefined) this.forgotten.delete(id);
      else this.byId.get(id)?.markNoted();
    }
  }

  /** Forgets what was gathered and is not durable: it is read again. */
  rewind(): void {
    for (const file of this.byId.values()) file.rewind();
  }

  /** Whether a file is still the one that had its inode, which is used again after a deletion. */
  private async isSame(file: TailedFile, now: FoundFile): Promise<boolean> {
    // Under the same name reading tells, and as long as it is open its inode is its own.
    if (file.isOpen || file.path === now.path) return true;
    if (file.next.offset > 0) return this.holds(now, file.next);
    // Nothing was read of it. Under a name that is followed it is judged as a new one is.
    return !this.options.isWanted(now.path) && isRotatedName(file.origin, now.path);
  }

  private forget(file: TailedFile): void {
    this.byId.delete(file.id);
    this.forgotten.add(file.id);
  }

  private async add(
    found: FoundFile,
    nowMs: number,
    atEnd: boolean,
    displaced: readonly TailedFile[],
  ): Promise<void> {
    const known = await this.writtenAnew(found, displaced);
    if (known !== undefined) {
      // What is open may have more than the new file took over of it, and is read to its end.
      if (!known.isOpen) this.forget(known);
      this.follow(found, known.origin, known.next, nowMs).replace(known);
      return;
    }
    const original = await this.originalOf(found);
    const renamed = displaced.find(
      ({ id, origin }) => id === found.id && isRotatedName(origin, found.path),
    );
    const file = this.follow(found, renamed?.origin ?? found.path, START, nowMs);
    file.copyOf = original;
    if (!atEnd) return;
    const end = await this.withFile(found, (open) => placeAt(open, found.size));
    if (end !== undefined) file.continueAt(end);
  }

  private follow(found: FoundFile, origin: string, place: Place, nowMs: number): TailedFile {
    const file = new TailedFile({ id: found.id, path: found.path, origin }, place, nowMs);
    file.seen(found);
    this.byId.set(found.id, file);
    this.forgotten.delete(found.id);
    return file;
  }

  /** A file that is gone, of whose name the found one is, and that the found one begins with. */
  private async writtenAnew(
    found: FoundFile,
    displaced: readonly TailedFile[],
  ): Promise<TailedFile | undefined> {
    for (const file of [...this.byId.values(), ...displaced]) {
      const { offset } = file.next;
      if (!file.isMissing || offset === 0 || offset > found.size) continue;
      const isRotated = offset >= COPY_BYTES_MIN && isRotatedName(file.origin, found.path);
      if (!isRotated && file.path !== found.path) continue;
      if (await this.holds(found, file.next)) return file;
    }
    return undefined;
  }

  /** A file that the found one, by name and content, is likely a copy of. */
  private async originalOf(found: FoundFile): Promise<TailedFile | undefined> {
    if (found.size < COPY_BYTES_MIN) return undefined;
    for (const file of this.byId.values()) {
      if (file.isMissing || file.copyOf !== undefined) continue;
      if (!isRotatedName(file.origin, found.path)) continue;
      if (await this.isCopy(found, file)) return file;
    }
    return undefined;
  }

  /** Judged by what was read of the original or, where that is little yet, by how both begin. */
  private async isCopy(found: FoundFile, original: TailedFile): Promise<boolean> {
    const { offset } = original.next;
    if (offset >= COPY_BYTES_MIN) {
      return offset <= found.size && this.holds(found, original.next);
    }
    const start = await this.withFile(original, (file) => placeAt(file, COPY_BYTES_MIN));
    return start !== undefined && this.holds(found, start);
  }

  /**
   * A copy of which everything was read in the original has nothing left to read. One that turns out
   * to be none, since the original goes on otherwise, is a file like any other.
   */
  private async settleCopies(): Promise<void> {
    for (const copy of this.byId.values()) {
      const { copyOf } = copy;
      if (copyOf === undefined) continue;
      const { next, state } = copyOf;
      // Truncated before anything of it was read; later, reading tells.
      const isEmptied = next.offset === 0 && state.size < copy.state.size;
      if (isEmptied) copy.copyOf = undefined;
      else if (copyOf.isMissing && !copyOf.isOpen) await this.inherit(copy, next);
      else if (next.offset >= copy.state.size) await this.settle(copy, copyOf);
      else if (!(await this.holds(copy, next)) && (await this.holds(copyOf, next))) {
        copy.copyOf = undefined;
      }
    }
  }

  private async settle(copy: TailedFile, original: TailedFile): Promise<void> {
    const end = await this.endOf(copy);
    if (end === undefined) return;
    if (await this.holds(original, end)) copy.continueAt(end);
    // If the original has been truncated, reading it will tell.
    else if (await this.holds(original, original.next)) copy.copyOf = undefined;
  }

  /**
   * Reading goes on in a copy, as what it is of is gone: from where it was or, when that is beyond the
   * copy, which begins as what was read, from its end. What is no copy is a file like any other.
   */
  private async inherit(copy: TailedFile, place: Place): Promise<void> {
    const isWithin = place.offset <= copy.state.size;
    const end = isWithin ? undefined : await this.endOf(copy);
    if (isWithin && (await this.holds(copy, place))) copy.continueAt(place);
    else if (end?.head === place.head) copy.continueAt(end);
    copy.copyOf = undefined;
  }

  private async endOf(copy: TailedFile): Promise<Place | undefined> {
    return this.withFile(copy, (file) => placeAt(file, copy.state.size));
  }

  private async forgetOld(nowMs: number): Promise<void> {
    for (const file of this.byId.values()) {
      if (!file.isMissing || nowMs - file.missingSinceMs < this.options.forgetMs) continue;
      await file.close();
      this.forget(file);
    }
  }

  private async holds(
    found: { readonly id: string; readonly path: string },
    place: Place,
  ): Promise<boolean> {
    return (await this.withFile(found, (file) => isPlaceIn(file, place))) ?? false;
  }

  /** Runs with the file open. Undefined when it cannot be read, or its name leads to another one by now. */
  private async withFile<T>(
    { id, path }: { readonly id: string; readonly path: string },
    run: (file: TailFile) => Promise<T>,
  ): Promise<T | undefined> {
    const { files, folder } = this.options;
    try {
      const file = await files.open(folder, path);
      try {
        return file.id === id ? await run(file) : undefined;
      } finally {
        await file.close();
      }
    } catch {
      // What cannot be read now cannot be judged either; reading it will say why.
      return undefined;
    }
  }
}
