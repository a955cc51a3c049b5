import { setImmediate as turn } from "node:timers/promises";
import type { LogRow, SpanRow } from "#core/row-views.ts";
import { severityOf } from "#core/vocabulary.ts";
import type { Row } from "#pipeline/delivery/delivery.ts";
import { jsonOfRow } from "#pipeline/delivery/row-json.ts";
import { wellFormedJson } from "#pipeline/delivery/well-formed-json.ts";
import { type EventMetadata, MetadataOfEvents } from "./event-metadata.ts";
import { fieldsOfResource, flatFields, type FlatFields } from "./flat-fields.ts";
import { measurementsOf } from "./measurements.ts";
import type { SplunkHecSettings } from "./settings.ts";

/** Rows, or events, that are encoded before other work gets its turn. */
const ROWS_AT_ONCE = 250;

/** An event as HEC takes it, with the rows that it holds by their places: points may share one. */
export interface HecEvent {
  readonly json: string;
  readonly bytes: number;
  readonly index: string | undefined;
  readonly rows: readonly number[];
}

export interface EncodedRows {
  readonly events: readonly HecEvent[];
  /** Rows of which there is nothing to send. */
  readonly refused: readonly { readonly index: number; readonly reason: string }[];
}

/** An event of metrics that further points may still join. */
interface OpenEvent {
  readonly values: Map<string, number>;
  readonly rows: number[];
}

/**
 * Makes events of rows
 * (https://help.splunk.com/en/splunk-enterprise/get-data-in/collect-http-event-data/format-events-for-http-event-collector).
 * A row may have several; points of one time with the same dimensions share one.
 */
export class EventEncoder {
  readonly #settings: SplunkHecSettings;
  readonly #events: MetadataOfEvents;
  readonly #metrics: MetadataOfEvents;

  constructor(settings: SplunkHecSettings) {
    const { host, source, metricsIndex } = settings;
    this.#settings = settings;
    this.#events = new MetadataOfEvents(settings);
    this.#metrics = new MetadataOfEvents({ host, source, index: metricsIndex });
  }

  async encode(rows: readonly Row[]): Promise<EncodedRows> {
    // Made at the end, since events of metrics grow until then.
    const makers: (() => HecEvent)[] = [];
    const open = new Map<string, OpenEvent>();
    const refused: { index: number; reason: string }[] = [];
    for (const [place, row] of rows.entries()) {
      if (place % ROWS_AT_ONCE === ROWS_AT_ONCE - 1) await turn();
      if (row.kind === "log") makers.push(() => this.#logEvent(row.row, place));
      else if (row.kind === "span") makers.push(() => this.#spanEvent(row.row, place));
      else if (!this.#measure(row, place, makers, open))
        refused.push({
          index: place,
          reason: "a metric of Splunk has no value that is not finite",
        });
    }
    const events: HecEvent[] = [];
    for (const make of makers) {
      if (events.length % ROWS_AT_ONCE === ROWS_AT_ONCE - 1) await turn();
      events.push(make());
    }
    return { events, refused };
  }

  #logEvent(row: LogRow, place: number): HecEvent {
    const { eventFormat } = this.#settings;
    const isBody = eventFormat === "body" && row.body.trim() !== "";
    return eventOf({
      timeNs: row.time === 0n ? row.observedTime : row.time,
      metadata: this.#events.of(row.resource),
      event: isBody ? row.body : jsonOfRow({ kind: "log", row }),
      fields: this.#fieldsOf(row, {
        level: severityOf(row.severity) ?? "",
        event_type: row.eventName,
        trace_id: /^0*$/.test(row.traceId) ? "" : row.traceId,
        span_id: /^0*$/.test(row.spanId) ? "" : row.spanId,
      }),
      rows: [place],
    });
  }

  #spanEvent(row: SpanRow, place: number): HecEvent {
    return eventOf({
      timeNs: row.time,
      metadata: this.#events.of(row.resource),
      event: jsonOfRow({ kind: "span", row }),
      fields: this.#fieldsOf(row, { trace_id: row.traceId, span_id: row.spanId, name: row.name }),
      rows: [place],
    });
  }

  #fieldsOf(row: LogRow | SpanRow, own: Readonly<Record<string, string>>): FlatFields {
    const { indexedFields } = this.#settings;
    if (indexedFields === "none") return {};
    const resource = fieldsOfResource(row.resource);
    if (indexedFields === "resource") return resource;
    const there = Object.entries(own).filter(([, value]) => value !== "");
    return { ...resource, ...Object.fromEntries(there), ...flatFields(row.attributes) };
  }

  /** @returns false when the point has no measurement. */
  #measure(
    row: Extract<Row, { kind: "number_point" | "histogram_point" }>,
    place: number,
    makers: (() => HecEvent)[],
    open: Map<string, OpenEvent>,
  ): boolean {
    const { series, time } = row.row;
    const metadata = this.#metrics.of(series.resource);
    const all = measurementsOf(row);
    for (const { values, dimensions } of all) {
      const { high, low } = series.resource.id;
      const key = `${time} ${high}:${low} ${keyOf(dimensions)}`;
      const shared = open.get(key);
      const entries = Object.entries(values);
      if (shared !== undefined && entries.every(([name]) => !shared.values.has(name))) {
        for (const [name, value] of entries) shared.values.set(name, value);
        shared.rows.push(place);
        continue;
      }
      const own: OpenEvent = { values: new Map(entries), rows: [place] };
      open.set(key, own);
      makers.push(() =>
        eventOf({
          timeNs: time,
          metadata,
          event: "metric",
          fields: { ...dimensions, ...measured(own.values) },
          rows: own.rows,
        }),
      );
    }
    return all.length > 0;
  }
}

function keyOf(dimensions: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(dimensions));
}

/** https://help.splunk.com/en/splunk-enterprise/get-data-in/metrics/10.0: the multiple-metric JSON format. */
function measured(values: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...values].map(([name, value]) => [`metric_name:${name}`, value]));
}

function eventOf(parts: {
  readonly timeNs: bigint;
  readonly metadata: EventMetadata;
  readonly event: unknown;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly rows: readonly number[];
}): HecEvent {
  const { timeNs, metadata, event, fields, rows } = parts;
  const hasFields = Object.keys(fields).length > 0;
  const rest = wellFormedJson({ ...metadata, event, ...(hasFields ? { fields } : {}) });
  // A double has no room for nanoseconds, but the text of a number does.
  const json = timeNs === 0n ? rest : `{"time":${secondsOf(timeNs)},${rest.slice(1)}`;
  return { json, bytes: Buffer.byteLength(json), index: metadata.index, rows };
}

/** Unix seconds with as many digits after the point as there are. */
function secondsOf(ns: bigint): string {
  const digits = String(ns).padStart(10, "0");
  const fraction = digits.slice(-9).replace(/0+$/, "");
  return digits.slice(0, -9) + (fraction === "" ? "" : `.${fraction}`);
}
