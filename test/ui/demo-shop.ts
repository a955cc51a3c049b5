import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { ShopGenerator } from "#app/demo/generator.ts";
import { encodeOtlp } from "#core/otlp/encode.ts";
import { SIGNALS } from "#core/signal.ts";
import { ServerProcess } from "../faults/server-process.ts";

/** What of the data an address may name. */
export interface ShopFacts {
  /** A failed trace of several services. */
  readonly traceId: string;
  /** A service that takes and makes requests. */
  readonly service: string;
  /** Start and end of the data, RFC 3339. */
  readonly from: string;
  readonly to: string;
}

/** A real Sightglass with the demo's shop in it. */
export interface DemoShop {
  readonly origin: string;
  readonly facts: ShopFacts;
  close(): Promise<void>;
}

const SEED = 1;
const MINUTES = 40;
const TRACES_A_MINUTE = 8;
/** The last minutes in which a service goes wrong. */
const INCIDENT_MINUTES = 10;
const STORED_MS_MAX = 30_000;

/**
 * Starts a server on free ports and sends it the same forty minutes of the shop's telemetry each time, up
 * to the minute that has begun: the server takes nothing that is older than its retention, so the clock
 * cannot stand still for it.
 */
export async function startDemoShop(): Promise<DemoShop> {
  const folder = mkdtempSync(join(tmpdir(), "sightglass-shop-"));
  const server = new ServerProcess({ dataDir: join(folder, "data") });
  const remove = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  try {
    await server.mustBeReady();
    const endMs = Math.floor(Date.now() / 60_000) * 60_000;
    const startMs = endMs - MINUTES * 60_000;
    await sendShop(server.otlpHttp, startMs, endMs);
    await server.untilStored(100, STORED_MS_MAX);
    const range = { from: new Date(startMs).toISOString(), to: new Date(endMs).toISOString() };
    const facts: ShopFacts = { ...(await someTrace(server, range)), ...range };
    return {
      origin: server.http,
      facts,
      close: async () => {
        await server.stop();
        remove();
      },
    };
  } catch (error) {
    server.signal("SIGKILL");
    remove();
    throw error;
  }
}

async function sendShop(otlpHttp: string, startMs: number, endMs: number): Promise<void> {
  const incident = {
    service: "payment",
    fromMs: endMs - INCIDENT_MINUTES * 60_000,
    untilMs: Number.POSITIVE_INFINITY,
  } as const;
  const shop = new ShopGenerator({ seed: SEED, startMs, signals: SIGNALS, incident });
  for (let fromMs = startMs; fromMs < endMs; fromMs += 60_000) {
    const window = { fromMs, toMs: fromMs + 60_000, traces: TRACES_A_MINUTE };
    for (const { signal, request } of shop.window(window)) {
      const response = await fetch(`${otlpHttp}/v1/${signal}`, {
        method: "POST",
        headers: { "content-type": "application/x-protobuf" },
        body: new Uint8Array(encodeOtlp(signal, request)),
      });
      if (!response.ok) throw new Error(`${signal}: ${response.status} ${await response.text()}`);
    }
  }
}

const tracesAnswer = z.object({
  data: z.array(z.object({ traceId: z.string(), rootService: z.string(), spanCount: z.number() })),
});

/** The largest of the newest failed traces. */
async function someTrace(
  server: ServerProcess,
  range: { from: string; to: string },
): Promise<Pick<ShopFacts, "traceId" | "service">> {
  const search = new URLSearchParams({ ...range, service: "checkout", status: "error" });
  const { data } = tracesAnswer.parse(await server.json(`/api/v1/traces?${search}`));
  const [largest] = data.toSorted((a, b) => b.spanCount - a.spanCount);
  if (largest === undefined) throw new Error("the shop has no failed trace");
  return { traceId: largest.traceId, service: "checkout" };
}
