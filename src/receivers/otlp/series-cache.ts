import type { Buffer } from "node:buffer";
import { type MetricDescriptor, type Resource, type Scope, Series } from "#core/attributes.ts";
import { ByteWriter } from "#core/bytes.ts";
import { AttributesColumn } from "#core/columns.ts";
import { Dictionary } from "#core/dictionary.ts";
import { attributeList, type AttributeDecoder } from "./decode-attributes.ts";

/** Series remembered over all metrics; when full, the cache starts anew. */
const SERIES_MAX = 200_000;

/** The series of one metric of one resource and scope, by the bytes of their attributes. */
class MetricSeries {
  readonly descriptor: MetricDescriptor;
  readonly byAttributes = new Dictionary();
  readonly series: Series[] = [];

  constructor(descriptor: MetricDescriptor) {
    this.descriptor = descriptor;
  }
}

/**
 * Series by the bytes that they arrived as, so that a point of a known series costs one look-up of
 * its attributes' bytes and no object. Equal series that arrive as other bytes (another order) are
 * found twice here and still have one identity.
 */
export class SeriesCache {
  private byScope = new Map<Resource, Map<Scope, Map<string, MetricSeries>>>();
  private size = 0;
  private readonly scratch = new AttributesColumn();
  private readonly gathered = new ByteWriter();

  /** The metric that `key` (all fields that describe it) names within a resource and scope. */
  metric(
    resource: Resource,
    scope: Scope,
    key: string,
    describe: () => MetricDescriptor,
  ): MetricSeries {
    if (this.size > SERIES_MAX) {
      this.byScope = new Map();
      this.size = 0;
    }
    let scopes = this.byScope.get(resource);
    if (scopes === undefined)
      this.byScope.set(resource, (scopes = new Map<Scope, Map<string, MetricSeries>>()));
    let metrics = scopes.get(scope);
    if (metrics === undefined) scopes.set(scope, (metrics = new Map<string, MetricSeries>()));
    let metric = metrics.get(key);
    if (metric === undefined) {
      metrics.set(key, (metric = new MetricSeries(describe())));
      this.size++;
    }
    return metric;
  }

  /** The series with the attributes whose `KeyValue` messages lie at `ranges`. */
  series(
    metric: MetricSeries,
    resource: Resource,
    scope: Scope,
    decoder: AttributeDecoder,
    bytes: Buffer,
    ranges: readonly number[],
  ): Series {
    const gathered = this.gathered;
    gathered.reset();
    for (let i = 0; i < ranges.length; i += 2) {
      gathered.varint(ranges[i + 1]! - ranges[i]!);
      gathered.raw(bytes, ranges[i]!, ranges[i + 1]!);
    }
    const number = metric.byAttributes.number(gathered.bytes, 0, gathered.length);
    const known = metric.series[number];
    if (known !== undefined) return known;
    // A malformed attribute throws here: the dictionary then holds a number without a series, which is filled later or never.
    const series = new Series(
      metric.descriptor,
      resource,
      scope,
      attributeList(decoder, this.scratch, ranges),
    );
    metric.series[number] = series;
    this.size++;
    return series;
  }
}
export type { MetricSeries };
