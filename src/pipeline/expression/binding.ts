import type { Resource, Scope, Series } from "#core/attributes.ts";
import type { Batch } from "#core/batch.ts";
import type { DictionaryColumn } from "#core/columns.ts";
import type { LogBatch } from "#core/log-batch.ts";
import type { MetricBatch } from "#core/metric-batch.ts";
import type { RowGroups } from "#core/row-groups.ts";
import type { HistogramPointRow, LogRow, NumberPointRow, SpanRow } from "#core/row-views.ts";
import type { SpanBatch } from "#core/span-batch.ts";
import type { Context } from "./fields.ts";

/** A single row that is an object, as destinations are given it. */
export type ObjectRow = SpanRow | LogRow | NumberPointRow | HistogramPointRow;

/** What an expression is evaluated on; which of them, the context and the form say. */
export type Source = Batch | Resource | Scope | Series | ObjectRow;

/** Whether the rows of a signal are in the columns of a batch, or one object each. */
export type RowForm = "columns" | "objects";

/** Reads something of a row of the bound source. Points of histograms have the number `~row`. */
export type Read<T> = (row: number) => T;

/**
 * What many rows share, and what therefore is evaluated once for all of them: a value of a dictionary, a group
 * of rows with one resource and scope, or a series.
 */
export interface Shared {
  /** The number of what the row shares: from 0 to below `size`. */
  readonly numberOf: Read<number>;
  readonly size: () => number;
}

export interface GroupNumbers extends Shared {
  readonly groups: () => RowGroups;
}

export interface SeriesNumbers extends Shared {
  readonly seriesOf: Read<Series>;
}

/** The readers of one compiled expression: each is told when rows of another batch follow. */
export class Binding {
  readonly context: Context;
  readonly form: RowForm;
  private readonly binders: ((source: Source) => void)[] = [];
  private readonly entries = new Map<string, Shared>();
  private groups: GroupNumbers | undefined;
  private points: SeriesNumbers | undefined;

  constructor(context: Context, form: RowForm = "columns") {
    this.context = context;
    this.form = form;
  }

  bind(source: Source): void {
    for (const bind of this.binders) bind(source);
  }

  onBind(bind: (source: Source) => void): void {
    this.binders.push(bind);
  }

  /** The group of rows that a span or log record is in. */
  group(): GroupNumbers {
    return (this.groups ??= this.makeGroup());
  }

  private makeGroup(): GroupNumbers {
    let groups: RowGroups;
    let [number, from, to] = [0, 0, 0];
    this.onBind((source) => {
      groups = (source as SpanBatch | LogBatch).groups;
      [number, from, to] = [0, 0, 0];
    });
    const numberOf = (row: number): number => {
      if (row >= from && row < to) return number;
      number = groups.groupOf(row);
      from = number === 0 ? 0 : groups.ends.values[number - 1]!;
      to = groups.ends.values[number]!;
      return number;
    };
    return { numberOf, size: () => groups.length, groups: () => groups };
  }

  /** The value of a dictionary column that a row has. */
  entry(name: string, column: (source: Source) => DictionaryColumn): Shared {
    let shared = this.entries.get(name);
    if (shared === undefined) this.entries.set(name, (shared = this.makeEntry(column)));
    return shared;
  }

  private makeEntry(column: (source: Source) => DictionaryColumn): Shared {
    let bound: DictionaryColumn;
    this.onBind((source) => {
      bound = column(source);
    });
    return {
      numberOf: (row) => bound.numbers.values[row]!,
      size: () => bound.dictionary.size,
    };
  }

  /** The series that a metric point belongs to. */
  series(): SeriesNumbers {
    return (this.points ??= this.makeSeries());
  }

  private makeSeries(): SeriesNumbers {
    let batch: MetricBatch;
    this.onBind((source) => {
      batch = source as MetricBatch;
    });
    const numberOf = (row: number): number =>
      row >= 0 ? batch.numbers.series.values[row]! : batch.histograms.series.values[~row]!;
    return {
      numberOf,
      size: () => batch.series.length,
      seriesOf: (row) => batch.series[numberOf(row)]!,
    };
  }

  /** Reads once for all rows that share a number. */
  once<T>({ numberOf, size }: Shared, read: Read<T>): Read<T> {
    let known: Uint8Array = new Uint8Array(16);
    let values: T[] = [];
    this.onBind(() => {
      const count = size();
      if (count > known.length) known = new Uint8Array(count * 2);
      else known.fill(0, 0, count);
      values = [];
    });
    return (row) => {
      const number = numberOf(row);
      if (known[number] === 1) return values[number]!;
      const value = read(row);
      known[number] = 1;
      values[number] = value;
      return value;
    };
  }
}
