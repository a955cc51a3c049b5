import { open, readdir, stat, type FileHandle } from "node:fs/promises";
import { join } from "node:path";

/** The file system as the tailer sees it, so that tests can have one that rotates and truncates at will. */
export interface TailFiles {
  /**
   * The regular files of a folder, links to files followed. A folder that is not there has none. At
   * most `filesMax`, and the folders within it only where `isDeep`.
   */
  list(folder: string, options: ListOptions): Promise<FoundFile[]>;
  /** @throws the system's error, `ENOENT` where it is gone. */
  open(folder: string, path: string): Promise<TailFile>;
}

export interface ListOptions {
  readonly isDeep: boolean;
  readonly filesMax: number;
}

export interface FileState {
  readonly size: number;
  /** Anything that differs after each change, such as the time of it. */
  readonly changed: string;
}

export interface FoundFile extends FileState {
  /** Below the folder, with slashes. */
  readonly path: string;
  /** Of the file itself, whatever its name: device and inode. It may be used again after a deletion. */
  readonly id: string;
}

/** A file that is open: it stays readable when it is renamed or deleted. */
export interface TailFile {
  readonly id: string;
  /** Bytes read into the buffer; fewer than fit at the end of the file only. */
  read(into: Uint8Array, position: number): Promise<number>;
  state(): Promise<FileState>;
  close(): Promise<void>;
}

/** How deep folders are looked into. */
const DEPTH_MAX = 16;

/** The real file system. */
export const nodeTailFiles: TailFiles = {
  async list(folder, { isDeep, filesMax }) {
    const found: FoundFile[] = [];
    const pending = [{ path: "", depth: 0 }];
    for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
      for (const entry of await entriesOf(join(folder, next.path), next.path !== "")) {
        const path = next.path === "" ? entry.name : `${next.path}/${entry.name}`;
        if (entry.isDirectory()) {
          if (isDeep && next.depth < DEPTH_MAX) pending.push({ path, depth: next.depth + 1 });
          continue;
        }
        if (found.length >= filesMax) return found;
        const file = await foundFile(folder, path);
        if (file !== undefined) found.push(file);
      }
    }
    return found;
  },
  async open(folder, path) {
    const handle = await open(join(folder, path), "r");
    try {
      const { dev, ino } = await handle.stat({ bigint: true });
      return tailFile(handle, `${dev}:${ino}`);
    } catch (error) {
      await handle.close();
      throw error;
    }
  },
};

/**
 * Sorted by name, so that files are read in the same order each time. A folder within the folder that
 * may not be read has none: it does not hold up the others.
 */
async function entriesOf(folder: string, isWithin: boolean) {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if (isGone(error) || (isWithin && isForbidden(error))) return [];
    throw error;
  }
}

async function foundFile(folder: string, path: string): Promise<FoundFile | undefined> {
  try {
    const file = await stat(join(folder, path), { bigint: true });
    if (!file.isFile()) return undefined;
    const id = `${file.dev}:${file.ino}`;
    return { path, id, size: Number(file.size), changed: String(file.mtimeNs) };
  } catch (error) {
    // Gone since the folder was read, or a link to nowhere.
    if (isGone(error)) return undefined;
    throw error;
  }
}

function tailFile(handle: FileHandle, id: string): TailFile {
  return {
    id,
    async read(into, position) {
      let filled = 0;
      while (filled < into.byteLength) {
        const left = into.byteLength - filled;
        const { bytesRead } = await handle.read(into, filled, left, position + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return filled;
    },
    async state() {
      const { size, mtimeNs } = await handle.stat({ bigint: true });
      return { size: Number(size), changed: String(mtimeNs) };
    },
    close: () => handle.close(),
  };
}

function isForbidden(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return code === "EACCES" || code === "EPERM";
}

/** Whether an error says that a file or folder is not there. */
export function isGone(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return code === "ENOENT" || code === "ENOTDIR" || code === "ELOOP";
}
