import type { AboutAnswer, LedgerAnswer, ReadyAnswer } from "#api/contract/status.ts";
import type { Answers } from "./answers.ts";

const about: AboutAnswer = {
  version: "0.1.0",
  startTime: "2026-11-21T05:52:11.402118000Z",
  uptimeMs: 12_131_402,
  endpoints: {
    ui: "http://127.0.0.1:4319",
    otlpHttp: "http://127.0.0.1:4318",
    otlpGrpc: "http://127.0.0.1:4317",
  },
  store: {
    kind: "embedded",
    bytes: 1_912_304_811,
    version: "25.8.2.1",
    tables: [
      { table: "spans", rows: 48_219_441, bytes: 1_402_881_022 },
      { table: "logs", rows: 9_120_733, bytes: 402_100_311 },
      { table: "points", rows: 2_200_104, bytes: 61_004_210 },
      { table: "span_kpis_1m", rows: 402_113, bytes: 31_200_400 },
      { table: "resources", rows: 412, bytes: 118_868 },
    ],
  },
  node: "v24.11.1",
  platform: "linux x64",
  process: {
    pid: 41_207,
    rssBytes: 612_400_128,
    heapUsedBytes: 81_204_224,
    heapBytes: 122_683_392,
    externalBytes: 44_120_312,
    cpuSeconds: 1_804.2,
    cpuShare: 0.21,
    threads: 41,
    openFiles: 88,
  },
  probe: { lagMs: 612.4, lost: 0, waiting: 0 },
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

const none = { accepted: 0, stored: 0, dropped: 0, inFlight: 0 };
const emptyLedger = { traces: none, logs: none, metrics: none };

export const filledStatus = () =>
  ({
    getAbout: about,
    getReady: ready,
    getLedger: growingLedger(),
  }) satisfies Answers;

export const emptyStatus = (): Answers => ({
  getAbout: { ...about, uptimeMs: 8_200, store: { ...about.store, bytes: 412_000, tables: [] } },
  getReady: ready,
  getLedger: { inAll: emptyLedger, sinceStart: emptyLedger },
});
