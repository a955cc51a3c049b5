import { createHash } from "node:crypto";
import type { Signal } from "#core/signal.ts";
import type { Row } from "./delivery.ts";

/** A place between rows of a journal: all before it lies in earlier records, or in earlier rows of its own. */
export interface Position {
  readonly sequence: number;
  readonly row: number;
}

export function comparePositions(a: Position, b: Position): number {
  return a.sequence - b.sequence || a.row - b.row;
}

/** The record that a row came from. */
export interface RecordOfRow {
  readonly sequence: number;
  readonly signal: Signal;
  /** Unix milliseconds. */
  readonly writtenMs: number;
}

/** Rows of a record that could not be read. */
export interface UnreadableRows {
  readonly record: RecordOfRow;
  readonly rows: number;
}

/** Rows of a record, one after the other, that are not for the destination. */
export interface SkippedRows {
  readonly record: RecordOfRow;
  /** The number of the first in its record. */
  readonly index: number;
  readonly rows: number;
}

interface PortionContent {
  readonly org: string;
  readonly from: Position;
  readonly after: Position;
  readonly rows: readonly Row[];
  readonly records: readonly RecordOfRow[];
  readonly indexes: readonly number[];
  readonly unreadable: readonly UnreadableRows[];
  readonly skipped: readonly SkippedRows[];
  /** Set when the rows are not all that the range had, or not those that its key stands for. */
  readonly mark: string;
}

/** Consecutive rows of the journal that are sent together, with where they came from. */
export class Portion implements PortionContent {
  readonly org: string;
  readonly from: Position;
  readonly after: Position;
  readonly rows: readonly Row[];
  /** Of each row. */
  readonly records: readonly RecordOfRow[];
  /** Of each row, its number in its record. */
  readonly indexes: readonly number[];
  readonly unreadable: readonly UnreadableRows[];
  readonly skipped: readonly SkippedRows[];
  readonly mark: string;

  readonly #content: PortionContent;

  constructor(content: PortionContent) {
    this.#content = content;
    this.org = content.org;
    this.from = content.from;
    this.after = content.after;
    this.rows = content.rows;
    this.records = content.records;
    this.indexes = content.indexes;
    this.unreadable = content.unreadable;
    this.skipped = content.skipped;
    this.mark = content.mark;
  }

  /**
   * Names the rows. The records' sequences alone would not do: a journal that was made anew counts
   * from 1 again, so that the time of the first record is in it.
   */
  key(prefix: string): string {
    const last = this.rows.length - 1;
    return `${this.rowKey(prefix, 0)}-${this.records[last]!.sequence}.${this.indexes[last]!}${this.mark}`;
  }

  rowKey(prefix: string, index: number): string {
    const { sequence, writtenMs } = this.records[index]!;
    return `${prefix}-${writtenMs.toString(36)}-${sequence}.${this.indexes[index]!}`;
  }

  /** The two halves; only for two rows or more. */
  halves(): [Portion, Portion] {
    const middle = this.rows.length >>> 1;
    const border = { sequence: this.records[middle]!.sequence, row: this.indexes[middle]! };
    const isBefore = ({ record }: UnreadableRows): boolean => record.sequence < border.sequence;
    const isSkippedBefore = ({ record, index }: SkippedRows): boolean =>
      comparePositions({ sequence: record.sequence, row: index }, border) < 0;
    return [
      new Portion({
        ...this.#content,
        after: border,
        ...this.#rowsBetween(0, middle),
        unreadable: this.unreadable.filter(isBefore),
        skipped: this.skipped.filter(isSkippedBefore),
      }),
      new Portion({
        ...this.#content,
        from: border,
        ...this.#rowsBetween(middle, this.rows.length),
        unreadable: this.unreadable.filter((one) => !isBefore(one)),
        skipped: this.skipped.filter((one) => !isSkippedBefore(one)),
      }),
    ];
  }

  /** Some of the rows, by their places in ascending order: what is left after others were taken. */
  only(places: readonly number[]): Portion {
    const digest = createHash("sha256").update(places.join()).digest("hex").slice(0, 12);
    return new Portion({
      ...this.#content,
      rows: places.map((place) => this.rows[place]!),
      records: places.map((place) => this.records[place]!),
      indexes: places.map((place) => this.indexes[place]!),
      mark: `${this.mark}-${digest}`,
    });
  }

  #rowsBetween(from: number, to: number): Pick<PortionContent, "rows" | "records" | "indexes"> {
    return {
      rows: this.rows.slice(from, to),
      records: this.records.slice(from, to),
      indexes: this.indexes.slice(from, to),
    };
  }
}
