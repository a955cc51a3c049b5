import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Clock } from "#core/clock.ts";
import { STORE_INSERT_LIMITS } from "#core/limits.ts";
import { BLOCK_COLUMNS, type BlockTable } from "#core/native/block-columns.ts";
import { BlockReader } from "#core/native/block-reader.ts";
import { DEFAULT_ORG } from "#core/signal.ts";
import type { LetterQuery } from "#pipeline/delivery/dead-letters.ts";
import type { BlockLetter, KeptLetters, KeptPage } from "#pipeline/delivery/kept-letter.ts";
import { nodeFiles } from "#pipeline/journal/files.ts";
import { replaceFile } from "#pipeline/journal/replace-file.ts";

/** A block that the store will never take. */
export interface DeadBlock {
  /** Names its insert. */
  readonly token: string;
  readonly table: BlockTable;
  readonly rows: number;
  /** The file that was to be inserted; it is copied. */
  readonly path: string;
  readonly reason: string;
}

export interface BlockLettersOptions {
  /** Nobody else may write to it. */
  readonly folder: string;
  readonly clock: Clock;
  readonly bytesMax?: number;
  readonly lettersMax?: number;
  /** Told of letters that went because of these bounds: the oldest. */
  readonly onDropped?: (letters: number) => void;
}

interface Entry {
  readonly letter: BlockLetter & { readonly block: { readonly table: BlockTable } };
  /** Without ending. */
  readonly path: string;
}

const tables = Object.keys(BLOCK_COLUMNS) as [BlockTable, ...BlockTable[]];

/** What is written beside a block. */
const noteSchema = z.object({
  token: z.string(),
  table: z.enum(tables),
  rows: z.int().nonnegative(),
  org: z.string(),
  timeMs: z.number(),
  reason: z.string(),
});
type Note = z.infer<typeof noteSchema>;

const BLOCK = ".native";
const NOTE = ".json";
const REASON_CHARACTERS_MAX = 1_000;
const NO_REASON = "an earlier version kept it, which did not write down the reason";

/**
 * The blocks that the store would not take: each a file, with a note beside it that says why. A block
 * belongs to the organization of its rows; where they are of several, or cannot be read, to that of the
 * installation.
 */
export class BlockLetters implements KeptLetters {
  private readonly options: BlockLettersOptions;
  /** By token, from the oldest to the newest. */
  private readonly entries = new Map<string, Entry>();

  constructor(options: BlockLettersOptions) {
    this.options = options;
  }

  /** Rows of all letters. */
  get rows(): number {
    return this.sum(({ rows }) => rows);
  }

  get bytes(): number {
    return this.sum(({ bytes }) => bytes);
  }

  /** Reads what is there; a folder that is not there has none. */
  async open(): Promise<void> {
    const { folder } = this.options;
    const names = await readdir(folder).catch(() => []);
    const paths = names.filter((name) => name.endsWith(BLOCK));
    const found: Entry[] = [];
    // One after the other: there may be more of them than a process may have files open.
    for (const name of paths) {
      const entry = await this.read(join(folder, name.slice(0, -BLOCK.length)));
      if (entry !== undefined) found.push(entry);
    }
    this.entries.clear();
    for (const entry of found.toSorted(byAge)) this.entries.set(entry.letter.id, entry);
  }

  /** Keeps a block; durable when it resolves, with the file that it is. The same one is kept once. */
  async keep({ token, table, rows, path: from, reason }: DeadBlock): Promise<string> {
    const { folder, clock } = this.options;
    const path = join(folder, token.replaceAll(/[^\w.-]/g, "_"));
    const block = await readFile(from);
    const org = orgOf(table, rows, block);
    const short = reason.slice(0, REASON_CHARACTERS_MAX);
    const note: Note = { token, table, rows, org, timeMs: clock.nowMs(), reason: short };
    await writeFile(path + BLOCK, block, { flush: true });
    await replaceFile(path + NOTE, `${JSON.stringify(note)}\n`);
    this.entries.delete(token);
    this.entries.set(token, await this.entryOf(path, note));
    await this.keepBounds();
    return path + BLOCK;
  }

  async list({ after, limit, org }: LetterQuery): Promise<KeptPage> {
    const letters: BlockLetter[] = [];
    for (const { letter } of this.entries.values()) {
      if (org !== undefined && letter.org !== org) continue;
      if (after !== undefined && placeOf(letter) <= after) continue;
      if (letters.length === limit) return { letters, after: placeOf(letters.at(-1)!) };
      letters.push(letter);
    }
    return { letters, after: undefined };
  }

  async get(id: string, org: string): Promise<BlockLetter | undefined> {
    const letter = this.block(id);
    return letter?.org === org ? letter : undefined;
  }

  /** The letter of a token, whoever it belongs to. */
  block(id: string): Entry["letter"] | undefined {
    return this.entries.get(id)?.letter;
  }

  async remove(ids: readonly string[]): Promise<number> {
    const there = ids.flatMap((id) => this.entries.get(id) ?? []);
    for (const entry of there) await this.delete(entry);
    return there.length;
  }

  count(org: string): number {
    let letters = 0;
    for (const { letter } of this.entries.values()) if (letter.org === org) letters += 1;
    return letters;
  }

  private async delete({ letter, path }: Entry): Promise<void> {
    // The block first: a note alone is no letter.
    await rm(path + BLOCK, { force: true });
    await nodeFiles.syncFolder(this.options.folder);
    await rm(path + NOTE, { force: true });
    this.entries.delete(letter.id);
  }

  /** The newest stays, whatever it has. */
  private async keepBounds(): Promise<void> {
    const { deadLetterBytesMax, deadLettersMax } = STORE_INSERT_LIMITS;
    const { bytesMax = deadLetterBytesMax, lettersMax = deadLettersMax, onDropped } = this.options;
    const going: Entry[] = [];
    let [bytes, letters] = [this.bytes, this.entries.size];
    for (const entry of this.entries.values()) {
      if (letters === 1 || (bytes <= bytesMax && letters <= lettersMax)) break;
      going.push(entry);
      bytes -= entry.letter.block.bytes;
      letters -= 1;
    }
    for (const entry of going) await this.delete(entry);
    if (going.length > 0) onDropped?.(going.length);
  }

  /** Undefined for what is no letter. */
  private async read(path: string): Promise<Entry | undefined> {
    const text = await readFile(path + NOTE, "utf8").catch(() => undefined);
    const note = noteSchema.safeParse(text === undefined ? undefined : jsonOf(text));
    if (note.success) return this.entryOf(path, note.data);
    const former = await noteWithout(path);
    return former === undefined ? undefined : this.entryOf(path, former);
  }

  private async entryOf(path: string, note: Note): Promise<Entry> {
    const { token, table, rows, org, timeMs, reason } = note;
    const file = path + BLOCK;
    const { size: bytes } = await stat(file);
    return {
      letter: { id: token, org, timeMs, reason, block: { table, rows, bytes, file } },
      path,
    };
  }

  private sum(of: (block: BlockLetter["block"]) => number): number {
    let sum = 0;
    for (const { letter } of this.entries.values()) sum += of(letter.block);
    return sum;
  }
}

/** Puts letters in their order, and names a place in it. */
function placeOf({ timeMs, id }: BlockLetter): string {
  return `${Math.floor(timeMs).toString().padStart(16, "0")} ${id}`;
}

function byAge(a: Entry, b: Entry): number {
  return placeOf(a.letter) < placeOf(b.letter) ? -1 : 1;
}

/** What a block without a note tells of itself: the name of its file has the table. */
async function noteWithout(path: string): Promise<Note | undefined> {
  const table = tables.find((one) => new RegExp(`_${one}_\\d+$`).test(path));
  if (table === undefined) return undefined;
  const { mtimeMs } = await stat(path + BLOCK);
  const token = path.slice(path.lastIndexOf("/") + 1);
  return { token, table, rows: 0, org: DEFAULT_ORG, timeMs: mtimeMs, reason: NO_REASON };
}

/** The organization that all rows of a block belong to: it is the first column of every table. */
function orgOf(table: BlockTable, rows: number, block: Uint8Array): string {
  try {
    const { length: columns } = BLOCK_COLUMNS[table];
    const { keys } = new BlockReader(table, block, rows, columns).dictionary("org");
    return keys.length === 1 ? keys[0]! : DEFAULT_ORG;
  } catch (error) {
    if (error instanceof RangeError) return DEFAULT_ORG;
    throw error;
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
