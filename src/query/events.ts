import { ATTRIBUTE_TYPES } from "#core/attributes.ts";
import { eventOfLogRow } from "#core/event-record.ts";
import type { EventInterval } from "#core/vocabulary.ts";
import { z } from "zod";
import { bigintText } from "./cursor.ts";
import {
  eventAtStatement,
  eventCountStatement,
  type EventFilter,
  type EventGrouping,
  eventGroupsStatement,
  eventOfIdStatement,
  type EventPage,
  eventsStatement,
  eventTimelineStatement,
  eventTotalsStatement,
} from "./event-statements.ts";
import { placeOfRecord, recordId } from "./log-records.ts";
import { FEW_ROWS, type QueryContext, read } from "./query-context.ts";
import { attributeRow } from "./stored-attributes.ts";
import type { TimeRange } from "./time-range.ts";

/** An event as a row of seed 003's table; `data` is the event as it was sent. */
export interface EventView {
  /** Of the stored record, as lists of log records give it. */
  readonly id: string;
  /** The event's own. */
  readonly event_id: string | null;
  readonly event_type: string;
  readonly event_level: string;
  /** RFC 3339. */
  readonly timestamp: string;
  readonly source_name: string | null;
  readonly master_type: string | null;
  readonly worker_type: string | null;
  readonly error: string | null;
  readonly duration_ms: number | null;
  readonly cost_usd: number | null;
  readonly data: Readonly<Record<string, unknown>>;
}

const eventRow = attributeRow.extend({
  time_ns: bigintText,
  tie: bigintText,
  service: z.string(),
  body: z.string(),
  body_type: z.number(),
  event_type: z.string(),
  event_level: z.string(),
  master_type: z.string(),
  worker_type: z.string(),
  error: z.string(),
  duration_ms: z.number().nullable(),
  cost_usd: z.number().nullable(),
});
type EventRow = z.infer<typeof eventRow>;

/** A page of events, and how many there are on all pages. */
export async function listEvents(
  context: QueryContext,
  range: TimeRange,
  filter: EventFilter,
  page: EventPage,
): Promise<{ events: EventView[]; total: number }> {
  const { org } = context;
  const [rows, [counted]] = await Promise.all([
    read(context, eventsStatement(org, range, filter, page), eventRow),
    read(context, eventCountStatement(org, range, filter), z.object({ events: z.coerce.number() })),
  ]);
  return { events: rows.map(viewOf), total: counted?.events ?? 0 };
}

/** By the id of its record, or the newest in the range that has the id itself; undefined when there is none. */
export async function findEvent(
  context: QueryContext,
  range: TimeRange,
  id: string,
): Promise<EventView | undefined> {
  const { org } = context;
  const place = placeOfRecord(id);
  const ofRecord =
    place === undefined
      ? []
      : await read(context, eventAtStatement(org, place), eventRow, FEW_ROWS);
  const found =
    ofRecord.length > 0
      ? ofRecord
      : await read(context, eventOfIdStatement(org, range, id), eventRow);
  const [row] = found;
  return row === undefined ? undefined : viewOf(row);
}

/** Figures of some events. */
export interface EventFigures {
  readonly count: number;
  readonly errors: number;
  readonly avgDurationMs: number;
  readonly costUsd: number;
  /** Unix nanoseconds of the newest. */
  readonly lastNs: bigint;
}

const figuresRow = z.object({
  events: z.coerce.number(),
  errors: z.coerce.number(),
  /** Null without any, and where the sum is beyond what a number holds. */
  duration: z.number().nullable(),
  cost: z.number().nullable(),
  last_ns: bigintText,
});
const groupRow = figuresRow.extend({ name: z.string() });
const totalsRow = figuresRow.extend({ masters: z.coerce.number() });

/** Figures by name, the most frequent first. */
export async function eventGroups(
  context: QueryContext,
  range: TimeRange,
  grouping: EventGrouping,
): Promise<(EventFigures & { readonly name: string })[]> {
  const statement = eventGroupsStatement(context.org, range, grouping);
  const rows = await read(context, statement, groupRow);
  return rows.map((row) => ({ name: row.name, ...figuresOf(row) }));
}

/** Figures by the beginning of each step in Unix seconds, in order. Steps without events are left out. */
export async function eventTimeline(
  context: QueryContext,
  range: TimeRange,
  interval: EventInterval,
): Promise<(EventFigures & { readonly second: number })[]> {
  const statement = eventTimelineStatement(context.org, range, interval);
  const rows = await read(context, statement, groupRow);
  return rows.map((row) => ({ second: Number(row.name), ...figuresOf(row) }));
}

/** Figures of all events, and how many masters they name. */
export async function eventTotals(
  context: QueryContext,
  range: TimeRange,
): Promise<EventFigures & { readonly masters: number }> {
  const [row] = await read(context, eventTotalsStatement(context.org, range), totalsRow);
  if (row === undefined) return { ...NO_FIGURES, masters: 0 };
  return { ...figuresOf(row), masters: row.masters };
}

const NO_FIGURES: EventFigures = { count: 0, errors: 0, avgDurationMs: 0, costUsd: 0, lastNs: 0n };

function figuresOf(row: z.infer<typeof figuresRow>): EventFigures {
  const { events, errors, duration, cost, last_ns: lastNs } = row;
  return { count: events, errors, avgDurationMs: duration ?? 0, costUsd: cost ?? 0, lastNs };
}

function viewOf(row: EventRow): EventView {
  const attributes = row.keys.map((key, at) => ({
    key,
    value: row.vals[at] ?? "",
    type: row.types.charCodeAt(at),
  }));
  const bodyType = row.body_type === 0 ? ATTRIBUTE_TYPES.empty : row.body_type;
  const data = eventOfLogRow({ attributes, body: row.body, bodyType });
  const own = [data["id"], data["event_id"], data["_id"]].find(isPlain);
  return {
    id: recordId(row.time_ns, row.tie),
    event_id: own === undefined ? null : String(own),
    event_type: row.event_type,
    event_level: row.event_level,
    timestamp: new Date(Number(row.time_ns / 1_000_000n)).toISOString(),
    source_name: sourceOf(data) ?? (row.service === "" ? null : row.service),
    master_type: row.master_type === "" ? null : row.master_type,
    worker_type: row.worker_type === "" ? null : row.worker_type,
    error: row.error === "" ? null : row.error,
    duration_ms: row.duration_ms,
    cost_usd: row.cost_usd,
    data,
  };
}

function isPlain(value: unknown): value is string | number {
  return typeof value === "string" || typeof value === "number";
}

/** The name of `_source`, else `source`. */
function sourceOf({ _source, source }: Readonly<Record<string, unknown>>): string | undefined {
  const named = z.object({ name: z.string() }).safeParse(_source);
  if (named.success) return named.data.name;
  return typeof source === "string" && source !== "" ? source : undefined;
}
