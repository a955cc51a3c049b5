import { join } from "node:path";
import { z } from "zod";
import type { Clock } from "#core/clock.ts";
import type { JournalFiles } from "../journal/files.ts";
import { DeadLetterFile } from "./dead-letter-file.ts";
import type { LinePlace } from "./dead-letter-file.ts";
import type { Row } from "./delivery.ts";
import { rowOfText, textOfRow } from "./row-text.ts";

/** A row that a destination will not take, and why. */
export interface DeadLetter {
  /** The row's key: the same row is kept once, however often it is refused. */
  readonly id: string;
  readonly org: string;
  /** Unix milliseconds at which it was given up. */
  readonly timeMs: number;
  /** What the destination said of it. */
  readonly reason: string;
  readonly row: Row;
}

export interface DeadLettersOptions {
  /** One folder per destination; nobody else may write to it. */
  readonly folder: string;
  readonly files: JournalFiles;
  readonly clock: Clock;
  readonly bytesMax: number;
  readonly ageMsMax: number;
  readonly onDropped: (letters: number) => void;
}

/** Which letters of a list are asked for. */
export interface LetterQuery {
  readonly limit: number;
  /** Where the page before says that the next starts. */
  readonly after?: string | undefined;
  /** Only those of this organization. */
  readonly org?: string;
}

export interface DeadLetterPage {
  readonly letters: readonly DeadLetter[];
  /**
   * Where the next page starts; undefined after the last. It is a place in the files: it stays good when
   * the letters before it are deleted meanwhile.
   */
  readonly after: string | undefined;
}

const lineSchema = z.union([
  z.strictObject({
    id: z.string(),
    org: z.string(),
    timeMs: z.number(),
    reason: z.string(),
    row: z.string(),
  }),
  z.strictObject({ deleted: z.array(z.string()) }),
]);

interface Entry {
  readonly id: string;
  readonly org: string;
  readonly timeMs: number;
  readonly file: DeadLetterFile;
  /** Of the file: a later one has a higher one. */
  readonly fileNumber: number;
  readonly place: LinePlace;
}

/** The bound in bytes is kept by dropping whole files, the oldest first: this many make it up. */
const FILES = 8;
/** Letters that are remembered, each with some 200 bytes; beyond them the oldest go. */
const LETTERS_MAX = 100_000;
const REASON_CHARACTERS_MAX = 1_000;
/** Letters in a page, at most. */
const PAGE_MAX = 1_000;

/**
 * The dead letters of one destination, on disk until someone deletes them, replays them, or they are
 * beyond the bounds of bytes, age and number: then the oldest go, and are counted.
 *
 * @example
 * for (const { id, reason } of (await letters.list({ limit: 50 })).letters) console.log(id, reason);
 * await letters.remove([id]);
 */
export class DeadLetters {
  readonly #options: DeadLettersOptions;
  /** In the order in which they were written. */
  readonly #entries = new Map<string, Entry>();
  #files: DeadLetterFile[] = [];
  #number = 0;
  #dropped = 0;
  #working: Promise<unknown> = Promise.resolve();

  constructor(options: DeadLettersOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Of the files, deleted letters in them included. */
  get bytes(): number {
    return this.#files.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Letters that went because of the bounds, since `open`. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Reads what is there. What is damaged is left out. */
  async open(): Promise<void> {
    const { files, folder } = this.#options;
    this.#files = [];
    this.#entries.clear();
    await files.makeFolder(folder);
    const names = (await files.list(folder)).filter((name) => /^[0-9a-f]{8}\.dead$/.test(name));
    for (const name of names.toSorted()) {
      const file = new DeadLetterFile(files, join(folder, name));
      this.#number = Number.parseInt(name, 16);
      this.#files.push(file);
      await file.open((text, place) => this.#onLine(file, text, place));
    }
  }

  /** Keeps letters; durable when it resolves. Those that are there already stay as they are. */
  add(letters: readonly DeadLetter[]): Promise<void> {
    return this.#inTurn(async () => {
      await this.#dropOld();
      const fresh = letters.filter(({ id }) => !this.#entries.has(id));
      if (fresh.length === 0) return;
      const file = await this.#newest();
      const places = await file.append(fresh.map(lineOf));
      fresh.forEach(({ id, org, timeMs }, index) => {
        const place = places[index]!;
        this.#entries.set(id, { id, org, timeMs, file, fileNumber: this.#number, place });
      });
      await this.#keepBounds();
    });
  }

  /**
   * Letters of an organization, or of all, from the oldest to the newest, from where the page before says
   * that the next starts. Only those of the page are read.
   */
  list(page: LetterQuery): Promise<DeadLetterPage> {
    return this.#inTurn(async () => {
      await this.#dropOld();
      const { chosen, isLast } = this.#choose(page);
      const letters = await Promise.all(chosen.map((entry) => this.#read(entry)));
      return {
        letters: letters.filter((letter) => letter !== undefined),
        after: isLast ? undefined : textOfPlace(chosen.at(-1)),
      };
    });
  }

  /** A letter, of an organization or of any. */
  get(id: string, org?: string): Promise<DeadLetter | undefined> {
    return this.#inTurn(async () => {
      const entry = this.#entries.get(id);
      return entry === undefined || !isOf(entry, org) ? undefined : this.#read(entry);
    });
  }

  /** How many letters an organization has. */
  count(org: string): number {
    let letters = 0;
    for (const entry of this.#entries.values()) if (isOf(entry, org)) letters += 1;
    return letters;
  }

  /** Deletes letters, durably; returns how many there were of those named. */
  remove(ids: readonly string[]): Promise<number> {
    return this.#inTurn(async () => {
      const there = ids.filter((id) => this.#entries.has(id));
      if (there.length === 0) return 0;
      await (await this.#newest()).append([JSON.stringify({ deleted: there })]);
      for (const id of there) this.#entries.delete(id);
      await this.#removeEmptied();
      return there.length;
    });
  }

  async close(): Promise<void> {
    await this.#inTurn(() => Promise.all(this.#files.map((file) => file.close())));
  }

  #onLine(file: DeadLetterFile, text: string, place: LinePlace): void {
    const line = lineSchema.safeParse(jsonOf(text));
    if (!line.success) return;
    if ("deleted" in line.data) {
      for (const id of line.data.deleted) this.#entries.delete(id);
      return;
    }
    const { id, org, timeMs } = line.data;
    this.#entries.set(id, { id, org, timeMs, file, fileNumber: this.#number, place });
  }

  #choose({ after, limit, org }: LetterQuery): { chosen: readonly Entry[]; isLast: boolean } {
    const isWanted = after === undefined ? () => true : isBehind(after);
    const max = Math.min(PAGE_MAX, limit);
    const chosen: Entry[] = [];
    for (const entry of this.#entries.values()) {
      if (!isOf(entry, org) || !isWanted(entry)) continue;
      if (chosen.length >= max) return { chosen, isLast: false };
      chosen.push(entry);
    }
    return { chosen, isLast: true };
  }

  async #read({ file, place }: Entry): Promise<DeadLetter | undefined> {
    const line = lineSchema.safeParse(jsonOf(await file.read(place)));
    if (!line.success || !("row" in line.data)) return undefined;
    return { ...line.data, row: rowOfText(line.data.row) };
  }

  async #newest(): Promise<DeadLetterFile> {
    const { files, folder, bytesMax } = this.#options;
    const newest = this.#files.at(-1);
    if (newest !== undefined && newest.bytes < bytesMax / FILES) return newest;
    const number = this.#number + 1;
    const name = `${number.toString(16).padStart(8, "0")}.dead`;
    const file = new DeadLetterFile(files, join(folder, name));
    await file.create();
    await files.syncFolder(folder);
    this.#number = number;
    this.#files.push(file);
    return file;
  }

  /** Drops the oldest file while all are too large, and the oldest letters while they are too many. */
  async #keepBounds(): Promise<void> {
    while (this.#files.length > 1 && this.bytes > this.#options.bytesMax) {
      const oldest = this.#files[0]!;
      this.#drop(this.#leading(({ file }) => file === oldest));
      await this.#removeFile(oldest);
    }
    let excess = this.#entries.size - LETTERS_MAX;
    if (excess > 0) this.#drop(this.#leading(() => excess-- > 0));
    await this.#removeEmptied();
  }

  async #dropOld(): Promise<void> {
    const timeMsMin = this.#options.clock.nowMs() - this.#options.ageMsMax;
    const old = this.#leading(({ timeMs }) => timeMs < timeMsMin);
    if (old.length === 0) return;
    this.#drop(old);
    await this.#removeEmptied();
  }

  /** The oldest letters, up to the first that is not `such`. */
  #leading(such: (entry: Entry) => boolean): Entry[] {
    const leading: Entry[] = [];
    for (const entry of this.#entries.values()) {
      if (!such(entry)) break;
      leading.push(entry);
    }
    return leading;
  }

  #drop(entries: readonly Entry[]): void {
    for (const { id } of entries) this.#entries.delete(id);
    if (entries.length === 0) return;
    this.#dropped += entries.length;
    this.#options.onDropped(entries.length);
  }

  /** Only from the front: a file says which letters of earlier ones are deleted. */
  async #removeEmptied(): Promise<void> {
    const oldest = this.#entries.values().next().value?.file;
    while (this.#files.length > 1 && this.#files[0] !== oldest)
      await this.#removeFile(this.#files[0]!);
  }

  async #removeFile(file: DeadLetterFile): Promise<void> {
    await file.close();
    await this.#options.files.remove(file.path);
    this.#files = this.#files.filter((other) => other !== file);
  }

  /** One thing at a time: each sees what the one before has left. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#working.then(work, work);
    this.#working = turn;
    return turn;
  }
}

function textOfPlace(entry: Entry | undefined): string | undefined {
  return entry === undefined ? undefined : `${entry.fileNumber}.${entry.place.offset}`;
}

function isOf(entry: Entry, org: string | undefined): boolean {
  return org === undefined || entry.org === org;
}

/** Whether an entry is behind a place. */
function isBehind(after: string): (entry: Entry) => boolean {
  const [file = 0, offset = 0] = after.split(".").map(Number);
  return ({ fileNumber, place }) =>
    fileNumber > file || (fileNumber === file && place.offset > offset);
}

function lineOf({ id, org, timeMs, reason, row }: DeadLetter): string {
  const short = reason.slice(0, REASON_CHARACTERS_MAX);
  return JSON.stringify({ id, org, timeMs, reason: short, row: textOfRow(row) });
}

function jsonOf(text: string | undefined): unknown {
  return text === undefined ? undefined : JSON.parse(text);
}
