import type { HistogramPointRow, NumberPointRow } from "#core/row-views.ts";
import type { Row } from "#pipeline/delivery/delivery.ts";
import { dimensionsOf } from "./flat-fields.ts";

/** Values of metrics that share a time and dimensions: one event of Splunk's multiple-metric format. */
export interface Measurements {
  readonly values: Readonly<Record<string, number>>;
  readonly dimensions: Readonly<Record<string, string>>;
}

type PointRow = Exclude<Row, { kind: "span" } | { kind: "log" }>;

/**
 * What a point is in an index of metrics. A gauge or sum is one value. Of a histogram there are
 * `_count`, `_sum`, `_min` and `_max`, and `_bucket` with the dimension `le` as Prometheus has them, counts
 * of all values up to a bound; of a summary its quantiles with the dimension `quantile`. Only finite
 * numbers are measurements, so that there may be none.
 */
export function measurementsOf(point: PointRow): Measurements[] {
  const { series } = point.row;
  const dimensions = {
    ...dimensionsOf(series.resource.attributes),
    ...dimensionsOf(series.attributes),
  };
  const all =
    point.kind === "number_point"
      ? [valuesOfNumber(point.row)]
      : [valuesOfHistogram(point.row), ...spreadOf(point.row)];
  return all.flatMap(({ values, more }) => {
    const finite = Object.entries(values).filter(([, value]) => Number.isFinite(value));
    if (finite.length === 0) return [];
    return [{ values: Object.fromEntries(finite), dimensions: { ...dimensions, ...more } }];
  });
}

interface Values {
  readonly values: Readonly<Record<string, number>>;
  readonly more?: Readonly<Record<string, string>>;
}

function valuesOfNumber({ series, value }: NumberPointRow): Values {
  return { values: { [series.metric.name]: Number(value) } };
}

function valuesOfHistogram({ series, count, sum, min, max }: HistogramPointRow): Values {
  const { name } = series.metric;
  return {
    values: {
      [`${name}_count`]: Number(count),
      ...(sum === null ? {} : { [`${name}_sum`]: sum }),
      ...(min === null ? {} : { [`${name}_min`]: min }),
      ...(max === null ? {} : { [`${name}_max`]: max }),
    },
  };
}

function spreadOf({ series, bounds, buckets, quantiles }: HistogramPointRow): Values[] {
  const { name, type } = series.metric;
  if (type === "summary")
    return quantiles.map(({ quantile, value }) => ({
      values: { [name]: value },
      more: { quantile: String(quantile) },
    }));
  if (type !== "histogram") return [];
  let total = 0n;
  return buckets.map((count, at) => {
    total += count;
    const bound = bounds[at];
    const le = bound === undefined || bound === Number.POSITIVE_INFINITY ? "+Inf" : String(bound);
    return { values: { [`${name}_bucket`]: Number(total) }, more: { le } };
  });
}
