import type { Series } from "#core/attributes.ts";
import { metricName, type Origins, tagsOfAttributes } from "./tags.ts";

/** The API's `MetricIntakeType` (https://docs.datadoghq.com/api/latest/metrics/#submit-metrics). */
export const METRIC_INTAKE_TYPES = { count: 1, gauge: 3 } as const;

/** Bytes of a body as it is sent, and before it was compressed. */
export const METRIC_LIMITS = { sentBytesMax: 512_000, bytesMax: 5_242_880 };

export interface SeriesPoint {
  readonly series: Series;
  /** What stands behind the metric's name, such as `.count`. */
  readonly suffix: string;
  readonly type: (typeof METRIC_INTAKE_TYPES)[keyof typeof METRIC_INTAKE_TYPES];
  /** Unix seconds. */
  readonly timestamp: number;
  readonly value: number;
  /** Beside those of the series. */
  readonly tags: readonly string[];
}

/** What a row gives. */
export interface SeriesItem {
  readonly place: number;
  readonly points: readonly SeriesPoint[];
  /** To be called once they were taken. */
  readonly settle?: () => void;
}

interface MetricSeries {
  readonly metric: string;
  readonly type: number;
  readonly unit?: string;
  readonly tags: readonly string[];
  readonly resources?: readonly { readonly type: "host"; readonly name: string }[];
  /** By second: of two points of a series in one second Datadog keeps the last. */
  readonly points: Map<number, number>;
}

/** Units of OpenTelemetry (UCUM) that Datadog has a name for. */
const UNITS: Readonly<Record<string, string>> = {
  By: "byte",
  KiBy: "kibibyte",
  MiBy: "mebibyte",
  GiBy: "gibibyte",
  bit: "bit",
  ns: "nanosecond",
  us: "microsecond",
  ms: "millisecond",
  s: "second",
  min: "minute",
  h: "hour",
  d: "day",
  "%": "percent",
};

/** The body of a request to `/api/v2/series`. Counts of one second are added up. */
export function seriesBodyOf(
  items: readonly SeriesItem[],
  origins: Origins,
  prefix: string,
): Buffer {
  const all = new Map<string, MetricSeries>();
  for (const { points } of items) {
    for (const point of points) {
      const made = seriesOf(point, origins, prefix);
      const key = JSON.stringify([made.metric, made.type, made.resources, made.tags]);
      const series = all.get(key) ?? made;
      if (series === made) all.set(key, made);
      const isCount = point.type === METRIC_INTAKE_TYPES.count;
      const before = isCount ? (series.points.get(point.timestamp) ?? 0) : 0;
      series.points.set(point.timestamp, before + point.value);
    }
  }
  const series = [...all.values()].map(({ points, ...rest }) => ({
    ...rest,
    points: [...points].map(([timestamp, value]) => ({ timestamp, value })),
  }));
  return Buffer.from(JSON.stringify({ series }));
}

function seriesOf(point: SeriesPoint, origins: Origins, prefix: string): MetricSeries {
  const { metric, resource, attributes } = point.series;
  const { host, tags } = origins.of(resource);
  const unit = UNITS[metric.unit];
  return {
    metric: metricName(`${metric.name}${point.suffix}`, prefix),
    type: point.type,
    ...(unit === undefined ? {} : { unit }),
    tags: [...new Set([...tags, ...tagsOfAttributes(attributes), ...point.tags])],
    ...(host === undefined ? {} : { resources: [{ type: "host" as const, name: host }] }),
    points: new Map(),
  };
}
