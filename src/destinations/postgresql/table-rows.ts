import type { Row } from "#pipeline/delivery/delivery.ts";
import {
  EVENT_COLUMNS,
  type EventColumns,
  eventColumnsOf,
} from "#pipeline/relational/event-columns.ts";
import {
  histogramColumnsOf,
  METRIC_COLUMNS,
  type MetricColumns,
  numberColumnsOf,
  TRACE_COLUMNS,
  type TraceColumns,
  traceColumnsOf,
} from "#pipeline/relational/telemetry-columns.ts";
import type { TableNames } from "#pipeline/relational/schema.ts";
import type { TableRows } from "./copy-rows.ts";

/** The rows of a delivery by the tables that they go to, each in order. Columns are made when they are asked for. */
export function tablesOf(rows: readonly Row[], names: TableNames): TableRows[] {
  const { schema } = names;
  const has = (...kinds: readonly Row["kind"][]): boolean =>
    rows.some(({ kind }) => kinds.includes(kind));
  const tables: TableRows[] = [];
  if (has("log"))
    tables.push({ schema, table: names.events, columns: EVENT_COLUMNS, rows: eventCells(rows) });
  if (has("span"))
    tables.push({
      schema,
      table: "telemetry_traces",
      columns: TRACE_COLUMNS,
      rows: traceCells(rows),
    });
  if (has("number_point", "histogram_point"))
    tables.push({
      schema,
      table: "telemetry_metrics",
      columns: METRIC_COLUMNS,
      rows: metricCells(rows),
    });
  return tables;
}

function* eventCells(rows: readonly Row[]): Generator<EventColumns[keyof EventColumns][]> {
  for (const row of rows) {
    if (row.kind !== "log") continue;
    const columns = eventColumnsOf(row.row);
    yield EVENT_COLUMNS.map((name) => columns[name]);
  }
}

function* traceCells(rows: readonly Row[]): Generator<TraceColumns[keyof TraceColumns][]> {
  for (const row of rows) {
    if (row.kind !== "span") continue;
    const columns = traceColumnsOf(row.row);
    yield TRACE_COLUMNS.map((name) => columns[name]);
  }
}

function* metricCells(rows: readonly Row[]): Generator<MetricColumns[keyof MetricColumns][]> {
  for (const row of rows) {
    if (row.kind !== "number_point" && row.kind !== "histogram_point") continue;
    const points =
      row.kind === "number_point" ? [numberColumnsOf(row.row)] : histogramColumnsOf(row.row);
    for (const columns of points) yield METRIC_COLUMNS.map((name) => columns[name]);
  }
}
