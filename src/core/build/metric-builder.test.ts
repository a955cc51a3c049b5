import { describe, expect, it } from "vitest";
import { REQUEST_LIMITS, ROW_LIMITS } from "../limits.ts";
import { exemplarRow, histogramPointRow, numberPointRow } from "../row-views.ts";
import type { AttributeInput } from "./attribute-input.ts";
import { MetricBuilder } from "./metric-builder.ts";

const TIME_NS = 1_750_000_000_000_000_001n;
const NOW_MS = Number(TIME_NS / 1_000_000n);
const WINDOW = { oldestMs: NOW_MS - 86_400_000, newestMs: NOW_MS + 600_000 };
const newBuilder = (): MetricBuilder => new MetricBuilder({ window: WINDOW });

const UP = { name: "up", type: "gauge" } as const;
const POINT = { timeNs: TIME_NS, value: 1 } as const;

describe("MetricBuilder", () => {
  it("keeps a point's value in its type, its times and flags", () => {
    const builder = newBuilder();
    const sum = {
      name: "bytes",
      type: "sum",
      unit: "By",
      temporality: 2,
      monotonic: true,
    } as const;
    builder.number(sum, { a: "1" }, { timeNs: TIME_NS, startNs: 5n, value: 2n ** 60n, flags: 1 });
    builder.number({ ...UP, monotonic: true, temporality: 1 }, {}, { timeNs: TIME_NS, value: 7 });
    builder.number(UP, {}, { timeNs: TIME_NS, value: 2n ** 70n });
    const batch = builder.finish(1);
    expect(numberPointRow(batch, 0)).toMatchObject({
      series: {
        metric: { ...sum, description: "" },
        attributes: [{ key: "a", value: "1" }],
        resource: { service: "unknown_service" },
      },
      time: TIME_NS,
      startTime: 5n,
      value: 2n ** 60n,
      flags: 1,
    });
    expect(numberPointRow(batch, 1)).toMatchObject({
      series: { metric: { type: "gauge", monotonic: false, temporality: 0 } },
      startTime: 0n,
      value: 7,
    });
    expect(numberPointRow(batch, 2).value).toBe(2 ** 70);
  });

  it("gives equal series as one object, in one request and in the next", () => {
    const seriesOf = (): unknown[] => {
      const builder = newBuilder();
      builder.group({ "service.name": "shop" });
      builder.number(UP, { a: "1", b: "2" }, POINT);
      builder.number(UP, { a: "1", b: "2" }, POINT);
      builder.number(UP, { a: "12", b: "" }, POINT);
      return builder.finish(1).series;
    };
    const [first, second] = [seriesOf(), seriesOf()];
    expect(first).toHaveLength(2);
    expect(first[0]).toBe(second[0]);
    expect(first[0]).not.toBe(first[1]);
  });

  it("makes a series of very long labels each time, the same series still", () => {
    const labels = Object.fromEntries(
      ["a", "b", "c"].map((key) => [key, key.repeat(ROW_LIMITS.attributeValueBytesMax * 2)]),
    );
    const seriesOf = () => {
      const builder = newBuilder();
      builder.number(UP, labels, POINT);
      return builder.finish(1).series[0]!;
    };
    const [first, second] = [seriesOf(), seriesOf()];
    expect(first).not.toBe(second);
    expect(first.id).toEqual(second.id);
    expect(first.attributes[0]!.value).toHaveLength(ROW_LIMITS.attributeValueBytesMax);
  });

  it.each([
    ["", /^point 0: a metric name of 0 bytes, allowed: 1 to 1024$/],
    ["é".repeat(513), /^point 0: a metric name of 1026 bytes/],
  ])("rejects a metric by its name", (name, message) => {
    const builder = newBuilder();
    expect(builder.number({ ...UP, name }, {}, POINT)).toBe(false);
    expect(builder.rejections.message).toMatch(message);
    expect(builder.finish(1).rows).toBe(0);
  });

  it("rejects points without a time, outside the window, or nested too deeply", () => {
    let deep: AttributeInput = 1;
    for (let i = 0; i <= REQUEST_LIMITS.depthMax; i++) deep = [deep];
    const builder = newBuilder();
    expect(builder.number(UP, {}, { timeNs: 0n, value: 1 })).toBe(false);
    expect(builder.number(UP, {}, { timeNs: TIME_NS * 2n, value: 1 })).toBe(false);
    expect(builder.number(UP, { deep }, POINT)).toBe(false);
    expect(builder.number(UP, {}, POINT)).toBe(true);
    expect(builder.rejections.message).toBe("point 0: time_unix_nano is missing (and 2 more)");
    expect(builder.finish(1).rows).toBe(1);
  });

  it.each([[-1], [Number.NaN], [Infinity], [-1n], [2n ** 64n]])(
    "rejects a histogram with a count of %s",
    (count) => {
      const builder = newBuilder();
      const explicit = { timeNs: TIME_NS, bounds: [], buckets: [] };
      const add = (point: Parameters<MetricBuilder["histogram"]>[2]): boolean =>
        builder.histogram({ name: "h" }, {}, point);
      expect(add({ ...explicit, count })).toBe(false);
      expect(add({ ...explicit, count: 1, buckets: [1, count] })).toBe(false);
      expect(add({ timeNs: TIME_NS, count: 1, scale: 0, zeroCount: count })).toBe(false);
      expect(builder.rejections.message).toBe(
        `point 0: a count of ${count}, allowed: 0 to 18446744073709551615 (and 2 more)`,
      );
      expect(add({ ...explicit, count: 1 })).toBe(true);
      expect(builder.finish(1).rows).toBe(1);
    },
  );

  it("rounds the counts of a histogram of rates", () => {
    const builder = newBuilder();
    const point = { timeNs: TIME_NS, count: 2.5, bounds: [1], buckets: [0.4, 2.1] };
    builder.histogram({ name: "h" }, {}, point);
    expect(histogramPointRow(builder.finish(1), 0)).toMatchObject({ count: 3n, buckets: [0n, 2n] });
  });

  it("keeps the first exemplars of a point, those that have a time that may be kept", () => {
    let deep: AttributeInput = 1;
    for (let i = 0; i <= REQUEST_LIMITS.depthMax; i++) deep = [deep];
    const builder = newBuilder();
    const good = { timeNs: TIME_NS, value: 1n, traceId: "1".repeat(32), attributes: { k: "v" } };
    const exemplars = [
      { timeNs: 0n, value: 0 },
      { timeNs: TIME_NS * 2n, value: 0 },
      { timeNs: TIME_NS, value: 0, attributes: { deep } },
      ...Array.from({ length: ROW_LIMITS.exemplarsMax }, () => good),
    ];
    builder.histogram(
      { name: "h" },
      {},
      { timeNs: TIME_NS, count: 1, bounds: [], buckets: [], exemplars },
    );
    const batch = builder.finish(1);
    expect(batch.exemplars.rows).toBe(ROW_LIMITS.exemplarsMax - 3);
    expect(batch.exemplars.points.values[0]).toBe(~0);
    expect(exemplarRow(batch, 0)).toMatchObject({
      time: TIME_NS,
      value: 1n,
      traceId: "1".repeat(32),
      spanId: "0".repeat(16),
      attributes: [{ key: "k", value: "v" }],
    });
  });

  it("takes nothing once its batch was handed over", () => {
    const builder = newBuilder();
    builder.finish(0);
    expect(() => builder.number(UP, {}, POINT)).toThrow("handed over");
  });
});
