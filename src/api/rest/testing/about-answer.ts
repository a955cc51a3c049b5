import type { AboutAnswer } from "../../contract/status.ts";

/** What a server tells of itself, for tests that are not about it. */
export const ABOUT: AboutAnswer = {
  version: "1.2.3",
  startTime: "2026-11-21T09:00:00Z",
  uptimeMs: 1,
  endpoints: { ui: "http://127.0.0.1:4319", otlpHttp: null, otlpGrpc: null },
  store: { kind: "embedded", bytes: 1, version: null, tables: [] },
  node: "v24.0.0",
  platform: "linux x64",
  process: {
    pid: 1,
    rssBytes: 1,
    heapUsedBytes: 1,
    heapBytes: 1,
    externalBytes: 1,
    cpuSeconds: 1,
    cpuShare: null,
    threads: null,
    openFiles: null,
  },
  probe: null,
  receivers: [{ type: "otlp", state: "running", address: null }],
};
