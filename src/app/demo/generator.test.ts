import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { encodeOtlp } from "#core/otlp/encode.ts";
import { causeOf, type Incident } from "./fleet.ts";
import { busyness, type GeneratorOptions, ShopGenerator, type ShopRequest } from "./generator.ts";
import type { KeyValue, LogRecord, Metric, Resource, Span } from "./otlp-shape.ts";
import { SERVICE_NAMES } from "./shop.ts";

const START_MS = Date.UTC(2026, 10, 21, 9);

interface Placed<T> {
  readonly resource: Resource;
  readonly item: T;
}

function shopOf(options: Partial<GeneratorOptions> = {}): ShopGenerator {
  return new ShopGenerator({
    seed: 1,
    startMs: START_MS,
    signals: ["traces", "logs", "metrics"],
    ...options,
  });
}

/** What the shop makes in so many seconds. */
function made(shop: ShopGenerator, seconds: number, tracesPerWindow = 20): ShopRequest[] {
  return Array.from({ length: seconds }, (_, second) =>
    shop.window({
      fromMs: START_MS + second * 1_000,
      toMs: START_MS + (second + 1) * 1_000,
      traces: tracesPerWindow,
    }),
  ).flat();
}

function digestOf(requests: readonly ShopRequest[]): string {
  const hash = createHash("sha256");
  for (const { signal, request } of requests) hash.update(encodeOtlp(signal, request));
  return hash.digest("hex");
}

function spansOf(requests: readonly ShopRequest[]): Placed<Span>[] {
  return requests.flatMap((one) =>
    one.signal !== "traces"
      ? []
      : one.request.resourceSpans.flatMap(({ resource, scopeSpans }) =>
          scopeSpans.flatMap(({ spans }) => spans.map((item) => ({ resource, item }))),
        ),
  );
}

function logsOf(requests: readonly ShopRequest[]): Placed<LogRecord>[] {
  return requests.flatMap((one) =>
    one.signal !== "logs"
      ? []
      : one.request.resourceLogs.flatMap(({ resource, scopeLogs }) =>
          scopeLogs.flatMap(({ logRecords }) => logRecords.map((item) => ({ resource, item }))),
        ),
  );
}

function metricsOf(requests: readonly ShopRequest[]): Placed<Metric>[] {
  return requests.flatMap((one) =>
    one.signal !== "metrics"
      ? []
      : one.request.resourceMetrics.flatMap(({ resource, scopeMetrics }) =>
          scopeMetrics.flatMap(({ metrics }) => metrics.map((item) => ({ resource, item }))),
        ),
  );
}

function textOf(attributes: readonly KeyValue[], key: string): string | undefined {
  const value = attributes.find((one) => one.key === key)?.value;
  return value !== undefined && "stringValue" in value ? value.stringValue : undefined;
}

const keyOf = ({ traceId, spanId }: { traceId?: string; spanId?: string }): string =>
  `${traceId}/${spanId}`;

describe("the same seed and windows", () => {
  it("give the same bytes", () => {
    expect(digestOf(made(shopOf(), 20))).toBe(digestOf(made(shopOf(), 20)));
  });

  it("give other trace ids when they start at another time, so that a second run adds traces", () => {
    const idsOf = (startMs: number) =>
      spansOf(made(shopOf({ startMs, signals: ["traces"] }), 2)).map(({ item }) => item.traceId);
    const first = new Set(idsOf(START_MS));
    expect(first.size).toBeGreaterThan(20);
    expect(idsOf(START_MS - 1_000).filter((id) => first.has(id))).toEqual([]);
  });

  it("give other bytes than another seed", () => {
    expect(digestOf(made(shopOf(), 3))).not.toBe(digestOf(made(shopOf({ seed: 2 }), 3)));
  });

  it("give the same spans whatever other signals are made", () => {
    const alone = made(shopOf({ signals: ["traces"] }), 5);
    const all = made(shopOf(), 5).filter(({ signal }) => signal === "traces");
    expect(digestOf(alone)).toBe(digestOf(all));
  });
});

describe("the spans of a minute", () => {
  const spans = spansOf(made(shopOf(), 60)).map(({ item }) => item);
  const byKey = new Map(spans.map((span) => [keyOf(span), span]));

  it("have ids that are theirs alone, and are never zero", () => {
    expect(byKey.size).toBe(spans.length);
    for (const { traceId, spanId } of spans) {
      expect(traceId).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
      expect(spanId).toMatch(/^(?!0{16})[0-9a-f]{16}$/);
    }
  });

  it("form one connected tree in each trace", () => {
    const parents = spans.filter(({ parentSpanId }) => parentSpanId !== undefined);
    for (const { traceId, parentSpanId } of parents)
      expect(byKey.has(`${traceId}/${parentSpanId}`)).toBe(true);
    const roots = new Map<string, number>();
    for (const { traceId, parentSpanId } of spans)
      if (parentSpanId === undefined) roots.set(traceId, (roots.get(traceId) ?? 0) + 1);
    const traces = new Set(spans.map(({ traceId }) => traceId));
    expect(roots.size).toBe(traces.size);
    expect(new Set(roots.values())).toEqual(new Set([1]));
  });

  it("lie within their parents' time", () => {
    for (const span of spans) {
      expect(span.endTimeUnixNano >= span.startTimeUnixNano).toBe(true);
      const parent = byKey.get(`${span.traceId}/${span.parentSpanId}`);
      if (parent === undefined) continue;
      expect(span.startTimeUnixNano >= parent.startTimeUnixNano).toBe(true);
      expect(span.endTimeUnixNano <= parent.endTimeUnixNano).toBe(true);
    }
  });

  it("link to spans that exist, from messages to those that sent them", () => {
    const links = spans.flatMap(({ links: list, startTimeUnixNano }) =>
      (list ?? []).map((link) => ({ link, startTimeUnixNano })),
    );
    expect(links.length).toBeGreaterThan(20);
    for (const { link, startTimeUnixNano } of links) {
      const sender = byKey.get(keyOf(link));
      expect(sender?.kind).toBe(4);
      expect(sender!.endTimeUnixNano <= startTimeUnixNano).toBe(true);
    }
  });

  it("have events within their time", () => {
    const events = spans.flatMap((span) => (span.events ?? []).map((event) => ({ span, event })));
    expect(events.length).toBeGreaterThan(0);
    for (const { span, event } of events) {
      expect(event.name).toBe("exception");
      expect(span.status?.code).toBe(2);
      expect(event.timeUnixNano >= span.startTimeUnixNano).toBe(true);
      expect(event.timeUnixNano <= span.endTimeUnixNano).toBe(true);
    }
  });

  it("have some 12 attributes, each key once", () => {
    const counts = spans.map(({ attributes }) => attributes.length);
    const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
    expect(mean).toBeGreaterThan(11);
    expect(mean).toBeLessThan(13);
    for (const { attributes } of spans)
      expect(new Set(attributes.map(({ key }) => key)).size).toBe(attributes.length);
  });

  it("carry token counts where a model was used", () => {
    const models = spans.filter(({ name }) => name.startsWith("chat "));
    expect(models.length).toBeGreaterThan(10);
    for (const { attributes } of models)
      expect(attributes.map(({ key }) => key)).toEqual(
        expect.arrayContaining(["gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"]),
      );
  });
});

describe("the shop", () => {
  it("has all its services, with ten attributes to each instance", () => {
    const spans = spansOf(made(shopOf(), 60));
    const services = new Set(
      spans.map(({ resource }) => textOf(resource.attributes, "service.name")),
    );
    expect(services).toEqual(new Set(SERVICE_NAMES));
    for (const { resource } of spans) expect(resource.attributes).toHaveLength(10);
  });

  it("is busiest in the evening, and as busy as its rate on average of a day", () => {
    const hours = Array.from({ length: 24 }, (_, hour) => busyness(START_MS + hour * 3_600_000));
    expect(hours.reduce((sum, load) => sum + load, 0) / 24).toBeCloseTo(1, 6);
    expect(Math.max(...hours)).toBe(busyness(Date.UTC(2026, 10, 21, 19)));
  });

  it("makes about as many traces as its rate says", () => {
    const shop = shopOf({ signals: ["traces"] });
    const load = busyness(START_MS);
    const roots = spansOf(
      shop.window({ fromMs: START_MS, toMs: START_MS + 60_000, perSecond: 10 }),
    ).filter(({ item }) => item.parentSpanId === undefined && item.kind !== 5);
    expect(roots.length / (600 * load)).toBeGreaterThan(0.8);
    expect(roots.length / (600 * load)).toBeLessThan(1.2);
  });

  it("sends requests of no more rows than it is told", () => {
    const requests = made(shopOf({ rowsMax: 100 }), 5, 60);
    const spans = requests.filter(({ signal }) => signal === "traces");
    expect(spans.length).toBeGreaterThan(5);
    for (const { rows } of spans) expect(rows).toBeLessThanOrEqual(100);
    expect(spans.reduce((sum, { rows }) => sum + rows, 0)).toBe(spansOf(requests).length);
  });
});

describe("an incident", () => {
  const meanMs = (spans: readonly Placed<Span>[]): number =>
    spans.reduce(
      (sum, { item }) => sum + Number(item.endTimeUnixNano - item.startTimeUnixNano) / 1e6,
      0,
    ) / spans.length;

  it.each(["payment", "shipping", "inventory"] as const)(
    "in %s makes slow and failing what shares the attribute that explains it",
    (service) => {
      const incident: Incident = { service, fromMs: START_MS, untilMs: START_MS + 3_600_000 };
      const served = spansOf(made(shopOf({ incident, signals: ["traces"] }), 240, 40)).filter(
        ({ resource, item }) =>
          item.kind === 2 && textOf(resource.attributes, "service.name") === service,
      );
      const [key, value] = causeOf(service).split("=") as [string, string];
      const faulty = served.filter(({ resource }) => textOf(resource.attributes, key) === value);
      const sound = served.filter(({ resource }) => textOf(resource.attributes, key) !== value);
      const failures = (spans: readonly Placed<Span>[]): number =>
        spans.filter(({ item }) => item.status?.code === 2).length / spans.length;
      expect(faulty.length).toBeGreaterThan(30);
      expect(sound.length).toBeGreaterThan(30);
      expect(failures(faulty)).toBeGreaterThan(failures(sound) * 3 + 0.05);
      expect(meanMs(faulty)).toBeGreaterThan(meanMs(sound) * 1.5);
    },
  );

  it("leaves everything before it as it was", () => {
    const incident: Incident = {
      service: "payment",
      fromMs: START_MS + 10_000,
      untilMs: START_MS + 20_000,
    };
    const calm = made(shopOf(), 9);
    expect(digestOf(made(shopOf({ incident }), 9))).toBe(digestOf(calm));
  });
});

describe("the logs", () => {
  const requests = made(shopOf(), 60);
  const logs = logsOf(requests);
  const spans = new Map(spansOf(requests).map((placed) => [keyOf(placed.item), placed]));

  it("belong to spans that exist, of the same instance", () => {
    expect(logs.length).toBeGreaterThan(spans.size / 4);
    for (const { item, resource } of logs) {
      const span = spans.get(keyOf(item));
      expect(span?.resource).toBe(resource);
      expect(item.timeUnixNano).toBe(span!.item.endTimeUnixNano);
    }
  });

  it("have bodies of some 300 bytes, in JSON and in text", () => {
    const bodies = logs.map(({ item }) =>
      "stringValue" in item.body ? item.body.stringValue : "",
    );
    const mean = bodies.reduce((sum, body) => sum + body.length, 0) / bodies.length;
    expect(mean).toBeGreaterThan(220);
    expect(mean).toBeLessThan(340);
    const json = bodies.filter((body) => body.startsWith("{"));
    for (const body of json) expect(JSON.parse(body)).toHaveProperty("trace_id");
    expect(json.length / bodies.length).toBeGreaterThan(0.3);
    expect(json.length / bodies.length).toBeLessThan(0.9);
  });

  it("are of several severities, and tell of orders as events", () => {
    const severities = new Set(logs.map(({ item }) => item.severityText));
    expect(severities).toEqual(new Set(["DEBUG", "INFO", "WARN", "ERROR"]));
    expect(logs.some(({ item }) => item.eventName === "order.placed")).toBe(true);
  });
});

describe("the metrics", () => {
  const requests = made(shopOf(), 60);
  const metrics = metricsOf(requests);
  const spans = new Set(spansOf(requests).map(({ item }) => keyOf(item)));
  const histograms = metrics.flatMap(({ item }) =>
    "histogram" in item ? item.histogram.dataPoints : [],
  );
  const exponential = metrics.flatMap(({ item }) =>
    "exponentialHistogram" in item ? item.exponentialHistogram.dataPoints : [],
  );

  it("are of every kind", () => {
    const kinds = new Set(
      metrics.flatMap(({ item }) =>
        Object.keys(item).filter((key) => !["name", "unit", "description"].includes(key)),
      ),
    );
    expect([...kinds].sort()).toEqual([
      "exponentialHistogram",
      "gauge",
      "histogram",
      "sum",
      "summary",
    ]);
  });

  it("have histograms whose buckets add up to their counts", () => {
    expect(histograms.length).toBeGreaterThan(50);
    for (const point of histograms) {
      expect(point.bucketCounts).toHaveLength(point.explicitBounds.length + 1);
      expect(point.bucketCounts.reduce((sum, count) => sum + count, 0)).toBe(point.count);
      expect(point.min! * point.count).toBeLessThanOrEqual(point.sum * 1.000_001);
      expect(point.max! * point.count).toBeGreaterThanOrEqual(point.sum * 0.999_999);
    }
    expect(exponential.length).toBeGreaterThan(50);
    for (const point of exponential) {
      const counted = point.positive.bucketCounts.reduce((sum, count) => sum + count, 0);
      expect(counted + point.zeroCount).toBe(point.count);
      const base = 2 ** (2 ** -point.scale);
      const end = point.positive.offset + point.positive.bucketCounts.length;
      expect(point.min!).toBeGreaterThan(base ** point.positive.offset * 0.999_999);
      expect(point.max!).toBeLessThanOrEqual(base ** end * 1.000_001);
    }
  });

  it("count as many requests as there are server spans", () => {
    const last = metricsOf(
      requests.slice(requests.findLastIndex(({ signal }) => signal === "traces")),
    );
    const counted = last.flatMap(({ item }) =>
      "histogram" in item && item.name === "http.server.request.duration"
        ? item.histogram.dataPoints.map(({ count }) => count)
        : [],
    );
    const served = spansOf(requests).filter(({ item }) => item.kind === 2);
    expect(counted.reduce((sum, count) => sum + count, 0)).toBe(served.length);
  });

  it("have exemplars that point to spans that exist", () => {
    const sums = metrics.flatMap(({ item }) => ("sum" in item ? item.sum.dataPoints : []));
    const exemplars = [...histograms, ...exponential, ...sums].flatMap(
      (point) => point.exemplars ?? [],
    );
    expect(exemplars.length).toBeGreaterThan(100);
    for (const exemplar of exemplars) expect(spans.has(keyOf(exemplar))).toBe(true);
  });
});
