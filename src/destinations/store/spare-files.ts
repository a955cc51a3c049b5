import { type FileHandle, open, rm } from "node:fs/promises";
import { join } from "node:path";
import type { BlockTable } from "#core/native/block-columns.ts";
import { STORE_INSERT_LIMITS } from "#core/limits.ts";

/** A file to put an insert together in. It may be longer than what is written to it: see `bytes`. */
export interface SpareFile {
  readonly path: string;
  readonly file: FileHandle;
  /** What it is long from an earlier use. */
  readonly bytes: number;
}

/**
 * Insert files that were read and are not needed any more, kept to be written over: a file whose
 * pages are in memory already takes a tenth of the time and a third of the processor that a new one
 * does (docs/decisions/004).
 */
export class SpareFiles {
  private readonly folder: string;
  private readonly spares = new Map<BlockTable, { path: string; bytes: number }[]>();
  private made = 0;

  constructor(folder: string) {
    this.folder = folder;
  }

  async take(table: BlockTable): Promise<SpareFile> {
    const spare = this.spares.get(table)?.pop();
    if (spare !== undefined) return { ...spare, file: await open(spare.path, "r+") };
    const path = join(this.folder, `${table}.${++this.made}.native`);
    return { path, bytes: 0, file: await open(path, "w") };
  }

  /** Gives a closed file back; it is removed when it is small, or when there are spares enough. */
  async give(table: BlockTable, path: string, bytes: number): Promise<void> {
    let spares = this.spares.get(table);
    if (spares === undefined) this.spares.set(table, (spares = []));
    const worthwhile = bytes >= STORE_INSERT_LIMITS.spareBytesMin;
    if (worthwhile && spares.length < STORE_INSERT_LIMITS.sparesMax) spares.push({ path, bytes });
    else await rm(path, { force: true });
  }

  /** Removes all spares. */
  async clear(): Promise<void> {
    const paths = [...this.spares.values()].flat().map(({ path }) => path);
    this.spares.clear();
    await Promise.all(paths.map((path) => rm(path, { force: true })));
  }
}
