import { QUERY_LIMITS } from "#core/limits.ts";
import type { EventInterval, EventSort } from "#core/vocabulary.ts";
import { type Fragment, join, literal, sql } from "#store/sql.ts";
import { recordHas } from "./attribute-filter.ts";
import { type LogPlace, tie as rowTie } from "./log-statements.ts";
import { anyOf, Scoped } from "./scoped.ts";
import { attributeColumns } from "./stored-attributes.ts";
import { type TimeRange, withinTime } from "./time-range.ts";

// Events as seed 003 has them: log records with an event name, whose fields are their attributes.

/** What an event must be to be found; its fields are compared as they are written. */
export interface EventFilter {
  readonly type?: string | undefined;
  readonly level?: string | undefined;
  readonly master?: string | undefined;
  readonly worker?: string | undefined;
  readonly hasError?: boolean | undefined;
  /** A piece of text, anywhere in its message or fields, whatever its case. */
  readonly text?: string | undefined;
}

/** The first of an event's fields that says something, or a text in their place. */
function firstOf(fields: readonly string[], otherwise: Fragment): Fragment {
  const values = fields.flatMap((field) => {
    const value = sql`attrs[${literal.string(field)}]`;
    return [sql`${value} != ''`, value];
  });
  return sql`multiIf(${join([...values, otherwise], ", ")})`;
}

/** Texts such as "nan" and "inf" are numbers to the engine, but none that anything can be summed up with. */
function finite(number: Fragment): Fragment {
  return sql`if(isFinite(${number}), ${number}, NULL)`;
}

const NOTHING = sql`''`;

/** The columns of seed 003's table of events, by the rules of its destination. */
const COLUMNS = {
  event_type: firstOf(["type"], sql`toString(event_name)`),
  event_level: firstOf(["level", "severity"], sql`'info'`),
  master_type: firstOf(["master_type", "master"], NOTHING),
  worker_type: firstOf(["worker_type", "worker"], NOTHING),
  error: sql`if(attrs['error'] IN ('', 'false', 'null'), attrs['error_message'], attrs['error'])`,
  duration_ms: finite(sql`toFloat64OrNull(${firstOf(["duration_ms", "duration"], NOTHING)})`),
  cost_usd: finite(
    sql`if(JSONHas(attrs['cost_estimate'], 'total_cost_usd'), JSONExtract(attrs['cost_estimate'], 'total_cost_usd', 'Nullable(Float64)'), toFloat64OrNull(attrs['cost']))`,
  ),
} as const;

const HAS_ERROR = sql`${COLUMNS.error} != ''`;

/** Where an event has an id of its own. */
const ID_FIELDS = ["id", "event_id", "_id"] as const;

const SORT_COLUMNS: Readonly<Record<EventSort, Fragment>> = {
  timestamp: sql`ts`,
  event_type: COLUMNS.event_type,
  event_level: COLUMNS.event_level,
  duration_ms: COLUMNS.duration_ms,
  cost_usd: COLUMNS.cost_usd,
};

export interface EventPage {
  readonly sortBy: EventSort;
  readonly isDescending: boolean;
  readonly limit: number;
  readonly offset: number;
}

function conditionsOf(range: TimeRange, filter: EventFilter): Fragment[] {
  const { type, level, master, worker, hasError, text } = filter;
  const conditions = [withinTime(range), sql`event_name != ''`];
  const is = (column: Fragment, value: string | undefined): void => {
    if (value !== undefined) conditions.push(sql`${column} = ${literal.string(value)}`);
  };
  is(COLUMNS.event_type, type);
  is(COLUMNS.event_level, level);
  is(COLUMNS.master_type, master);
  if (worker !== undefined) {
    const name = literal.string(worker);
    conditions.push(sql`(attrs['worker_id'] = ${name} OR ${COLUMNS.worker_type} = ${name})`);
  }
  if (hasError !== undefined) conditions.push(hasError ? HAS_ERROR : sql`NOT (${HAS_ERROR})`);
  if (text !== undefined) {
    const piece = literal.string(text);
    conditions.push(
      sql`(positionCaseInsensitiveUTF8(body, ${piece}) > 0 OR arrayExists(value -> positionCaseInsensitiveUTF8(value, ${piece}) > 0, mapValues(attrs)))`,
    );
  }
  return conditions;
}

const EVENT_COLUMNS = sql`toUnixTimestamp64Nano(ts) AS time_ns, ${rowTie} AS tie, service, body, body_type,
  ${COLUMNS.event_type} AS event_type, ${COLUMNS.event_level} AS event_level,
  ${COLUMNS.master_type} AS master_type, ${COLUMNS.worker_type} AS worker_type,
  ${COLUMNS.error} AS error, ${COLUMNS.duration_ms} AS duration_ms, ${COLUMNS.cost_usd} AS cost_usd,
  ${attributeColumns}`;

/** A page of events. */
export function eventsStatement(
  org: string,
  range: TimeRange,
  filter: EventFilter,
  { sortBy, isDescending, limit, offset }: EventPage,
): Fragment {
  const direction = isDescending ? sql`DESC` : sql`ASC`;
  return sql`SELECT ${EVENT_COLUMNS}
${new Scoped(org).from("logs", conditionsOf(range, filter))}
ORDER BY ${SORT_COLUMNS[sortBy]} ${direction}, ts ${direction}, tie ${direction}
LIMIT ${literal.uint(limit)} OFFSET ${literal.uint(offset)}`;
}

export function eventCountStatement(org: string, range: TimeRange, filter: EventFilter): Fragment {
  return sql`SELECT count() AS events
${new Scoped(org).from("logs", conditionsOf(range, filter))}`;
}

/** The event whose record has this place. */
export function eventAtStatement(org: string, { time, tie }: LogPlace): Fragment {
  const at = withinTime({ fromNs: time, toNs: time });
  return sql`SELECT ${EVENT_COLUMNS}
${new Scoped(org).from("logs", [at, sql`event_name != ''`, sql`${rowTie} = ${literal.uint(tie)}`])}
LIMIT 1`;
}

/** The newest event that has this id itself. */
export function eventOfIdStatement(org: string, range: TimeRange, id: string): Fragment {
  const has = ID_FIELDS.map((key) => recordHas({ key, value: id }));
  return sql`SELECT ${EVENT_COLUMNS}
${new Scoped(org).from("logs", [withinTime(range), sql`event_name != ''`, anyOf(has)])}
ORDER BY ts DESC
LIMIT 1`;
}

const FIGURES = sql`count() AS events, countIf(${HAS_ERROR}) AS errors,
  avg(${COLUMNS.duration_ms}) AS duration, sum(${COLUMNS.cost_usd}) AS cost,
  toUnixTimestamp64Nano(max(ts)) AS last_ns`;

/** What events are counted by. */
export type EventGrouping = "event_type" | "event_level" | "master_type";

/** Figures of events by what they have in a column, the most frequent first; those without it are left out. */
export function eventGroupsStatement(
  org: string,
  range: TimeRange,
  grouping: EventGrouping,
): Fragment {
  return sql`SELECT ${COLUMNS[grouping]} AS name, ${FIGURES}
${new Scoped(org).from("logs", [...conditionsOf(range, {}), sql`${COLUMNS[grouping]} != ''`])}
GROUP BY name
ORDER BY events DESC, name
LIMIT ${literal.uint(QUERY_LIMITS.namesMax)}`;
}

/** Figures of all events of a range. */
export function eventTotalsStatement(org: string, range: TimeRange): Fragment {
  return sql`SELECT ${FIGURES}, uniqExactIf(${COLUMNS.master_type}, ${COLUMNS.master_type} != '') AS masters
${new Scoped(org).from("logs", conditionsOf(range, {}))}`;
}

const INTERVAL_SECONDS: Readonly<Record<EventInterval, number>> = {
  minute: 60,
  hour: 3_600,
  day: 86_400,
};

const STEPS_MAX = literal.uint(QUERY_LIMITS.pointsPerSeriesMax);

/** Figures of events by the time that they lie in, in order; of the newest steps. */
export function eventTimelineStatement(
  org: string,
  range: TimeRange,
  interval: EventInterval,
): Fragment {
  const seconds = literal.uint(INTERVAL_SECONDS[interval]);
  return sql`SELECT * FROM (
SELECT toString(intDiv(toUnixTimestamp(ts), ${seconds}) * ${seconds}) AS name, ${FIGURES}
${new Scoped(org).from("logs", conditionsOf(range, {}))}
GROUP BY name
ORDER BY toUInt64(name) DESC
LIMIT ${STEPS_MAX}
)
ORDER BY toUInt64(name)
LIMIT ${STEPS_MAX}`;
}
