import { describe, expect, it } from "vitest";
import { TELEMETRY_LIMITS } from "#core/limits.ts";
import { ComponentMeters } from "./component-meters.ts";
import { observeStatistics } from "./component-statistics.ts";
import { createMeter, type NumberPoint } from "./meter.ts";

function setting() {
  const meter = createMeter();
  const points = (): readonly NumberPoint[] => {
    const [metric] = meter.snapshot();
    return metric === undefined || metric.kind === "histogram" ? [] : metric.points;
  };
  return { meters: new ComponentMeters(meter), points };
}

describe("what components count of themselves", () => {
  it("is one metric, told apart by component, pipeline and name, as it is when it is asked for", () => {
    const { meters, points } = setting();
    const counted = { seen: 1 };
    observeStatistics(meters.of("redact"), "default", () => counted);
    observeStatistics(meters.of("s3"), "default", () => ({ compression_ratio: 0.25 }));
    counted.seen = 2;
    expect(points()).toEqual([
      { value: 2, labels: { pipeline: "default", name: "seen", component: "redact" } },
      { value: 0.25, labels: { pipeline: "default", name: "compression_ratio", component: "s3" } },
    ]);
  });

  it("is gone with the component", () => {
    const { meters, points } = setting();
    const meter = meters.of("redact");
    observeStatistics(meter, "default", () => ({ seen: 1 }));
    meters.forget(meter);
    expect(points()).toEqual([]);
  });

  it("has room for the components of a large graph", () => {
    const { meters, points } = setting();
    for (let number = 0; number < 100; number++)
      observeStatistics(meters.of(`redact/${number}`), "default", () => ({
        a: 1,
        b: 2,
        c: 3,
        d: 4,
      }));
    expect(points()).toHaveLength(400);
  });

  it("has a bound of names, so that no component takes the place of the others", () => {
    const { meters, points } = setting();
    const max = TELEMETRY_LIMITS.statisticsPerComponentMax;
    const many = Array.from({ length: max + 5 }, (_, place) => [`name_${place}`, place] as const);
    observeStatistics(meters.of("redact"), "default", () => Object.fromEntries(many));
    observeStatistics(meters.of("filter"), "default", () => ({ total_kept: 1 }));
    expect(points()).toHaveLength(max + 1);
    expect(points().at(-1)!.labels).toMatchObject({ component: "filter" });
  });
});
