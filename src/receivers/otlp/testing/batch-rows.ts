import type { Attribute, MetricDescriptor, Resource, Scope, Series } from "#core/attributes.ts";
import type { Batch } from "#core/batch.ts";
import {
  type ExemplarRow,
  exemplarRow,
  type HistogramPointRow,
  histogramPointRow,
  type LogRow,
  logRow,
  type NumberPointRow,
  numberPointRow,
  type SpanRow,
  spanRow,
} from "#core/row-views.ts";

/** What a row came from, as plain data. */
export interface Origin {
  readonly resource: { attributes: readonly Attribute[]; schemaUrl: string };
  readonly scope: {
    name: string;
    version: string;
    attributes: readonly Attribute[];
    schemaUrl: string;
  };
}
/** The same of a point, with its series. */
export interface SeriesOrigin extends Origin {
  readonly metric: MetricDescriptor;
  readonly seriesAttributes: readonly Attribute[];
}

export type PlainSpan = Omit<SpanRow, "resource" | "scope"> & Origin;
export type PlainLog = Omit<LogRow, "resource" | "scope"> & Origin;
/** Exemplars stand beside the points, as they do in the store. */
export type PlainNumber = Omit<NumberPointRow, "series" | "exemplars"> & SeriesOrigin;
export type PlainHistogram = Omit<HistogramPointRow, "series" | "exemplars"> & SeriesOrigin;
export type PlainExemplar = Omit<ExemplarRow, "series"> & SeriesOrigin;

/** The rows of a batch as plain data; lists that a signal does not have are empty. */
export interface PlainRows {
  readonly spans: readonly PlainSpan[];
  readonly logs: readonly PlainLog[];
  readonly numbers: readonly PlainNumber[];
  readonly histograms: readonly PlainHistogram[];
  readonly exemplars: readonly PlainExemplar[];
}
export const NO_ROWS: PlainRows = {
  spans: [],
  logs: [],
  numbers: [],
  histograms: [],
  exemplars: [],
};

/** All rows of a batch, dropped ones included, to compare with a model. */
export function rowsOf(batch: Batch): PlainRows {
  switch (batch.signal) {
    case "traces":
      return { ...NO_ROWS, spans: list(batch.rows, (row) => withOrigin(spanRow(batch, row))) };
    case "logs":
      return { ...NO_ROWS, logs: list(batch.rows, (row) => withOrigin(logRow(batch, row))) };
    case "metrics": {
      const { numbers, histograms, exemplars } = batch;
      return {
        ...NO_ROWS,
        numbers: list(numbers.rows, (row) => {
          const { exemplars: _, ...point } = numberPointRow(batch, row);
          return withSeries(point);
        }),
        histograms: list(histograms.rows, (row) => {
          const { exemplars: _, ...point } = histogramPointRow(batch, row);
          return withSeries(point);
        }),
        exemplars: list(exemplars.rows, (row) => withSeries(exemplarRow(batch, row))),
      };
    }
  }
}

function list<T>(rows: number, at: (row: number) => T): T[] {
  return Array.from({ length: rows }, (_, row) => at(row));
}

function originOf(resource: Resource, scope: Scope): Origin {
  const { name, version } = scope;
  return {
    resource: { attributes: resource.attributes, schemaUrl: resource.schemaUrl },
    scope: { name, version, attributes: scope.attributes, schemaUrl: scope.schemaUrl },
  };
}

function withOrigin<R extends { resource: Resource; scope: Scope }>(
  row: R,
): Omit<R, "resource" | "scope"> & Origin {
  return { ...row, ...originOf(row.resource, row.scope) };
}

function withSeries<R extends { series: Series }>({
  series,
  ...row
}: R): Omit<R, "series"> & SeriesOrigin {
  return {
    ...row,
    ...originOf(series.resource, series.scope),
    metric: series.metric,
    seriesAttributes: series.attributes,
  };
}
