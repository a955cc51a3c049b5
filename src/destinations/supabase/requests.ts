import { createHash } from "node:crypto";
import type { Delivery } from "#pipeline/delivery/delivery.ts";
import { EVENT_COLUMNS, eventColumnsOf } from "#pipeline/relational/event-columns.ts";
import { STORE_EVENTS_FUNCTION } from "#pipeline/relational/schema.ts";
import {
  histogramColumnsOf,
  METRIC_COLUMNS,
  numberColumnsOf,
  TRACE_COLUMNS,
  traceColumnsOf,
} from "#pipeline/relational/telemetry-columns.ts";

/** A request to PostgREST: the path behind `/rest/v1/`, and what is sent. */
export interface RestRequest {
  readonly path: string;
  readonly prefer?: string;
  readonly body: string;
}

/** The table of events that functions take when they are told of none. */
const USUAL_TABLE = "events";

/** What of a column is JSON already. */
const JSON_COLUMNS: ReadonlySet<string> = new Set(["data", "attributes", "resource", "labels"]);

/** Rows that are there are left as they are (https://docs.postgrest.org/en/stable/references/api/preferences.html). */
const ONCE = "resolution=ignore-duplicates,return=minimal";

/**
 * The requests of a delivery, in the order in which they are to be made. Each stores its rows once,
 * however often it is made. Spans and points are known by ids of their own; events, which the table
 * numbers itself, only by the delivery as a whole, which is why they come last: when anything is refused
 * for good and the delivery is cut in two, none of its events is stored.
 */
export function requestsOf(
  delivery: Delivery,
  { destination, table: eventTable }: { readonly destination: string; readonly table: string },
): RestRequest[] {
  const requests: RestRequest[] = [];
  const { events, traces, metrics } = objectsOf(delivery);
  const insert = (table: string, columns: readonly string[], rows: readonly string[]): void => {
    if (rows.length === 0) return;
    const path = `${table}?columns=${["id", ...columns].join(",")}&on_conflict=id`;
    requests.push({ path, prefer: ONCE, body: `[${rows.join(",")}]` });
  };
  insert("telemetry_traces", TRACE_COLUMNS, traces);
  insert("telemetry_metrics", METRIC_COLUMNS, metrics);
  if (events.length > 0) {
    const key = JSON.stringify(delivery.key);
    const name = JSON.stringify(destination);
    // A project whose schema is of before has a function that knows the usual table alone.
    const other = eventTable === USUAL_TABLE ? "" : `"p_table":${JSON.stringify(eventTable)},`;
    const body = `{"p_key":${key},"p_destination":${name},${other}"p_events":[${events.join(",")}]}`;
    requests.push({ path: `rpc/${STORE_EVENTS_FUNCTION}`, prefer: "return=minimal", body });
  }
  return requests;
}

/** The rows as JSON objects of their tables' columns. */
function objectsOf({ rows, rowKey }: Pick<Delivery, "rows" | "rowKey">): {
  events: string[];
  traces: string[];
  metrics: string[];
} {
  const events: string[] = [];
  const traces: string[] = [];
  const metrics: string[] = [];
  for (const [index, row] of rows.entries()) {
    if (row.kind === "log") events.push(objectOf(EVENT_COLUMNS, eventColumnsOf(row.row)));
    else if (row.kind === "span")
      traces.push(objectOf(TRACE_COLUMNS, traceColumnsOf(row.row), idOf(rowKey(index))));
    else {
      const points =
        row.kind === "number_point" ? [numberColumnsOf(row.row)] : histogramColumnsOf(row.row);
      for (const point of points)
        metrics.push(
          objectOf(METRIC_COLUMNS, point, idOf(`${rowKey(index)} ${point.metric_name}`)),
        );
    }
  }
  return { events, traces, metrics };
}

function objectOf<Name extends string>(
  columns: readonly Name[],
  row: Readonly<Record<Name, string | number | null>>,
  id?: string,
): string {
  const fields = columns.map((name) => {
    const value = row[name];
    return `"${name}":${JSON_COLUMNS.has(name) ? String(value) : JSON.stringify(value)}`;
  });
  return `{${id === undefined ? "" : `"id":"${id}",`}${fields.join(",")}}`;
}

/** The id of a row: a UUID of version 8 (RFC 9562 §5.8) of a digest of its key. */
export function idOf(rowKey: string): string {
  const bytes = createHash("sha256").update(rowKey).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
