import { randomBytes } from "node:crypto";
import { encodeOtlp } from "#core/otlp/encode.ts";

const SPANS_PER_REQUEST = 50;

/** Senders that post spans one request after the other, and remember what was acknowledged. */
export class SpanLoad {
  /** Trace ids of requests that were answered with a 2xx; each has 50 spans. */
  readonly acknowledged: string[] = [];
  /** Statuses of requests that were answered with anything else. */
  readonly refused: number[] = [];
  private running = true;
  private readonly senders: Promise<void>[];

  constructor(otlpHttpUrl: string, sendersCount = 6) {
    this.senders = Array.from({ length: sendersCount }, () => this.send(otlpHttpUrl));
  }

  get spans(): number {
    return this.acknowledged.length * SPANS_PER_REQUEST;
  }

  async stop(): Promise<void> {
    this.running = false;
    await Promise.all(this.senders);
  }

  private async send(url: string): Promise<void> {
    while (this.running) {
      const traceId = randomBytes(16).toString("hex");
      const status = await postSpans(url, traceId).catch(() => undefined);
      if (status === 200) this.acknowledged.push(traceId);
      else if (status === undefined) return;
      else this.refused.push(status);
    }
  }
}

async function postSpans(url: string, traceId: string): Promise<number> {
  const nowNs = BigInt(Date.now()) * 1_000_000n;
  const spans = Array.from({ length: SPANS_PER_REQUEST }, (_, index) => ({
    traceId,
    spanId: randomBytes(8).toString("hex"),
    name: `step ${index}`,
    kind: 2,
    startTimeUnixNano: nowNs,
    endTimeUnixNano: nowNs + 1_000_000n,
  }));
  const service = { key: "service.name", value: { stringValue: "load" } };
  const body = encodeOtlp("traces", {
    resourceSpans: [{ resource: { attributes: [service] }, scopeSpans: [{ spans }] }],
  });
  const response = await fetch(`${url}/v1/traces`, {
    method: "POST",
    headers: { "content-type": "application/x-protobuf" },
    body: new Uint8Array(body),
  });
  await response.arrayBuffer();
  return response.status;
}
