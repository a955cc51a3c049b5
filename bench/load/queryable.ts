import { randomBytes } from "node:crypto";
import { encodeOtlp } from "#core/otlp/encode.ts";
import type { Doors } from "../measure/server.ts";

const POLL_MS = 25;
const GIVE_UP_MS = 30_000;

/**
 * Sends a span of its own every now and then, and measures how long after the acknowledgement the API
 * answers with it.
 */
export class QueryableProbe {
  /** Milliseconds from the acknowledgement; infinite for a span that never came. */
  readonly lagsMs: number[] = [];
  private readonly doors: Doors;
  private readonly everyMs: number;
  private running = true;
  private readonly loop: Promise<void>;

  constructor(doors: Doors, everyMs: number) {
    this.doors = doors;
    this.everyMs = everyMs;
    this.loop = this.follow();
  }

  async stop(): Promise<void> {
    this.running = false;
    await this.loop;
  }

  private async follow(): Promise<void> {
    while (this.running) {
      const beganMs = performance.now();
      await this.probe().catch(() => {});
      const restMs = this.everyMs - (performance.now() - beganMs);
      if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs));
    }
  }

  private async probe(): Promise<void> {
    const traceId = randomBytes(16).toString("hex");
    const response = await fetch(`${this.doors.otlpHttp}/v1/traces`, {
      method: "POST",
      headers: { "content-type": "application/x-protobuf" },
      body: new Uint8Array(oneSpan(traceId)),
    });
    if (!response.ok) return;
    const acknowledgedMs = performance.now();
    while (performance.now() - acknowledgedMs < GIVE_UP_MS) {
      const { status } = await fetch(`${this.doors.http}/api/v1/traces/${traceId}`);
      if (status === 200) {
        this.lagsMs.push(performance.now() - acknowledgedMs);
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    this.lagsMs.push(Number.POSITIVE_INFINITY);
  }
}

function oneSpan(traceId: string): Buffer {
  const nowNs = BigInt(Date.now()) * 1_000_000n;
  return encodeOtlp("traces", {
    resourceSpans: [
      {
        resource: { attributes: [{ key: "service.name", value: { stringValue: "bench-probe" } }] },
        scopeSpans: [
          {
            spans: [
              {
                traceId,
                spanId: randomBytes(8).toString("hex"),
                name: "probe",
                kind: 1,
                startTimeUnixNano: nowNs,
                endTimeUnixNano: nowNs + 1_000n,
              },
            ],
          },
        ],
      },
    ],
  });
}
