import type { LinkedAnswer, MatchesAnswer } from "#api/contract/one-trace.ts";
import type { AnswerOf } from "#api/contract/routes.ts";
import type { Span, TraceAnswer } from "#api/contract/traces.ts";
import { millisecondsBetween, parseInstant } from "#ui/lib/time.ts";
import { outlineOf } from "#ui/features/trace/test-outline.ts";
import type { Answers } from "./answers.ts";
import { checkoutTrace } from "./checkout-trace.ts";

/** What the questions of a trace's page get, all of the same trace. */
export function answersOfTrace(trace: TraceAnswer) {
  const startTime = startOf(trace);
  return {
    getTrace: trace,
    getTraceOutline: {
      ...outlineOf({
        traceId: trace.traceId,
        startTime,
        spans: trace.spans.map((span) => ({
          spanId: span.spanId,
          parentSpanId: span.parentSpanId,
          service: span.service,
          name: span.name,
          kind: span.kind,
          status: span.status.code,
          startMs: between(startTime, span.startTime),
          durationMs: span.durationMs,
          events: span.events.map(({ name, time }) => ({ name, atMs: between(startTime, time) })),
          links: span.links.map(({ traceId, spanId }) => ({ traceId, spanId })),
        })),
      }),
      truncated: trace.truncated,
    },
    getSpan: (url: URL) => {
      const spanId = url.pathname.split("/").at(-1);
      return { ...trace, spans: trace.spans.filter((span) => span.spanId === spanId) };
    },
    findInTrace: (url: URL): MatchesAnswer => {
      const text = (url.searchParams.get("text") ?? "").toLowerCase();
      const found = trace.spans.filter((span) => has(span, text));
      return { spanIds: found.map(({ spanId }) => spanId), truncated: false };
    },
  } satisfies Answers;
}

function startOf({ spans }: TraceAnswer): string {
  const [first] = spans.toSorted((left, right) => (left.startTime < right.startTime ? -1 : 1));
  return first?.startTime ?? "2026-11-21T09:14:03.123456789Z";
}

function between(start: string, end: string): number {
  return millisecondsBetween(parseInstant(start)!, parseInstant(end)!);
}

function has({ attributes, status, events }: Span, text: string): boolean {
  return JSON.stringify([attributes, status.message, events]).toLowerCase().includes(text);
}

const [root] = checkoutTrace.spans;
const spanOf = (name: string) => checkoutTrace.spans.find((span) => span.name === name)!;

const linked: LinkedAnswer = {
  outgoing: [
    {
      ofSpanId: root!.spanId,
      traceId: "0af7651916cd43dd8448eb211c80319c",
      spanId: "b7ad6b7169203331",
      span: {
        service: "storefront",
        name: "GET /cart",
        startTime: "2026-11-21T09:13:41.000000000Z",
        durationMs: 88.1,
        status: "ok",
      },
    },
    {
      ofSpanId: root!.spanId,
      traceId: "1bf7651916cd43dd8448eb211c80319c",
      spanId: "c7ad6b7169203331",
      span: null,
    },
  ],
  incoming: ["a", "b", "c"].map((digit) => ({
    ofSpanId: spanOf("POST /charge").spanId,
    traceId: digit.repeat(32),
    spanId: digit.repeat(16),
    span: {
      service: "ledger",
      name: "consume payment.declined",
      startTime: "2026-11-21T09:14:04.500000000Z",
      durationMs: 12.5,
      status: digit === "a" ? ("error" as const) : ("unset" as const),
    },
  })),
  searchedTo: "2026-11-22T09:14:03.123456789Z",
  truncated: false,
};

const LOGS = [
  ["storefront", "info", "POST /checkout", "checkout of 3 items begins", 2],
  ["cart", "debug", "GET /cart/{id}", '{"level":"debug","msg":"cart loaded","items":3}', 40],
  ["payment", "warn", "POST /charge", "attempt 1 failed with 504, trying again in 20 ms", 131],
  ["payment", "error", "POST /charge", "card declined by issuer (51)", 286],
  ["storefront", "error", "POST /checkout", "checkout failed: payment declined", 408],
] as const;

const SEVERITY_NUMBERS = { debug: 5, info: 9, warn: 13, error: 17 } as const;

/** The records that were logged in the checkout. */
export const checkoutLogs: AnswerOf<"searchLogs"> = {
  data: LOGS.map(([service, severity, name, body, ms], place) => ({
    id: `${place}-00f067aa0ba902b7`,
    time: new Date(Date.parse(startOf(checkoutTrace)) + ms).toISOString(),
    observedTime: null,
    service,
    severity,
    severityNumber: SEVERITY_NUMBERS[severity],
    severityText: severity.toUpperCase(),
    body,
    eventName: "",
    traceId: checkoutTrace.traceId,
    spanId: spanOf(name).spanId,
    attributes: {},
    resource: { "service.name": service },
    scope: { name: "logger", version: "", attributes: {} },
  })),
  nextCursor: null,
};

export const filledOneTrace = () =>
  ({
    ...answersOfTrace(checkoutTrace),
    getLinkedTraces: linked,
  }) satisfies Answers;

export const emptyOneTrace = (): Answers => answersOfTrace({ ...checkoutTrace, spans: [] });
