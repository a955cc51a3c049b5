import { causeOf } from "#app/demo/fleet.ts";
import { ShopGenerator } from "#app/demo/generator.ts";
import { SERVICE_NAMES, SERVICES, type ServiceName } from "#app/demo/shop.ts";
import type { FaultCase } from "./case.ts";
import { send } from "./sender.ts";

/** An incident of the demo's shop: so much of an ordinary time, and then so much of the incident. */
interface Incident {
  readonly service: ServiceName;
  readonly seed: number;
  readonly startMs: number;
}

const BEFORE_MS = 600_000;
const DURING_MS = 600_000;
const WINDOW_MS = 10_000;
/** Between incidents, so that none is in the range of another. */
const SPACE_MS = 600_000;

/** Every service's incident with each seed, one after the other, back from `untilMs`. */
export function incidents(seeds: number, untilMs: number): Incident[] {
  const all = Array.from({ length: seeds }, (_, seed) =>
    SERVICE_NAMES.map((service) => ({ service, seed: seed + 1 })),
  ).flat();
  const each = BEFORE_MS + DURING_MS + SPACE_MS;
  return all.map((one, at) => ({ ...one, startMs: untilMs - (at + 1) * each }));
}

/** Sends what the demo makes of an incident. Resolves with the number of spans. */
export async function sendIncident(
  { service, seed, startMs }: Incident,
  perSecond: number,
  endpoint: string,
): Promise<number> {
  const fromMs = startMs + BEFORE_MS;
  const shop = new ShopGenerator({
    seed,
    startMs,
    signals: ["traces", "logs"],
    incident: { service, fromMs, untilMs: Number.POSITIVE_INFINITY },
    rowsMax: 2_000,
  });
  let spans = 0;
  for (let atMs = startMs; atMs < fromMs + DURING_MS; atMs += WINDOW_MS) {
    const window = { fromMs: atMs, toMs: atMs + WINDOW_MS, perSecond };
    for (const { signal, request, rows } of shop.window(window)) {
      if (signal === "metrics") continue;
      if (signal === "traces") spans += rows;
      await send(endpoint, signal, request);
    }
  }
  return spans;
}

/** What a user selects when something is wrong since a time: all from then on, what is slow, what failed. */
export function incidentCases({ service, seed, startMs }: Incident): FaultCase[] {
  const time = (ms: number): string => new Date(ms).toISOString();
  const beganMs = startMs + BEFORE_MS;
  const [key, value] = causeOf(service).split("=") as [string, string];
  const range = { from: time(startMs), to: time(beganMs + DURING_MS) };
  const during = { selectFrom: time(beganMs) };
  const ways: Record<string, Record<string, string>> = {
    // With everything since then selected, what was before is all that is left to compare with.
    time: { ...during },
    slow: { ...during, selectMinMs: "400", q: `service:${service}` },
    failed: { ...during, selectStatus: "error", q: `service:${service}` },
  };
  return Object.entries(ways).map(([way, selected]) => ({
    name: `${service} ${SERVICES[service].incident} seed ${seed} ${way}`,
    kind: `${SERVICES[service].incident}, ${way}`,
    service,
    attribute: { key, value },
    question: { ...range, ...selected, spans: way === "time" ? "roots" : "all" },
  }));
}
