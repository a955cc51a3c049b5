import { QUERY_LIMITS } from "#core/limits.ts";
import { formatTime, millisecondsOf } from "#core/time.ts";
import { SPAN_STATUSES, type SpanStatus } from "#core/vocabulary.ts";
import { type Fragment, join, literal, sql } from "#store/sql.ts";
import { z } from "zod";
import { bigintText } from "./cursor.ts";
import { FEW_ROWS, type QueryContext, read } from "./query-context.ts";
import { Scoped } from "./scoped.ts";
import { type TimeRange, withinTime } from "./time-range.ts";
import { ofTraces } from "./trace-search-statements.ts";
import { rangeOfTrace, type TraceTimes, traceTimes } from "./trace-times.ts";

/** A link between a span of the trace that is asked about and one of another trace. */
export interface LinkedSpan {
  readonly ofSpanId: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Null when that span is not stored. */
  readonly span: {
    readonly service: string;
    readonly name: string;
    readonly startTime: string;
    readonly durationMs: number;
    readonly status: SpanStatus;
  } | null;
}

export interface LinkedSpans {
  readonly incoming: LinkedSpan[];
  readonly outgoing: LinkedSpan[];
  readonly searchedTo: string;
  readonly truncated: boolean;
}

const LIMIT = QUERY_LIMITS.linkedSpansMax;
const WITHIN_NS = BigInt(QUERY_LIMITS.linkedWithinMs) * 1_000_000n;

const described = sql`lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS span,
  service, name, status, toUnixTimestamp64Nano(ts) AS start_ns, toString(duration_ns) AS duration`;

/** Spans of other traces that link to this one, the first by time. */
export function incomingStatement(org: string, traceId: string, range: TimeRange): Fragment {
  const id = literal.fixedHex(traceId, 16);
  const conditions = [
    withinTime(range),
    sql`has(\`links.trace_id\`, ${id})`,
    sql`trace_id != ${id}`,
  ];
  return sql`SELECT ${described},
  arrayMap(place -> lower(hex(\`links.span_id\`[place])), arrayFilter(place -> \`links.trace_id\`[place] = ${id}, arrayEnumerate(\`links.trace_id\`))) AS linked
${new Scoped(org).from("spans", conditions)}
ORDER BY ts
LIMIT ${literal.uint(LIMIT + 1)}`;
}

/** The links of the trace's own spans that have one to another trace. */
export function outgoingStatement(org: string, traceId: string, range: TimeRange): Fragment {
  const id = literal.fixedHex(traceId, 16);
  const conditions = [
    sql`trace_id = ${id}`,
    withinTime(range),
    sql`arrayExists(linked -> linked != ${id}, \`links.trace_id\`)`,
  ];
  return sql`SELECT lower(hex(span_id)) AS span,
  arrayMap(id -> lower(hex(id)), \`links.trace_id\`) AS link_traces,
  arrayMap(id -> lower(hex(id)), \`links.span_id\`) AS link_spans
${new Scoped(org).from("spans", conditions)}
ORDER BY ts
LIMIT ${literal.uint(LIMIT + 1)}`;
}

/** The spans of those ids in traces whose times are known. */
export function spansByIdStatement(
  org: string,
  traces: readonly TraceTimes[],
  spanIds: readonly string[],
): Fragment {
  const ids = spanIds.map((id) => literal.fixedHex(id, 8));
  return sql`SELECT ${described}
${new Scoped(org).from("spans", [...ofTraces(traces), sql`span_id IN (${join(ids, ", ")})`])}
ORDER BY ts
LIMIT ${literal.uint(2 * LIMIT)}`;
}

const describedRow = z.object({
  trace: z.string(),
  span: z.string(),
  service: z.string(),
  name: z.string(),
  status: z.enum(SPAN_STATUSES),
  start_ns: bigintText,
  duration: bigintText,
});
const incomingRow = describedRow.extend({ linked: z.array(z.string()) });
const outgoingRow = z.object({
  span: z.string(),
  link_traces: z.array(z.string()),
  link_spans: z.array(z.string()),
});

/**
 * What links a trace to others, in both directions. Who links to it is not known to it: those are looked
 * for among the spans of a day from its start, as a message is processed after it was sent. Throws
 * `not_found` for a trace that is not there.
 */
export async function readLinkedSpans(
  context: QueryContext,
  traceId: string,
): Promise<LinkedSpans> {
  const range = await rangeOfTrace(context, traceId);
  const within = { fromNs: range.fromNs, toNs: range.toNs + WITHIN_NS };
  const [incoming, outgoing] = await Promise.all([
    read(context, incomingStatement(context.org, traceId, within), incomingRow),
    readOutgoing(context, traceId, range),
  ]);
  const into = incoming.flatMap((row) =>
    row.linked.map((ofSpanId): LinkedSpan => ({
      ofSpanId,
      traceId: row.trace,
      spanId: row.span,
      span: descriptionOf(row),
    })),
  );
  return {
    incoming: into.slice(0, LIMIT),
    outgoing: outgoing.slice(0, LIMIT),
    searchedTo: formatTime(within.toNs),
    truncated: into.length > LIMIT || outgoing.length > LIMIT,
  };
}

async function readOutgoing(
  context: QueryContext,
  traceId: string,
  range: TimeRange,
): Promise<LinkedSpan[]> {
  const rows = await read(
    context,
    outgoingStatement(context.org, traceId, range),
    outgoingRow,
    FEW_ROWS,
  );
  const links = rows
    .flatMap(({ span, link_traces: traces, link_spans: spans }) =>
      traces.map((trace, place) => ({ ofSpanId: span, trace, span: spans[place] ?? "" })),
    )
    .filter(({ trace }) => trace !== traceId)
    .slice(0, LIMIT + 1);
  if (links.length === 0) return [];
  const times = await traceTimes(context, [...new Set(links.map(({ trace }) => trace))]);
  const spanIds = [...new Set(links.map(({ span }) => span))];
  const found =
    times.length === 0
      ? []
      : await read(context, spansByIdStatement(context.org, times, spanIds), describedRow);
  const byId = new Map(found.map((row) => [`${row.trace} ${row.span}`, row]));
  return links.map(({ ofSpanId, trace, span }) => {
    const row = byId.get(`${trace} ${span}`);
    return {
      ofSpanId,
      traceId: trace,
      spanId: span,
      span: row === undefined ? null : descriptionOf(row),
    };
  });
}

function descriptionOf(row: z.infer<typeof describedRow>): LinkedSpan["span"] {
  const { service, name, status } = row;
  return {
    service,
    name,
    startTime: formatTime(row.start_ns),
    durationMs: millisecondsOf(row.duration),
    status,
  };
}
