import { type Batch, keptRows } from "#core/batch.ts";
import type { Clock } from "#core/clock.ts";
import { histogramPointRow, logRow, numberPointRow, spanRow } from "#core/row-views.ts";
import type { RowSelection } from "#core/row-groups.ts";
import type { Signal } from "#core/signal.ts";
import type { Row } from "../delivery/delivery.ts";
import { type JsonObject, jsonOfRow } from "../delivery/row-json.ts";

/** What became of a row at a component. */
export type SampleOutcome =
  | "passed"
  | "changed"
  | "dropped"
  | "taken"
  | "refused"
  | "delivered"
  | "dead_letter";

/** A row as it went by a component. */
export interface RowSample {
  /** Unix milliseconds. */
  readonly timeMs: number;
  readonly org: string;
  readonly signal: Signal;
  readonly outcome: SampleOutcome;
  /** Undefined where it is hidden, or where a component has no such side. */
  readonly before?: SampledRow | undefined;
  readonly after?: SampledRow | undefined;
}

/** A row as the JSON text that destinations get of it, cut at the bound. */
export interface SampledRow {
  readonly text: string;
  readonly isCut: boolean;
}

/** How long rows are sampled after somebody asked for them. */
export const ARMED_MS = 30_000;
/** Samples that are kept of one component, and that it takes in a second. */
export const SAMPLES_MAX = 50;
const SAMPLES_PER_SECOND = 10;
/** Characters of a row's JSON text; a longer one is cut. */
export const SAMPLE_CHARACTERS_MAX = 16_384;
const SECOND_MS = 1_000;

/**
 * Rows that went by a component, for people to look at. None is taken, and nothing is kept, unless
 * somebody has asked within the last {@link ARMED_MS}: until then a component pays one comparison a batch.
 *
 * @example
 * samples.arm();
 * if (samples.room() > 0) samples.add({ timeMs, org, signal, outcome: "delivered", after: sampledRow(row) });
 * samples.list(org, 20);
 */
export class RowSamples {
  private readonly clock: Clock;
  private armedUntilMs = 0;
  private second = 0;
  private takenInSecond = 0;
  private kept: RowSample[] = [];

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Rows are sampled from now on, for a while. Returns until when, in Unix milliseconds. */
  arm(): number {
    this.armedUntilMs = this.clock.monotonicMs() + ARMED_MS;
    return this.clock.nowMs() + ARMED_MS;
  }

  /** How many rows may be sampled now: none while nobody asks. */
  room(): number {
    if (this.armedUntilMs === 0) return 0;
    const nowMs = this.clock.monotonicMs();
    if (nowMs >= this.armedUntilMs) {
      this.armedUntilMs = 0;
      this.kept = [];
      return 0;
    }
    const second = Math.floor(nowMs / SECOND_MS);
    if (second !== this.second) {
      this.second = second;
      this.takenInSecond = 0;
    }
    return SAMPLES_PER_SECOND - this.takenInSecond;
  }

  /** Keeps a sample, within what {@link room} said. */
  add(sample: RowSample): void {
    this.takenInSecond += 1;
    this.kept.push(sample);
    if (this.kept.length > SAMPLES_MAX) this.kept.shift();
  }

  forget(): void {
    this.kept = [];
  }

  /** Those of an organization, the newest first. */
  list(org: string, limit: number): RowSample[] {
    // What nobody has asked for in time is not shown to who asks next.
    this.room();
    return this.kept
      .filter((one) => one.org === org)
      .toReversed()
      .slice(0, limit);
  }
}

export function sampledRow(row: Row): SampledRow {
  const text = JSON.stringify(jsonOfRow(row));
  const isCut = text.length > SAMPLE_CHARACTERS_MAX;
  return { text: isCut ? text.slice(0, SAMPLE_CHARACTERS_MAX).toWellFormed() : text, isCut };
}

/** The row as JSON; of one that was cut only the beginning of its text, as `truncated`. */
export function jsonOfSample({ text, isCut }: SampledRow): JsonObject {
  return isCut ? { truncated: text } : (JSON.parse(text) as JsonObject);
}

/** A row of a batch: those of histograms as `~row`. */
export type RowNumber = number;

/** The first rows of a batch that are left, `max` at most. */
export function someRows(batch: Batch, max: number): RowNumber[] {
  const wanted = Math.min(max, keptRows(batch));
  if (batch.signal !== "metrics") return firstKept(batch.selection, batch.rows, wanted);
  const numbers = firstKept(batch.numbers.selection, batch.numbers.rows, wanted);
  const { histograms } = batch;
  const rest = firstKept(histograms.selection, histograms.rows, wanted - numbers.length);
  return [...numbers, ...rest.map((row) => ~row)];
}

export function isKept(batch: Batch, row: RowNumber): boolean {
  if (batch.signal !== "metrics") return batch.selection.has(row);
  return row < 0 ? batch.histograms.selection.has(~row) : batch.numbers.selection.has(row);
}

/** A row of a batch as an object. */
export function rowOf(batch: Batch, row: RowNumber): Row {
  switch (batch.signal) {
    case "traces":
      return { kind: "span", row: spanRow(batch, row) };
    case "logs":
      return { kind: "log", row: logRow(batch, row) };
    case "metrics":
      return row < 0
        ? { kind: "histogram_point", row: histogramPointRow(batch, ~row) }
        : { kind: "number_point", row: numberPointRow(batch, row) };
  }
}

function firstKept(selection: RowSelection, rows: number, max: number): number[] {
  const found: number[] = [];
  for (let row = 0; row < rows && found.length < max; row++)
    if (selection.has(row)) found.push(row);
  return found;
}
