import { TELEMETRY_LIMITS } from "#core/limits.ts";
import type { Meter } from "./meter.ts";

/**
 * Makes metrics of what a component says of itself, under the names that its documentation gives: some of
 * them only grow, others go up and down, so that all are one gauge. Of a component with too many names
 * the first are told.
 *
 * @param meter That of the component.
 * @example
 * observeStatistics(meters.of("redact"), "default", () => processor.statistics?.() ?? {});
 * // sightglass_component_statistic{pipeline="default",name="total_fields_redacted",component="redact"} 3
 */
export function observeStatistics(
  meter: Meter,
  pipeline: string,
  statistics: () => Readonly<Record<string, number>>,
): void {
  meter.observedGauge(
    {
      name: "component_statistic",
      help: "What components count of themselves, in the names of their documentation.",
      labels: ["pipeline", "name"],
      seriesMax: TELEMETRY_LIMITS.statisticsMax,
    },
    () =>
      Object.entries(statistics())
        .slice(0, TELEMETRY_LIMITS.statisticsPerComponentMax)
        .map(([name, value]) => ({ value, labels: { pipeline, name } })),
  );
}
