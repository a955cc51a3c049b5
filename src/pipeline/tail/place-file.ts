import { Buffer } from "node:buffer";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { z } from "zod";
import { type JournalFile, type JournalFiles, readFully, writeFully } from "../journal/files.ts";

const FILE_NAME = "places";
/** Bytes that are appended before the file is written anew, with each place once. */
const APPENDED_BYTES_MAX = 1024 * 1024;
const FILE_BYTES_MAX = 64 * 1024 * 1024;
const VERSION = 1;

const placeRecord = z.strictObject({
  path: z.string(),
  origin: z.string(),
  offset: z.int().min(0),
  head: z.string(),
  last: z.string(),
  isSkipping: z.boolean(),
});

/** A place as it is kept: with the file's name now, and the one it had when it was found. */
export type PlaceRecord = z.output<typeof placeRecord>;

/** Changes by the id of the file; undefined is forgotten. */
export type PlaceChanges = ReadonlyMap<string, PlaceRecord | undefined>;

const line = z.union([
  z.strictObject({ version: z.literal(VERSION) }),
  z.strictObject({ places: z.array(z.tuple([z.string(), placeRecord.nullable()])) }),
]);

/**
 * The places of a receiver on disk: a file of lines, each with the CRC-32 of what it says. A change is
 * one line, appended and synced: it is there as a whole or not at all. Now and then, at each opening,
 * and after a write that failed, the file is written anew under another name and renamed.
 */
export class PlaceFile {
  private readonly files: JournalFiles;
  private readonly folder: string;
  private readonly places = new Map<string, PlaceRecord>();
  private file: JournalFile | undefined;
  /** Nothing had been kept when it was loaded. */
  isNew = false;
  private end = 0;
  private rewrittenEnd = 0;

  constructor(files: JournalFiles, folder: string) {
    this.files = files;
    this.folder = folder;
  }

  /**
   * Reads what is there, and makes it durable again.
   *
   * @throws Error when the file is none of ours: to start anew would be to read everything again.
   */
  async load(): Promise<ReadonlyMap<string, PlaceRecord>> {
    await this.files.makeFolder(this.folder);
    const text = await this.readAll();
    let isHeader = true;
    for (const content of validLines(text)) {
      if (isHeader !== "version" in content) throw new Error(this.damaged());
      isHeader = false;
      if ("places" in content)
        this.apply(new Map(content.places.map(([id, place]) => [id, place ?? undefined])));
    }
    if (isHeader && text.length > 0) throw new Error(this.damaged());
    this.isNew = text.length === 0;
    await this.rewrite();
    return this.places;
  }

  /** Makes changes durable. When it rejects they may be there or not; it can be called again. */
  async save(changes: PlaceChanges): Promise<void> {
    this.apply(changes);
    const { file } = this;
    if (file === undefined || this.end - this.rewrittenEnd > APPENDED_BYTES_MAX) {
      await this.rewrite();
      return;
    }
    const bytes = encodeLine({ places: [...changes].map(([id, place]) => [id, place ?? null]) });
    try {
      await writeFully(file, [bytes], this.end);
      await file.sync();
      this.end += bytes.length;
    } catch (error) {
      // What a failed sync left is unknown, and pages that could not be written count as clean.
      this.file = undefined;
      await ignoringErrors(() => file.close());
      throw error;
    }
  }

  async close(): Promise<void> {
    const { file } = this;
    this.file = undefined;
    await file?.close();
  }

  private apply(changes: PlaceChanges): void {
    for (const [id, place] of changes) {
      if (place === undefined) this.places.delete(id);
      else this.places.set(id, place);
    }
  }

  private get path(): string {
    return join(this.folder, FILE_NAME);
  }

  private damaged(): string {
    return `${this.path}: found something else than places in files; move it away to read all files from their start`;
  }

  private async readAll(): Promise<string> {
    let file: JournalFile;
    try {
      file = await this.files.open(this.path, "read");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
      throw error;
    }
    try {
      const bytes = Buffer.alloc(Math.min(await file.size(), FILE_BYTES_MAX));
      return bytes.toString("utf8", 0, await readFully(file, bytes, 0));
    } finally {
      await file.close();
    }
  }

  private async rewrite(): Promise<void> {
    const old = this.file;
    this.file = undefined;
    if (old !== undefined) await ignoringErrors(() => old.close());
    const temporary = `${this.path}.new`;
    await ignoringErrors(() => this.files.remove(temporary));
    const file = await this.files.open(temporary, "create");
    try {
      const content = Buffer.concat([
        encodeLine({ version: VERSION }),
        encodeLine({ places: [...this.places] }),
      ]);
      await writeFully(file, [content], 0);
      await file.sync();
      await this.files.rename(temporary, this.path);
      await this.files.syncFolder(this.folder);
      this.end = content.length;
      this.rewrittenEnd = content.length;
      this.file = file;
    } catch (error) {
      await ignoringErrors(() => file.close());
      throw error;
    }
  }
}

function encodeLine(content: z.input<typeof line>): Buffer {
  const json = JSON.stringify(content);
  return Buffer.from(`${crc32(json).toString(16).padStart(8, "0")} ${json}\n`);
}

/** The lines before the first that is torn or was never written whole. */
function* validLines(text: string): Generator<z.output<typeof line>> {
  for (let from = 0; from < text.length;) {
    const end = text.indexOf("\n", from);
    if (end < 0) return;
    const json = text.slice(from + 9, end);
    if (crc32(json).toString(16).padStart(8, "0") !== text.slice(from, from + 8)) return;
    yield line.parse(JSON.parse(json));
    from = end + 1;
  }
}

/** For what is not needed any more. */
async function ignoringErrors(run: () => Promise<unknown>): Promise<void> {
  await run().catch(() => undefined);
}
