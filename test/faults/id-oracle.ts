import { encodeOtlp } from "#core/otlp/encode.ts";
import type { Random } from "#app/demo/random.ts";

export const ORACLE_SIGNALS = ["traces", "logs", "metrics"] as const;
export type OracleSignal = (typeof ORACLE_SIGNALS)[number];

export const ROWS_PER_REQUEST = 100;
/** What the oracle's rows are known by in the store. */
export const ORACLE_SERVICE = "fault-oracle";
export const ORACLE_METRIC = "fault.oracle";

/** What became of a request. Only `acknowledged` is a promise: `unknown` may be stored or not, as a whole. */
export type Fate = "acknowledged" | "refused" | "unknown";

/** Remembers every request by its id: a trace id, which for points is their first value. */
export class IdOracle {
  readonly fates: Readonly<Record<OracleSignal, Map<string, Fate>>> = {
    traces: new Map(),
    logs: new Map(),
    metrics: new Map(),
  };
  private readonly random: Random;
  private points = 0;

  constructor(random: Random) {
    this.random = random;
  }

  count(signal: OracleSignal, fate: Fate): number {
    let count = 0;
    for (const one of this.fates[signal].values()) if (one === fate) count++;
    return count;
  }

  /** Sends one request of the signal, and notes what came of it. False when nobody answered. */
  async send(url: string, signal: OracleSignal): Promise<boolean> {
    const { id, body } = this.request(signal);
    this.fates[signal].set(id, "unknown");
    try {
      const response = await fetch(`${url}/v1/${signal}`, {
        method: "POST",
        headers: { "content-type": "application/x-protobuf" },
        body: new Uint8Array(body),
      });
      // The status is the answer: the rest of it may get lost.
      this.fates[signal].set(id, response.ok ? "acknowledged" : "refused");
      await response.arrayBuffer();
      return true;
    } catch {
      return false;
    }
  }

  /** A request that the oracle does not remember: it must not be accepted. */
  unsent(signal: OracleSignal): Buffer {
    return this.request(signal).body;
  }

  private request(signal: OracleSignal): { id: string; body: Buffer } {
    const nowNs = BigInt(Date.now()) * 1_000_000n;
    const id = this.random.hex(16);
    const resource = {
      attributes: [{ key: "service.name", value: { stringValue: ORACLE_SERVICE } }],
    };
    const rows = Array.from({ length: ROWS_PER_REQUEST }, (_, index) => index);
    switch (signal) {
      case "traces": {
        const spans = rows.map((index) => ({
          traceId: id,
          spanId: (index + 1).toString(16).padStart(16, "0"),
          name: `step ${index % 7}`,
          kind: 2,
          startTimeUnixNano: nowNs + BigInt(index),
          endTimeUnixNano: nowNs + BigInt(index) + 1_000_000n,
        }));
        const request = { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] };
        return { id, body: encodeOtlp(signal, request) };
      }
      case "logs": {
        const logRecords = rows.map((index) => ({
          traceId: id,
          spanId: (index + 1).toString(16).padStart(16, "0"),
          timeUnixNano: nowNs + BigInt(index),
          severityNumber: 9,
          body: { stringValue: `record ${index} of ${id}` },
        }));
        const request = { resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] };
        return { id, body: encodeOtlp(signal, request) };
      }
      case "metrics": {
        const first = this.points++ * ROWS_PER_REQUEST;
        const dataPoints = rows.map((index) => ({
          timeUnixNano: nowNs + BigInt(index),
          asInt: first + index,
        }));
        const metrics = [{ name: ORACLE_METRIC, gauge: { dataPoints } }];
        const request = { resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }] };
        return { id: String(first), body: encodeOtlp(signal, request) };
      }
    }
  }
}

/** Sends without a pause from several senders, all signals in turn, until it is stopped or nobody answers. */
export class OracleLoad {
  private running = true;
  private readonly senders: Promise<void>[];

  constructor(oracle: IdOracle, url: string, sendersCount: number) {
    const send = async (first: number): Promise<void> => {
      for (let turn = first; this.running; turn++) {
        const signal = ORACLE_SIGNALS[turn % ORACLE_SIGNALS.length]!;
        if (!(await oracle.send(url, signal))) return;
      }
    };
    this.senders = Array.from({ length: sendersCount }, (_, first) => send(first));
  }

  async stop(): Promise<void> {
    this.running = false;
    await Promise.all(this.senders);
  }
}
