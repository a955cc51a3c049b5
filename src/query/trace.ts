import { SightglassError } from "#core/errors.ts";
import { QUERY_LIMITS } from "#core/limits.ts";
import { formatTime, millisecondsOf } from "#core/time.ts";
import { SPAN_KINDS, SPAN_STATUSES, type SpanKind, type SpanStatus } from "#core/vocabulary.ts";
import { type Fragment, literal, sql } from "#store/sql.ts";
import { z } from "zod";
import { bigintText } from "./cursor.ts";
import { FEW_ROWS, type QueryContext, read } from "./query-context.ts";
import { Scoped } from "./scoped.ts";
import {
  attributeColumns,
  attributeRow,
  type Attributes,
  attributesOf,
  type Holders,
  readHolders,
  type ScopeView,
} from "./stored-attributes.ts";
import { type TimeRange, withinTime } from "./time-range.ts";
import { traceTimes } from "./trace-times.ts";

export interface Span {
  readonly spanId: string;
  /** Null for a root span. */
  readonly parentSpanId: string | null;
  readonly name: string;
  readonly kind: SpanKind;
  readonly service: string;
  readonly startTime: string;
  readonly endTime: string;
  readonly durationMs: number;
  readonly status: { readonly code: SpanStatus; readonly message: string };
  readonly traceState: string;
  readonly attributes: Attributes;
  readonly resource: Attributes;
  readonly scope: ScopeView;
  readonly events: { time: string; name: string; attributes: Attributes }[];
  readonly links: { traceId: string; spanId: string; traceState: string; attributes: Attributes }[];
  readonly droppedAttributes: number;
  readonly droppedEvents: number;
  readonly droppedLinks: number;
}

export interface Trace {
  readonly traceId: string;
  readonly spans: Span[];
  /** There are more spans than were read. */
  readonly truncated: boolean;
}

/** The spans of one trace within the time that its index entry gives, one more than the bound. */
export function traceStatement(org: string, traceId: string, range: TimeRange): Fragment {
  const ofTrace = sql`trace_id = ${literal.fixedHex(traceId, 16)}`;
  return sql`SELECT toUnixTimestamp64Nano(ts) AS start_ns, toString(duration_ns) AS duration,
  lower(hex(span_id)) AS span, lower(hex(parent_span_id)) AS parent,
  name, kind, service, status, status_message, trace_state,
  toString(resource_id) AS resource_id, toString(scope_id) AS scope_id,
  ${attributeColumns},
  arrayMap(t -> toUnixTimestamp64Nano(t), \`events.ts\`) AS event_ns,
  \`events.name\` AS event_names,
  arrayMap(a -> mapKeys(a), \`events.attrs\`) AS event_keys,
  arrayMap(a -> mapValues(a), \`events.attrs\`) AS event_vals,
  \`events.attr_types\` AS event_types,
  arrayMap(id -> lower(hex(id)), \`links.trace_id\`) AS link_traces,
  arrayMap(id -> lower(hex(id)), \`links.span_id\`) AS link_spans,
  \`links.trace_state\` AS link_states,
  arrayMap(a -> mapKeys(a), \`links.attrs\`) AS link_keys,
  arrayMap(a -> mapValues(a), \`links.attrs\`) AS link_vals,
  \`links.attr_types\` AS link_types,
  dropped_attrs, dropped_events, dropped_links
${new Scoped(org).from("spans", [ofTrace, withinTime(range)])}
ORDER BY ts, parent_span_id != toFixedString('', 8), span_id
LIMIT ${literal.uint(QUERY_LIMITS.spansPerTraceMax + 1)}`;
}

const texts = z.array(z.string());
const spanRow = attributeRow.extend({
  start_ns: bigintText,
  duration: bigintText,
  span: z.string(),
  parent: z.string(),
  name: z.string(),
  kind: z.enum(SPAN_KINDS),
  service: z.string(),
  status: z.enum(SPAN_STATUSES),
  status_message: z.string(),
  trace_state: z.string(),
  resource_id: z.string(),
  scope_id: z.string(),
  event_ns: z.array(bigintText),
  event_names: texts,
  event_keys: z.array(texts),
  event_vals: z.array(texts),
  event_types: texts,
  link_traces: texts,
  link_spans: texts,
  link_states: texts,
  link_keys: z.array(texts),
  link_vals: z.array(texts),
  link_types: texts,
  dropped_attrs: z.number(),
  dropped_events: z.number(),
  dropped_links: z.number(),
});
type SpanRow = z.infer<typeof spanRow>;

/** All spans of a trace, by start time. Throws `not_found` for a trace that is not there. */
export async function readTrace(context: QueryContext, traceId: string): Promise<Trace> {
  const [times] = await traceTimes(context, [traceId]);
  if (times === undefined) throw new SightglassError("not_found", `there is no trace ${traceId}`);
  const range = { fromNs: times.startNs, toNs: times.lastStartNs };
  const rows = await read(context, traceStatement(context.org, traceId, range), spanRow, FEW_ROWS);
  const truncated = rows.length > QUERY_LIMITS.spansPerTraceMax;
  if (truncated) rows.pop();
  const holders = await readHolders(context, range, rows);
  return { traceId, spans: rows.map((row) => spanOf(row, holders)), truncated };
}

const NO_PARENT = "0".repeat(16);

function spanOf(row: SpanRow, holders: Holders): Span {
  return {
    spanId: row.span,
    parentSpanId: row.parent === NO_PARENT ? null : row.parent,
    name: row.name,
    kind: row.kind,
    service: row.service,
    startTime: formatTime(row.start_ns),
    endTime: formatTime(row.start_ns + row.duration),
    durationMs: millisecondsOf(row.duration),
    status: { code: row.status, message: row.status_message },
    traceState: row.trace_state,
    attributes: attributesOf(row),
    resource: holders.resource(row.resource_id),
    scope: holders.scope(row.scope_id),
    events: row.event_ns.map((ns, i) => ({
      time: formatTime(ns),
      name: row.event_names[i]!,
      attributes: attributesOf({
        keys: row.event_keys[i]!,
        vals: row.event_vals[i]!,
        types: row.event_types[i]!,
      }),
    })),
    links: row.link_traces.map((linked, i) => ({
      traceId: linked,
      spanId: row.link_spans[i]!,
      traceState: row.link_states[i]!,
      attributes: attributesOf({
        keys: row.link_keys[i]!,
        vals: row.link_vals[i]!,
        types: row.link_types[i]!,
      }),
    })),
    droppedAttributes: row.dropped_attrs,
    droppedEvents: row.dropped_events,
    droppedLinks: row.dropped_links,
  };
}
