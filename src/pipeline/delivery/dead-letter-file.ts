import { Buffer } from "node:buffer";
import { crc32 } from "node:zlib";
import { readFully, writeFully } from "../journal/files.ts";
import type { JournalFile, JournalFiles } from "../journal/files.ts";

/** Where one line stands. */
export interface LinePlace {
  readonly offset: number;
  readonly bytes: number;
}

/** `crc32 of the text in hex, text`, and a line feed. */
const CRC_CHARACTERS = 8;
const LINE_FEED = 0x0a;
const READ_BYTES = 65_536;

/**
 * A file of lines to which lines are added, each with its checksum. A crash may leave the last line
 * torn, and a failing disk any: those are left out.
 */
export class DeadLetterFile {
  readonly path: string;
  readonly #files: JournalFiles;
  #file: JournalFile | undefined;
  #bytes = 0;

  constructor(files: JournalFiles, path: string) {
    this.#files = files;
    this.path = path;
  }

  get bytes(): number {
    return this.#bytes;
  }

  async create(): Promise<void> {
    this.#file = await this.#files.open(this.path, "create");
  }

  /** Gives each whole line, and goes on writing after the last of them. */
  async open(onLine: (text: string, place: LinePlace) => void): Promise<void> {
    this.#file = await this.#files.open(this.path, "write");
    const size = await this.#file.size();
    let rest = Buffer.alloc(0);
    let at = 0;
    for (let read = 0; read < size;) {
      const block = Buffer.alloc(Math.min(READ_BYTES, size - read));
      const bytes = await readFully(this.#file, block, read);
      if (bytes === 0) break;
      read += bytes;
      rest = Buffer.concat([rest, block.subarray(0, bytes)]);
      let from = 0;
      for (let end = rest.indexOf(LINE_FEED); end >= 0; end = rest.indexOf(LINE_FEED, from)) {
        const text = textOfLine(rest.subarray(from, end));
        const place = { offset: at + from, bytes: end + 1 - from };
        if (text !== undefined) onLine(text, place);
        from = end + 1;
      }
      rest = rest.subarray(from);
      at += from;
    }
    // A torn line is written over: nobody was told that it is kept.
    this.#bytes = at;
    if (rest.length > 0) await this.#file.truncate(at);
  }

  /** Adds lines, durable when it resolves. When it rejects, none is taken for added. */
  async append(texts: readonly string[]): Promise<LinePlace[]> {
    const lines = texts.map(lineOfText);
    const file = (this.#file ??= await this.#files.open(this.path, "write"));
    const all = Buffer.concat(lines);
    await writeFully(file, [all], this.#bytes);
    await file.sync();
    return lines.map(({ length }) => {
      const place = { offset: this.#bytes, bytes: length };
      this.#bytes += length;
      return place;
    });
  }

  /** The text at a place; undefined when it cannot be read any more. */
  async read({ offset, bytes }: LinePlace): Promise<string | undefined> {
    const file = (this.#file ??= await this.#files.open(this.path, "write"));
    const line = Buffer.alloc(bytes);
    if ((await readFully(file, line, offset)) < bytes) return undefined;
    return textOfLine(line.subarray(0, bytes - 1));
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }
}

function lineOfText(text: string): Buffer {
  const bytes = Buffer.from(text);
  const crc = crc32(bytes).toString(16).padStart(CRC_CHARACTERS, "0");
  return Buffer.concat([Buffer.from(`${crc} `), bytes, Buffer.from("\n")]);
}

function textOfLine(line: Buffer): string | undefined {
  if (line.length <= CRC_CHARACTERS) return undefined;
  const text = line.subarray(CRC_CHARACTERS + 1);
  const crc = line.toString("latin1", 0, CRC_CHARACTERS);
  return Number.parseInt(crc, 16) === crc32(text) ? text.toString() : undefined;
}
