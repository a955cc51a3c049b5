import type { StringColumn } from "#core/columns.ts";
import type { LogBatch } from "#core/log-batch.ts";
import { AttributeKey } from "#core/row-access.ts";
import { asciiLower, searchWords, type SearchWords } from "#core/search/search-words.ts";
import type { SpanBatch } from "#core/span-batch.ts";
import type { BatchView } from "./batch-view.ts";
import { ALWAYS, COSTS, markGroups, RowMarks, type RowTest, type Verdict } from "./row-test.ts";

/** A text in lower case that is looked for; a word must stand alone. */
interface Needle {
  readonly bytes: Buffer;
  readonly isWord: boolean;
}

function needlesOf({ words, phrase }: SearchWords): Needle[] {
  const needles = words.map((word) => ({ bytes: Buffer.from(word), isWord: true }));
  if (phrase !== undefined) needles.push({ bytes: Buffer.from(phrase), isWord: false });
  // The longest is the rarest: rows without it are not looked at for the others.
  return needles.toSorted((a, b) => b.bytes.length - a.bytes.length);
}

/** Words, and a phrase, in the body of a record. */
export class BodyTest implements RowTest<LogBatch> {
  readonly cost = COSTS.marks;
  private readonly needles: readonly Needle[];
  private readonly marks = new RowMarks();

  constructor(words: SearchWords) {
    this.needles = needlesOf(words);
  }

  /** The records whose bodies have a piece of text; none where the text has nothing that could be looked for. */
  static of(text: string): RowTest<LogBatch> {
    return new BodyTest(searchWords(text));
  }

  bind({ body, rows }: LogBatch, view: BatchView): Verdict {
    const [first, ...others] = this.needles;
    if (first === undefined) return "all";
    const lower = view.lowerColumn(body);
    this.marks.clear(rows);
    let found = 0;
    eachRowWith(lower, body, first, (row) => {
      if (!others.every((needle) => rowHas(lower, body, row, needle))) return;
      this.marks.mark(row);
      found++;
    });
    if (found === 0) return "none";
    return found === rows ? "all" : "some";
  }

  matches(row: number): boolean {
    return this.marks.has(row);
  }
}

/** Calls `visit` once for each row whose text has the needle. `lower` is the column in lower case. */
function eachRowWith(
  lower: Buffer,
  column: StringColumn,
  needle: Needle,
  visit: (row: number) => void,
): void {
  const { bytes } = needle;
  const ends = column.ends.values;
  let row = 0;
  let at = lower.indexOf(bytes);
  while (at >= 0) {
    while (ends[row]! <= at) row++;
    if (isFoundAt(lower, column, row, at, needle)) {
      visit(row);
      at = lower.indexOf(bytes, ends[row]!);
    } else {
      at = lower.indexOf(bytes, at + 1);
    }
  }
}

function rowHas(lower: Buffer, column: StringColumn, row: number, needle: Needle): boolean {
  const text = lower.subarray(0, column.ends.values[row]!);
  let at = text.indexOf(needle.bytes, column.textStart(row));
  while (at >= 0) {
    if (isFoundAt(lower, column, row, at, needle)) return true;
    at = text.indexOf(needle.bytes, at + 1);
  }
  return false;
}

/** Whether what was found lies within the row's text, and for a word, stands alone. */
function isFoundAt(
  lower: Buffer,
  column: StringColumn,
  row: number,
  at: number,
  { bytes, isWord }: Needle,
): boolean {
  const start = column.textStart(row);
  const end = column.ends.values[row]!;
  const behind = at + bytes.length;
  if (at < start || behind > end) return false;
  if (!isWord) return true;
  return (
    (at === start || !isOfWord(lower[at - 1]!)) && (behind === end || !isOfWord(lower[behind]!))
  );
}

/** Letters, digits, and whatever is beyond ASCII. */
function isOfWord(byte: number): boolean {
  if (byte > 127) return true;
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x7a);
}

const EXCEPTION_KEYS = ["exception.type", "exception.message"] as const;

/** A piece of text anywhere in what a span says: its name, service, status message and exceptions. */
export class SpanTextTest implements RowTest<SpanBatch> {
  readonly cost = COSTS.marks;
  private readonly text: string;
  private readonly needle: Needle;
  private readonly keys = EXCEPTION_KEYS.map((key) => new AttributeKey(key));
  private readonly marks = new RowMarks();

  constructor(text: string) {
    this.text = asciiLower(text);
    this.needle = { bytes: Buffer.from(this.text), isWord: false };
  }

  static of(text: string): RowTest<SpanBatch> {
    return text === "" ? ALWAYS : new SpanTextTest(text);
  }

  bind(batch: SpanBatch, view: BatchView): Verdict {
    const { groups, rows, statusMessage } = batch;
    this.marks.clear(rows);
    const byService = markGroups(groups, this.marks, (group) =>
      asciiLower(groups.resources[group]!.service).includes(this.text),
    );
    if (byService === "all") return "all";
    const messages = view.lowerColumn(statusMessage);
    eachRowWith(messages, statusMessage, this.needle, (row) => this.marks.mark(row));
    this.markNames(batch, view);
    this.markExceptions(batch);
    return "some";
  }

  matches(row: number): boolean {
    return this.marks.has(row);
  }

  private markNames({ name, rows }: SpanBatch, view: BatchView): void {
    const has = view.lowerEntries(name.dictionary).map((entry) => entry.includes(this.text));
    if (!has.includes(true)) return;
    const numbers = name.numbers.values;
    for (let row = 0; row < rows; row++) if (has[numbers[row]!] === true) this.marks.mark(row);
  }

  private markExceptions({ events, eventEnds, rows }: SpanBatch): void {
    const { attributes } = events;
    const wanted = this.keys.map((key) => key.numberIn(attributes)).filter((key) => key >= 0);
    if (wanted.length === 0) return;
    const keys = attributes.keys.numbers.values;
    let event = 0;
    for (let row = 0; row < rows; row++) {
      for (const end = eventEnds.values[row]!; event < end; event++) {
        const to = attributes.ends.values[event]!;
        for (let i = attributes.start(event); i < to; i++)
          if (wanted.includes(keys[i]!) && this.isIn(attributes.values.text(i)))
            this.marks.mark(row);
      }
    }
  }

  private isIn(text: string): boolean {
    return asciiLower(text).includes(this.text);
  }
}
