import { crc32 } from "node:zlib";
import { dirname } from "node:path";
import { readFully, reasonOf, writeFully } from "./files.ts";
import type { JournalFile, JournalFiles } from "./files.ts";
import type { JournalEvent } from "./journal.ts";
import { readCounts, readUint64, writeCounts, writeUint64 } from "./record.ts";
import type { RowCounts } from "./row-counts.ts";
import type { Place } from "./segments.ts";

/** What a consumer has done, as it is kept on disk. */
export interface CursorState {
  /** The last acknowledged record; where it lies is looked up, since files may be cut meanwhile. */
  readonly place: Pick<Place, "sequence" | "accepted" | "writtenMs">;
  readonly stored: RowCounts;
  readonly dropped: RowCounts;
}

/** Behind the name of a cursor's file that was put aside. */
export const DAMAGED_ENDING = ".damaged";

/** "SGC1". */
const CURSOR_MAGIC = 0x31434753;
const CURSOR_VERSION = 1;
/** Two copies, far enough apart that no torn write of a device's block can reach both. */
const SLOT_BYTES = 4_096;
const SLOTS = 2;
const STATE_BYTES = 112;
const CRC_OFFSET = STATE_BYTES - 4;

/**
 * The file of one cursor: two copies, written in turn, so that a torn write leaves the one before.
 * The file has its full size from the start: to acknowledge, and so to free segments, needs no space.
 */
export class CursorFile {
  readonly #files: JournalFiles;
  readonly #path: string;
  readonly #report: (event: JournalEvent) => void;
  #file: JournalFile | undefined;
  #generation = 0;
  #wasThere = true;

  constructor(files: JournalFiles, path: string, report: (event: JournalEvent) => void) {
    this.#files = files;
    this.#path = path;
    this.#report = report;
  }

  /** Whether `load` found a file, be it damaged. */
  get wasThere(): boolean {
    return this.#wasThere;
  }

  /** The newest valid state, or undefined when there is none. A file without one is put aside. */
  async load(): Promise<CursorState | undefined> {
    try {
      this.#file = await this.#files.open(this.#path, "write");
    } catch (error) {
      this.#wasThere = reasonOf(error) !== "ENOENT";
      if (!this.#wasThere) return undefined;
      await this.#quarantine(`cannot be opened (${reasonOf(error)})`);
      return undefined;
    }
    const found = await this.#readNewest(this.#file);
    if (found === undefined) {
      await this.close();
      await this.#quarantine("has no valid copy of the cursor");
      return undefined;
    }
    this.#generation = found.generation;
    await this.#saveAgain(found.state);
    return found.state;
  }

  /** Makes `state` durable. When it rejects, the state before is still on disk. */
  async save(state: CursorState): Promise<void> {
    this.#file ??= await this.#open();
    const generation = this.#generation + 1;
    const slot = encodeSlot(generation, state);
    await writeFully(this.#file, [slot], (generation % SLOTS) * SLOT_BYTES);
    await this.#file.sync();
    this.#generation = generation;
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  /** Closes the file and removes it, durably; one that is not there is no error. */
  async remove(): Promise<void> {
    await this.close();
    try {
      await this.#files.remove(this.#path);
    } catch (error) {
      if (reasonOf(error) !== "ENOENT") throw error;
    }
    await this.#files.syncFolder(dirname(this.#path));
  }

  /**
   * What was found may never have reached the disk: a process was killed before its sync, or the sync
   * failed and the kernel took the pages for written. Written anew it does.
   */
  async #saveAgain(state: CursorState): Promise<void> {
    try {
      await this.save(state);
    } catch (error) {
      const message = `the cursor cannot be written (${reasonOf(error)})`;
      this.#report({ kind: "write_failed", file: this.#path, message });
    }
  }

  async #open(): Promise<JournalFile> {
    const file = await this.#openOrCreate();
    try {
      await writeFully(file, [Buffer.alloc(SLOTS * SLOT_BYTES)], 0);
      await file.sync();
      await this.#files.syncFolder(dirname(this.#path));
    } catch (error) {
      await file.close();
      throw error;
    }
    return file;
  }

  async #openOrCreate(): Promise<JournalFile> {
    try {
      return await this.#files.open(this.#path, "create");
    } catch (error) {
      if (reasonOf(error) !== "EEXIST") throw error;
      return this.#files.open(this.#path, "write");
    }
  }

  async #readNewest(
    file: JournalFile,
  ): Promise<{ generation: number; state: CursorState } | undefined> {
    const bytes = Buffer.alloc(SLOTS * SLOT_BYTES);
    try {
      await readFully(file, bytes, 0);
    } catch (error) {
      this.#report({
        kind: "read_failed",
        file: this.#path,
        message: `the cursor cannot be read (${reasonOf(error)})`,
      });
      return undefined;
    }
    const slots = [0, SLOT_BYTES].map((offset) => decodeSlot(bytes.subarray(offset)));
    return slots
      .filter((slot) => slot !== undefined)
      .toSorted((a, b) => a.generation - b.generation)
      .at(-1);
  }

  async #quarantine(reason: string): Promise<void> {
    this.#report({
      kind: "cursor_reset",
      file: this.#path,
      message: `the cursor ${reason}; reading starts at the oldest record`,
    });
    try {
      await this.#files.rename(this.#path, this.#path + DAMAGED_ENDING);
    } catch (error) {
      this.#report({
        kind: "write_failed",
        file: this.#path,
        message: `the damaged cursor cannot be renamed (${reasonOf(error)})`,
      });
    }
  }
}

function encodeSlot(generation: number, state: CursorState): Buffer {
  const bytes = Buffer.alloc(STATE_BYTES);
  bytes.writeUInt32LE(CURSOR_MAGIC, 0);
  bytes[4] = CURSOR_VERSION;
  writeUint64(bytes, 8, generation);
  writeUint64(bytes, 16, state.place.sequence);
  writeUint64(bytes, 24, state.place.writtenMs);
  writeCounts(bytes, 32, state.place.accepted);
  writeCounts(bytes, 56, state.stored);
  writeCounts(bytes, 80, state.dropped);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, CRC_OFFSET)), CRC_OFFSET);
  return bytes;
}

function decodeSlot(bytes: Buffer): { generation: number; state: CursorState } | undefined {
  if (bytes.readUInt32LE(0) !== CURSOR_MAGIC || bytes[4] !== CURSOR_VERSION) return undefined;
  if (bytes.readUInt32LE(CRC_OFFSET) !== crc32(bytes.subarray(0, CRC_OFFSET))) return undefined;
  const state: CursorState = {
    place: {
      sequence: readUint64(bytes, 16),
      writtenMs: readUint64(bytes, 24),
      accepted: readCounts(bytes, 32),
    },
    stored: readCounts(bytes, 56),
    dropped: readCounts(bytes, 80),
  };
  return { generation: readUint64(bytes, 8), state };
}
