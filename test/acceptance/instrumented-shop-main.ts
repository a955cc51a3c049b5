// An application as its authors write it, on the stock OpenTelemetry SDK, which takes everything from
// the OTEL_* variables. It checks out once, tells its trace's ids on standard output, and ends.
import {
  logs,
  metrics,
  SeverityNumber,
  SpanKind,
  SpanStatusCode,
  trace,
  context,
} from "@opentelemetry/api";
import { NodeSDK } from "@opentelemetry/sdk-node";

const sdk = new NodeSDK();
sdk.start();

const tracer = trace.getTracer("shop.checkout", "1.2.0");
const logger = logs.getLogger("shop.checkout", "1.2.0");
const meter = metrics.getMeter("shop.checkout", "1.2.0");

const checkouts = meter.createCounter("shop.checkouts", { unit: "{checkout}" });
const duration = meter.createHistogram("shop.checkout.duration", { unit: "ms" });
meter.createObservableGauge("shop.queue.depth").addCallback((result) => result.observe(7));

const earlier = tracer.startSpan("add to cart");
earlier.end();

const request = tracer.startSpan("POST /checkout", {
  kind: SpanKind.SERVER,
  attributes: {
    "http.request.method": "POST",
    "http.response.status_code": 500,
    "cart.total": 59.5,
  },
  links: [{ context: earlier.spanContext(), attributes: { reason: "same cart" } }],
});
const inRequest = trace.setSpan(context.active(), request);
const query = tracer.startSpan(
  "INSERT orders",
  {
    kind: SpanKind.CLIENT,
    attributes: { "db.system.name": "postgresql", "cart.items": ["a", "b"] },
  },
  inRequest,
);
query.end();
request.recordException(new RangeError("the card has no money left"));
request.setStatus({ code: SpanStatusCode.ERROR, message: "not paid" });
logger.emit({
  severityNumber: SeverityNumber.ERROR,
  severityText: "ERROR",
  body: "Checkout failed: the card has no money left",
  attributes: { "cart.total": 59.5, retried: false },
  context: inRequest,
});
checkouts.add(3, { currency: "EUR" });
for (const ms of [12, 80, 450]) duration.record(ms, { currency: "EUR" });
request.end();

await sdk.shutdown();
process.stdout.write(
  JSON.stringify({
    request: request.spanContext(),
    query: query.spanContext(),
    earlier: earlier.spanContext(),
  }),
);
