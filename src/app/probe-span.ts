import { encodeOtlp } from "#core/otlp/encode.ts";
import { OWN_SERVICE } from "#telemetry/own-otlp.ts";

const OPERATION = "probe";
const WRITE_MS_MAX = 10_000;

export interface ProbeDoor {
  /** Origin of the OTLP/HTTP door. */
  readonly url: string;
  readonly token: string | undefined;
  /** Stands in every request, so that nothing is recorded about it. */
  readonly mark: string;
  readonly randomHex: (bytes: number) => string;
  readonly nowMs: () => number;
}

/** Sends one known span through the real OTLP/HTTP door; rejects unless it was acknowledged. */
export async function writeProbeSpan(traceId: string, door: ProbeDoor): Promise<void> {
  const nowNs = BigInt(Math.round(door.nowMs())) * 1_000_000n;
  const span = {
    traceId,
    spanId: door.randomHex(8),
    name: OPERATION,
    kind: 1,
    startTimeUnixNano: nowNs,
    endTimeUnixNano: nowNs + 1_000_000n,
    attributes: [{ key: "sightglass.probe", value: { stringValue: door.mark } }],
  };
  const service = { key: "service.name", value: { stringValue: OWN_SERVICE } };
  const body = encodeOtlp("traces", {
    resourceSpans: [{ resource: { attributes: [service] }, scopeSpans: [{ spans: [span] }] }],
  });
  const headers = {
    "content-type": "application/x-protobuf",
    ...(door.token === undefined ? {} : { authorization: `Bearer ${door.token}` }),
  };
  const response = await fetch(`${door.url}/v1/traces`, {
    method: "POST",
    headers,
    body: new Uint8Array(body),
    signal: AbortSignal.timeout(WRITE_MS_MAX),
  });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`The OTLP door answered ${response.status} to the probe`);
}
