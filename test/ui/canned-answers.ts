import type { AttributesAnswer } from "#api/contract/attributes.ts";
import type { ServicesAnswer } from "#api/contract/services.ts";
import type { AboutAnswer, LedgerAnswer, ReadyAnswer } from "#api/contract/status.ts";
import type { TraceAnswer, TracesAnswer } from "#api/contract/traces.ts";
import type { Refusal } from "./page-server.ts";
import { checkoutTrace, traceSummaries } from "./canned-traces.ts";

/** What the tiny server answers to each question of the pages. A function answers anew each time. */
export interface Answers {
  readonly about: AboutAnswer;
  readonly ready: ReadyAnswer;
  readonly ledger: () => LedgerAnswer;
  readonly services: ServicesAnswer;
  readonly traces: TracesAnswer;
  readonly trace: TraceAnswer;
  readonly attributes: AttributesAnswer;
}

const about: AboutAnswer = {
  version: "0.1.0",
  startTime: "2026-11-21T05:52:11.402118000Z",
  uptimeMs: 12_131_402,
  endpoints: {
    ui: "http://127.0.0.1:4319",
    otlpHttp: "http://127.0.0.1:4318",
    otlpGrpc: "http://127.0.0.1:4317",
  },
  store: { kind: "embedded", bytes: 1_912_304_811 },
  receivers: [
    { type: "otlp-http", state: "running", address: "127.0.0.1:4318" },
    { type: "otlp-grpc", state: "running", address: "127.0.0.1:4317" },
  ],
};

const ready: ReadyAnswer = {
  status: "ready",
  checks: [
    { name: "store", ready: true, message: "" },
    { name: "journal", ready: true, message: "" },
  ],
};

/** A ledger that grows with each question, as one of a shop at work does. */
function growingLedger(): () => LedgerAnswer {
  let asked = 0;
  return () => {
    asked++;
    const wave = Math.sin(asked / 3);
    const spans = 48_219_441 + asked * 5_200 + Math.round(wave * 900);
    const logs = 9_120_733 + asked * 840 + Math.round(wave * 300);
    const points = 2_200_104 + asked * 220;
    const inAll = {
      traces: { accepted: spans, stored: spans - 1_204, dropped: 0, inFlight: 1_204 },
      logs: { accepted: logs, stored: logs - 212 - 37, dropped: 37, inFlight: 212 },
      metrics: { accepted: points, stored: points, dropped: 0, inFlight: 0 },
    };
    return { inAll, sinceStart: inAll };
  };
}

const SERVICES: readonly (readonly [string, number, number, number])[] = [
  ["storefront", 184_220, 612, 31],
  ["catalog", 402_118, 3, 4.2],
  ["cart", 96_410, 0, 12.4],
  ["payment", 18_204, 411, 142],
  ["inventory", 40_122, 0, 22],
  ["search", 61_009, 18, 38],
  ["orders", 12_733, 0, 51],
  ["fraud", 18_190, 0, 24],
  ["sessions", 184_001, 0, 1.9],
  ["assistant", 1_209, 6, 1_380],
  ["scheduler", 96, 1, 2_450],
  ["sightglass", 2_420, 0, 3.1],
];

const services: ServicesAnswer = {
  data: SERVICES.map(([service, requests, errors, p50Ms]) => ({
    service,
    requests,
    errors,
    errorRate: errors / requests,
    avgMs: p50Ms * 1.2,
    p50Ms,
    p95Ms: p50Ms * 3.4,
    p99Ms: p50Ms * 7.9,
  })),
};

const sent: AttributesAnswer = {
  data: [{ key: "service.name", level: "resource", value: "storefront", count: 184_220 }],
};

/** A shop at work. */
export function filled(): Answers {
  return {
    about,
    ready,
    ledger: growingLedger(),
    services,
    traces: { data: traceSummaries(30), nextCursor: "older" },
    trace: checkoutTrace,
    attributes: sent,
  };
}

/** Just started: nothing but Sightglass's own telemetry. */
export function empty(): Answers {
  const none = { accepted: 0, stored: 0, dropped: 0, inFlight: 0 };
  const ledger = { traces: none, logs: none, metrics: none };
  return {
    about: { ...about, uptimeMs: 8_200, store: { kind: "embedded", bytes: 412_000 } },
    ready,
    ledger: () => ({ inAll: ledger, sinceStart: ledger }),
    services: { data: [] },
    traces: { data: [], nextCursor: null },
    trace: { ...checkoutTrace, spans: [] },
    attributes: {
      data: [{ key: "service.name", level: "resource", value: "sightglass", count: 12 }],
    },
  };
}

/** The store cannot be reached; what needs no query is answered all the same. */
export const storeDown: { readonly answers: Partial<Answers>; readonly refusal: Refusal } = {
  answers: {
    ready: {
      status: "not_ready",
      checks: [
        { name: "store", ready: false, message: "connect ECONNREFUSED 10.0.0.12:8123" },
        { name: "journal", ready: true, message: "" },
      ],
    },
  },
  refusal: {
    of: /services|traces|attributes/,
    status: 503,
    code: "store_unavailable",
    title: "The ClickHouse server cannot be reached",
    detail: "connect ECONNREFUSED 10.0.0.12:8123",
  },
};
