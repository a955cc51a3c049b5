import type { Aggregation } from "#core/vocabulary.ts";
import { z } from "zod";
import {
  type Bucket,
  bucketQuantile,
  explicitBuckets,
  exponentialBuckets,
} from "./bucket-quantile.ts";
import { bigintText } from "./cursor.ts";
import { bucketsStatement, exponentialStatement, scaleStatement } from "./metric-buckets.ts";
import type { MetricPlan } from "./metric-series.ts";
import { carriedStatement, numberStatement, totalsStatement } from "./metric-statements.ts";
import { type QueryContext, read } from "./query-context.ts";

/** A number; text for integers beyond 2^53, NaN and the infinities. */
export type PointValue = number | string;

/** One value of one line. */
export interface StepPoint {
  readonly labels: readonly string[];
  readonly stepNs: bigint;
  readonly value: PointValue;
}

const stepRow = z.object({ labels: z.array(z.string()), step_ns: bigintText });
const valueRow = stepRow.extend({ value: z.string() });
const totalsRow = stepRow.extend({ count: z.string(), sum: z.string() });
const whole = z.coerce.number();
const bucketsRow = stepRow.extend({
  bounds: z.array(z.number()),
  bucket_uppers: z.array(z.string()),
  bucket_counts: z.array(whole),
});
const exponentialRow = stepRow.extend({
  zero: whole,
  positive: z.array(z.number()),
  positive_added_counts: z.array(whole),
  negative: z.array(z.number()),
  negative_added_counts: z.array(whole),
});

/** The values of all lines, in the order of labels and time. Steps without a value are left out. */
export function readPoints(
  context: QueryContext,
  plan: MetricPlan,
  aggregation: Aggregation,
): Promise<StepPoint[]> {
  switch (plan.shape.type) {
    case "gauge":
    case "sum":
      return numbers(context, plan, aggregation);
    case "histogram":
    case "exponential_histogram":
    case "summary":
      return distributions(context, plan, aggregation);
  }
}

async function numbers(
  context: QueryContext,
  plan: MetricPlan,
  aggregation: Aggregation,
): Promise<StepPoint[]> {
  const rows = await read(context, numberStatement(plan, aggregation), valueRow);
  return rows.map((row) => {
    const value = textValue(row.value);
    return point(row, aggregation === "rate" ? perSecond(value, plan) : value);
  });
}

/** Histograms and summaries. `last` of them means their average. */
function distributions(
  context: QueryContext,
  plan: MetricPlan,
  aggregation: Aggregation,
): Promise<StepPoint[]> {
  switch (aggregation) {
    case "count":
    case "increase":
    case "rate":
    case "sum":
    case "avg":
    case "last":
      return totals(context, plan, aggregation);
    case "min":
    case "max":
      return carried(context, plan, aggregation);
    default:
      if (plan.shape.type === "summary") return carried(context, plan, aggregation);
      if (plan.shape.type === "histogram") return explicit(context, plan, QUANTILES[aggregation]);
      return exponential(context, plan, QUANTILES[aggregation]);
  }
}

const QUANTILES = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99 } as const;

async function totals(
  context: QueryContext,
  plan: MetricPlan,
  aggregation: "count" | "increase" | "rate" | "sum" | "avg" | "last",
): Promise<StepPoint[]> {
  const rows = await read(context, totalsStatement(plan), totalsRow);
  return rows.flatMap((row) => {
    switch (aggregation) {
      case "sum":
        return [point(row, textValue(row.sum))];
      case "rate":
        return [point(row, perSecond(textValue(row.count), plan))];
      case "count":
      case "increase":
        return [point(row, textValue(row.count))];
      default:
        // A step without observations has no average.
        return Number(row.count) > 0 ? [point(row, Number(row.sum) / Number(row.count))] : [];
    }
  });
}

async function carried(
  context: QueryContext,
  plan: MetricPlan,
  aggregation: Aggregation,
): Promise<StepPoint[]> {
  const rows = await read(context, carriedStatement(plan, aggregation), valueRow);
  return rows.map((row) => point(row, textValue(row.value)));
}

async function explicit(
  context: QueryContext,
  plan: MetricPlan,
  level: number,
): Promise<StepPoint[]> {
  const rows = await read(context, bucketsStatement(plan), bucketsRow);
  return rows.flatMap((row) => {
    const counts = new Map(
      row.bucket_uppers.map((upper, i) => [engineNumber(upper), row.bucket_counts[i]!]),
    );
    return quantilePoint(row, explicitBuckets(row.bounds, counts), level, false);
  });
}

async function exponential(
  context: QueryContext,
  plan: MetricPlan,
  level: number,
): Promise<StepPoint[]> {
  const [found] = await read(context, scaleStatement(plan), z.object({ scale: z.number() }));
  if (found === undefined) return [];
  const rows = await read(context, exponentialStatement(plan, found.scale), exponentialRow);
  return rows.flatMap((row) => {
    const counts = {
      zero: row.zero,
      positive: row.positive.map((index, i) => [index, row.positive_added_counts[i]!] as const),
      negative: row.negative.map((index, i) => [index, row.negative_added_counts[i]!] as const),
    };
    return quantilePoint(row, exponentialBuckets(found.scale, counts), level, true);
  });
}

type Step = z.infer<typeof stepRow>;

function quantilePoint(
  row: Step,
  buckets: readonly Bucket[],
  level: number,
  logarithmic: boolean,
): StepPoint[] {
  const value = bucketQuantile(buckets, level, logarithmic);
  return value === undefined ? [] : [point(row, textValue(String(value)))];
}

function point({ labels, step_ns: stepNs }: Step, value: PointValue): StepPoint {
  return { labels, stepNs, value };
}

function perSecond(value: PointValue, { stepNs }: MetricPlan): PointValue {
  return textValue(String(Number(value) / (Number(stepNs) / 1e9)));
}

/** The engine's text of a number as JSON can carry it: exact integers stay exact, as text if need be. */
export function textValue(text: string): PointValue {
  if (/^-?\d+$/.test(text)) {
    const value = Number(text);
    return Number.isSafeInteger(value) ? value : text;
  }
  const value = engineNumber(text);
  return Number.isFinite(value) ? value : String(value);
}

/** The engine writes inf, -inf and nan. */
function engineNumber(text: string): number {
  switch (text.toLowerCase()) {
    case "inf":
      return Number.POSITIVE_INFINITY;
    case "-inf":
      return Number.NEGATIVE_INFINITY;
    default:
      return Number(text);
  }
}
