import type { LogRow } from "#core/row-views.ts";
import type { Delivery, Row } from "#pipeline/delivery/delivery.ts";
import { resourceOf, timeMsOf } from "#pipeline/delivery/row-facts.ts";
import type { Part, Refusal } from "#pipeline/delivery/send-parts.ts";
import { type Bodies, bodiesOf, type BodyLimits } from "./bodies.ts";
import { eventBodyOf, LOG_LIMITS, logEntryOf } from "./logs.ts";
import type { PointConverter } from "./metrics.ts";
import { histogramsBodyOf, spansBodyOf, type SpanItem, TRACE_BYTES_MAX } from "./otlp-requests.ts";
import { METRIC_LIMITS, seriesBodyOf } from "./series.ts";
import type { DatadogSettings } from "./settings.ts";
import { metricName, type Origins } from "./tags.ts";

/** What is sent where. */
export type Intake = "logs" | "series" | "histograms" | "events" | "traces";

/** Intakes at which deltas count from what was taken before them. */
const ORDERED: ReadonlySet<Intake> = new Set(["series", "histograms"]);

/** One request to an intake. */
export interface IntakeRequest extends Part {
  readonly intake: Intake;
  readonly bytes: Buffer;
  readonly isCompressed: boolean;
  /** To be called once it was taken. */
  settle(): void;
}

export interface PlannedRequests {
  readonly requests: readonly IntakeRequest[];
  readonly refused: readonly Refusal[];
  /** Points of which nothing is sent. */
  readonly withheld: number;
}

/** How far ahead of its intake's clock a point may be. */
const METRIC_AHEAD_MS_MAX = 600_000;

interface Item {
  readonly place: number;
  readonly settle?: () => void;
}

/** Makes the requests of deliveries. */
export class RequestPlanner {
  readonly #settings: DatadogSettings;
  readonly #origins: Origins;
  readonly #converter: PointConverter;

  constructor(settings: DatadogSettings, origins: Origins, converter: PointConverter) {
    this.#settings = settings;
    this.#origins = origins;
    this.#converter = converter;
  }

  /** @param nowMs By which rows are too old. */
  async plan(
    { rows, org }: Pick<Delivery, "rows" | "org">,
    nowMs: number,
  ): Promise<PlannedRequests> {
    const { compression, metricPrefix } = this.#settings;
    const { logs, events, spans, points, refused } = this.#sorted(rows, nowMs);
    const converted = this.#converter.convert(rows, points, org);
    const requests: IntakeRequest[] = [];
    const add = async <One extends Item>(
      intake: Intake,
      items: readonly One[],
      encode: (items: readonly One[]) => Buffer,
      limits: BodyLimits,
      isCompressed = compression,
    ): Promise<void> => {
      const bodies = await bodiesOf(items, encode, limits, isCompressed);
      requests.push(...requestsOf(intake, bodies));
      refused.push(...bodies.refused);
    };
    await add("logs", logs, logsBodyOf, LOG_LIMITS);
    await add("events", events, eventBody, { ...LOG_LIMITS, itemsMax: 1 }, false);
    const metricLimits = compression
      ? METRIC_LIMITS
      : { ...METRIC_LIMITS, bytesMax: METRIC_LIMITS.sentBytesMax };
    const series = (items: typeof converted.series): Buffer =>
      seriesBodyOf(items, this.#origins, metricPrefix);
    await add("series", converted.series, series, metricLimits);
    const histograms = (items: typeof converted.histograms): Buffer =>
      histogramsBodyOf(items, this.#origins, metricPrefix);
    await add("histograms", converted.histograms, histograms, metricLimits);
    await add("traces", spans, spansBodyOf, { bytesMax: TRACE_BYTES_MAX });
    refused.push(...converted.refused);
    return { requests, refused, withheld: converted.withheld };
  }

  /** The rows by what they are to Datadog, without those that it would drop. */
  #sorted(rows: readonly Row[], nowMs: number) {
    const logs: EncodedItem[] = [];
    const events: EncodedItem[] = [];
    const spans: SpanItem[] = [];
    const points: number[] = [];
    const refused: Refusal[] = [];
    for (const [place, row] of rows.entries()) {
      const reason = this.#whyNot(row, nowMs);
      if (reason !== undefined) refused.push({ index: place, reason });
      else if (row.kind === "span") spans.push({ place, row: row.row });
      else if (row.kind !== "log") points.push(place);
      else if (this.#isEvent(row.row)) events.push(this.#encoded(row, place, eventBodyOf));
      else {
        const entry = this.#encoded(row, place, logEntryOf);
        const bytes = Buffer.byteLength(entry.text);
        if (bytes <= LOG_LIMITS.entryBytesMax) logs.push(entry);
        else refused.push({ index: place, reason: tooLarge(bytes) });
      }
    }
    return { logs, events, spans, points, refused };
  }

  #isEvent({ eventName }: LogRow): boolean {
    return this.#settings.events && eventName !== "";
  }

  #encoded(
    row: Row & { readonly kind: "log" },
    place: number,
    encode: typeof logEntryOf,
  ): EncodedItem {
    const origin = this.#origins.of(resourceOf(row));
    return { place, text: encode(row.row, origin, this.#settings.source) };
  }

  /** Why Datadog would drop a row though it takes it. */
  #whyNot(row: Row, nowMs: number): string | undefined {
    const { logAgeMax, metricAgeMax, metricPrefix } = this.#settings;
    const ageMs = nowMs - timeMsOf(row);
    if (row.kind === "span") return undefined;
    if (row.kind === "log")
      return ageMs > logAgeMax ? `${ageMs} ms old; logAgeMax is ${logAgeMax}` : undefined;
    if (ageMs > metricAgeMax) return `${ageMs} ms old; metricAgeMax is ${metricAgeMax}`;
    if (-ageMs > METRIC_AHEAD_MS_MAX) return `${-ageMs} ms in the future`;
    const hasName = metricName(row.row.series.metric.name, metricPrefix) !== "";
    return hasName ? undefined : "nothing of the metric's name is allowed";
  }
}

interface EncodedItem extends Item {
  readonly text: string;
}

function tooLarge(bytes: number): string {
  return `${bytes} bytes as JSON; Datadog takes ${LOG_LIMITS.entryBytesMax}`;
}

function logsBodyOf(items: readonly EncodedItem[]): Buffer {
  return Buffer.from(`[${items.map(({ text }) => text).join(",")}]`);
}

function eventBody([item]: readonly EncodedItem[]): Buffer {
  return Buffer.from(item!.text);
}

function requestsOf<One extends Item>(intake: Intake, { bodies }: Bodies<One>): IntakeRequest[] {
  return bodies.map(({ items, places, bytes, isCompressed }) => ({
    intake,
    target: intake,
    isOrdered: ORDERED.has(intake),
    places,
    bytes,
    isCompressed,
    settle: () => {
      for (const { settle } of items) settle?.();
    },
  }));
}
