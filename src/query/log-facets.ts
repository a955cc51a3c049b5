import { LOG_LIMITS } from "#core/limits.ts";
import { type Fragment, literal, sql } from "#store/sql.ts";
import { z } from "zod";
import { BANDS, LEVEL_BAND, levelOfBand } from "./log-histogram.ts";
import { type LogFilter, wholeConditions } from "./log-statements.ts";
import { type LogConditions, logFilter } from "./logs.ts";
import { type QueryContext, read } from "./query-context.ts";
import { Scoped } from "./scoped.ts";
import { readHolders } from "./stored-attributes.ts";
import type { TimeRange } from "./time-range.ts";

/** A field with its most frequent values among the records that are asked for. */
export interface LogFacet {
  /** `severity`, `service`, or the key of an attribute. */
  readonly field: string;
  readonly isAttribute: boolean;
  /** Counted among some of the records only: the newest, or those of the resources that have the most. */
  readonly isSampled: boolean;
  readonly values: readonly { readonly value: string; readonly count: number }[];
}

export interface LogFacets {
  readonly total: number;
  /** How many of the newest records were looked at for the attributes of records themselves. */
  readonly sampledRows: number;
  readonly data: readonly LogFacet[];
}

const { facetResourcesMax, facetSampleRowsMax, facetKeysMax, facetValuesMax } = LOG_LIMITS;

/**
 * Records by level, and by service those that have the most: both are read quickly, so all are counted. They
 * are read once for both.
 */
export function serviceLevelsStatement(org: string, range: TimeRange, filter: LogFilter): Fragment {
  return sql`SELECT service, band, toUInt8(grouping(service)) AS is_level, sum(found) AS rows
FROM (
SELECT service, ${LEVEL_BAND} AS band, count() AS found
${new Scoped(org).from("logs", wholeConditions(range, filter))}
GROUP BY service, band
)
GROUP BY GROUPING SETS ((service), (band))
ORDER BY is_level DESC, rows DESC, service, band
LIMIT ${literal.uint(BANDS + facetValuesMax)}`;
}

/** Records by resource, those that have the most; one more than are looked at, where there are more. */
export function resourceCountsStatement(
  org: string,
  range: TimeRange,
  filter: LogFilter,
): Fragment {
  return sql`SELECT toString(resource_id) AS id, count() AS rows
${new Scoped(org).from("logs", wholeConditions(range, filter))}
GROUP BY resource_id
ORDER BY rows DESC, resource_id
LIMIT ${literal.uint(facetResourcesMax + 1)}`;
}

/** Values of attributes among the newest records, and in the first row, of no key, how many those are. */
export function attributeSampleStatement(
  org: string,
  range: TimeRange,
  filter: LogFilter,
): Fragment {
  return sql`SELECT item.1 AS key, item.2 AS value, count() AS rows
FROM (
SELECT arrayJoin(arrayPushBack(arrayFilter(pair -> length(pair.2) <= ${literal.uint(LOG_LIMITS.facetValueBytesMax)} AND pair.1 != '', arrayZip(mapKeys(attrs), mapValues(attrs))), ('', ''))) AS item
FROM (
SELECT attrs
${new Scoped(org).from("logs", wholeConditions(range, filter))}
ORDER BY toStartOfFiveMinutes(ts) DESC, ts DESC
LIMIT ${literal.uint(facetSampleRowsMax)}
)
)
GROUP BY key, value
ORDER BY key = '' DESC, rows DESC, key, value
LIMIT ${literal.uint(facetValuesMax)} BY key
LIMIT ${literal.uint(1 + facetKeysMax * facetValuesMax)}`;
}

const countRow = { rows: z.coerce.number() };
const levelRow = z.object({
  service: z.string(),
  band: z.coerce.number(),
  is_level: z.number(),
  ...countRow,
});
const resourceRow = z.object({ id: z.string(), ...countRow });
const sampleRow = z.object({ key: z.string(), value: z.string(), ...countRow });

/** The fields that the records asked for have, with their values and counts. */
export async function logFacets(
  context: QueryContext,
  range: TimeRange,
  asked: LogConditions,
): Promise<LogFacets> {
  const filter = await logFilter(context, range, asked);
  const { org } = context;
  const [levels, resources, sample] = await Promise.all([
    read(context, serviceLevelsStatement(org, range, filter), levelRow),
    read(context, resourceCountsStatement(org, range, filter), resourceRow),
    read(context, attributeSampleStatement(org, range, filter), sampleRow),
  ]);
  const sampledRows = sample.find(({ key }) => key === "")?.rows ?? 0;
  const severity = new Tally();
  const service = new Tally();
  for (const row of levels)
    if (row.is_level === 1) severity.add(levelOfBand(row.band), row.rows);
    else service.add(row.service, row.rows);
  // Each record has one level: those are all there are.
  const { total } = severity;
  const columns: LogFacet[] = [
    { field: "severity", isAttribute: false, isSampled: false, values: severity.top() },
    { field: "service", isAttribute: false, isSampled: false, values: service.top() },
  ];
  const ofRecords = sampledFacets(sample, sampledRows < total);
  const ofResources = await resourceFacets(context, range, resources);
  return {
    total,
    sampledRows,
    data: [...(total === 0 ? [] : columns), ...chosen(ofRecords, ofResources)],
  };
}

/**
 * As many as there is room for: resources, which say where records come from, have up to half of it, and what
 * records leave. A key that both have is that of resources.
 */
function chosen(ofRecords: readonly LogFacet[], ofResources: readonly LogFacet[]): LogFacet[] {
  const room = Math.max(facetKeysMax / 2, facetKeysMax - ofRecords.length);
  const held = ofResources.slice(0, room);
  const keys = new Set(held.map(({ field }) => field));
  const own = ofRecords.filter(({ field }) => !keys.has(field));
  return [...own.slice(0, facetKeysMax - held.length), ...held];
}

function sampledFacets(
  sample: readonly z.infer<typeof sampleRow>[],
  isSampled: boolean,
): LogFacet[] {
  const tallies = new Map<string, Tally>();
  for (const { key, value, rows } of sample) if (key !== "") tallyOf(tallies, key).add(value, rows);
  return attributeFacets(tallies, isSampled);
}

/** The attributes of resources: few of them stand for many records, so that mostly all are counted. */
async function resourceFacets(
  context: QueryContext,
  range: TimeRange,
  counts: readonly z.infer<typeof resourceRow>[],
): Promise<LogFacet[]> {
  const looked = counts.slice(0, facetResourcesMax);
  const holders = await readHolders(
    context,
    range,
    looked.map(({ id }) => ({ resource_id: id, scope_id: "0" })),
  );
  const tallies = new Map<string, Tally>();
  for (const { id, rows } of looked)
    for (const [key, value] of Object.entries(holders.resource(id))) {
      const text = typeof value === "object" ? undefined : String(value);
      if (key !== "service.name" && text !== undefined) tallyOf(tallies, key).add(text, rows);
    }
  return attributeFacets(tallies, counts.length > looked.length);
}

function attributeFacets(tallies: ReadonlyMap<string, Tally>, isSampled: boolean): LogFacet[] {
  return [...tallies]
    .toSorted(([, a], [, b]) => b.total - a.total)
    .map(([field, tally]) => ({ field, isAttribute: true, isSampled, values: tally.top() }));
}

function tallyOf(tallies: Map<string, Tally>, key: string): Tally {
  const tally = tallies.get(key) ?? new Tally();
  tallies.set(key, tally);
  return tally;
}

/** Counts by value. What goes in is bounded by the statements. */
class Tally {
  total = 0;
  private readonly counts = new Map<string, number>();

  add(value: string, rows: number): void {
    this.counts.set(value, (this.counts.get(value) ?? 0) + rows);
    this.total += rows;
  }

  /** The most frequent values. */
  top(): { value: string; count: number }[] {
    return [...this.counts]
      .map(([value, count]) => ({ value, count }))
      .toSorted((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
      .slice(0, facetValuesMax);
  }
}
