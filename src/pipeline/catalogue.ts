import { Buffer } from "node:buffer";
import type { Attribute } from "#core/attributes.ts";
import type { AttributesColumn } from "#core/columns.ts";
import { Dictionary } from "#core/dictionary.ts";
import { CATALOGUE_LIMITS } from "#core/limits.ts";
import type { CatalogueRow } from "#core/native/reference-blocks.ts";

type Level = CatalogueRow["level"];
type SignalNumber = CatalogueRow["signal"];

const HOUR_SECONDS = 3_600;

/** One attribute key within an hour: its rows and, while it has few, its values. */
class KeyCounts {
  rows = 0;
  /** Given up for the hour when the key turns out to be id-like: more distinct values than are kept. */
  values: Dictionary | undefined = new Dictionary();
  counts: number[] = [];

  /** `hour` is the one that the key is counted in. */
  count(hour: HourCounts, bytes: Uint8Array, from: number, to: number, rows: number): void {
    this.rows += rows;
    const { values } = this;
    if (values === undefined || to === from || to - from > CATALOGUE_LIMITS.valueBytesMax) return;
    let number = values.find(bytes, from, to);
    if (number < 0) {
      if (values.size >= CATALOGUE_LIMITS.valuesPerKeyMax) {
        this.values = undefined;
        this.counts = [];
        return;
      }
      if (hour.values >= CATALOGUE_LIMITS.valuesMax) return;
      hour.values++;
      number = values.number(bytes, from, to);
      this.counts[number] = 0;
    }
    this.counts[number]! += rows;
  }
}

/** The rows that shared a list of attributes, and whose list it is. */
interface ListRows {
  readonly signal: SignalNumber;
  readonly level: Level;
  rows: number;
}

class HourCounts {
  /** Named by signal, level and key. */
  readonly keys = new Map<string, KeyCounts>();
  /** Values of all keys that were kept. */
  values = 0;
  /** Lists of which the keys and values are still to be counted: the same come with every request. */
  readonly lists = new Map<readonly Attribute[], ListRows>();

  addList(attributes: readonly Attribute[], { signal, level, rows }: ListRows): void {
    const known = this.lists.get(attributes);
    if (known?.signal === signal && known.level === level) {
      known.rows += rows;
      return;
    }
    if (known !== undefined || this.lists.size >= CATALOGUE_LIMITS.listsMax) this.countLists();
    this.lists.set(attributes, { signal, level, rows });
  }

  countLists(): void {
    for (const [attributes, { signal, level, rows }] of this.lists) {
      for (const { key, value } of attributes) {
        const bytes = Buffer.from(value);
        keyCounts(this, signal, level, key)?.count(this, bytes, 0, bytes.length, rows);
      }
    }
    this.lists.clear();
  }
}

/**
 * Counts attribute keys and their values as rows are encoded, so that completion and top values
 * never need a scan. Counts are exact below `rowsExactMax` rows a group and estimated from every
 * n-th row above; {@link take} hands over, as rows for the journal, what was counted since the last.
 */
export class AttributeCatalogue {
  private readonly hours = new Map<number, HourCounts>();
  private evicted: CatalogueRow[] = [];
  /** The counters of a column's dictionary numbers, made anew for each batch. */
  private readonly byNumber: (KeyCounts | undefined)[] = [];
  private counted = false;
  /** Rows to pass over before the next that is counted, so that short runs count no more than long ones. */
  private skip = 0;

  /** Whether there is something to take. */
  get pending(): boolean {
    return this.counted;
  }

  /** Counts the attributes of rows `from` to `to` of a column, every `stride`-th row. */
  observe(
    signal: SignalNumber,
    timeMs: number,
    column: AttributesColumn,
    from: number,
    to: number,
    stride: number,
  ): void {
    const hour = this.hourCounts(timeMs);
    const { byNumber } = this;
    byNumber.length = 0;
    const numbers = column.keys.numbers.values;
    const ends = column.ends.values;
    const values = column.values.data.bytes;
    const valueEnds = column.values.ends.values;
    let row = from + Math.min(this.skip, stride - 1);
    for (; row < to; row += stride) {
      for (let i = column.start(row); i < ends[row]!; i++) {
        const number = numbers[i]!;
        let counts = byNumber[number];
        if (counts === undefined) {
          counts = keyCounts(hour, signal, 2, column.keys.dictionary.text(number));
          if (counts === undefined) continue;
          byNumber[number] = counts;
        }
        let start = i === 0 ? 0 : valueEnds[i - 1]!;
        while (values[start]! > 127) start++;
        counts.count(hour, values, start + 1, valueEnds[i]!, stride);
      }
    }
    this.skip = row - to;
  }

  /** Counts the attributes of a resource (level 1) or series (level 2) that `rows` rows share. */
  observeList(
    signal: SignalNumber,
    level: Level,
    timeMs: number,
    attributes: readonly Attribute[],
    rows: number,
  ): void {
    this.hourCounts(timeMs).addList(attributes, { signal, level, rows });
  }

  private hourCounts(timeMs: number): HourCounts {
    this.counted = true;
    const hour = Math.floor(timeMs / 1000 / HOUR_SECONDS) * HOUR_SECONDS;
    const known = this.hours.get(hour);
    if (known !== undefined) return known;
    if (this.hours.size >= CATALOGUE_LIMITS.hoursMax) {
      const [oldest, counts] = this.hours.entries().next().value!;
      this.evicted.push(...rowsOf(oldest, counts));
      this.hours.delete(oldest);
    }
    const fresh = new HourCounts();
    this.hours.set(hour, fresh);
    return fresh;
  }

  /** What was counted since the last take; counting goes on from zero, with the values known so far. */
  take(): CatalogueRow[] {
    const rows = this.evicted;
    this.evicted = [];
    this.counted = false;
    for (const [hour, counts] of this.hours) rows.push(...rowsOf(hour, counts));
    return rows;
  }
}

function keyCounts(
  hour: HourCounts,
  signal: SignalNumber,
  level: Level,
  key: string,
): KeyCounts | undefined {
  const name = `${signal}${level}${key}`;
  let counts = hour.keys.get(name);
  if (counts === undefined && hour.keys.size < CATALOGUE_LIMITS.keysMax)
    hour.keys.set(name, (counts = new KeyCounts()));
  return counts;
}

/** The counts of an hour as rows, set back to zero. */
function rowsOf(hour: number, counts: HourCounts): CatalogueRow[] {
  const rows: CatalogueRow[] = [];
  counts.countLists();
  for (const [name, key] of counts.keys) {
    if (key.rows === 0) continue;
    const base = {
      signal: Number(name[0]) as SignalNumber,
      level: Number(name[1]) as Level,
      hour,
      key: name.slice(2),
    };
    rows.push({ ...base, value: "", rows: key.rows });
    key.rows = 0;
    for (let number = 0; number < key.counts.length; number++) {
      if (key.counts[number] === 0) continue;
      rows.push({ ...base, value: key.values!.text(number), rows: key.counts[number]! });
      key.counts[number] = 0;
    }
  }
  return rows;
}
