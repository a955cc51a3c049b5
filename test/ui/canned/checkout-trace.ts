import type { Span, TraceAnswer, TraceSummary } from "#api/contract/traces.ts";
import { fixedRandom } from "../fixed-random.ts";

// Traces as the API answers them: a shop's checkout, one that fails, and ones too large to draw whole.

const SECOND_NS = 1_000_000_000n;

/** RFC 3339 in UTC with nanoseconds. */
function rfc3339(ns: bigint): string {
  const seconds = new Date(Number(ns / SECOND_NS) * 1000).toISOString().slice(0, 19);
  return `${seconds}.${String(ns % SECOND_NS).padStart(9, "0")}Z`;
}

interface Work {
  readonly service: string;
  readonly name: string;
  readonly kind: Span["kind"];
  readonly startMs: number;
  readonly ms: number;
  readonly error?: string;
  readonly attributes?: Span["attributes"];
  readonly events?: readonly {
    readonly ms: number;
    readonly name: string;
    readonly attributes: Span["attributes"];
  }[];
  readonly links?: Span["links"];
  readonly calls?: readonly Work[];
}

const STACK = `PaymentDeclined: card declined by issuer (51)
    at charge (/srv/payment/src/charge.ts:84:11)
    at async handler (/srv/payment/src/server.ts:41:18)
    at async Layer.handle (/srv/payment/node_modules/router/lib/layer.js:152:17)`;

/** `POST /checkout` through nine services; the payment is declined and tried again. */
const CHECKOUT: Work = {
  service: "storefront",
  name: "POST /checkout",
  kind: "server",
  startMs: 0,
  ms: 412.6,
  error: "checkout failed: payment declined",
  attributes: {
    "http.request.method": "POST",
    "http.route": "/checkout",
    "http.response.status_code": 502,
    "url.path": "/checkout",
    "user_agent.original": "Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36",
    "client.address": "203.0.113.17",
    "session.new": false,
    "cart.items": ["SKU-1841", "SKU-0032", "SKU-7710"],
    "cart.total": 129.9,
  },
  calls: [
    {
      service: "storefront",
      name: "validate session",
      kind: "internal",
      startMs: 1.2,
      ms: 6.4,
      calls: [
        {
          service: "sessions",
          name: "GET session",
          kind: "server",
          startMs: 2,
          ms: 4.9,
          calls: [
            {
              service: "redis",
              name: "GET",
              kind: "client",
              startMs: 2.6,
              ms: 0.84,
              attributes: { "db.system.name": "redis", "db.operation.name": "GET" },
            },
          ],
        },
      ],
    },
    {
      service: "cart",
      name: "GET /cart/{id}",
      kind: "server",
      startMs: 9.1,
      ms: 38.2,
      calls: [
        {
          service: "postgres",
          name: "SELECT cart_items",
          kind: "client",
          startMs: 11,
          ms: 21.7,
          attributes: {
            "db.system.name": "postgresql",
            "db.query.text":
              "SELECT sku, quantity, price_cents\nFROM cart_items\nWHERE cart_id = $1\nORDER BY position",
          },
        },
        {
          service: "catalog",
          name: "POST /prices",
          kind: "server",
          startMs: 33.5,
          ms: 12.1,
          calls: [{ service: "redis", name: "MGET", kind: "client", startMs: 34.2, ms: 1.31 }],
        },
      ],
    },
    {
      service: "inventory",
      name: "reserve",
      kind: "server",
      startMs: 49,
      ms: 61.4,
      events: [{ ms: 22, name: "reserved", attributes: { sku: "SKU-1841", quantity: 1 } }],
      calls: [
        { service: "postgres", name: "UPDATE stock", kind: "client", startMs: 52, ms: 44.8 },
        {
          service: "inventory",
          name: "publish stock.reserved",
          kind: "producer",
          startMs: 98,
          ms: 9.2,
        },
      ],
    },
    {
      service: "payment",
      name: "POST /charge",
      kind: "server",
      startMs: 114,
      ms: 288,
      error: "card declined by issuer (51)",
      attributes: {
        "payment.provider": "acme-pay",
        "payment.attempts": 2,
        "payment.amount": 12_990n.toString(),
      },
      events: [
        { ms: 131, name: "retry", attributes: { attempt: 2, "backoff.ms": 20 } },
        {
          ms: 286,
          name: "exception",
          attributes: {
            "exception.type": "PaymentDeclined",
            "exception.message": "card declined by issuer (51)",
            "exception.stacktrace": STACK,
          },
        },
      ],
      calls: [
        {
          service: "fraud",
          name: "score",
          kind: "server",
          startMs: 117,
          ms: 24.6,
          calls: [
            {
              service: "fraud",
              name: "chat claude",
              kind: "client",
              startMs: 119,
              ms: 20.1,
              attributes: {
                "gen_ai.operation.name": "chat",
                "gen_ai.usage.input_tokens": 812,
                "gen_ai.usage.output_tokens": 31,
                "gen_ai.request.model": "claude-small",
                "gen_ai.system_instructions":
                  '[{"type":"text","content":"Score the risk of a payment from 0 to 1."}]',
                "gen_ai.input.messages":
                  '[{"role":"user","parts":[{"type":"text","content":"129.90 EUR, third card today, ships abroad"}]}]',
                "gen_ai.output.messages":
                  '[{"role":"assistant","parts":[{"type":"text","content":"0.71: several cards within an hour"}],"finish_reason":"stop"}]',
              },
            },
          ],
        },
        {
          service: "acme-pay",
          name: "POST api.acme-pay.example/v2/charges",
          kind: "client",
          startMs: 144,
          ms: 100.4,
          error: "504 Gateway Timeout",
          attributes: {
            "http.response.status_code": 504,
            "server.address": "api.acme-pay.example",
          },
        },
        {
          service: "acme-pay",
          name: "POST api.acme-pay.example/v2/charges",
          kind: "client",
          startMs: 265,
          ms: 133.9,
          error: "402 Payment Required",
        },
      ],
    },
    { service: "storefront", name: "render error page", kind: "internal", startMs: 404, ms: 7.7 },
  ],
};

const START_NS = BigInt(Date.UTC(2026, 10, 21, 9, 14, 3)) * 1_000_000n + 123_456_789n;
const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";

function spansOf(root: Work): Span[] {
  const spans: Span[] = [];
  const add = (work: Work, parentSpanId: string | null): void => {
    const spanId = (0x1000 + spans.length).toString(16).padStart(16, "0");
    const startNs = START_NS + BigInt(Math.round(work.startMs * 1e6));
    const endNs = startNs + BigInt(Math.round(work.ms * 1e6));
    spans.push({
      spanId,
      parentSpanId,
      name: work.name,
      kind: work.kind,
      service: work.service,
      startTime: rfc3339(startNs),
      endTime: rfc3339(endNs),
      durationMs: work.ms,
      status: { code: work.error === undefined ? "unset" : "error", message: work.error ?? "" },
      traceState: "",
      attributes: work.attributes ?? {},
      resource: {
        "service.name": work.service,
        "service.version": "2.14.1",
        "host.name": "shop-7d9c4b-x2kqp",
        "process.pid": 4_122,
        "telemetry.sdk.language": "nodejs",
      },
      scope: { name: "@opentelemetry/instrumentation-http", version: "0.219.0", attributes: {} },
      events: (work.events ?? []).map(({ ms, name, attributes }) => ({
        time: rfc3339(startNs + BigInt(Math.round(ms * 1e6))),
        name,
        attributes,
      })),
      links:
        work.links ??
        (parentSpanId === null
          ? [
              {
                traceId: "0af7651916cd43dd8448eb211c80319c",
                spanId: "b7ad6b7169203331",
                traceState: "",
                attributes: { "messaging.operation.type": "receive" },
              },
            ]
          : []),
      droppedAttributes: work.service === "fraud" ? 3 : 0,
      droppedEvents: 0,
      droppedLinks: 0,
    });
    for (const call of work.calls ?? []) add(call, spanId);
  };
  add(root, null);
  return spans;
}

export const checkoutTrace: TraceAnswer = {
  traceId: TRACE_ID,
  spans: spansOf(CHECKOUT),
  truncated: false,
};

/** `count` spans in a tree of any depth, of 12 services, some failed; the same for the same count. */
export function largeTrace(count: number): TraceAnswer {
  const random = fixedRandom(count);
  const template = checkoutTrace.spans[0]!;
  const spans: Span[] = [];
  for (let index = 0; index < count; index++) {
    const parent =
      index === 0 ? undefined : spans[Math.max(0, index - 1 - Math.floor(random() ** 3 * 40))];
    const offsetMs = (index / count) * 9_000;
    const startNs = START_NS + BigInt(Math.round(offsetMs * 1e6));
    const ms = index === 0 ? 9_400 : 0.4 + random() ** 4 * 400;
    spans.push({
      ...template,
      spanId: index.toString(16).padStart(16, "0"),
      parentSpanId: parent?.spanId ?? null,
      name: `step ${index}`,
      service: `service-${(index * 7) % 12}`,
      startTime: rfc3339(startNs),
      endTime: rfc3339(startNs + BigInt(Math.round(ms * 1e6))),
      durationMs: ms,
      status: { code: random() < 0.01 ? "error" : "unset", message: "" },
      events: [],
      links: [],
    });
  }
  return { traceId: TRACE_ID, spans, truncated: false };
}

const OPERATIONS: readonly (readonly [string, string, number])[] = [
  ["storefront", "GET /products/{sku}", 24],
  ["storefront", "POST /checkout", 240],
  ["storefront", "GET /", 11],
  ["search", "GET /search", 58],
  ["orders", "consume order.placed", 96],
  ["scheduler", "cron: rebuild-recommendations", 2_900],
  ["assistant", "POST /chat", 1_450],
];

/** `count` summaries, newest first; the first is `checkoutTrace`. */
export function traceSummaries(count: number): TraceSummary[] {
  const random = fixedRandom(5);
  return Array.from({ length: count }, (_, index): TraceSummary => {
    const [rootService, rootOperation, typicalMs] =
      OPERATIONS[(index * 5 + 1) % OPERATIONS.length]!;
    const errorCount = index === 0 ? 4 : random() < 0.12 ? 1 + Math.floor(random() * 3) : 0;
    return {
      traceId: index === 0 ? TRACE_ID : (index + 1).toString(16).padStart(32, "a"),
      rootService,
      rootOperation,
      startTime: rfc3339(START_NS - BigInt(index) * 731_000_123n),
      durationMs: index === 0 ? 412.6 : typicalMs * (0.5 + random() ** 2 * 1.8),
      spanCount: index === 0 ? checkoutTrace.spans.length : 3 + Math.floor(random() * 30),
      errorCount,
      services: [rootService, "cart", "postgres", "redis", "payment", "fraud"].slice(
        0,
        1 + Math.floor(random() * 6),
      ),
    };
  });
}
