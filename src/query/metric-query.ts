import { SightglassError } from "#core/errors.ts";
import { QUERY_LIMITS } from "#core/limits.ts";
import { formatTime } from "#core/time.ts";
import type { Aggregation, Downsampling, MetricKind } from "#core/vocabulary.ts";
import { z } from "zod";
import { type AttributeMatch, resolveMatches } from "./attribute-filter.ts";
import { bigintText } from "./cursor.ts";
import { downsample } from "./downsample.ts";
import {
  intervalStatement,
  type MetricPlan,
  type MetricShape,
  type SeriesSelection,
  shapeRow,
  shapeStatement,
} from "./metric-series.ts";
import { exemplarsStatement } from "./metric-statements.ts";
import { type PointValue, readPoints, type StepPoint, textValue } from "./metric-points.ts";
import { type QueryContext, read } from "./query-context.ts";
import { attributeRow, type Attributes, attributesOf } from "./stored-attributes.ts";
import type { TimeRange } from "./time-range.ts";

/** A metric query as it is asked for. */
export interface MetricQuery {
  readonly name: string;
  readonly filter: readonly AttributeMatch[];
  readonly groupBy: readonly string[];
  readonly aggregation?: Aggregation | undefined;
  readonly stepSeconds?: number | undefined;
  /** For a screen of so many columns. */
  readonly downsampling?: { readonly method: Downsampling; readonly pixels: number } | undefined;
}

export interface Exemplar {
  readonly time: string;
  readonly value: PointValue;
  readonly traceId: string | null;
  readonly spanId: string | null;
  readonly attributes: Attributes;
}

export interface MetricLine {
  readonly labels: Record<string, string>;
  readonly points: [time: string, value: PointValue][];
  readonly exemplars: Exemplar[];
}

export interface MetricQueryAnswer {
  readonly name: string;
  /** Null when no series matches. */
  readonly type: MetricKind | null;
  readonly unit: string;
  readonly aggregation: Aggregation | null;
  readonly stepMs: number;
  /** The time between points: the step, or that of a pixel where lines were thinned out. */
  readonly resolutionMs: number;
  readonly data: MetricLine[];
  /** There are more lines, or points, than are given. */
  readonly truncated: boolean;
}

const NS_PER_SECOND = 1_000_000_000n;

/** One metric over time: a line for each set of values of the `groupBy` keys, with its exemplars. */
export async function queryMetric(
  context: QueryContext,
  range: TimeRange,
  query: MetricQuery,
): Promise<MetricQueryAnswer> {
  if (query.stepSeconds !== undefined) assertPoints(range, query.stepSeconds);
  assertKeys(query.groupBy);
  const selection = {
    org: context.org,
    metric: query.name,
    range,
    matches: await resolveMatches(context, range, query.filter),
    groupBy: query.groupBy,
  };
  const [shape] = await read(context, shapeStatement(selection), shapeRow);
  const stepSeconds = query.stepSeconds ?? (await defaultStep(context, selection, shape));
  const stepMs = stepSeconds * 1_000;
  const answer = { name: query.name, stepMs, resolutionMs: stepMs };
  if (shape === undefined) {
    return {
      ...answer,
      type: null,
      unit: "",
      aggregation: query.aggregation ?? null,
      data: [],
      truncated: false,
    };
  }
  const aggregation = query.aggregation ?? defaultAggregation(shape);
  const plan = { ...selection, shape, stepNs: BigInt(stepSeconds) * NS_PER_SECOND };
  const [points, exemplars] = await Promise.all([
    readPoints(context, plan, aggregation),
    read(context, exemplarsStatement(plan), exemplarRow),
  ]);
  const { lines, truncated, isThinned } = linesOf(plan, points, exemplars, query.downsampling);
  return {
    ...answer,
    ...(isThinned ? { resolutionMs: resolutionOf(range, stepMs, query) } : {}),
    type: shape.type,
    unit: shape.unit,
    aggregation,
    data: lines,
    truncated,
  };
}

function resolutionOf(range: TimeRange, stepMs: number, { downsampling }: MetricQuery): number {
  const pixelMs = Number(range.toNs - range.fromNs) / 1e6 / (downsampling?.pixels ?? 1);
  return Math.max(stepMs, Math.ceil(pixelMs));
}

/** Steps that people read easily; the first that gives few enough points is taken. */
const STEP_SECONDS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400,
  604_800, 2_592_000,
];

/** Senders export once a minute, or oftener: a step of so much holds a point of each series. */
const INTERVAL_SECONDS_MAX = 60;

/**
 * The step that gives about as many points as are wanted; a longer one where points are further apart, since a step
 * without a point is a gap, and a rate over a step that is shorter than what it grew in is too high.
 */
async function defaultStep(
  context: QueryContext,
  selection: SeriesSelection,
  shape: MetricShape | undefined,
): Promise<number> {
  const { range } = selection;
  const seconds = Number(range.toNs - range.fromNs) / 1e9 / QUERY_LIMITS.pointsDefault;
  const step = roundStep(seconds);
  if (shape === undefined || step >= INTERVAL_SECONDS_MAX) return step;
  const [found] = await read(context, intervalStatement(selection, shape), intervalRow);
  const apart = Math.min(INTERVAL_SECONDS_MAX, found?.apart ?? 0);
  // Exports come a little early or late.
  return roundStep(Math.max(seconds, apart * 0.95), apart);
}

/**
 * The first step of at least so long that holds the same number of points each time, or so many that one more is
 * hardly seen: a rate would go up and down with them.
 */
function roundStep(seconds: number, apart = 0): number {
  const isEven = (step: number): boolean => {
    const points = apart === 0 ? Number.POSITIVE_INFINITY : step / apart;
    return points >= 4 || Math.abs(points - Math.round(points)) < 0.08;
  };
  return STEP_SECONDS.find((step) => step >= seconds && isEven(step)) ?? STEP_SECONDS.at(-1)!;
}

const intervalRow = z.object({ apart: z.number().nullable() });

function assertPoints(range: TimeRange, stepSeconds: number): void {
  const points = (range.toNs - range.fromNs) / (BigInt(stepSeconds) * NS_PER_SECOND);
  if (points <= BigInt(QUERY_LIMITS.pointsPerSeriesMax)) return;
  throw new SightglassError(
    "bad_request",
    `step: found ${stepSeconds}s, which gives ${points} points in the time range, allowed are ${QUERY_LIMITS.pointsPerSeriesMax}`,
  );
}

function assertKeys(groupBy: readonly string[]): void {
  if (groupBy.length <= QUERY_LIMITS.groupByMax) return;
  throw new SightglassError(
    "bad_request",
    `groupBy: found ${groupBy.length} keys, allowed are ${QUERY_LIMITS.groupByMax}`,
  );
}

function defaultAggregation({ type, monotonic }: MetricShape): Aggregation {
  switch (type) {
    case "sum":
      return monotonic ? "rate" : "last";
    case "histogram":
    case "exponential_histogram":
      return "p95";
    case "gauge":
    case "summary":
      return "avg";
  }
}

const exemplarRow = attributeRow.extend({
  labels: z.array(z.string()),
  time_ns: bigintText,
  value_text: z.string(),
  trace: z.string(),
  span: z.string(),
});

/** Puts points, which come in order of their labels, into lines, each with its exemplars. */
function linesOf(
  plan: MetricPlan,
  points: readonly StepPoint[],
  exemplars: readonly z.infer<typeof exemplarRow>[],
  downsampling: MetricQuery["downsampling"],
): { lines: MetricLine[]; truncated: boolean; isThinned: boolean } {
  const groups = new Map<string, StepPoint[]>();
  let truncated = points.length > QUERY_LIMITS.pointsMax;
  for (const point of points.slice(0, QUERY_LIMITS.pointsMax)) {
    const name = JSON.stringify(point.labels);
    let group = groups.get(name);
    if (group === undefined) {
      if (groups.size >= QUERY_LIMITS.seriesMax) {
        truncated = true;
        break;
      }
      groups.set(name, (group = []));
    }
    group.push(point);
  }
  const lines = new Map<string, MetricLine>();
  let isThinned = false;
  for (const [name, all] of groups) {
    const kept = downsampling === undefined ? all : downsample(all, downsampling, plan.range);
    isThinned ||= kept.length < all.length;
    lines.set(name, {
      labels: labelsOf(plan, all[0]!.labels),
      points: kept.map(({ stepNs, value }) => [formatTime(stepNs), value]),
      exemplars: [],
    });
  }
  for (const row of exemplars)
    lines.get(JSON.stringify(row.labels))?.exemplars.push(exemplarOf(row));
  return { lines: [...lines.values()], truncated, isThinned };
}

function labelsOf({ groupBy }: MetricPlan, labels: readonly string[]): Record<string, string> {
  return Object.fromEntries(groupBy.map((key, i) => [key, labels[i] ?? ""]));
}

function exemplarOf(row: z.infer<typeof exemplarRow>): Exemplar {
  return {
    time: formatTime(row.time_ns),
    value: textValue(row.value_text),
    traceId: /^0*$/.test(row.trace) ? null : row.trace,
    spanId: /^0*$/.test(row.span) ? null : row.span,
    attributes: attributesOf(row),
  };
}
