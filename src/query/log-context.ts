import { SightglassError } from "#core/errors.ts";
import { LOG_LIMITS } from "#core/limits.ts";
import { TIME_NS_MAX } from "#core/time.ts";
import { type Fragment, literal, sql } from "#store/sql.ts";
import { type LogRecord, logRow, type LogRow, placeOfRecord, recordOf } from "./log-records.ts";
import { type LogFilter, type LogPlace, logsStatement } from "./log-statements.ts";
import { isAt, readLogRows } from "./logs.ts";
import { type QueryContext, read } from "./query-context.ts";
import { readHolders } from "./stored-attributes.ts";
import type { TimeRange } from "./time-range.ts";

/** Whose records stand around one: those of its resource (one instance of a service), its service, or all. */
export const CONTEXTS = ["resource", "service", "all"] as const;
export type LogContextOf = (typeof CONTEXTS)[number];

/** A record amid those before and after it, all in order of time, the oldest first. */
export interface LogContext {
  readonly before: readonly LogRecord[];
  readonly record: LogRecord;
  readonly after: readonly LogRecord[];
}

const EVERY_RECORD: LogFilter = { text: { words: [], phrases: [] }, matches: [] };
const REACH_NS = BigInt(LOG_LIMITS.contextMsMax) * 1_000_000n;

/**
 * The record with this id and up to `rows` on each side of it, some hours away at most.
 *
 * @throws SightglassError `not_found` for an id of no record that is kept.
 */
export async function logContext(
  context: QueryContext,
  id: string,
  { of, rows }: { of: LogContextOf; rows: number },
): Promise<LogContext> {
  const place = placeOfRecord(id);
  const row = place === undefined ? undefined : await rowAt(context, place);
  if (place === undefined || row === undefined)
    throw new SightglassError(
      "not_found",
      "id: found no record of this id, allowed is the id of a record that is still kept",
    );
  const beside = besideConditions(of, row);
  const filter: LogFilter = {
    ...EVERY_RECORD,
    search: { whole: beside, rest: beside, branches: [], isIndexed: true },
  };
  const after = { ...place, skip: 1 };
  const [past, future] = [rangeBefore(place.time), rangeAfter(place.time)];
  const [before, later] = await Promise.all([
    readLogRows(context, past, filter, { order: "desc", limit: rows, after }),
    readLogRows(context, future, filter, { order: "asc", limit: rows, after }),
  ]);
  const range = { fromNs: past.fromNs, toNs: future.toNs };
  // Records that are equal to it in everything come on both sides: they are shown before it.
  const others = later.rows.filter((one) => !isAt(one, place));
  const all = [...before.rows.toReversed(), row, ...others];
  const holders = await readHolders(context, range, all);
  const records = all.map((one) => recordOf(one, holders));
  const at = before.rows.length;
  return { before: records.slice(0, at), record: records[at]!, after: records.slice(at + 1) };
}

async function rowAt(context: QueryContext, place: LogPlace): Promise<LogRow | undefined> {
  const moment = { fromNs: place.time, toNs: place.time };
  const page = { order: "desc", limit: 1, from: place } as const;
  const statement = logsStatement(context.org, moment, EVERY_RECORD, page);
  const [row] = await read(context, statement, logRow);
  return row !== undefined && isAt(row, place) ? row : undefined;
}

function besideConditions(of: LogContextOf, row: LogRow): Fragment[] {
  const service = sql`service = ${literal.string(row.service)}`;
  if (of === "all") return [];
  if (of === "service") return [service];
  // By the table's name: a list gives ids as text under the same name.
  return [service, sql`logs.resource_id = ${literal.uint(BigInt(row.resource_id))}`];
}

function rangeBefore(time: bigint): TimeRange {
  return { fromNs: time > REACH_NS ? time - REACH_NS : 0n, toNs: time };
}

function rangeAfter(time: bigint): TimeRange {
  const toNs = time + REACH_NS;
  return { fromNs: time, toNs: toNs > TIME_NS_MAX ? TIME_NS_MAX : toNs };
}
