import { type Attribute, ATTRIBUTE_TYPES, type Series } from "#core/attributes.ts";
import type { Batch } from "#core/batch.ts";
import { keptRows } from "#core/batch.ts";
import type { IntColumn } from "#core/columns.ts";
import { editAttributes } from "#core/edit/edit-attributes.ts";
import { mapSeries } from "#core/edit/map-origins.ts";
import type { LogBatch } from "#core/log-batch.ts";
import type { MetricBatch } from "#core/metric-batch.ts";
import type { RowSelection } from "#core/row-groups.ts";
import type { SpanBatch } from "#core/span-batch.ts";
import { defineComponent, type Processor, type ProcessorContext } from "#pipeline/component.ts";
import type { BoundedValues } from "./bounded-values.ts";
import { type Kind, KINDS, type Organization, Organizations } from "./organizations.ts";
import { ChangedSeries, LabelSets, replacedAll } from "./series-limits.ts";
import { type Limit, type LimitCardinalitySettings, settings } from "./settings.ts";

/**
 * Bounds how many different values there are: series of a metric, values of an attribute, span names of a service.
 *
 * What it remembers of a batch that is refused after all is harmless: the sender comes with the same values
 * again, and a value that never comes again loses its place with the window. So it has no undo.
 *
 * @example
 * processors:
 *   limit_cardinality: { series: { limit: 500 }, attributes: { keys: { url.path: 1000 } } }
 */
export const limitCardinality = defineComponent({
  kind: "processor",
  type: "limit_cardinality",
  summary: "Bounds how many series, values of attributes and span names there are.",
  signals: { traces: "stable", metrics: "stable", logs: "stable" },
  settings,
  create: (given: LimitCardinalitySettings, context: ProcessorContext) =>
    new LimitCardinalityProcessor(given, context),
});

/** The values of one thing that has a limit. */
interface Limited {
  /** Undefined where nothing more can be remembered: every value is over then. */
  readonly values: BoundedValues | undefined;
  readonly allowed: ReadonlySet<string>;
}

const NONE_ALLOWED: ReadonlySet<string> = new Set();

class LimitCardinalityProcessor implements Processor {
  private readonly given: LimitCardinalitySettings;
  private readonly context: ProcessorContext;
  private readonly organizations = new Organizations();
  private readonly labelSets = new LabelSets();
  private readonly changed = new ChangedSeries(this.labelSets);
  private readonly collapsed = new WeakMap<Series, Series>();
  private readonly keyLimits: ReadonlyMap<string, Limit>;
  private readonly metricLimits: ReadonlyMap<string, Limit>;
  private readonly serviceLimits: ReadonlyMap<string, Limit>;
  private readonly allowedValues: ReadonlyMap<string, ReadonlySet<string>>;
  private readonly allowedNames: ReadonlySet<string>;
  private readonly over: Record<Kind, number> = {
    spans: 0,
    logs: 0,
    points: 0,
    series: 0,
    span_names: 0,
  };
  private processed = 0;
  private dropped = 0;
  private window = 0;

  constructor(given: LimitCardinalitySettings, context: ProcessorContext) {
    const { attributes, series, spanNames } = given;
    this.given = given;
    this.context = context;
    this.keyLimits = new Map(Object.entries(attributes.keys));
    this.metricLimits = new Map(Object.entries(series.metrics));
    this.serviceLimits = new Map(Object.entries(spanNames.services));
    this.allowedValues = new Map(
      Object.entries(attributes.allow).map(([key, values]) => [key, new Set(values)]),
    );
    // A name that was replaced before, by another process, is no name of its own.
    this.allowedNames = new Set([...spanNames.allow, given.placeholder]);
    this.observe(context);
  }

  private observe({ meter }: ProcessorContext): void {
    meter.observedCounter(
      {
        name: "cardinality_over_total",
        help: "Values (of series: points' series in a batch) that were beyond a limit.",
        unit: "{value}",
        labels: ["of"],
      },
      () => KINDS.map((kind) => ({ value: this.over[kind], labels: { of: kind } })),
    );
    meter.observedGauge(
      {
        name: "cardinality_seen",
        help: "About how many different values came in this window, of what had more than its limit.",
        unit: "{value}",
        labels: ["of", "name"],
      },
      () =>
        this.organizations
          .limited(this.window)
          .map(({ kind, name, seen }) => ({ value: seen, labels: { of: kind, name } })),
    );
  }

  process(batch: Batch, org: string): void {
    this.window = Math.floor(this.context.clock.monotonicMs() / this.given.window);
    const organization = this.organizations.of(org, this.window);
    const rows = keptRows(batch);
    this.processed += rows;
    switch (batch.signal) {
      case "metrics":
        this.limitPoints(batch, organization);
        break;
      case "logs":
        this.limitAttributes(batch, "logs", organization);
        break;
      default:
        this.limitSpanNames(batch, organization);
        this.limitAttributes(batch, "spans", organization);
    }
    this.dropped += rows - keptRows(batch);
  }

  private limitOfKey(key: string): Limit {
    return this.keyLimits.get(key) ?? this.given.attributes.limit;
  }

  private limitedValues(organization: Organization, kind: Kind, key: string): Limited | undefined {
    const limit = this.limitOfKey(key);
    if (limit === "off") return undefined;
    return {
      values: organization.of(kind, key, limit, this.window),
      allowed: this.allowedValues.get(key) ?? NONE_ALLOWED,
    };
  }

  private isOver({ values, allowed }: Limited, value: string, kind: Kind): boolean {
    if (allowed.has(value) || value === this.given.placeholder) return false;
    if (values?.admits(value, this.window) === true) return false;
    this.over[kind]++;
    return true;
  }

  private limitAttributes(
    batch: SpanBatch | LogBatch,
    kind: "spans" | "logs",
    organization: Organization,
  ): void {
    const { selection, attributes } = batch;
    const { dictionary } = attributes.keys;
    const isLimited: boolean[] = [];
    for (let number = 0; number < dictionary.size; number++)
      isLimited.push(this.limitOfKey(dictionary.text(number)) !== "off");
    if (!isLimited.includes(true)) return;
    const keys: Limited[] = [];
    const { action, placeholder } = this.given;
    editAttributes(batch, selection, (row, index) => {
      for (let place = row.count - 1; place >= 0; place--) {
        const number = row.keyNumber(place);
        if (isLimited[number] !== true) continue;
        const key = (keys[number] ??= this.limitedValues(
          organization,
          kind,
          dictionary.text(number),
        )!);
        if (!this.isOver(key, row.text(place), kind)) continue;
        if (action === "drop_row") {
          selection.drop(index);
          return;
        }
        if (action === "replace") row.setAt(place, placeholder, ATTRIBUTE_TYPES.string);
        else row.deleteAt(place);
      }
    });
  }

  private limitSpanNames(batch: SpanBatch, organization: Organization): void {
    const { selection, groups, name } = batch;
    const { dictionary, numbers } = name;
    let other = -1;
    let row = 0;
    for (let group = 0; group < groups.length; group++) {
      const end = groups.ends.values[group]!;
      const limited = this.limitedNames(organization, groups.resources[group]!.service);
      if (limited === undefined) {
        row = end;
        continue;
      }
      const decided: (boolean | undefined)[] = [];
      for (; row < end; row++) {
        const number = numbers.values[row]!;
        if (!selection.has(row) || number === other) continue;
        const isOver = (decided[number] ??= this.isNameOver(limited, dictionary.text(number)));
        if (!isOver) continue;
        this.over.span_names++;
        if (this.given.action === "drop_row") {
          selection.drop(row);
          continue;
        }
        if (other < 0) other = dictionary.numberOfText(this.given.placeholder);
        numbers.values[row] = other;
      }
    }
  }

  private limitedNames(organization: Organization, service: string): Limited | undefined {
    const limit = this.serviceLimits.get(service) ?? this.given.spanNames.limit;
    if (limit === "off") return undefined;
    const values = organization.of("span_names", service, limit, this.window);
    return { values, allowed: this.allowedNames };
  }

  private isNameOver({ values, allowed }: Limited, name: string): boolean {
    return !allowed.has(name) && values?.admits(name, this.window) !== true;
  }

  private limitPoints(batch: MetricBatch, organization: Organization): void {
    const keys = new Map<string, Limited | undefined>();
    const dropped = new Set<number>();
    const { numbers, histograms } = batch;
    const used = new Set<number>();
    addKept(numbers.series, numbers.rows, numbers.selection, used);
    addKept(histograms.series, histograms.rows, histograms.selection, used);
    mapSeries(batch, (series, number) => {
      if (!used.has(number)) return series;
      const limited = this.limitedSeries(series, organization, keys);
      if (limited === undefined) dropped.add(number);
      return limited ?? series;
    });
    if (dropped.size === 0) return;
    dropPoints(numbers.series, numbers.rows, numbers.selection, dropped);
    dropPoints(histograms.series, histograms.rows, histograms.selection, dropped);
  }

  /** The series that points of a series are to have; undefined where they are dropped. */
  private limitedSeries(
    series: Series,
    organization: Organization,
    keys: Map<string, Limited | undefined>,
  ): Series | undefined {
    const { action, placeholder } = this.given;
    const { metric, attributes } = series;
    const isOverKey = ({ key, value }: Attribute): boolean => {
      if (!keys.has(key)) keys.set(key, this.limitedValues(organization, "points", key));
      const limited = keys.get(key);
      return limited !== undefined && this.isOver(limited, value, "points");
    };
    const over = new Set(attributes.filter(isOverKey));
    if (over.size > 0 && action === "drop_row") return undefined;
    const labels =
      over.size === 0 ? attributes : changedLabels(attributes, over, action, placeholder);
    const limit = this.metricLimits.get(metric.name) ?? this.given.series.limit;
    if (limit === "off" || labels.length === 0) return this.changed.of(series, labels);
    const sets = organization.of("series", metric.name, limit, this.window);
    if (sets?.admits(this.labelSets.of(labels), this.window) === true)
      return this.changed.of(series, labels);
    this.over.series++;
    return action === "drop_row" ? undefined : this.collapsedOf(series);
  }

  /** The one series of all beyond the limit that have the same keys. */
  private collapsedOf(series: Series): Series {
    let made = this.collapsed.get(series);
    if (made === undefined) {
      const { action, placeholder } = this.given;
      const labels = action === "replace" ? replacedAll(series.attributes, placeholder) : [];
      this.collapsed.set(series, (made = this.changed.of(series, labels)));
    }
    return made;
  }

  /** Values beyond limits, and what is remembered now; `seen.…` is about how many values came of what is limited. */
  statistics(): Readonly<Record<string, number>> {
    const { over, organizations } = this;
    return {
      total_processed: this.processed,
      total_dropped: this.dropped,
      ...Object.fromEntries(KINDS.map((kind) => [`total_over_${kind}`, over[kind]])),
      organizations: organizations.count,
      values_remembered: organizations.values,
      ...Object.fromEntries(
        organizations
          .limited(this.window)
          .map(({ kind, name, seen }) => [`seen.${kind}.${statisticName(name)}`, seen]),
      ),
    };
  }
}

const STATISTIC_CHARACTERS_MAX = 64;

/** A sender's name as a part of a statistic's: words of letters, digits, `_` and `-`, with points between them. */
function statisticName(name: string): string {
  const words = name
    .slice(0, STATISTIC_CHARACTERS_MAX)
    .replaceAll(/[^A-Za-z0-9_.-]/g, "_")
    .split(".");
  return words.filter((word) => word !== "").join(".") || "_";
}

function changedLabels(
  attributes: readonly Attribute[],
  over: ReadonlySet<Attribute>,
  action: "replace" | "drop_attribute" | "drop_row",
  placeholder: string,
): readonly Attribute[] {
  if (action !== "replace") return attributes.filter((attribute) => !over.has(attribute));
  return attributes.map((attribute) =>
    over.has(attribute)
      ? { key: attribute.key, value: placeholder, type: ATTRIBUTE_TYPES.string }
      : attribute,
  );
}

/** The series that points are left of. */
function addKept(
  series: IntColumn,
  rows: number,
  selection: RowSelection,
  into: Set<number>,
): void {
  for (let row = 0; row < rows; row++) if (selection.has(row)) into.add(series.values[row]!);
}

function dropPoints(
  series: IntColumn,
  rows: number,
  selection: RowSelection,
  dropped: ReadonlySet<number>,
): void {
  for (let row = 0; row < rows; row++) if (dropped.has(series.values[row]!)) selection.drop(row);
}
