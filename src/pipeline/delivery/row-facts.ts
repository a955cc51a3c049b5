import type { Attribute, Resource } from "#core/attributes.ts";
import type { Signal } from "#core/signal.ts";
import type { Row } from "./delivery.ts";

// What rows of every kind have, wherever it stands in them.

const SIGNALS = {
  span: "traces",
  log: "logs",
  number_point: "metrics",
  histogram_point: "metrics",
} as const satisfies Record<Row["kind"], Signal>;

export function signalOf({ kind }: Row): Signal {
  return SIGNALS[kind];
}

/** Unix nanoseconds; of a log record without a time of its own, when it was observed. */
export function timeNsOf(row: Row): bigint {
  return row.kind === "log" && row.row.time === 0n ? row.row.observedTime : row.row.time;
}

/** Unix milliseconds, rounded down. */
export function timeMsOf(row: Row): number {
  return Number(timeNsOf(row) / 1_000_000n);
}

/** What a row came from. */
export function resourceOf(row: Row): Resource {
  return "series" in row.row ? row.row.series.resource : row.row.resource;
}

/** The row's own attributes; those of a point are its series'. */
export function attributesOf(row: Row): readonly Attribute[] {
  return "series" in row.row ? row.row.series.attributes : row.row.attributes;
}
