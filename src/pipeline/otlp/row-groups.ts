import type { Identity, MetricDescriptor, Resource, Scope } from "#core/attributes.ts";
import type { HistogramPointRow, LogRow, NumberPointRow, SpanRow } from "#core/row-views.ts";
import { SIGNALS, type Signal } from "#core/signal.ts";
import type { Row } from "../delivery/delivery.ts";
import { signalOf } from "../delivery/row-facts.ts";

/** A point of whichever type its metric has. */
export type PointRow = NumberPointRow | HistogramPointRow;

/** The rows of one scope of a resource, in order. */
export interface ScopeGroup<Record> {
  readonly scope: Scope;
  readonly records: Record[];
}

export interface ResourceGroup<Record> {
  readonly resource: Resource;
  readonly scopes: ScopeGroup<Record>[];
}

/** A metric of one scope, with its points in order. */
export interface MetricGroup {
  readonly metric: MetricDescriptor;
  readonly points: PointRow[];
}

/** Rows of one signal, with their places in the delivery. */
export interface SignalRows {
  readonly signal: Signal;
  readonly rows: readonly Row[];
  readonly places: readonly number[];
}

/** A delivery's rows by their signals, of which each has requests of its own. */
export function rowsBySignal(rows: readonly Row[]): SignalRows[] {
  const found = new Map<Signal, { signal: Signal; rows: Row[]; places: number[] }>();
  for (const [place, row] of rows.entries()) {
    const signal = signalOf(row);
    let group = found.get(signal);
    if (group === undefined) found.set(signal, (group = { signal, rows: [], places: [] }));
    group.rows.push(row);
    group.places.push(place);
  }
  return SIGNALS.flatMap((signal) => found.get(signal) ?? []);
}

export function spanGroups(rows: readonly Row[]): ResourceGroup<SpanRow>[] {
  const groups = new Groups<SpanRow>();
  for (const { kind, row } of rows)
    if (kind === "span") groups.of(row.resource, row.scope).push(row);
  return groups.all;
}

export function logGroups(rows: readonly Row[]): ResourceGroup<LogRow>[] {
  const groups = new Groups<LogRow>();
  for (const { kind, row } of rows)
    if (kind === "log") groups.of(row.resource, row.scope).push(row);
  return groups.all;
}

export function metricGroups(rows: readonly Row[]): ResourceGroup<MetricGroup>[] {
  const groups = new Groups<MetricGroup>();
  const metrics = new Map<string, MetricGroup>();
  for (const { kind, row } of rows) {
    if (kind !== "number_point" && kind !== "histogram_point") continue;
    const { resource, scope, metric } = row.series;
    const key = `${idOf(resource)}${idOf(scope)}${metricKey(metric)}`;
    let group = metrics.get(key);
    if (group === undefined) {
      metrics.set(key, (group = { metric, points: [] }));
      groups.of(resource, scope).push(group);
    }
    group.points.push(row);
  }
  return groups.all;
}

/** Two metrics of one key are the same in all that OTLP says of a metric. */
function metricKey(metric: MetricDescriptor): string {
  const { name, unit, description, type, temporality, monotonic } = metric;
  return `${type}${temporality}${monotonic}${name.length}:${unit.length}:${name}${unit}${description}`;
}

class Groups<Record> {
  readonly all: ResourceGroup<Record>[] = [];
  private readonly byId = new Map<string, ResourceGroup<Record>>();
  private readonly byScope = new Map<string, Record[]>();
  private last: { resource: Resource; scope: Scope; records: Record[] } | undefined;

  /** The records of a resource and scope: those of equal content are the same, whatever objects they are. */
  of(resource: Resource, scope: Scope): Record[] {
    const { last } = this;
    if (last !== undefined && last.resource === resource && last.scope === scope)
      return last.records;
    const records = this.found(resource, scope);
    this.last = { resource, scope, records };
    return records;
  }

  private found(resource: Resource, scope: Scope): Record[] {
    const id = idOf(resource);
    const scopeId = `${id}${idOf(scope)}`;
    const known = this.byScope.get(scopeId);
    if (known !== undefined) return known;
    let group = this.byId.get(id);
    if (group === undefined) {
      this.byId.set(id, (group = { resource, scopes: [] }));
      this.all.push(group);
    }
    const records: Record[] = [];
    group.scopes.push({ scope, records });
    this.byScope.set(scopeId, records);
    return records;
  }
}

function idOf({ id }: { readonly id: Identity }): string {
  return `${id.high}:${id.low} `;
}
