import type { AnswerOf } from "#api/contract/routes.ts";
import type { MetricKind } from "#core/vocabulary.ts";
import type { Answers } from "./answers.ts";

type Summary = AnswerOf<"listMetrics">["data"][0];
type Answer = AnswerOf<"queryMetric">;

const SHOPS = ["cart", "catalog", "orders", "payment", "storefront"];

function summary(
  name: string,
  type: MetricKind,
  unit: string,
  description: string,
  more: Partial<Summary> = {},
): Summary {
  return {
    name,
    type,
    unit,
    description,
    temporality: type === "gauge" ? "unspecified" : "cumulative",
    monotonic: type === "sum",
    attributes: ["http.request.method", "http.route"],
    series: 128,
    services: SHOPS,
    ...more,
  };
}

export const METRICS: readonly Summary[] = [
  summary("http.server.request.duration", "histogram", "s", "Duration of HTTP server requests.", {
    series: 412,
  }),
  summary(
    "db.client.operation.duration",
    "exponential_histogram",
    "s",
    "Duration of database client operations.",
    {
      attributes: ["db.collection.name", "db.operation.name"],
      services: ["cart", "orders"],
    },
  ),
  summary(
    "gen_ai.client.token.usage",
    "histogram",
    "{token}",
    "Number of input and output tokens used.",
    {
      services: ["assistant"],
      series: 6,
    },
  ),
  summary("shop.orders", "sum", "{order}", "Orders placed.", { services: ["orders"], series: 3 }),
  summary("shop.revenue", "sum", "EUR", "Value of the orders placed.", {
    services: ["orders"],
    series: 3,
  }),
  summary(
    "process.cpu.utilization",
    "gauge",
    "1",
    "Share of the available processor time that the process uses.",
  ),
  summary("process.memory.usage", "sum", "By", "Memory that the process holds.", {
    monotonic: false,
  }),
  summary(
    "jvm_gc_pause_seconds",
    "summary",
    "s",
    "Time that the garbage collector stopped the process.",
    {
      services: ["payment"],
    },
  ),
  summary("sightglass_stored_rows", "sum", "{row}", "", { services: ["sightglass"], series: 3 }),
];

/** What values of a metric are about. */
const LEVELS: Readonly<Record<string, number>> = {
  "http.server.request.duration": 0.12,
  "db.client.operation.duration": 0.006,
  "gen_ai.client.token.usage": 820,
  "shop.orders": 3.2,
  "shop.revenue": 164,
  "process.cpu.utilization": 0.31,
  "process.memory.usage": 260_000_000,
  jvm_gc_pause_seconds: 0.006,
};

const TRACE = "5b8efff798038103d269b633813fc60c";

/** A day's wave with some noise, the same for the same line and time. */
function valueAt(name: string, line: number, timeMs: number): number {
  const level = (LEVELS[name] ?? 10) * (1 - line * 0.13);
  const noise = Math.abs((Math.sin(timeMs / 1_000 + line * 7) * 43_758.5453) % 1);
  const bump = line === 0 && Math.floor(timeMs / 60_000) % 60 < 4 ? 1.9 : 1;
  return level * bump * (0.85 + 0.2 * Math.sin(timeMs / 400_000 + line) + 0.15 * noise);
}

const DEFAULTS = {
  gauge: "avg",
  sum: "rate",
  histogram: "p95",
  exponential_histogram: "p95",
  summary: "avg",
} as const;

/** A line for each shop where it is grouped, over the range that was asked for. */
export function queryAnswer(url: URL): Answer {
  const asked = (name: string): string => url.searchParams.get(name) ?? "";
  const metric = METRICS.find(({ name }) => name === asked("name"));
  const [fromMs, toMs] = [Date.parse(asked("from")), Date.parse(asked("to"))];
  const stepMs = Number(asked("step") || "15") * 1_000 || 60_000;
  const keys = url.searchParams.getAll("groupBy");
  const lines = keys.length === 0 ? [""] : SHOPS;
  const first = Math.ceil(fromMs / stepMs) * stepMs;
  const times = Array.from(
    { length: Math.max(0, Math.floor((toMs - first) / stepMs)) },
    (_, step) => first + step * stepMs,
  );
  return {
    name: asked("name"),
    type: metric?.type ?? null,
    unit: metric?.unit ?? "",
    aggregation:
      (asked("aggregation") as NonNullable<Answer["aggregation"]>) ||
      (metric === undefined
        ? null
        : metric.type === "sum" && !metric.monotonic
          ? "last"
          : DEFAULTS[metric.type]),
    stepMs,
    resolutionMs: stepMs,
    data:
      metric === undefined
        ? []
        : lines.map((service, line) => ({
            labels: Object.fromEntries(
              keys.map((key, place) => [key, place === 0 ? service : "x"]),
            ),
            points: times.map((time): [string, number] => [
              new Date(time).toISOString(),
              valueAt(metric.name, line, time),
            ]),
            exemplars: times
              .filter((_, place) => place % 40 === 20 + line)
              .map((time) => ({
                time: new Date(time).toISOString(),
                value: valueAt(metric.name, line, time) * 1.2,
                traceId: TRACE,
                spanId: "051581bf3cb55c13",
                attributes: {},
              })),
          })),
    truncated: false,
  };
}

export const filledMetrics = () =>
  ({
    listMetrics: { data: [...METRICS], truncated: false },
    queryMetric: queryAnswer,
    listCardinality: {
      series: 1_204,
      metrics: METRICS.length,
      data: METRICS.map(({ name, series, services }) => ({
        name,
        series,
        services: services.length,
        resources: services.length * 2,
      })),
      labels: [
        { key: "http.route", values: 61, metrics: 1, series: 412 },
        { key: "db.collection.name", values: 14, metrics: 1, series: 128 },
        { key: "http.request.method", values: 5, metrics: 6, series: 940 },
      ],
    },
    listMetricLabels: (url: URL) => ({
      name: url.searchParams.get("name") ?? "",
      series: 412,
      services: 5,
      resources: 11,
      seriesWithoutResources: 96,
      data: [
        {
          key: "http.route",
          values: 61,
          series: 412,
          seriesWithout: 55,
          topValues: ["/cart", "/checkout", "/product/{id}", "/search"],
        },
        {
          key: "http.request.method",
          values: 5,
          series: 412,
          seriesWithout: 301,
          topValues: ["GET", "POST", "DELETE"],
        },
      ],
    }),
  }) satisfies Answers;

export const emptyMetrics = (): Answers => ({
  listMetrics: { data: [], truncated: false },
  listCardinality: { series: 0, metrics: 0, data: [], labels: [] },
});
