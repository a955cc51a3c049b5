import { close, fdatasync, fstat, fsync, ftruncate, open, read, writev } from "node:fs";
import { mkdir, readdir, rename, statfs, unlink } from "node:fs/promises";

/**
 * The file system as the journal sees it, so that tests can fail, tear and forget writes. Every
 * method rejects with the system's error (`code` is `ENOSPC`, `EIO` …).
 */
export interface JournalFiles {
  /** Creates a folder and its parents; one that is there is no error. */
  makeFolder(path: string): Promise<void>;
  /** Names in a folder, in no order. */
  list(folder: string): Promise<string[]>;
  /** `create` refuses a file that is there (`EEXIST`); the others refuse one that is not (`ENOENT`). */
  open(path: string, mode: OpenMode): Promise<JournalFile>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Of the disk that a folder is on. */
  space(folder: string): Promise<DiskSpace>;
  /** Makes the creations, renames and removals in a folder durable. */
  syncFolder(path: string): Promise<void>;
}

export interface DiskSpace {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

export type OpenMode = "read" | "write" | "create";

/** One open file. Positions are bytes from its start; nothing depends on a shared file offset. */
export interface JournalFile {
  /** Bytes written, which may be fewer than given. */
  write(buffers: readonly Uint8Array[], position: number): Promise<number>;
  /** Bytes read, 0 at the end of the file. */
  read(into: Uint8Array, position: number): Promise<number>;
  size(): Promise<number>;
  /** Makes everything written so far, and the length, durable. */
  sync(): Promise<void>;
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

const OPEN_FLAGS = { read: "r", write: "r+", create: "wx+" } as const satisfies Record<
  OpenMode,
  string
>;

/** The real file system. Calls run in libuv's threads, so that the event loop stays free. */
export const nodeFiles: JournalFiles = {
  async makeFolder(path) {
    await mkdir(path, { recursive: true });
  },
  list: (folder) => readdir(folder),
  open: (path, mode) =>
    new Promise((resolve, reject) => {
      open(path, OPEN_FLAGS[mode], 0o640, (error, descriptor) => {
        if (error) reject(error);
        else resolve(nodeFile(descriptor));
      });
    }),
  rename,
  remove: unlink,
  async space(folder) {
    const { bavail, blocks, bsize } = await statfs(folder);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  },
  async syncFolder(path) {
    const descriptor = await new Promise<number>((resolve, reject) => {
      open(path, "r", (error, opened) => (error ? reject(error) : resolve(opened)));
    });
    try {
      await settle((done) => fsync(descriptor, done));
    } finally {
      await settle((done) => close(descriptor, done));
    }
  },
};

function nodeFile(descriptor: number): JournalFile {
  return {
    write: (buffers, position) =>
      new Promise((resolve, reject) => {
        writev(descriptor, buffers, position, (error, written) =>
          error ? reject(error) : resolve(written),
        );
      }),
    read: (into, position) =>
      new Promise((resolve, reject) => {
        read(descriptor, into, 0, into.byteLength, position, (error, bytes) =>
          error ? reject(error) : resolve(bytes),
        );
      }),
    size: () =>
      new Promise((resolve, reject) => {
        fstat(descriptor, (error, found) => (error ? reject(error) : resolve(found.size)));
      }),
    sync: () => settle((done) => fdatasync(descriptor, done)),
    truncate: (length) => settle((done) => ftruncate(descriptor, length, done)),
    close: () => settle((done) => close(descriptor, done)),
  };
}

function settle(run: (done: (error: Error | null | undefined) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    run((error) => (error ? reject(error) : resolve()));
  });
}

/** Writes all of `buffers`, going on after a short write; a write of nothing is `ENOSPC`. */
export async function writeFully(
  file: JournalFile,
  buffers: readonly Uint8Array[],
  position: number,
): Promise<void> {
  let rest = buffers;
  let at = position;
  while (rest.length > 0) {
    const written = await file.write(rest, at);
    if (written <= 0) throw shortWrite();
    at += written;
    rest = withoutFirst(rest, written);
  }
}

/** Reads until `into` is full or the file ends; returns the bytes read. */
export async function readFully(
  file: JournalFile,
  into: Uint8Array,
  position: number,
): Promise<number> {
  let filled = 0;
  while (filled < into.byteLength) {
    const bytes = await file.read(filled === 0 ? into : into.subarray(filled), position + filled);
    if (bytes === 0) break;
    filled += bytes;
  }
  return filled;
}

function withoutFirst(buffers: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let skip = bytes;
  const rest: Uint8Array[] = [];
  for (const buffer of buffers) {
    if (skip >= buffer.byteLength) {
      skip -= buffer.byteLength;
    } else {
      rest.push(skip === 0 ? buffer : buffer.subarray(skip));
      skip = 0;
    }
  }
  return rest;
}

function shortWrite(): NodeJS.ErrnoException {
  const error: NodeJS.ErrnoException = new Error("ENOSPC: the file system wrote nothing");
  error.code = "ENOSPC";
  return error;
}

/** The system's code of an error (`ENOSPC`), or its message when it has none. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = (error as NodeJS.ErrnoException).code;
  return code ?? error.message;
}

const FULL_CODES = new Set(["ENOSPC", "EDQUOT"]);
const DAMAGE_CODES = new Set(["EIO", "EUCLEAN", "EBADMSG", "EREMOTEIO", "ENXIO", "EISDIR"]);

/** Whether an error says that there is no space left. */
export function isFull(error: unknown): boolean {
  return FULL_CODES.has(reasonOf(error));
}

/** Whether an error says that the bytes are gone, and not that the process may not or cannot now. */
export function isDamage(error: unknown): boolean {
  return DAMAGE_CODES.has(reasonOf(error));
}
