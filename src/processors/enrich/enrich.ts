import { type Attribute, Resource, Series } from "#core/attributes.ts";
import type { Batch } from "#core/batch.ts";
import { keptRows } from "#core/batch.ts";
import { textOfInput, typeOfInput } from "#core/build/attribute-input.ts";
import type { AttributeRow } from "#core/edit/attribute-row.ts";
import { editAttributes } from "#core/edit/edit-attributes.ts";
import { mapResources, mapSeries, withAttribute } from "#core/edit/map-origins.ts";
import { isEvent } from "#core/event-marks.ts";
import { ROW_LIMITS } from "#core/limits.ts";
import type { LogBatch } from "#core/log-batch.ts";
import type { MetricBatch } from "#core/metric-batch.ts";
import { listedAttribute } from "#core/row-access.ts";
import type { SpanBatch } from "#core/span-batch.ts";
import { defineComponent, type Processor, type ProcessorContext } from "#pipeline/component.ts";
import { EventFields } from "./event-fields.ts";
import { type LookupTable, readLookupTable } from "./lookup-table.ts";
import { hostArchOf, type Machine, osTypeOf, thisMachine } from "./machine.ts";
import { type EnrichSettings, settings } from "./settings.ts";

/**
 * Says more of rows than their senders did: where and in what environment they arrived, what an event cost and
 * how long it took, attributes that all rows get, and what tables know of a key. Seed 003's `enricher`.
 *
 * What is the same for all rows goes to their resource, once, whatever their number. Events have it on the row as
 * well, since the JSON that destinations are given of an event has the row's attributes only.
 *
 * @example
 * processors:
 *   enrich: { environment: production, lookups: [{ file: teams.csv, key: service.name }] }
 */
export const enrich = defineComponent({
  kind: "processor",
  type: "enrich",
  summary: "Adds the host, environment, process figures, cost and attributes from tables.",
  signals: { traces: "stable", metrics: "stable", logs: "stable" },
  settings,
  create: (given: EnrichSettings, context: ProcessorContext) =>
    new EnrichProcessor(given, context, thisMachine()),
});

export class EnrichProcessor implements Processor {
  private readonly given: EnrichSettings;
  private readonly events: EventFields;
  /** Attributes that a resource gets where it has none of the group's first key. */
  private readonly missing: readonly (readonly Attribute[])[];
  private readonly statics: readonly Attribute[];
  private tables: readonly LookupTable[] = [];
  private resources = new WeakMap<Resource, Resource>();
  private series = new WeakMap<Series, Series>();
  private processed = 0;
  private enrichedEvents = 0;
  private lookups = 0;
  private found = 0;

  constructor(given: EnrichSettings, context: ProcessorContext, machine: Machine) {
    this.given = given;
    this.events = new EventFields(given, context.name, machine, context.clock);
    this.missing = resourceGroups(given, machine);
    this.statics = Object.entries(given.attributes).map(([key, value]) => attributeOf(key, value));
  }

  async start(): Promise<void> {
    const tables: LookupTable[] = [];
    for (const lookup of this.given.lookups) tables.push(await readLookupTable(lookup));
    this.tables = tables;
    this.resources = new WeakMap();
    this.series = new WeakMap();
  }

  process(batch: Batch): void {
    this.processed += keptRows(batch);
    mapResources(batch, (resource) => this.resourceOf(resource));
    switch (batch.signal) {
      case "metrics":
        this.lookUpSeries(batch);
        break;
      case "logs":
        this.enrichLogs(batch);
        break;
      default:
        this.lookUpRows(batch);
    }
  }

  private resourceOf(resource: Resource): Resource {
    let made = this.resources.get(resource);
    if (made === undefined) {
      this.resources.set(resource, (made = this.enriched(resource)));
      this.resources.set(made, made);
    }
    return made;
  }

  private enriched(resource: Resource): Resource {
    let list = resource.attributes;
    for (const group of this.missing) {
      if (saysAlready(list, group[0]!.key)) continue;
      for (const attribute of group) list = withMissing(list, attribute);
    }
    for (const attribute of this.statics) list = withAttribute(list, attribute);
    list = this.lookedUp(list);
    return list === resource.attributes ? resource : new Resource(list, resource.schemaUrl);
  }

  /** A list with what the tables know of it: one table may give the key of the next. */
  private lookedUp(list: readonly Attribute[]): readonly Attribute[] {
    let looked = list;
    for (const table of this.tables) {
      const key = listedAttribute(looked, table.key.text);
      if (key === undefined) continue;
      this.lookups++;
      const row = table.get(key.value);
      if (row === undefined) continue;
      this.found++;
      for (const { attribute } of row) looked = withMissing(looked, attribute);
    }
    return looked;
  }

  private lookUpSeries(batch: MetricBatch): void {
    if (this.tables.length === 0) return;
    mapSeries(batch, (series) => {
      let made = this.series.get(series);
      if (made !== undefined) return made;
      const list = this.lookedUp(series.attributes);
      const { metric, resource, scope } = series;
      made = list === series.attributes ? series : new Series(metric, resource, scope, list);
      this.series.set(series, made);
      return made;
    });
  }

  private lookUpRows(batch: SpanBatch): void {
    if (this.tables.length === 0) return;
    editAttributes(batch, batch.selection, (row) => this.lookUpRow(row));
  }

  private lookUpRow(row: AttributeRow): void {
    for (const table of this.tables) {
      const place = row.indexOf(table.key);
      if (place < 0) continue;
      this.lookups++;
      const found = table.get(row.text(place));
      if (found === undefined) continue;
      this.found++;
      for (const { key, attribute } of found)
        if (row.indexOf(key) < 0) row.set(key, attribute.value, attribute.type);
    }
  }

  private enrichLogs(batch: LogBatch): void {
    const { events } = this.given;
    if (events === "none" && this.tables.length === 0) return;
    this.events.beginBatch();
    editAttributes(batch, batch.selection, (row, index) => {
      const isOne = events === "all" || (events === "events" && isEvent(batch, index));
      this.lookUpRow(row);
      if (!isOne) return;
      this.events.enrich(row, batch, index);
      this.enrichedEvents++;
    });
  }

  /** Lookups count once for a resource or series that was seen before. */
  statistics(): Readonly<Record<string, number>> {
    return {
      total_processed: this.processed,
      total_events_enriched: this.enrichedEvents,
      total_lookups: this.lookups,
      total_lookups_found: this.found,
    };
  }
}

function resourceGroups(given: EnrichSettings, machine: Machine): (readonly Attribute[])[] {
  const has = (one: "hostname" | "environment"): boolean =>
    given.enrichments.includes(one) || given.enrichments.includes("all");
  const groups: (readonly Attribute[])[] = [];
  if (given.ownHost && has("hostname"))
    groups.push([
      attributeOf("host.name", machine.hostname),
      attributeOf("host.arch", hostArchOf(machine.arch)),
      attributeOf("os.type", osTypeOf(machine.platform)),
    ]);
  if (has("environment") && given.environment !== undefined)
    groups.push([attributeOf("deployment.environment.name", given.environment)]);
  return groups;
}

/** The name that `deployment.environment.name` had before version 1.27 of the semantic conventions. */
const OLDER_ENVIRONMENT = "deployment.environment";

function saysAlready(list: readonly Attribute[], key: string): boolean {
  if (listedAttribute(list, key) !== undefined) return true;
  return (
    key.startsWith(OLDER_ENVIRONMENT) && listedAttribute(list, OLDER_ENVIRONMENT) !== undefined
  );
}

function attributeOf(key: string, value: string | number | boolean): Attribute {
  const text = textOfInput(value, ROW_LIMITS.attributeValueBytesMax);
  return { key, value: text, type: typeOfInput(value) };
}

function withMissing(list: readonly Attribute[], attribute: Attribute): readonly Attribute[] {
  const isThere = listedAttribute(list, attribute.key) !== undefined;
  return isThere ? list : withAttribute(list, attribute);
}
