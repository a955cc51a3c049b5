import { reasonOf } from "./files.ts";
import type { JournalFiles } from "./files.ts";
import type { JournalEvent, JournalLimits } from "./journal.ts";
import type { NewSegmentFile } from "./new-segment-file.ts";
import { sparePathOf } from "./segments.ts";
import type { Segment } from "./segments.ts";

export interface SpareSegmentsOptions {
  readonly folder: string;
  readonly files: JournalFiles;
  readonly limits: JournalLimits;
  readonly report: (event: JournalEvent) => void;
}

interface Spare {
  readonly path: string;
  readonly bytes: number;
}

/**
 * What becomes of segments that no consumer needs any more. A few are kept to be written over, since
 * a write within a file costs a fraction of one that makes it longer (docs/decisions/004); the others
 * are removed. Spares are never more than that: who needs their space removes them.
 */
export class SpareSegments {
  readonly #options: SpareSegmentsOptions;
  readonly #spares: Spare[] = [];

  constructor(options: SpareSegmentsOptions) {
    this.#options = options;
  }

  get bytes(): number {
    return this.#spares.reduce((total, { bytes }) => total + bytes, 0);
  }

  /** Bytes of the spare that `open` would give; 0 when there is none. */
  get nextBytes(): number {
    return this.#spares[0]?.bytes ?? 0;
  }

  /** Keeps or removes the files of segments that nobody reads any more. Never rejects. */
  async free(segments: readonly Segment[]): Promise<void> {
    const renamed: Spare[] = [];
    for (const segment of segments) {
      const isKept =
        segment.end.offset >= this.#options.limits.spareBytesMin &&
        this.#spares.length + renamed.length < this.#options.limits.sparesMax;
      const spare = isKept ? await this.#rename(segment) : undefined;
      if (spare === undefined) await this.#remove(segment.path);
      else renamed.push(spare);
    }
    // A power loss must not bring back the segment's name when there are other bytes under it.
    if (await this.#syncFolder()) this.#spares.push(...renamed);
    else for (const { path } of renamed) await this.#remove(path);
  }

  /** The next spare, whose file is the caller's from then on; undefined when none can be opened. */
  async open(): Promise<NewSegmentFile | undefined> {
    for (let spare = this.#spares.shift(); spare !== undefined; spare = this.#spares.shift()) {
      const { path } = spare;
      try {
        const file = await this.#options.files.open(path, "write");
        return { file, fileBytes: await file.size(), sparePath: path };
      } catch (error) {
        this.#report(path, "cannot be opened", error);
        await this.#remove(path);
      }
    }
    return undefined;
  }

  /** Gives the space of all spares back; whether there were any. */
  async removeAll(): Promise<boolean> {
    const spares = this.#spares.splice(0);
    for (const { path } of spares) await this.#remove(path);
    return spares.length > 0;
  }

  async #rename(segment: Segment): Promise<Spare | undefined> {
    const path = sparePathOf(segment);
    try {
      await this.#options.files.rename(segment.path, path);
      return { path, bytes: segment.end.offset };
    } catch (error) {
      this.#report(segment.path, "cannot be renamed", error);
      return undefined;
    }
  }

  async #remove(path: string): Promise<void> {
    try {
      await this.#options.files.remove(path);
    } catch (error) {
      this.#report(path, "cannot be removed", error);
    }
  }

  async #syncFolder(): Promise<boolean> {
    const { files, folder, report } = this.#options;
    try {
      await files.syncFolder(folder);
      return true;
    } catch (error) {
      const message = `the folder cannot be synced (${reasonOf(error)})`;
      report({ kind: "write_failed", file: folder, message });
      return false;
    }
  }

  #report(file: string, what: string, error: unknown): void {
    const message = `the segment ${what} (${reasonOf(error)})`;
    this.#options.report({ kind: "write_failed", file, message });
  }
}
