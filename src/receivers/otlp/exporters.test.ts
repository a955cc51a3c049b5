import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-proto";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import { OTLPTraceExporter as GrpcTraceExporter } from "@opentelemetry/exporter-trace-otlp-grpc";
import { OTLPTraceExporter as JsonTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtoTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { SimpleSpanProcessor, type SpanExporter, TracerProvider } from "@opentelemetry/sdk-trace";
import { afterEach, describe, expect, it } from "vitest";
import { SightglassError } from "#core/errors.ts";
import { decodeMessage } from "./testing/oracle.ts";
import {
  type ReceiverUnderTest,
  startReceiver,
  stopReceivers,
} from "./testing/receiver-under-test.ts";

afterEach(stopReceivers);

const resource = resourceFromAttributes({ "service.name": "shop", "host.cores": 8 });

/** An exporter of the stock SDK, pointed at the door. */
const EXPORTERS: Readonly<Record<string, (door: ReceiverUnderTest) => SpanExporter>> = {
  "http/protobuf": (door) => new ProtoTraceExporter({ url: `${door.httpUrl}/v1/traces` }),
  "http/protobuf with gzip": (door) =>
    new ProtoTraceExporter({ url: `${door.httpUrl}/v1/traces`, compression: "gzip" as never }),
  "http/json": (door) => new JsonTraceExporter({ url: `${door.httpUrl}/v1/traces` }),
  grpc: (door) => new GrpcTraceExporter({ url: `http://${door.grpcAddress}` }),
  "grpc with gzip": (door) =>
    new GrpcTraceExporter({ url: `http://${door.grpcAddress}`, compression: "gzip" as never }),
};

function recordSpan(exporter: SpanExporter): TracerProvider {
  const provider = new TracerProvider({
    resource,
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
  });
  const span = provider.getTracer("checkout", "1.2").startSpan("POST /pay", {
    kind: SpanKind.SERVER,
    startTime: [1_700_000_000, 123_456_789],
    attributes: { "http.status": 500, ratio: 0.5, retried: true, tags: ["a", "b"] },
  });
  span.addEvent("größer", { n: 1 }, [1_700_000_000, 200_000_001]);
  span.setStatus({ code: SpanStatusCode.ERROR, message: "no money" });
  span.end([1_700_000_001, 1]);
  return provider;
}

function firstSpan(door: ReceiverUnderTest): Record<string, unknown> {
  const request = decodeMessage("ExportTraceServiceRequest", door.sink.received[0]!.body) as {
    resourceSpans: { scopeSpans: { spans: Record<string, unknown>[] }[] }[];
  };
  return request.resourceSpans[0]!.scopeSpans[0]!.spans[0]!;
}

describe("the exporters of the OpenTelemetry SDK", () => {
  it.each(Object.keys(EXPORTERS))("deliver a span over %s", async (name) => {
    const door = await startReceiver();
    const provider = recordSpan(EXPORTERS[name]!(door));
    await provider.forceFlush();
    await provider.shutdown();
    expect(firstSpan(door)).toMatchObject({
      name: "POST /pay",
      kind: 2,
      startTimeUnixNano: "1700000000123456789",
      endTimeUnixNano: "1700000001000000001",
      status: { code: 2, message: "no money" },
      attributes: [
        { key: "http.status", value: { intValue: "500" } },
        { key: "ratio", value: { doubleValue: 0.5 } },
        { key: "retried", value: { boolValue: true } },
        {
          key: "tags",
          value: { arrayValue: { values: [{ stringValue: "a" }, { stringValue: "b" }] } },
        },
      ],
      events: [{ name: "größer", timeUnixNano: "1700000000200000001" }],
    });
    expect((firstSpan(door)["traceId"] as Buffer).length).toBe(16);
    expect((firstSpan(door)["spanId"] as Buffer).length).toBe(8);
  });

  // The gRPC exporter of JavaScript never sends again by itself.
  it("send again over HTTP what met an overload", async () => {
    const door = await startReceiver();
    let refusals = 0;
    door.sink.answer = () => {
      if (refusals++ === 0) {
        throw new SightglassError("overloaded", "later", { retryAfterSeconds: 1 });
      }
      return { accepted: 1, rejected: 0, message: "" };
    };
    const provider = recordSpan(EXPORTERS["http/protobuf"]!(door));
    await provider.forceFlush();
    await provider.shutdown();
    expect(door.sink.received).toHaveLength(2);
    expect(door.sink.received[1]!.body).toEqual(door.sink.received[0]!.body);
  });

  it("deliver log records", async () => {
    const door = await startReceiver();
    const exporter = new OTLPLogExporter({ url: `${door.httpUrl}/v1/logs` });
    const provider = new LoggerProvider({
      resource,
      processors: [new SimpleLogRecordProcessor({ exporter })],
    });
    provider.getLogger("shop").emit({ body: "sold out", severityNumber: 13, eventName: "stock" });
    await provider.forceFlush();
    await provider.shutdown();
    const { signal, body } = door.sink.received[0]!;
    expect(signal).toBe("logs");
    const request = decodeMessage("ExportLogsServiceRequest", body);
    expect(request).toMatchObject({
      resourceLogs: [
        {
          scopeLogs: [
            {
              logRecords: [
                { body: { stringValue: "sold out" }, severityNumber: 13, eventName: "stock" },
              ],
            },
          ],
        },
      ],
    });
  });

  it("deliver metrics", async () => {
    const door = await startReceiver();
    const exporter = new OTLPMetricExporter({ url: `${door.httpUrl}/v1/metrics` });
    const provider = new MeterProvider({
      resource,
      readers: [new PeriodicExportingMetricReader({ exporter })],
    });
    const meter = provider.getMeter("shop");
    meter.createCounter("orders").add(3, { paid: true });
    meter.createHistogram("latency", { unit: "s" }).record(0.25);
    await provider.forceFlush();
    await provider.shutdown();
    const { signal, body } = door.sink.received[0]!;
    expect(signal).toBe("metrics");
    const request = decodeMessage("ExportMetricsServiceRequest", body) as {
      resourceMetrics: { scopeMetrics: { metrics: Record<string, unknown>[] }[] }[];
    };
    const [orders, latency] = request.resourceMetrics[0]!.scopeMetrics[0]!.metrics;
    expect(orders).toMatchObject({ name: "orders", sum: { isMonotonic: true } });
    expect(latency).toMatchObject({
      name: "latency",
      unit: "s",
      histogram: { dataPoints: [{ count: "1", sum: 0.25, min: 0.25, max: 0.25 }] },
    });
  });
});
