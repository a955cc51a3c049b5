import { QUERY_LIMITS } from "#core/limits.ts";
import { formatTime } from "#core/time.ts";
import { SPAN_KINDS, SPAN_STATUSES, type SpanKind, type SpanStatus } from "#core/vocabulary.ts";
import { literal, sql } from "#store/sql.ts";
import { z } from "zod";
import { FEW_ROWS, type QueryContext, read } from "./query-context.ts";
import type { TimeRange } from "./time-range.ts";
import { rangeOfTrace, spansOfTrace } from "./trace-times.ts";

/** One trace in columns: an array for each field of its spans, which point to names by their places. */
export interface TraceOutline {
  readonly traceId: string;
  readonly startTime: string;
  readonly truncated: boolean;
  readonly services: string[];
  readonly names: string[];
  readonly kinds: SpanKind[];
  readonly statuses: SpanStatus[];
  readonly spans: {
    readonly spanId: string[];
    readonly parent: number[];
    readonly service: number[];
    readonly name: number[];
    readonly kind: number[];
    readonly status: number[];
    readonly startMs: number[];
    readonly durationMs: number[];
  };
  readonly events: { readonly span: number[]; readonly name: number[]; readonly atMs: number[] };
  readonly links: { span: number; traceId: string; spanId: string }[];
}

const ID_DIGITS = 16;
const NO_PARENT = "0".repeat(ID_DIGITS);
/** Of `parent`: a root, and a span whose parent is named but is not there. */
const ROOT = -1;
const ORPHAN = -2;

/**
 * The statements of an outline. The spans come as one row of arrays: as a row each, a hundred thousand of
 * them take several times as long to read; so do their ids as a text each, which come one
 * after the other in one. Times are nanoseconds from the start of the range, as numbers, which are exact up to
 * a hundred days.
 */
export function outlineStatements(org: string, traceId: string, range: TimeRange) {
  const sinceStart = sql`toFloat64(toUnixTimestamp64Nano(ts) - ${literal.int(range.fromNs)})`;
  const trace = { traceId, range };
  return {
    outline: sql`SELECT groupArray(service) AS services, groupArray(name) AS names,
  arrayStringConcat(groupArray(span)) AS spans, arrayStringConcat(groupArray(parent)) AS parents,
  groupArray(kind) AS kinds, groupArray(status) AS statuses,
  groupArray(start) AS starts, groupArray(duration) AS durations
FROM (
SELECT lower(hex(span_id)) AS span, lower(hex(parent_span_id)) AS parent,
  service, name, toInt8(kind) AS kind, toInt8(status) AS status,
  ${sinceStart} AS start, toFloat64(duration_ns) AS duration
${spansOfTrace(org, trace)}
)`,
    moments: sql`SELECT lower(hex(span_id)) AS span, toInt8(kind) AS kind, ${sinceStart} AS start,
  arrayMap(t -> toFloat64(toUnixTimestamp64Nano(t) - ${literal.int(range.fromNs)}), \`events.ts\`) AS event_starts,
  \`events.name\` AS event_names,
  arrayMap(id -> lower(hex(id)), \`links.trace_id\`) AS link_traces,
  arrayMap(id -> lower(hex(id)), \`links.span_id\`) AS link_spans
${spansOfTrace(org, trace, [sql`(notEmpty(\`events.ts\`) OR notEmpty(\`links.trace_id\`))`])}`,
  };
}

// One loop over each, not a schema for each of a hundred thousand elements.
const texts = z.custom<string[]>((value) => isArrayOf(value, "string"), "expected texts");
const numbers = z.custom<number[]>((value) => isArrayOf(value, "number"), "expected numbers");

function isArrayOf(value: unknown, type: "string" | "number"): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === type);
}

const ids = z.string().transform((joined) => {
  const apart: string[] = [];
  for (let at = 0; at < joined.length; at += ID_DIGITS)
    apart.push(joined.slice(at, at + ID_DIGITS));
  return apart;
});

const outlineRow = z.object({
  spans: ids,
  parents: ids,
  services: texts,
  names: texts,
  kinds: numbers,
  statuses: numbers,
  starts: numbers,
  durations: numbers,
});
type OutlineRow = z.infer<typeof outlineRow>;

const momentsRow = z.object({
  span: z.string(),
  kind: z.number(),
  start: z.number(),
  event_starts: numbers,
  event_names: texts,
  link_traces: texts,
  link_spans: texts,
});
type MomentsRow = z.infer<typeof momentsRow>;

/** The outline of a trace. Throws `not_found` for a trace that is not there. */
export async function readOutline(context: QueryContext, traceId: string): Promise<TraceOutline> {
  const range = await rangeOfTrace(context, traceId);
  const statements = outlineStatements(context.org, traceId, range);
  const [[row], moments] = await Promise.all([
    read(context, statements.outline, outlineRow, FEW_ROWS),
    read(context, statements.moments, momentsRow, FEW_ROWS),
  ]);
  return outlineOf(traceId, range.fromNs, row ?? NO_SPANS, moments);
}

const NO_SPANS: OutlineRow = {
  spans: [],
  parents: [],
  services: [],
  names: [],
  kinds: [],
  statuses: [],
  starts: [],
  durations: [],
};

function outlineOf(
  traceId: string,
  fromNs: bigint,
  row: OutlineRow,
  moments: readonly MomentsRow[],
): TraceOutline {
  const truncated = row.spans.length > QUERY_LIMITS.spansPerTraceMax;
  if (truncated) for (const column of Object.values(row)) column.pop();
  // The index may still know of spans that are gone: the trace starts with the first that is there.
  const firstNs = row.starts[0] ?? 0;
  const milliseconds = (ns: number): number => (ns - firstNs) / 1e6;
  const services = new Places();
  const names = new Places();
  const outline: TraceOutline = {
    traceId,
    startTime: formatTime(fromNs + BigInt(firstNs)),
    truncated,
    services: services.texts,
    names: names.texts,
    kinds: [...SPAN_KINDS],
    statuses: [...SPAN_STATUSES],
    spans: {
      spanId: row.spans,
      parent: parentsOf(row),
      service: row.services.map((service) => services.of(service)),
      name: row.names.map((name) => names.of(name)),
      kind: row.kinds,
      status: row.statuses,
      startMs: row.starts.map(milliseconds),
      durationMs: row.durations.map((ns) => ns / 1e6),
    },
    events: { span: [], name: [], atMs: [] },
    links: [],
  };
  addMoments(outline, row, moments, { names, milliseconds });
  return outline;
}

/** Gives every text a place, and the same text the same. */
class Places {
  readonly texts: string[] = [];
  private readonly places = new Map<string, number>();

  of(text: string): number {
    const known = this.places.get(text);
    if (known !== undefined) return known;
    const place = this.texts.push(text) - 1;
    this.places.set(text, place);
    return place;
  }
}

/** The place of each span's parent; of spans that share an id, the first counts. */
function parentsOf({ spans, parents }: OutlineRow): number[] {
  const places = new Map<string, number>();
  for (const [place, span] of spans.entries()) if (!places.has(span)) places.set(span, place);
  return parents.map((parent, place) => {
    if (parent === NO_PARENT) return ROOT;
    const found = places.get(parent);
    return found === undefined || found === place ? ORPHAN : found;
  });
}

/** What tells spans of one id apart: a faulty sender may give all of a trace the same. */
function momentKey(span: string, start: number, kind: number): string {
  return `${span} ${start} ${kind}`;
}

/** Events and links, by the places of their spans. What came between the statements waits for the next time. */
function addMoments(
  { events, links }: TraceOutline,
  row: OutlineRow,
  moments: readonly MomentsRow[],
  { names, milliseconds }: { names: Places; milliseconds: (ns: number) => number },
): void {
  // From their end, so that the first of equal ones is the last of them here and is taken without moving others.
  const waiting = Map.groupBy(moments.toReversed(), ({ span, start, kind }) =>
    momentKey(span, start, kind),
  );
  for (const [place, span] of row.spans.entries()) {
    const moment = waiting.get(momentKey(span, row.starts[place]!, row.kinds[place]!))?.pop();
    if (moment === undefined) continue;
    for (const [index, startNs] of moment.event_starts.entries()) {
      if (events.span.length >= QUERY_LIMITS.outlineEventsMax) break;
      events.span.push(place);
      events.name.push(names.of(moment.event_names[index] ?? ""));
      events.atMs.push(milliseconds(startNs));
    }
    for (const [index, traceId] of moment.link_traces.entries()) {
      if (links.length >= QUERY_LIMITS.outlineLinksMax) break;
      links.push({ span: place, traceId, spanId: moment.link_spans[index] ?? "" });
    }
  }
}
