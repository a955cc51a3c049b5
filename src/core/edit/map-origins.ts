import { Buffer } from "node:buffer";
import { type Attribute, type Resource, type Scope, Series } from "../attributes.ts";
import type { Batch } from "../batch.ts";
import { ROW_LIMITS } from "../limits.ts";
import type { LogBatch } from "../log-batch.ts";
import type { MetricBatch } from "../metric-batch.ts";
import type { SpanBatch } from "../span-batch.ts";
import { ownText } from "../utf8.ts";

/** Series by what they were made from: making one costs a digest of all that it has. */
const byResource = new WeakMap<Series, WeakMap<Resource, Series>>();
const byScope = new WeakMap<Series, WeakMap<Scope, Series>>();

/**
 * Exchanges the resources that rows came from: those of which a row is left.
 *
 * @param map Gives the same object for the same one (callers keep theirs in a `WeakMap`), or the store
 *   is sent each of them again and again.
 */
export function mapResources(batch: Batch, map: (resource: Resource) => Resource): void {
  if (batch.signal !== "metrics") {
    mapRuns(batch, batch.groups.resources, map);
    return;
  }
  mapSeries(batch, (series) => {
    const resource = map(series.resource);
    if (resource === series.resource) return series;
    return derived(byResource, series, resource, ({ metric, scope, attributes }) => {
      return new Series(metric, resource, scope, attributes);
    });
  });
}

/** Exchanges the instrumentation scopes that rows came from; see {@link mapResources}. */
export function mapScopes(batch: Batch, map: (scope: Scope) => Scope): void {
  if (batch.signal !== "metrics") {
    mapRuns(batch, batch.groups.scopes, map);
    return;
  }
  mapSeries(batch, (series) => {
    const scope = map(series.scope);
    if (scope === series.scope) return series;
    return derived(byScope, series, scope, ({ metric, resource, attributes }) => {
      return new Series(metric, resource, scope, attributes);
    });
  });
}

/**
 * Exchanges the series of points, and of their exemplars; see {@link mapResources}.
 *
 * @param map is given the number of the series too; it is asked about those of which a point is left only.
 */
export function mapSeries(
  batch: MetricBatch,
  map: (series: Series, number: number) => Series,
): void {
  const used = batch.isWhole ? undefined : batch.usedSeries();
  const mapped = batch.series.map((series, number) =>
    used?.[number] === 0 ? series : map(series, number),
  );
  batch.exchangeSeries(mapped);
}

function mapRuns<T>(
  { groups, selection }: SpanBatch | LogBatch,
  items: T[],
  map: (item: T) => T,
): void {
  const isWhole = selection.dropped === 0;
  const mapped = items.map((item, run) =>
    isWhole || groups.hasRows(run, selection) ? map(item) : item,
  );
  for (let i = 0; i < mapped.length; i++) items[i] = mapped[i]!;
}

function derived<K extends object>(
  known: WeakMap<Series, WeakMap<K, Series>>,
  series: Series,
  key: K,
  make: (series: Series) => Series,
): Series {
  let made = known.get(series);
  if (made === undefined) known.set(series, (made = new WeakMap<K, Series>()));
  let found = made.get(key);
  if (found === undefined) made.set(key, (found = make(series)));
  return found;
}

/**
 * A list of attributes (of a resource, scope or series) with one set: in the place of the one with that key, else
 * after all others. The list itself where it has exactly this one, or cannot take it: the
 * key is empty or too long, or the list is full.
 */
export function withAttribute(
  list: readonly Attribute[],
  attribute: Attribute,
): readonly Attribute[] {
  const value = ownText(attribute.value, ROW_LIMITS.attributeValueBytesMax);
  const place = list.findIndex(({ key }) => key === attribute.key);
  const present = list[place];
  if (present === undefined) {
    const isFull = list.length >= ROW_LIMITS.attributesMax;
    return isFull || !isUsable(attribute.key) ? list : [...list, { ...attribute, value }];
  }
  const isSame = present.value === value && present.type === attribute.type;
  return isSame ? list : list.with(place, { ...attribute, value });
}

/** A list of attributes without one; the list itself where it does not have it. */
export function withoutAttribute(list: readonly Attribute[], key: string): readonly Attribute[] {
  return list.some((attribute) => attribute.key === key)
    ? list.filter((attribute) => attribute.key !== key)
    : list;
}

/** A list of attributes with one under another key, in its place; one that had that key is replaced. */
export function withRenamed(
  list: readonly Attribute[],
  from: string,
  to: string,
): readonly Attribute[] {
  if (from === to || !isUsable(to)) return list;
  if (!list.some(({ key }) => key === from)) return list;
  return list
    .filter(({ key }) => key !== to)
    .map((attribute) => (attribute.key === from ? { ...attribute, key: to } : attribute));
}

function isUsable(key: string): boolean {
  return key !== "" && Buffer.byteLength(key) <= ROW_LIMITS.attributeKeyBytesMax;
}
