import { expect, test } from "vitest";
import { TELEMETRY_LIMITS } from "#core/limits.ts";
import { renderExposition } from "./exposition.ts";
import { createMeter } from "./meter.ts";

test("renders counters, gauges and histograms in the Prometheus text format", () => {
  const meter = createMeter();
  meter
    .counter({ name: "requests_total", help: "Requests.", labels: ["status"] })
    .add(3, { status: "200" });
  meter.gauge({ name: "queue_rows", help: "Rows that wait." }).set(7);
  const histogram = meter.histogram({
    name: "insert_seconds",
    help: "Time of an insert.",
    bounds: [0.1, 1],
  });
  for (const value of [0.1, 0.5, 5]) histogram.record(value);
  expect(renderExposition(meter.snapshot()).body).toBe(`# HELP sightglass_requests_total Requests.
# TYPE sightglass_requests_total counter
sightglass_requests_total{status="200"} 3
# HELP sightglass_queue_rows Rows that wait.
# TYPE sightglass_queue_rows gauge
sightglass_queue_rows 7
# HELP sightglass_insert_seconds Time of an insert.
# TYPE sightglass_insert_seconds histogram
sightglass_insert_seconds_bucket{le="0.1"} 1
sightglass_insert_seconds_bucket{le="1"} 2
sightglass_insert_seconds_bucket{le="+Inf"} 3
sightglass_insert_seconds_sum 5.6
sightglass_insert_seconds_count 3
`);
});

test("renders OpenMetrics for who asks for it: family names without _total, and an end", () => {
  const meter = createMeter();
  meter.counter({ name: "requests_total", help: 'Says "hi".' }).add(1);
  const { body, contentType } = renderExposition(
    meter.snapshot(),
    "application/openmetrics-text;version=1.0.0",
  );
  expect(contentType).toBe("application/openmetrics-text; version=1.0.0; charset=utf-8");
  expect(body).toBe(
    '# HELP sightglass_requests Says \\"hi\\".\n# TYPE sightglass_requests counter\nsightglass_requests_total 1\n# EOF\n',
  );
});

test("escapes quotes, backslashes and line ends in label values and help", () => {
  const meter = createMeter();
  meter
    .gauge({ name: "odd_rows", help: 'back\\slash\nand "quote"', labels: ["name"] })
    .set(Number.POSITIVE_INFINITY, { name: 'a"b\\c\nd' });
  expect(renderExposition(meter.snapshot()).body).toBe(
    '# HELP sightglass_odd_rows back\\\\slash\\nand "quote"\n# TYPE sightglass_odd_rows gauge\nsightglass_odd_rows{name="a\\"b\\\\c\\nd"} +Inf\n',
  );
});

test("counts label sets beyond the bound under the value other", () => {
  const meter = createMeter();
  const counter = meter.counter({ name: "hits_total", help: "Hits.", labels: ["path"] });
  const tried = TELEMETRY_LIMITS.seriesPerMetricMax + 50;
  for (let i = 0; i < tried; i++) counter.add(1, { path: `/${i}` });
  const points = meter.snapshot()[0]!.points;
  expect(points).toHaveLength(TELEMETRY_LIMITS.seriesPerMetricMax);
  const other = points.find(({ labels }) => labels["path"] === "other");
  expect(other).toEqual({
    labels: { path: "other" },
    value: tried - TELEMETRY_LIMITS.seriesPerMetricMax + 1,
  });
});

test("a counter never goes down, and takes no NaN", () => {
  const meter = createMeter();
  const counter = meter.counter({ name: "rows_total", help: "Rows." });
  counter.add(2);
  counter.add(-5);
  counter.add(Number.NaN);
  expect(meter.snapshot()[0]!.points).toEqual([{ labels: {}, value: 2 }]);
});

test("asks observed metrics for their values at each collection", () => {
  const meter = createMeter();
  let rows = 1;
  meter.observedCounter(
    { name: "stored_rows_total", help: "Stored rows.", labels: ["signal"] },
    () => [{ value: rows, labels: { signal: "traces" } }],
  );
  expect(meter.snapshot()[0]!.points).toEqual([{ labels: { signal: "traces" }, value: 1 }]);
  rows = 9;
  expect(meter.snapshot()[0]!.points).toEqual([{ labels: { signal: "traces" }, value: 9 }]);
});

test("an observed metric that fails has no points, and the others still do", () => {
  const meter = createMeter();
  meter.observedGauge({ name: "broken_rows", help: "Fails." }, () => {
    throw new Error("closed");
  });
  meter.gauge({ name: "fine_rows", help: "Works." }).set(1);
  expect(meter.snapshot().map(({ points }) => points.length)).toEqual([0, 1]);
});

test.each([
  ["requests", "counter", "a counter without _total"],
  ["queue_total", "gauge", "a gauge with _total"],
  ["Queue_rows", "gauge", "a name with capitals"],
  ["queue-rows", "gauge", "a name with a dash"],
] as const)("refuses the name %s for a %s: %s", (name, kind, _why) => {
  const meter = createMeter();
  expect(() => meter[kind]({ name, help: "x" })).toThrow(name);
});

test("refuses to declare a name twice", () => {
  const meter = createMeter();
  meter.gauge({ name: "queue_rows", help: "x" });
  expect(() => meter.gauge({ name: "queue_rows", help: "x" })).toThrow("declared twice");
});
