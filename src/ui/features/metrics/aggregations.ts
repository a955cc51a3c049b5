import type { Aggregation, MetricKind } from "#core/vocabulary.ts";
import type { Unit } from "../../lib/units.ts";
import { perSecondOf } from "../../lib/units.ts";

const QUANTILES = ["p50", "p90", "p95", "p99"] as const;

/** What suits a kind of metric, the server's own choice first. */
export function aggregationsOf(type: MetricKind, isMonotonic: boolean): readonly Aggregation[] {
  switch (type) {
    case "gauge":
      return ["avg", "min", "max", "sum", "last", ...QUANTILES, "count"];
    case "sum":
      return isMonotonic ? ["rate", "increase", "last"] : ["last", "avg", "min", "max", "increase"];
    case "histogram":
    case "exponential_histogram":
      return ["p95", "p50", "p90", "p99", "avg", "min", "max", "rate", "count", "sum"];
    case "summary":
      return ["avg", ...QUANTILES, "rate", "count", "sum"];
  }
}

/** The unit of what an aggregation makes of a metric. */
export function unitOf(type: MetricKind | null, unit: Unit, aggregation: Aggregation | null): Unit {
  const isDistribution =
    type === "histogram" || type === "exponential_histogram" || type === "summary";
  switch (aggregation) {
    case "count":
      return "1";
    case "rate":
      // Of a distribution it is how many were measured, whatever it was.
      return isDistribution ? "1/s" : perSecondOf(unit);
    case "increase":
      return isDistribution ? "1" : unit;
    default:
      return unit;
  }
}

const WORDS: Readonly<Record<Aggregation, string>> = {
  sum: "Sum",
  avg: "Average",
  min: "Least",
  max: "Greatest",
  count: "Count",
  last: "Last value",
  rate: "Per second",
  increase: "Increase",
  p50: "p50 (median)",
  p90: "p90",
  p95: "p95",
  p99: "p99",
};

export function aggregationWords(aggregation: Aggregation): string {
  return WORDS[aggregation];
}

const KINDS: Readonly<Record<MetricKind, string>> = {
  gauge: "gauge",
  sum: "sum",
  histogram: "histogram",
  exponential_histogram: "exponential histogram",
  summary: "summary",
};

/** A metric's kind in words: a sum that only grows is a counter. */
export function kindWords(type: MetricKind, isMonotonic: boolean): string {
  return type === "sum" && isMonotonic ? "counter" : KINDS[type];
}
