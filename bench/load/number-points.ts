import { Fleet } from "#app/demo/fleet.ts";
import { type KeyValue, type MetricsRequest, SCHEMA_URL, text } from "#app/demo/otlp-shape.ts";
import { Random } from "#app/demo/random.ts";

const METRICS_PER_REQUEST = 10;
const SERIES_PER_METRIC = 100;

/**
 * Number points as a busy service exports them: 10 metrics of 100 series each from one instance, half
 * of them integer counters, half gauges. `count` requests are from the shop's instances in turn.
 */
export function numberPointRequests(of: {
  seed: number;
  count: number;
  timeMs: number;
}): MetricsRequest[] {
  const { instances } = new Fleet(of.seed, undefined);
  const random = new Random(of.seed, 0x90_17_75);
  const timeUnixNano = BigInt(of.timeMs) * 1_000_000n;
  const startTimeUnixNano = timeUnixNano - 3_600_000_000_000n;
  const attributes = Array.from({ length: SERIES_PER_METRIC }, (_, series) => seriesOf(series));
  return Array.from({ length: of.count }, (_request, index) => ({
    resourceMetrics: [
      {
        resource: instances[index % instances.length]!.resource,
        scopeMetrics: [
          {
            scope: { name: "shop.service", version: "0.58.0" },
            metrics: Array.from({ length: METRICS_PER_REQUEST }, (_metric, metric) => {
              // Requests beyond the number of instances are other metrics of the same ones.
              const name = `shop.stage${Math.floor(index / instances.length)}.measure${metric}`;
              const base = { name, description: "A measure of the benchmark.", unit: "1" };
              const points = attributes.map((list) => ({
                attributes: list,
                startTimeUnixNano,
                timeUnixNano,
              }));
              return metric % 2 === 0
                ? {
                    ...base,
                    sum: {
                      dataPoints: points.map((point) => ({
                        ...point,
                        asInt: random.whole(0, 1e9),
                      })),
                      aggregationTemporality: 2,
                      isMonotonic: true,
                    },
                  }
                : {
                    ...base,
                    gauge: {
                      dataPoints: points.map((point) => ({
                        ...point,
                        asDouble: random.unit() * 100,
                      })),
                    },
                  };
            }),
          },
        ],
        schemaUrl: SCHEMA_URL,
      },
    ],
  }));
}

function seriesOf(series: number): KeyValue[] {
  return [
    text("http.route", `/api/v2/resource${series % 20}`),
    text("http.request.method", series % 2 === 0 ? "GET" : "POST"),
    text("shop.tenant", `tenant-${Math.floor(series / 20)}`),
  ];
}
