import {
  Counter,
  ExponentialHistogram,
  Histogram,
  type Measured,
  type Reading,
} from "./accumulators.ts";
import type { SpanRow } from "./facts.ts";
import type { Instance } from "./fleet.ts";
import {
  CUMULATIVE,
  type KeyValue,
  type Metric,
  type MetricsRequest,
  SCHEMA_URL,
  text,
  whole,
} from "./otlp-shape.ts";
import { Random } from "./random.ts";
import { SCOPE_OF, SCOPES } from "./scopes.ts";
import { SERVICES } from "./shop.ts";

/** The boundaries that the semantic conventions advise for durations in seconds, and for tokens. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const TOKENS = [1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536];

/** How much of its time a garbage collector of the shop's Java services takes, per second. */
const GC_PAUSES_PER_SECOND = 0.4;
const GC_QUANTILES = [0.5, 0.9, 0.99];

/** The meters of one instance. */
class InstanceMeters {
  readonly instance: Instance;
  readonly requests = new Map<string, Histogram>();
  readonly queries = new Map<string, ExponentialHistogram>();
  readonly tokens = new Map<string, Histogram>();
  readonly messages = new Map<string, Counter>();
  readonly orders = new Map<string, Counter>();
  readonly revenue = new Map<string, Counter>();

  constructor(instance: Instance) {
    this.instance = instance;
  }
}

/** Measures the shop: fed with every span, read out in intervals, as SDKs do. */
export class Meters {
  private readonly seed: number;
  private readonly startMs: number;
  private readonly meters = new Map<number, InstanceMeters>();

  constructor(options: { seed: number; startMs: number }) {
    this.seed = options.seed;
    this.startMs = options.startMs;
  }

  observe(row: SpanRow): void {
    const { facts, span, durationMs } = row;
    const meters = this.of(row.instance);
    const measured = (value: number): Measured => ({
      value,
      timeUnixNano: span.endTimeUnixNano,
      traceId: span.traceId,
      spanId: span.spanId,
    });
    switch (facts.about) {
      case "request": {
        const { method, route, status, order } = facts;
        at(meters.requests, `${method} ${route} ${status}`, () => {
          return new Histogram(requestAttributes(method, route, status), SECONDS);
        }).record(measured(durationMs / 1_000));
        if (order === undefined) break;
        const currency = [text("shop.currency", "EUR")];
        at(meters.orders, "EUR", () => new Counter(currency)).add(measured(1));
        at(meters.revenue, "EUR", () => new Counter(currency)).add(measured(order.total));
        break;
      }
      case "query":
        at(meters.queries, `${facts.query.operation} ${facts.query.collection}`, () => {
          const { system, namespace, operation, collection } = facts.query;
          return new ExponentialHistogram([
            text("db.system.name", system),
            text("db.namespace", namespace),
            text("db.operation.name", operation),
            text("db.collection.name", collection),
          ]);
        }).record(measured(durationMs / 1_000));
        break;
      case "model":
        this.tokens(meters, facts, measured);
        break;
      case "sent":
      case "received":
        at(meters.messages, facts.topic.destination, () => {
          return new Counter([text("messaging.destination.name", facts.topic.destination)]);
        }).add(measured(1));
        break;
      case "job":
      case "other":
        break;
    }
  }

  /** Everything as of `timeMs`, in a request for each few of the `running` instances. */
  read(running: readonly Instance[], timeMs: number, load: number): MetricsRequest[] {
    const reading: Reading = {
      startTimeUnixNano: BigInt(Math.floor(this.startMs)) * 1_000_000n,
      timeUnixNano: BigInt(Math.floor(timeMs)) * 1_000_000n,
    };
    const resourceMetrics = running.map((instance) => ({
      resource: instance.resource,
      scopeMetrics: [
        {
          scope: SCOPES[SCOPE_OF.service]!,
          metrics: [
            ...measuredMetrics(this.of(instance), reading),
            ...this.processMetrics(instance, reading, { timeMs, load }),
          ],
        },
      ],
      schemaUrl: SCHEMA_URL,
    }));
    const perRequest = 12;
    return Array.from({ length: Math.ceil(resourceMetrics.length / perRequest) }, (_, index) => ({
      resourceMetrics: resourceMetrics.slice(index * perRequest, (index + 1) * perRequest),
    }));
  }

  private of(instance: Instance): InstanceMeters {
    let meters = this.meters.get(instance.number);
    if (meters === undefined) {
      this.meters.set(instance.number, (meters = new InstanceMeters(instance)));
    }
    return meters;
  }

  private tokens(
    meters: InstanceMeters,
    facts: Extract<SpanRow["facts"], { about: "model" }>,
    measured: (value: number) => Measured,
  ): void {
    const { use, inputTokens, outputTokens } = facts;
    for (const [type, count] of [
      ["input", inputTokens],
      ["output", outputTokens],
    ] as const) {
      if (count === 0) continue;
      at(meters.tokens, `${use.model} ${type}`, () => {
        return new Histogram(
          [
            text("gen_ai.operation.name", use.operation),
            text("gen_ai.provider.name", use.provider),
            text("gen_ai.request.model", use.model),
            text("gen_ai.token.type", type),
          ],
          TOKENS,
        );
      }).record(measured(count));
    }
  }

  /** What a process says of itself: pure functions of the time. */
  private processMetrics(
    instance: Instance,
    reading: Reading,
    { timeMs, load }: { timeMs: number; load: number },
  ): Metric[] {
    const random = new Random(this.seed, instance.number, Math.floor(timeMs));
    const upSeconds = (timeMs - this.startMs) / 1_000;
    const cpu = Math.min(0.98, Math.max(0.01, 0.22 * load + 0.04 * random.normal()));
    const memory = Math.round((180 + 60 * load + Math.min(90, upSeconds / 40)) * 1_048_576);
    const point = { ...reading, attributes: [] };
    const metrics: Metric[] = [
      {
        name: "process.cpu.utilization",
        description: "Share of the available processor time that the process uses.",
        unit: "1",
        gauge: {
          dataPoints: [
            { ...point, attributes: [text("cpu.mode", "user")], asDouble: cpu },
            { ...point, attributes: [text("cpu.mode", "system")], asDouble: cpu / 5 },
          ],
        },
      },
      {
        name: "process.memory.usage",
        description: "Memory that the process holds.",
        unit: "By",
        sum: {
          dataPoints: [{ ...point, asInt: memory }],
          aggregationTemporality: CUMULATIVE,
          isMonotonic: false,
        },
      },
    ];
    if (SERVICES[instance.service].language === "java")
      metrics.push(gcPauses(point, upSeconds, load));
    return metrics;
  }
}

function at<T>(map: Map<string, T>, key: string, make: () => T): T {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}

function requestAttributes(method: string, route: string, status: number): KeyValue[] {
  return [
    text("http.request.method", method),
    text("http.route", route),
    whole("http.response.status_code", status),
    text("url.scheme", "http"),
  ];
}

function measuredMetrics(meters: InstanceMeters, reading: Reading): Metric[] {
  const metrics: Metric[] = [];
  const cumulative = { aggregationTemporality: CUMULATIVE };
  if (meters.requests.size > 0)
    metrics.push({
      name: "http.server.request.duration",
      description: "Duration of HTTP server requests.",
      unit: "s",
      histogram: {
        dataPoints: [...meters.requests.values()].map((one) => one.read(reading)),
        ...cumulative,
      },
    });
  if (meters.queries.size > 0)
    metrics.push({
      name: "db.client.operation.duration",
      description: "Duration of database client operations.",
      unit: "s",
      exponentialHistogram: {
        dataPoints: [...meters.queries.values()].map((one) => one.read(reading)),
        ...cumulative,
      },
    });
  if (meters.tokens.size > 0)
    metrics.push({
      name: "gen_ai.client.token.usage",
      description: "Number of input and output tokens used.",
      unit: "{token}",
      histogram: {
        dataPoints: [...meters.tokens.values()].map((one) => one.read(reading)),
        ...cumulative,
      },
    });
  const sums = [
    {
      name: "shop.messages",
      description: "Messages sent or processed.",
      unit: "{message}",
      of: meters.messages,
      integer: true,
    },
    {
      name: "shop.orders",
      description: "Orders placed.",
      unit: "{order}",
      of: meters.orders,
      integer: true,
    },
    {
      name: "shop.revenue",
      description: "Value of the orders placed.",
      unit: "EUR",
      of: meters.revenue,
      integer: false,
    },
  ];
  for (const { name, description, unit, of, integer } of sums) {
    if (of.size === 0) continue;
    const dataPoints = [...of.values()].map((counter) => ({
      ...reading,
      attributes: counter.attributes,
      ...(integer ? { asInt: counter.value } : { asDouble: counter.value }),
      exemplars: counter.takeExemplars(),
    }));
    metrics.push({
      name,
      description,
      unit,
      sum: { dataPoints, ...cumulative, isMonotonic: true },
    });
  }
  return metrics;
}

/** A summary, as older libraries still send them. */
function gcPauses(
  point: Reading & { readonly attributes: readonly KeyValue[] },
  upSeconds: number,
  load: number,
): Metric {
  const count = Math.floor(upSeconds * GC_PAUSES_PER_SECOND);
  const meanSeconds = 0.004 * (0.6 + 0.4 * load);
  return {
    name: "jvm_gc_pause_seconds",
    description: "Time that the garbage collector stopped the process.",
    unit: "s",
    summary: {
      dataPoints: [
        {
          ...point,
          count,
          sum: count * meanSeconds,
          quantileValues: GC_QUANTILES.map((quantile) => ({
            quantile,
            value: meanSeconds * (0.8 - Math.log(1 - quantile)) * 0.8,
          })),
        },
      ],
    },
  };
}
