import type { SpanKind, SpanStatus } from "../../vocabulary.ts";

// One table for everything that finds rows by a search: the SQL of stored rows, and the test of rows as they
// arrive. Each must find exactly these.

type Values = Readonly<Record<string, string | number | boolean>>;

interface CaseScope {
  readonly name: string;
  readonly version?: string;
  readonly attributes?: Values;
}

/** A span as a plain object. What is left out is empty; `service` is the resource's `service.name` too. */
export interface CaseSpan {
  readonly service: string;
  readonly name: string;
  readonly kind: SpanKind;
  readonly status: SpanStatus;
  readonly statusMessage?: string;
  readonly durationNs: bigint;
  readonly trace: string;
  readonly span: string;
  readonly attributes?: Values;
  readonly resource?: Values;
  readonly scope?: CaseScope;
  readonly events?: readonly { readonly name: string; readonly attributes: Values }[];
}

/** A log record as a plain object. What is left out is empty; `severity` 0 is none. */
export interface CaseLog {
  readonly service: string;
  readonly body: string;
  readonly severity: number;
  readonly severityText?: string;
  readonly trace?: string;
  readonly span?: string;
  readonly attributes?: Values;
  readonly resource?: Values;
  readonly scope?: CaseScope;
}

const TRACE_A = "4bf92f3577b34da6a3ce929d0e0e4736";
const TRACE_B = "0af7651916cd43dd8448eb211c80319c";

/** The spans of the cases, by the names that {@link SPAN_CASES} give them. */
export const CASE_SPANS = {
  pay: {
    service: "checkout",
    name: "POST /api/pay",
    kind: "server",
    status: "error",
    statusMessage: "Card declined by issuer",
    durationNs: 250_000_000n,
    trace: TRACE_A,
    span: "00f067aa0ba902b7",
    attributes: { "http.response.status_code": 502, path: "/api/pay", "user.id": "42" },
    resource: { "k8s.pod.name": "checkout-1", zone: "eu-1" },
    scope: { name: "io.opentelemetry.express", version: "1.2", attributes: { library: "express" } },
  },
  charge: {
    service: "payment",
    name: "PaymentService/Charge",
    kind: "client",
    status: "error",
    durationNs: 200_000_000n,
    trace: TRACE_A,
    span: "00f067aa0ba902b8",
    attributes: { "rpc.system": "grpc", retries: 2, ratio: 1.5 },
    resource: { zone: "eu-2" },
    events: [
      {
        name: "exception",
        attributes: { "exception.type": "CardError", "exception.message": "limit (reached)" },
      },
    ],
  },
  health: {
    service: "checkout",
    name: "GET /health",
    kind: "server",
    status: "ok",
    durationNs: 900_000n,
    trace: TRACE_B,
    span: "00f067aa0ba902b9",
    attributes: {
      "http.response.status_code": 200,
      path: "/health",
      empty: "",
      cached: true,
      ratio: "-inf",
    },
    resource: { "k8s.pod.name": "checkout-2", zone: "eu-1" },
  },
  cart: {
    service: "cart",
    name: "GET /api/cart",
    kind: "internal",
    status: "unset",
    durationNs: 12_500_000n,
    trace: TRACE_B,
    span: "00f067aa0ba902ba",
    attributes: {
      service: "shadow",
      path: "/api/cart",
      "user.id": "0042",
      "odd key": "a b",
      ratio: "Infinity",
    },
  },
} as const satisfies Readonly<Record<string, CaseSpan>>;

/** The log records of the cases, by the names that {@link LOG_CASES} give them. */
export const CASE_LOGS = {
  declined: {
    service: "checkout",
    body: "Payment failed: card declined for order 1234",
    severity: 17,
    severityText: "ERROR",
    trace: TRACE_A,
    span: "00f067aa0ba902b7",
    attributes: { "order.id": "1234", amount: 99.5, path: "/api/pay" },
    resource: { zone: "eu-1" },
  },
  slow: {
    service: "checkout",
    body: "slow answer from 10.0.0.1, card kept",
    severity: 14,
    attributes: { "order.id": "77", attempts: 3, path: "/api/pay" },
    resource: { zone: "eu-1" },
    scope: { name: "app.gateway", attributes: { library: "winston" } },
  },
  health: {
    service: "cart",
    body: "GET /health 200",
    severity: 9,
    trace: TRACE_B,
    attributes: { path: "/health", attempts: 0, kind: "probe" },
    resource: { zone: "eu-2" },
  },
  spoken: {
    service: "legacy",
    body: 'WARNING "disk" at 91 %',
    severity: 0,
    severityText: "Warning",
    attributes: { amount: "many" },
  },
  mute: { service: "legacy", body: "Declined the card", severity: 0 },
} as const satisfies Readonly<Record<string, CaseLog>>;

/** A search, and the names of the rows that it finds. */
export interface SearchCase<Name extends string> {
  readonly search: string;
  readonly finds: readonly Name[];
}

/** What searches find among {@link CASE_SPANS}. */
export const SPAN_CASES: readonly SearchCase<keyof typeof CASE_SPANS>[] = [
  { search: "", finds: ["pay", "charge", "health", "cart"] },
  { search: "service:checkout", finds: ["pay", "health"] },
  { search: "service:Checkout", finds: [] },
  { search: "service:check*", finds: ["pay", "health"] },
  { search: "service:(checkout OR cart)", finds: ["pay", "health", "cart"] },
  { search: "service:cart,payment", finds: ["charge", "cart"] },
  { search: "service:(pay* OR cart)", finds: ["charge", "cart"] },
  { search: "-service:checkout", finds: ["charge", "cart"] },
  { search: "NOT service:checkout", finds: ["charge", "cart"] },
  { search: "service:*", finds: ["pay", "charge", "health", "cart"] },
  { search: "status:error", finds: ["pay", "charge"] },
  { search: "status:OK", finds: ["health"] },
  { search: "status:unset,ok", finds: ["health", "cart"] },
  { search: "-status:error", finds: ["health", "cart"] },
  { search: "kind:server", finds: ["pay", "health"] },
  { search: "kind:(client OR internal)", finds: ["charge", "cart"] },
  { search: "duration:>200ms", finds: ["pay"] },
  { search: "duration:>=200ms", finds: ["pay", "charge"] },
  { search: "duration:>=0.2s", finds: ["pay", "charge"] },
  { search: "duration:<1ms", finds: ["health"] },
  { search: "duration:<=900us", finds: ["health"] },
  { search: "duration:12.5", finds: ["cart"] },
  { search: "duration:10ms..200ms", finds: ["charge", "cart"] },
  { search: 'operation:"GET /health"', finds: ["health"] },
  { search: "name:PaymentService/Charge", finds: ["charge"] },
  { search: "operation:GET*", finds: ["health", "cart"] },
  { search: 'operation:"GET "*', finds: ["health", "cart"] },
  { search: `trace_id:${TRACE_A}`, finds: ["pay", "charge"] },
  { search: `trace_id:${TRACE_A.toUpperCase()}`, finds: ["pay", "charge"] },
  { search: "span_id:00f067aa0ba902ba", finds: ["cart"] },
  { search: `-trace_id:${TRACE_A}`, finds: ["health", "cart"] },
  { search: "scope:io.opentelemetry*", finds: ["pay"] },
  { search: "scope:io.opentelemetry.express", finds: ["pay"] },
  { search: "-scope:*", finds: ["charge", "health", "cart"] },
  // Attributes, wherever the row has them.
  { search: "path:/health", finds: ["health"] },
  { search: "-path:/health", finds: ["pay", "charge", "cart"] },
  { search: "path:/api*", finds: ["pay", "cart"] },
  { search: "path:*", finds: ["pay", "health", "cart"] },
  { search: "-path:*", finds: ["charge"] },
  { search: 'path:""', finds: [] },
  { search: 'empty:""', finds: ["health"] },
  { search: "empty:*", finds: ["health"] },
  { search: "zone:eu-1", finds: ["pay", "health"] },
  { search: "zone:eu*", finds: ["pay", "charge", "health"] },
  { search: "-zone:eu-1", finds: ["charge", "cart"] },
  { search: "k8s.pod.name:checkout-2", finds: ["health"] },
  { search: "library:express", finds: ["pay"] },
  { search: "exception.type:CardError", finds: ["charge"] },
  { search: "exception.type:*", finds: ["charge"] },
  { search: "-exception.type:*", finds: ["pay", "health", "cart"] },
  { search: "attr.service:shadow", finds: ["cart"] },
  { search: "attr.service.name:payment", finds: ["charge"] },
  { search: '"odd key":"a b"', finds: ["cart"] },
  // Numbers compare as numbers, texts exactly.
  { search: "http.response.status_code:>=500", finds: ["pay"] },
  { search: "http.response.status_code:200..299", finds: ["health"] },
  { search: "http.response.status_code:502", finds: ["pay"] },
  { search: "http.response.status_code:502.0", finds: ["pay"] },
  { search: "retries:>1", finds: ["charge"] },
  { search: "retries:>10", finds: [] },
  { search: "ratio:1.50", finds: ["charge"] },
  { search: "ratio:<2", finds: ["charge"] },
  { search: "ratio:>1", finds: ["charge"] },
  { search: "ratio:Infinity", finds: ["cart"] },
  { search: "path:>1", finds: [] },
  { search: "user.id:42", finds: ["pay"] },
  { search: "user.id:0042", finds: ["cart"] },
  { search: "cached:true", finds: ["health"] },
  // Text.
  { search: "health", finds: ["health"] },
  { search: "CHARGE", finds: ["charge"] },
  { search: "declined", finds: ["pay"] },
  { search: '"card declined"', finds: ["pay"] },
  { search: "card", finds: ["pay", "charge"] },
  { search: '"limit (reached)"', finds: ["charge"] },
  { search: "check", finds: ["pay", "health"] },
  { search: "-card", finds: ["health", "cart"] },
  { search: "GET api", finds: ["cart"] },
  { search: "eu-1", finds: [] },
  // Together.
  {
    search: 'service:checkout status:error duration:>200ms "card declined" -path:/health',
    finds: ["pay"],
  },
  { search: "service:checkout AND status:error", finds: ["pay"] },
  { search: "status:ok OR duration:<20ms", finds: ["health", "cart"] },
  { search: "service:cart OR service:checkout status:error", finds: ["pay", "cart"] },
  { search: "(service:cart OR service:checkout) status:error", finds: ["pay"] },
  { search: "zone:eu-1 OR exception.type:CardError", finds: ["pay", "charge", "health"] },
  { search: "-(service:checkout OR service:cart)", finds: ["charge"] },
  { search: "-(status:error zone:eu-1)", finds: ["charge", "health", "cart"] },
  { search: "NOT NOT status:ok", finds: ["health"] },
];

/** What searches find among {@link CASE_LOGS}. */
export const LOG_CASES: readonly SearchCase<keyof typeof CASE_LOGS>[] = [
  { search: "", finds: ["declined", "slow", "health", "spoken", "mute"] },
  { search: "service:checkout", finds: ["declined", "slow"] },
  { search: "service:legacy,cart", finds: ["health", "spoken", "mute"] },
  { search: "severity:error", finds: ["declined"] },
  { search: "level:ERROR", finds: ["declined"] },
  { search: "severity:warn", finds: ["slow", "spoken"] },
  { search: "severity:>=warn", finds: ["declined", "slow", "spoken"] },
  { search: "severity:>warn", finds: ["declined"] },
  { search: "severity:<=info", finds: ["health"] },
  { search: "severity:<warn", finds: ["health"] },
  { search: "severity:14", finds: ["slow"] },
  { search: "severity:>=14", finds: ["declined", "slow"] },
  { search: "severity:info..warn", finds: ["slow", "health", "spoken"] },
  { search: "severity:info,error", finds: ["declined", "health"] },
  { search: "severity:unspecified", finds: ["mute"] },
  { search: "-severity:unspecified", finds: ["declined", "slow", "health", "spoken"] },
  { search: "severity:*", finds: ["declined", "slow", "health", "spoken"] },
  { search: `trace_id:${TRACE_A}`, finds: ["declined"] },
  { search: "trace_id:*", finds: ["declined", "health"] },
  { search: "-trace_id:*", finds: ["slow", "spoken", "mute"] },
  { search: "span_id:00f067aa0ba902b7", finds: ["declined"] },
  { search: "scope:app.gateway", finds: ["slow"] },
  { search: "scope:app*", finds: ["slow"] },
  // Words are found whole, whatever their case; phrases as they are written.
  { search: "card", finds: ["declined", "slow", "mute"] },
  { search: "CARD", finds: ["declined", "slow", "mute"] },
  { search: "car", finds: [] },
  { search: "card declined", finds: ["declined", "mute"] },
  { search: '"card declined"', finds: ["declined"] },
  { search: "-declined", finds: ["slow", "health", "spoken"] },
  { search: '-"card declined"', finds: ["slow", "health", "spoken", "mute"] },
  { search: "10.0.0.1", finds: ["slow"] },
  { search: "/health", finds: ["health"] },
  { search: "declined OR slow", finds: ["declined", "slow", "mute"] },
  { search: '"\\"disk\\""', finds: ["spoken"] },
  { search: "body:card", finds: ["declined", "slow", "mute"] },
  { search: "body:(declined OR slow)", finds: ["declined", "slow", "mute"] },
  { search: 'body:"card declined"', finds: ["declined"] },
  { search: "body:GET*", finds: ["health"] },
  { search: "body:*", finds: ["declined", "slow", "health", "spoken", "mute"] },
  // Attributes.
  { search: "order.id:1234", finds: ["declined"] },
  { search: "amount:99.5", finds: ["declined"] },
  { search: "amount:99.50", finds: ["declined"] },
  { search: "amount:>10", finds: ["declined"] },
  { search: "amount:many", finds: ["spoken"] },
  { search: "attempts:<1", finds: ["health"] },
  { search: "attempts:<=3", finds: ["slow", "health"] },
  { search: "path:/api*", finds: ["declined", "slow"] },
  { search: "-path:/api*", finds: ["health", "spoken", "mute"] },
  { search: "zone:eu-1", finds: ["declined", "slow"] },
  { search: "-zone:*", finds: ["spoken", "mute"] },
  { search: "library:winston", finds: ["slow"] },
  { search: "attr.kind:probe", finds: ["health"] },
  { search: "service.name:legacy", finds: ["spoken", "mute"] },
  // Together.
  { search: "service:checkout severity:>=error", finds: ["declined"] },
  { search: "severity:error OR path:/health", finds: ["declined", "health"] },
  { search: "(card OR disk) -service:checkout", finds: ["spoken", "mute"] },
  { search: "zone:eu-2 OR card", finds: ["declined", "slow", "health", "mute"] },
];
