import { Buffer } from "node:buffer";
import { dirname } from "node:path";
import { readFully, reasonOf, writeFully } from "#pipeline/journal/files.ts";
import type { JournalFile, JournalFiles } from "#pipeline/journal/files.ts";

const LINE_FEED = 0x0a;
/** How much is read at a time to find where the last line begins. */
const TAIL_BYTES = 65_536;

/** A file of lines, to add whole lines to its end. */
export class LineFile {
  readonly #file: JournalFile;
  #bytes: number;

  private constructor(file: JournalFile, bytes: number) {
    this.#file = file;
    this.#bytes = bytes;
  }

  /** Opens or creates the file. A last line that a crash left half-written is mended. */
  static async open(files: JournalFiles, path: string): Promise<LineFile> {
    const file = await openOrCreate(files, path);
    try {
      const lineFile = new LineFile(file, await file.size());
      await lineFile.#mend();
      return lineFile;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Adds text that ends with a line feed; durable when it resolves. When it rejects, nothing was added. */
  async append(pieces: readonly Uint8Array[]): Promise<void> {
    const before = this.#bytes;
    try {
      for (const piece of pieces) {
        await writeFully(this.#file, [piece], this.#bytes);
        this.#bytes += piece.byteLength;
      }
      await this.#file.sync();
    } catch (error) {
      this.#bytes = before;
      // Should this fail too, half a line is mended when the file is opened next.
      await this.#file.truncate(before).catch(() => {});
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  /** A line that is whole but for its end gets it; any other, which was never delivered, is cut off. */
  async #mend(): Promise<void> {
    const tail = await this.#lastLine();
    if (tail.length === 0) return;
    if (isJson(tail)) {
      await writeFully(this.#file, [Buffer.from("\n")], this.#bytes);
      this.#bytes += 1;
    } else {
      this.#bytes -= tail.length;
      await this.#file.truncate(this.#bytes);
    }
  }

  /** What stands after the last line feed. */
  async #lastLine(): Promise<Buffer> {
    let tail = Buffer.alloc(0);
    for (let at = this.#bytes; at > 0;) {
      const block = Buffer.alloc(Math.min(TAIL_BYTES, at));
      at -= block.length;
      await readFully(this.#file, block, at);
      const end = block.lastIndexOf(LINE_FEED);
      tail = Buffer.concat([block.subarray(end + 1), tail]);
      if (end >= 0) break;
    }
    return tail;
  }
}

async function openOrCreate(files: JournalFiles, path: string): Promise<JournalFile> {
  try {
    return await files.open(path, "write");
  } catch (error) {
    if (reasonOf(error) !== "ENOENT") throw error;
  }
  const file = await files.open(path, "create");
  await files.syncFolder(dirname(path));
  return file;
}

function isJson(line: Buffer): boolean {
  try {
    return typeof JSON.parse(line.toString()) === "object";
  } catch {
    return false;
  }
}
