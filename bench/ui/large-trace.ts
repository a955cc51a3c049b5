import { Random } from "#app/demo/random.ts";
import { encodeOtlp } from "#core/otlp/encode.ts";

/** Spans of one request. */
const PER_REQUEST = 5_000;
const SERVICES = 12;
const DURATION_MS = 60_000;

/**
 * Sends one trace of `count` spans over a minute, of twelve services, a hundred names and any depth, one in a
 * hundred failed; the same for the same count and seed. Resolves with its id when all is acknowledged.
 */
export async function sendLargeTrace(
  otlpHttp: string,
  count: number,
  seed: number,
): Promise<string> {
  const random = new Random(seed, 0x1a56e);
  const startNs = BigInt(Date.now() - DURATION_MS - 5_000) * 1_000_000n;
  const traceId = hex(random, 4);
  const spanIds = Array.from({ length: count }, () => hex(random, 2));
  for (let from = 0; from < count; from += PER_REQUEST) {
    const places = Array.from({ length: Math.min(PER_REQUEST, count - from) }, (_, n) => from + n);
    const byService = Map.groupBy(places, (place) => (place * 7) % SERVICES);
    const resourceSpans = [...byService].map(([service, own]) => ({
      resource: { attributes: [text("service.name", `service-${service}`)] },
      scopeSpans: [{ spans: own.map((place) => spanAt(place)) }],
    }));
    const response = await fetch(`${otlpHttp}/v1/traces`, {
      method: "POST",
      headers: { "content-type": "application/x-protobuf" },
      body: new Uint8Array(encodeOtlp("traces", { resourceSpans })),
    });
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    await response.arrayBuffer();
  }
  return traceId;

  function spanAt(place: number) {
    const parent = place === 0 ? undefined : place - 1 - Math.floor(random.unit() ** 3 * 40);
    const offsetMs = (place / count) * DURATION_MS * 0.95;
    const ms = place === 0 ? DURATION_MS : 0.4 + random.unit() ** 4 * 900;
    const spanStartNs = startNs + BigInt(Math.round(offsetMs * 1e6));
    return {
      traceId,
      spanId: spanIds[place]!,
      ...(parent === undefined ? {} : { parentSpanId: spanIds[Math.max(0, parent)]! }),
      name: place === 0 ? "rebuild everything" : `step ${place % 100}`,
      kind: 1 + (place % 5),
      startTimeUnixNano: spanStartNs,
      endTimeUnixNano: spanStartNs + BigInt(Math.round(ms * 1e6)),
      attributes: [
        text("shop.stage", `stage ${place % 17}`),
        text("shop.item", `item-${random.uint32()}`),
        { key: "shop.place", value: { intValue: place } },
      ],
      status: { code: random.unit() < 0.01 ? 2 : 0 },
    };
  }
}

function hex(random: Random, words: number): string {
  return Array.from({ length: words }, () => random.uint32().toString(16).padStart(8, "0")).join(
    "",
  );
}

function text(key: string, stringValue: string) {
  return { key, value: { stringValue } };
}
