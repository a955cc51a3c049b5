import { expect, test } from "vitest";
import { encodeOtlp } from "#core/otlp/encode.ts";
import { logsRequest, metricsRequest, spansRequest } from "./own-otlp.ts";

const resource = { "service.version": "1.2.3", "process.pid": 42 };
const times = { startMs: 1_000, nowMs: 1_767_323_045_678.125 };

test("own telemetry is telemetry like any other: our encoder takes it", () => {
  const span = {
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: "b7ad6b7169203331",
    parentSpanId: "",
    name: "query",
    kind: "server",
    startMs: times.nowMs,
    durationMs: 1.5,
    error: "too slow",
    attributes: { rows: 3, ratio: 0.5, cached: false, table: "spans" },
  } as const;
  expect(encodeOtlp("traces", spansRequest([span], resource)).length).toBeGreaterThan(100);
  const record = {
    timeMs: times.nowMs,
    level: "warn",
    message: "Slow",
    attributes: { rows: 3 },
    span: { traceId: span.traceId, spanId: span.spanId },
  } as const;
  expect(encodeOtlp("logs", logsRequest([record], resource)).length).toBeGreaterThan(80);
});

test("a span's end is its start and its duration, to the microsecond", () => {
  const span = {
    traceId: "ab",
    spanId: "cd",
    parentSpanId: "",
    name: "n",
    kind: "internal",
    startMs: 1_767_323_045_678.125,
    durationMs: 0.25,
    error: undefined,
    attributes: {},
  } as const;
  expect(spansRequest([span], {})).toMatchObject({
    resourceSpans: [
      {
        scopeSpans: [
          {
            spans: [
              {
                startTimeUnixNano: 1_767_323_045_678_125_000n,
                endTimeUnixNano: 1_767_323_045_678_375_000n,
                kind: 1,
                status: {},
              },
            ],
          },
        ],
      },
    ],
  });
});

test("counters become monotonic cumulative sums, and whole numbers stay integers", () => {
  const request = metricsRequest(
    [
      {
        name: "a_total",
        help: "A.",
        unit: "{row}",
        kind: "counter",
        points: [{ labels: { signal: "logs" }, value: 3 }],
      },
      { name: "b", help: "B.", unit: "", kind: "gauge", points: [{ labels: {}, value: 0.5 }] },
      { name: "empty", help: "Empty.", unit: "", kind: "gauge", points: [] },
    ],
    times,
    resource,
  );
  expect(request).toMatchObject({
    resourceMetrics: [
      {
        resource: {
          attributes: [{ key: "service.name", value: { stringValue: "sightglass" } }, {}, {}],
        },
        scopeMetrics: [
          {
            metrics: [
              {
                name: "a_total",
                unit: "{row}",
                sum: {
                  aggregationTemporality: 2,
                  isMonotonic: true,
                  dataPoints: [
                    {
                      asInt: 3,
                      startTimeUnixNano: 1_000_000_000n,
                      attributes: [{ key: "signal", value: { stringValue: "logs" } }],
                    },
                  ],
                },
              },
              { name: "b", gauge: { dataPoints: [{ asDouble: 0.5 }] } },
            ],
          },
        ],
      },
    ],
  });
  expect(
    JSON.stringify(request, (_, value: unknown) =>
      typeof value === "bigint" ? String(value) : value,
    ),
  ).not.toContain("empty");
});

test("histograms keep their buckets", () => {
  const point = { labels: {}, count: 3, sum: 5.6, bounds: [0.1, 1], counts: [1, 1, 1] };
  const request = metricsRequest(
    [{ name: "h_seconds", help: "H.", unit: "s", kind: "histogram", points: [point] }],
    times,
    resource,
  );
  expect(request).toMatchObject({
    resourceMetrics: [
      {
        scopeMetrics: [
          {
            metrics: [
              {
                histogram: {
                  dataPoints: [
                    { count: 3, sum: 5.6, bucketCounts: [1, 1, 1], explicitBounds: [0.1, 1] },
                  ],
                },
              },
            ],
          },
        ],
      },
    ],
  });
});

test("without a point there is no request", () => {
  expect(metricsRequest([], times, resource)).toBeUndefined();
});
