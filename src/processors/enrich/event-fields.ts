import { Buffer } from "node:buffer";
import { ATTRIBUTE_TYPES, textOfDouble } from "#core/attributes.ts";
import { textOfInput, typeOfInput } from "#core/build/attribute-input.ts";
import { timeOfValue } from "#core/build/time-value.ts";
import type { Clock } from "#core/clock.ts";
import type { AttributeRow } from "#core/edit/attribute-row.ts";
import { ROW_LIMITS } from "#core/limits.ts";
import type { LogBatch } from "#core/log-batch.ts";
import { AttributeKey, millisecondsAt } from "#core/row-access.ts";
import { costEstimate, valueOf } from "./cost.ts";
import type { Machine } from "./machine.ts";
import { ENRICHMENTS, type Enrichment, type EnrichSettings } from "./settings.ts";

/** How long figures of the process are used again: they cost system calls. */
const FIGURES_MS = 1_000;

const TIMESTAMP = new AttributeKey("timestamp");
const DURATION = new AttributeKey("duration_ms");
const STARTED = new AttributeKey("started_at");
const COMPLETED = new AttributeKey("completed_at");
const COST = new AttributeKey("cost_estimate");
const CONTEXT = new AttributeKey("_context");
const ENRICHMENT = new AttributeKey("_enrichment");

interface Field {
  readonly key: AttributeKey;
  readonly value: Buffer;
  readonly type: number;
}

type FieldValue = Parameters<typeof textOfInput>[0];

function field(key: string, value: FieldValue): Field {
  const text = textOfInput(value, ROW_LIMITS.attributeValueBytesMax);
  return { key: new AttributeKey(key), value: Buffer.from(text), type: typeOfInput(value) };
}

/** Writes the fields of seed 003's enricher into events. What an event has already is left as it is. */
export class EventFields {
  private readonly given: EnrichSettings;
  private readonly enrichments: ReadonlySet<Enrichment>;
  private readonly machine: Machine;
  private readonly clock: Clock;
  private readonly constants: readonly Field[];
  private readonly statics: readonly Field[];
  private readonly contextKeys: readonly AttributeKey[];
  private readonly metadataEnd: string;
  private figures: readonly Field[] = [];
  private figuresMs = Number.NEGATIVE_INFINITY;
  /** `_enrichment` of the batch's rows. */
  private metadata = "";

  constructor(given: EnrichSettings, name: string, machine: Machine, clock: Clock) {
    this.given = given;
    this.machine = machine;
    this.clock = clock;
    const isAll = given.enrichments.includes("all");
    const chosen = ENRICHMENTS.filter((one) => isAll || given.enrichments.includes(one));
    this.enrichments = new Set(chosen);
    this.constants = this.constantFields();
    this.statics = Object.entries(given.attributes).map(([key, value]) => field(key, value));
    this.contextKeys = given.contextFields.map((key) => new AttributeKey(key));
    const applied = { enriched_by: name, enrichments_applied: chosen };
    this.metadataEnd = `,${JSON.stringify(applied).slice(1)}`;
  }

  private constantFields(): Field[] {
    const { machine, enrichments, given } = this;
    const fields: Field[] = [];
    if (enrichments.has("hostname"))
      fields.push(
        field("hostname", machine.hostname),
        field("platform", machine.platform),
        field("arch", machine.arch),
      );
    if (enrichments.has("environment"))
      fields.push(
        field("environment", given.environment ?? "development"),
        field("node_version", machine.nodeVersion),
      );
    if (enrichments.has("process")) fields.push(field("process_id", machine.processId));
    return fields;
  }

  /** To be called before the rows of a batch. */
  beginBatch(): void {
    const now = this.clock.nowMs();
    this.metadata = `{"enriched_at":"${new Date(now).toISOString()}"${this.metadataEnd}`;
    const monotonic = this.clock.monotonicMs();
    if (monotonic - this.figuresMs < FIGURES_MS) return;
    this.figuresMs = monotonic;
    this.figures = this.figureFields();
  }

  private figureFields(): Field[] {
    const { machine, enrichments } = this;
    const fields: Field[] = [];
    if (enrichments.has("process")) fields.push(field("process_uptime", machine.uptime()));
    if (enrichments.has("performance"))
      fields.push(
        field("memory_usage", machine.memoryUsage()),
        field("cpu_usage", machine.cpuUsage()),
      );
    return fields;
  }

  enrich(row: AttributeRow, batch: LogBatch, index: number): void {
    const { enrichments } = this;
    for (const { key, value, type } of this.statics) row.set(key, value, type);
    if (enrichments.has("timestamp") && row.indexOf(TIMESTAMP) < 0) {
      const time = new Date(millisecondsAt(batch.time, index)).toISOString();
      row.set(TIMESTAMP, time, ATTRIBUTE_TYPES.string);
    }
    setMissing(row, this.constants);
    setMissing(row, this.figures);
    if (enrichments.has("performance")) addDuration(row);
    if (enrichments.has("cost")) this.addCost(row);
    if (enrichments.has("context")) this.addContext(row);
    if (this.given.metadata) row.set(ENRICHMENT, this.metadata, ATTRIBUTE_TYPES.kvlist);
  }

  private addCost(row: AttributeRow): void {
    if (row.indexOf(COST) >= 0) return;
    const { inputPricePerMillion: input, outputPricePerMillion: output } = this.given;
    const estimate = costEstimate(row, { input, output });
    if (estimate !== undefined) row.set(COST, estimate, ATTRIBUTE_TYPES.kvlist);
  }

  private addContext(row: AttributeRow): void {
    if (row.indexOf(CONTEXT) >= 0) return;
    const context = new Map<string, unknown>(Object.entries(this.given.context));
    for (const key of this.contextKeys) {
      const value = valueOf(row, key);
      if (value !== undefined && value !== null) context.set(key.text, value);
    }
    row.set(CONTEXT, JSON.stringify(Object.fromEntries(context)), ATTRIBUTE_TYPES.kvlist);
  }
}

function setMissing(row: AttributeRow, fields: readonly Field[]): void {
  for (const { key, value, type } of fields) if (row.indexOf(key) < 0) row.set(key, value, type);
}

function addDuration(row: AttributeRow): void {
  if (row.indexOf(STARTED) < 0 || row.indexOf(DURATION) >= 0) return;
  const started = timeOfValue(valueOf(row, STARTED));
  const completed = timeOfValue(valueOf(row, COMPLETED));
  if (started === undefined || completed === undefined || completed < started) return;
  const ms = Number(completed - started) / 1e6;
  const type = Number.isInteger(ms) ? ATTRIBUTE_TYPES.int : ATTRIBUTE_TYPES.double;
  row.set(DURATION, textOfDouble(ms), type);
}
