import { type Attribute, ATTRIBUTE_TYPES, Series } from "#core/attributes.ts";
import type { HistogramPointRow, SpanRow } from "#core/row-views.ts";
import type { Row } from "#pipeline/delivery/delivery.ts";
import { protobufRequest } from "#pipeline/otlp/protobuf-requests.ts";
import type { Distribution } from "#core/distribution.ts";
import { metricName, type Origins } from "./tags.ts";

/** https://docs.datadoghq.com/opentelemetry/setup/otlp_ingest/traces/: 3.2 MB. */
export const TRACE_BYTES_MAX = 3_200_000;

const DELTA = 1;

/** A span of a delivery. */
export interface SpanItem {
  readonly place: number;
  readonly row: SpanRow;
}

/** What a histogram counted in a while. */
export interface DeltaHistogram {
  readonly place: number;
  readonly series: Series;
  readonly timeNs: bigint;
  readonly startNs: bigint;
  readonly value: Distribution;
  /** To be called once it was taken. */
  readonly settle?: () => void;
}

/** Spans as an OTLP request in protobuf. */
export function spansBodyOf(items: readonly SpanItem[]): Buffer {
  const rows = items.map(({ row }): Row => ({ kind: "span", row }));
  return protobufRequest({ signal: "traces", rows });
}

/** Histograms as an OTLP request in protobuf, which keeps every bucket. Each has the tags of {@link Origins}. */
export function histogramsBodyOf(
  items: readonly DeltaHistogram[],
  origins: Origins,
  prefix: string,
): Buffer {
  const rows = items.map((item): Row => ({
    kind: "histogram_point",
    row: pointOf(item, origins, prefix),
  }));
  return protobufRequest({ signal: "metrics", rows });
}

/** The point as Datadog takes it: a delta of the name that it would give, with tags of its origin. */
function pointOf(item: DeltaHistogram, origins: Origins, prefix: string): HistogramPointRow {
  const { metric, resource, scope, attributes } = item.series;
  const { name, type, description, unit } = metric;
  const own = { name: metricName(name, prefix), type, description, unit };
  const delta = { ...own, temporality: DELTA, monotonic: false } as const;
  const tagged = [...attributes, ...tagAttributes(item, origins)];
  return {
    ...item.value,
    series: new Series(delta, resource, scope, tagged),
    time: item.timeNs,
    startTime: item.startNs,
    quantiles: [],
    flags: 0,
    exemplars: [],
  };
}

/** The tags of the origin, as attributes where the series has none of that name. */
function tagAttributes({ series }: DeltaHistogram, origins: Origins): Attribute[] {
  const own = new Set(series.attributes.map(({ key }) => key));
  return origins.of(series.resource).tags.flatMap((tag) => {
    const colon = tag.indexOf(":");
    const key = colon < 0 ? tag : tag.slice(0, colon);
    if (own.has(key)) return [];
    const value = colon < 0 ? "" : tag.slice(colon + 1);
    return [{ key, value, type: ATTRIBUTE_TYPES.string }];
  });
}
