import { describe, expect, it } from "vitest";
import { ComponentMeters } from "./component-meters.ts";
import { createMeter } from "./meter.ts";

const rows = { name: "rows_total", help: "Rows.", labels: ["signal"] } as const;

describe("the meters of components", () => {
  it("have one metric for all of them, with the component as a label", () => {
    const meter = createMeter();
    const meters = new ComponentMeters(meter);
    meters.of("a").counter(rows).add(2, { signal: "logs" });
    meters.of("b").counter(rows).add(3, { signal: "logs" });
    meters.of("a").counter(rows).add(1, { signal: "logs" });
    meters.of("a").histogram({ name: "send_seconds", help: "Time." }).record(1);
    expect(meter.snapshot()).toMatchObject([
      {
        name: "sightglass_rows_total",
        points: [
          { labels: { signal: "logs", component: "a" }, value: 3 },
          { labels: { signal: "logs", component: "b" }, value: 3 },
        ],
      },
      { name: "sightglass_send_seconds", points: [{ labels: { component: "a" }, count: 1 }] },
    ]);
  });

  it("ask those that are there, and of several of one name the newest that is left", () => {
    const meter = createMeter();
    const meters = new ComponentMeters(meter);
    const queue = { name: "queue_rows", help: "Rows." };
    const declare = (component: string, value: number) => {
      const made = meters.of(component);
      made.observedGauge(queue, () => [{ value }]);
      return made;
    };
    const first = declare("a", 1);
    declare("b", 2);
    const second = declare("a", 5);
    const values = () => meter.snapshot()[0]!.points;
    expect(values()).toMatchObject([{ value: 5 }, { value: 2 }]);
    meters.forget(second);
    expect(values()).toMatchObject([{ value: 1 }, { value: 2 }]);
    meters.forget(first);
    expect(values()).toEqual([{ labels: { component: "b" }, value: 2 }]);
  });

  it("refuse a metric that another component declares otherwise", () => {
    const meters = new ComponentMeters(createMeter());
    meters.of("a").counter(rows);
    expect(() => meters.of("b").counter({ ...rows, labels: [] })).toThrow("in two ways");
  });
});
