import type { Buffer } from "node:buffer";
import { type MetricDescriptor, type Resource, type Scope, Series } from "#core/attributes.ts";
import { ByteWriter } from "#core/bytes.ts";
import { AttributesColumn } from "#core/columns.ts";
import { Dictionary } from "#core/dictionary.ts";
import { DECODER_LIMITS } from "#core/limits.ts";
import { attributeList, type AttributeDecoder } from "./decode-attributes.ts";

/** What a metric or series takes in memory beside its bytes, by estimate. */
const METRIC_BYTES = 640;
const SERIES_BYTES = 512;

/** A metric of one resource and scope. */
export interface ScopedMetric {
  readonly descriptor: MetricDescriptor;
  readonly resource: Resource;
  readonly scope: Scope;
  /** Begins the keys of its series; never given to another metric. */
  readonly number: number;
}

/**
 * Series by the bytes that they arrived as, so that a point of a known series costs one look-up of
 * its attributes' bytes and no object. Equal series that arrive as other bytes (another order) are
 * found twice here and still have one identity.
 */
export class SeriesCache {
  private byScope = new Map<Resource, Map<Scope, Map<string, ScopedMetric>>>();
  private metrics = 0;
  /** The numbers of series by their metric's number and the bytes of their attributes. */
  private readonly numbers = new Dictionary();
  private known: Series[] = [];
  private bytes = 0;
  private readonly scratch = new AttributesColumn();
  private readonly gathered = new ByteWriter();

  /** The metric that `key` (all fields that describe it) names within a resource and scope. */
  metric(
    resource: Resource,
    scope: Scope,
    key: string,
    descriptor: MetricDescriptor,
  ): ScopedMetric {
    const found = this.byScope.get(resource)?.get(scope)?.get(key);
    if (found !== undefined) return found;
    this.account(METRIC_BYTES + key.length * 2);
    let scopes = this.byScope.get(resource);
    if (scopes === undefined)
      this.byScope.set(resource, (scopes = new Map<Scope, Map<string, ScopedMetric>>()));
    let metrics = scopes.get(scope);
    if (metrics === undefined) scopes.set(scope, (metrics = new Map<string, ScopedMetric>()));
    const metric = { descriptor, resource, scope, number: this.metrics++ };
    metrics.set(key, metric);
    return metric;
  }

  /** The series with the attributes whose `KeyValue` messages lie at `ranges`. */
  series(
    metric: ScopedMetric,
    decoder: AttributeDecoder,
    bytes: Buffer,
    ranges: readonly number[],
  ): Series {
    const gathered = this.gathered;
    gathered.reset();
    gathered.u32(metric.number);
    for (let i = 0; i < ranges.length; i += 2) {
      gathered.varint(ranges[i + 1]! - ranges[i]!);
      gathered.raw(bytes, ranges[i]!, ranges[i + 1]!);
    }
    const number = this.numbers.find(gathered.bytes, 0, gathered.length);
    if (number >= 0) return this.known[number]!;
    // Remembered only when it is whole: a malformed attribute throws here.
    const attributes = attributeList(decoder, this.scratch, ranges);
    const series = new Series(metric.descriptor, metric.resource, metric.scope, attributes);
    this.account(SERIES_BYTES + gathered.length * 3);
    this.known[this.numbers.number(gathered.bytes, 0, gathered.length)] = series;
    return series;
  }

  /** Counts what is about to be remembered; when it is too much, forgets all before it. */
  private account(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes <= DECODER_LIMITS.seriesBytesRememberedMax) return;
    this.byScope = new Map();
    this.numbers.reset();
    this.known = [];
    this.bytes = bytes;
  }
}
