import { SightglassError } from "#core/errors.ts";
import { QUERY_LIMITS } from "#core/limits.ts";
import { formatTime, millisecondsOf } from "#core/time.ts";
import { SPAN_KINDS, SPAN_STATUSES, type SpanKind, type SpanStatus } from "#core/vocabulary.ts";
import { type Fragment, literal, sql } from "#store/sql.ts";
import { z } from "zod";
import { bigintText } from "./cursor.ts";
import { FEW_ROWS, type QueryContext, read } from "./query-context.ts";
import {
  attributeColumns,
  attributeRow,
  type Attributes,
  attributesOf,
  type Holders,
  readHolders,
  type ScopeView,
} from "./stored-attributes.ts";
import type { TimeRange } from "./time-range.ts";
import { rangeOfTrace, spansOfTrace } from "./trace-times.ts";

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

/**
 * The statements of one trace within the time that its index entry gives. A granule is read whole for
 * one span of it, so each column costs: attributes are read beside the rest, on another core, and
 * events and links only where there are any, which is rare.
 */
export function traceStatements(org: string, traceId: string, range: TimeRange, spanId?: string) {
  const ofSpan = spanId === undefined ? [] : [sql`span_id = ${literal.fixedHex(spanId, 8)}`];
  const spans = (...conditions: Fragment[]) =>
    spansOfTrace(org, { traceId, range }, [...ofSpan, ...conditions]);
  return {
    /** One more than the bound. */
    spans: sql`SELECT ${SPAN_KEY}, toString(duration_ns) AS duration,
  lower(hex(parent_span_id)) AS parent,
  service, status, status_message, trace_state,
  toString(resource_id) AS resource_id, toString(scope_id) AS scope_id,
  length(\`events.ts\`) AS events, length(\`links.trace_id\`) AS links,
  dropped_attrs, dropped_events, dropped_links
${spans()}`,
    attributes: sql`SELECT ${SPAN_KEY}, ${attributeColumns}
${spans()}`,
    details: sql`SELECT ${SPAN_KEY},
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
  \`links.attr_types\` AS link_types
${spans(sql`(notEmpty(\`events.ts\`) OR notEmpty(\`links.trace_id\`))`)}`,
  };
}

const SPAN_KEY = sql`toUnixTimestamp64Nano(ts) AS start_ns, lower(hex(span_id)) AS span, kind, name`;

/** What tells the rows of one trace apart: some systems give a call's two sides one span id. */
const spanKey = z.object({
  start_ns: bigintText,
  span: z.string(),
  kind: z.enum(SPAN_KINDS),
  name: z.string(),
});

const texts = z.array(z.string());
const spanRow = spanKey.extend({
  duration: bigintText,
  parent: z.string(),
  service: z.string(),
  status: z.enum(SPAN_STATUSES),
  status_message: z.string(),
  trace_state: z.string(),
  resource_id: z.string(),
  scope_id: z.string(),
  events: z.coerce.number(),
  links: z.coerce.number(),
  dropped_attrs: z.number(),
  dropped_events: z.number(),
  dropped_links: z.number(),
});
type SpanRow = z.infer<typeof spanRow>;

const attributesRow = spanKey.extend(attributeRow.shape);
const detailsRow = spanKey.extend({
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
});
type AttributesRow = z.infer<typeof attributesRow>;
type DetailsRow = z.infer<typeof detailsRow>;
type Details = Omit<DetailsRow, keyof z.infer<typeof spanKey>>;

/** Rows of the same spans from another statement, in the same order. */
class Beside<Row extends z.infer<typeof spanKey>> {
  private readonly rows = new Map<string, Row[]>();

  constructor(rows: readonly Row[]) {
    for (const row of rows) {
      const key = keyOf(row);
      const same = this.rows.get(key);
      if (same === undefined) this.rows.set(key, [row]);
      else same.push(row);
    }
  }

  /** The row of this span; of spans that are alike in all, each its own. */
  take(span: z.infer<typeof spanKey>): Row | undefined {
    return this.rows.get(keyOf(span))?.shift();
  }
}

function keyOf({ span, start_ns, kind, name }: z.infer<typeof spanKey>): string {
  return `${span} ${start_ns} ${kind} ${name}`;
}

/** All spans of a trace, by start time. Throws `not_found` for a trace that is not there. */
export async function readTrace(context: QueryContext, traceId: string): Promise<Trace> {
  return readSpans(context, traceId);
}

/**
 * The spans of a trace that have an id: more than one where a sender gave it to both sides of a call.
 * Throws `not_found` where there is none.
 */
export async function readSpan(
  context: QueryContext,
  traceId: string,
  spanId: string,
): Promise<Trace> {
  const trace = await readSpans(context, traceId, spanId);
  if (trace.spans.length > 0) return trace;
  throw new SightglassError("not_found", `there is no span ${spanId} in trace ${traceId}`);
}

async function readSpans(context: QueryContext, traceId: string, spanId?: string): Promise<Trace> {
  const range = await rangeOfTrace(context, traceId);
  const statements = traceStatements(context.org, traceId, range, spanId);
  const [rows, attributes] = await Promise.all([
    read(context, statements.spans, spanRow, FEW_ROWS),
    read(context, statements.attributes, attributesRow, FEW_ROWS),
  ]);
  const truncated = rows.length > QUERY_LIMITS.spansPerTraceMax;
  if (truncated) rows.pop();
  const [holders, details] = await Promise.all([
    readHolders(context, range, rows),
    rows.some(hasDetails) ? read(context, statements.details, detailsRow, FEW_ROWS) : [],
  ]);
  return { traceId, spans: spansOf(rows, holders, attributes, details), truncated };
}

/** A span that came between the statements is not in all of them yet: it is left for the next time. */
function spansOf(
  rows: readonly SpanRow[],
  holders: Holders,
  attributes: readonly AttributesRow[],
  details: readonly DetailsRow[],
): Span[] {
  const attributesBeside = new Beside(attributes);
  const detailsBeside = new Beside(details);
  return rows.flatMap((row) => {
    const own = attributesBeside.take(row);
    const more = hasDetails(row) ? detailsBeside.take(row) : NO_DETAILS;
    return own === undefined || more === undefined ? [] : [spanOf(row, holders, own, more)];
  });
}

function hasDetails({ events, links }: SpanRow): boolean {
  return events > 0 || links > 0;
}

const NO_DETAILS: Details = {
  event_ns: [],
  event_names: [],
  event_keys: [],
  event_vals: [],
  event_types: [],
  link_traces: [],
  link_spans: [],
  link_states: [],
  link_keys: [],
  link_vals: [],
  link_types: [],
};
const NO_PARENT = "0".repeat(16);

function spanOf(row: SpanRow, holders: Holders, attributes: AttributesRow, details: Details): Span {
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
    attributes: attributesOf(attributes),
    resource: holders.resource(row.resource_id),
    scope: holders.scope(row.scope_id),
    events: details.event_ns.map((ns, i) => ({
      time: formatTime(ns),
      name: details.event_names[i]!,
      attributes: attributesOf({
        keys: details.event_keys[i]!,
        vals: details.event_vals[i]!,
        types: details.event_types[i]!,
      }),
    })),
    links: details.link_traces.map((linked, i) => ({
      traceId: linked,
      spanId: details.link_spans[i]!,
      traceState: details.link_states[i]!,
      attributes: attributesOf({
        keys: details.link_keys[i]!,
        vals: details.link_vals[i]!,
        types: details.link_types[i]!,
      }),
    })),
    droppedAttributes: row.dropped_attrs,
    droppedEvents: row.dropped_events,
    droppedLinks: row.dropped_links,
  };
}
