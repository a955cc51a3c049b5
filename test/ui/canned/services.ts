import type {
  OperationsAnswer,
  ServiceKpis,
  ServiceMapAnswer,
  ServiceResourcesAnswer,
  ServicesAnswer,
  ServiceSeries,
  ServiceSeriesAnswer,
} from "#api/contract/services.ts";
import { fixedRandom } from "../fixed-random.ts";
import type { Answers } from "./answers.ts";

const SECONDS = 3_600;

const SERVICES: readonly (readonly [string, number, number, number])[] = [
  ["storefront", 184_220, 612, 31],
  ["catalog", 402_118, 3, 4.2],
  ["cart", 96_410, 0, 12.4],
  ["payment", 18_204, 2_411, 142],
  ["inventory", 40_122, 0, 22],
  ["search", 61_009, 918, 38],
  ["orders", 12_733, 0, 51],
  ["fraud", 18_190, 0, 24],
  ["sessions", 184_001, 0, 1.9],
  ["assistant", 1_209, 6, 1_380],
  ["scheduler", 96, 1, 2_450],
  ["sightglass", 2_420, 0, 3.1],
];

function kpis(requests: number, errors: number, p50Ms: number): ServiceKpis {
  return {
    requests,
    requestsPerSecond: requests / SECONDS,
    errors,
    errorRate: requests === 0 ? 0 : errors / requests,
    avgMs: p50Ms * 1.2,
    p50Ms,
    p95Ms: p50Ms * 3.4,
    p99Ms: p50Ms * 7.9,
  };
}

/** An hour ago payment was well, and nobody had asked the assistant anything. */
function before(service: string, requests: number, p50Ms: number): ServiceKpis | null {
  if (service === "assistant") return null;
  const wave = 0.85 + fixedRandom(service.length * 31)() * 0.3;
  const isWorse = service === "payment";
  return kpis(Math.round(requests * wave), isWorse ? 12 : 0, isWorse ? p50Ms * 0.4 : p50Ms * wave);
}

function services(url: URL): ServicesAnswer {
  const only = url.searchParams.get("service");
  const isCompared = url.searchParams.get("compare") === "previous";
  const wanted = SERVICES.filter(([service]) => only === null || service === only);
  return {
    data: wanted.map(([service, requests, errors, p50Ms]) => ({
      service,
      ...kpis(requests, errors, p50Ms),
      ...(isCompared ? { previous: before(service, requests, p50Ms) } : {}),
    })),
  };
}

const START = "2026-11-21T08:14:00.000000000Z";

/** A line that goes up and down around its figures; payment's errors begin in its last quarter. */
function lineOf(
  service: string,
  figures: ServiceKpis,
  steps: number,
): Omit<ServiceSeries, "service"> {
  const random = fixedRandom(service.length * 7 + Math.round(figures.p50Ms));
  const waves = Array.from(
    { length: steps },
    (_, step) => 1 + 0.25 * Math.sin(step / 5) + random() * 0.2,
  );
  const isLate = (step: number): boolean => service === "payment" && step > steps * 0.75;
  return {
    requestsPerSecond: waves.map((wave) => figures.requestsPerSecond * wave),
    errorRate: waves.map((wave, step) =>
      Math.min(1, figures.errorRate * wave * (isLate(step) ? 3 : 0.5)),
    ),
    p50Ms: waves.map((wave) => figures.p50Ms * wave),
    p95Ms: waves.map((wave, step) => figures.p95Ms * wave * (isLate(step) ? 2.5 : 1)),
    p99Ms: waves.map((wave) => figures.p99Ms * wave),
  };
}

const OPERATIONS = [
  ["POST /charge", "server", 9_204, 2_400, 150],
  ["POST /refund", "server", 9_000, 11, 80],
  ["INSERT payments", "client", 18_180, 0, 4],
  ["publish payment.settled", "producer", 9_100, 0, 1.8],
] as const;

function series(url: URL): ServiceSeriesAnswer {
  const steps = Number(url.searchParams.get("points") ?? 60);
  const only = url.searchParams.get("service");
  const data =
    url.searchParams.get("by") === "operation"
      ? OPERATIONS.map(([operation, kind, requests, errors, p50Ms]) => ({
          service: only ?? "",
          operation,
          kind,
          ...lineOf(operation, kpis(requests, errors, p50Ms), steps),
        }))
      : SERVICES.filter(([service]) => only === null || service === only).map(
          ([service, requests, errors, p50Ms]) => ({
            service,
            ...lineOf(service, kpis(requests, errors, p50Ms), steps),
          }),
        );
  return { startTime: START, stepMs: 60_000, steps, data, truncated: false };
}

function operations(): OperationsAnswer {
  return {
    data: OPERATIONS.map(([operation, kind, requests, errors, p50Ms]) => ({
      operation,
      kind,
      ...kpis(requests, errors, p50Ms),
      previous: kpis(Math.round(requests * 0.9), 0, p50Ms * 0.6),
    })),
  };
}

/** Two pods, and a third that came up with a new version in the middle of the hour. */
const resources: ServiceResourcesAnswer = {
  data: [
    ["payment-6f7c9-x2x4q", "2.3.0", "2026-11-21T08:14:02.118000000Z", 8_200],
    ["payment-6f7c9-9kd7b", "2.3.0", "2026-11-21T08:14:01.402000000Z", 8_120],
    ["payment-5b8d4-mm2zl", "2.4.0", "2026-11-21T08:42:11.931000000Z", 4_410],
  ].map(([pod, version, firstSpan, spans], place) => ({
    resourceId: `1284771902348812${place}`,
    attributes: {
      "service.name": "payment",
      "service.namespace": "shop",
      "service.version": String(version),
      "deployment.environment.name": "production",
      "cloud.region": "eu-central-1",
      "cloud.availability_zone": `eu-central-1${"ab"[place % 2]}`,
      "k8s.pod.name": String(pod),
      "k8s.node.name": `node-${place + 1}`,
      "telemetry.sdk.language": "java",
      "process.pid": 4_711 + place,
    },
    firstDay: "2026-11-21",
    lastDay: "2026-11-21",
    spans: Number(spans),
    firstSpan: String(firstSpan),
    lastSpan: "2026-11-21T09:13:58.120000000Z",
  })),
  spansFrom: "2026-11-21T08:14:00.000000000Z",
  truncated: false,
};

const CALLS: readonly (readonly [string, string, number, number, number])[] = [
  ["storefront", "catalog", 380_000, 3, 9],
  ["storefront", "cart", 96_410, 0, 30],
  ["storefront", "search", 61_009, 918, 120],
  ["storefront", "sessions", 184_001, 0, 5],
  ["storefront", "assistant", 1_209, 6, 4_100],
  ["cart", "orders", 12_733, 0, 140],
  ["cart", "redis", 212_000, 0, 1.2],
  ["orders", "payment", 18_204, 2_411, 610],
  ["orders", "inventory", 40_122, 0, 71],
  ["orders", "kafka", 12_733, 0, 4],
  ["payment", "fraud", 18_190, 0, 70],
  ["payment", "postgresql", 36_000, 0, 8],
  ["inventory", "postgresql", 80_000, 12, 11],
  ["catalog", "postgresql", 120_000, 0, 6],
  ["search", "elasticsearch", 61_009, 0, 60],
  ["assistant", "catalog", 4_000, 0, 12],
  ["fraud", "payment", 40, 0, 30],
];

function mapNode(service: string): ServiceMapAnswer["nodes"][number] {
  const known = SERVICES.find(([name]) => name === service);
  if (known === undefined) {
    const requests = CALLS.filter(([, target]) => target === service).map((call) => call[2]);
    const requestsPerSecond = requests.reduce((sum, one) => sum + one, 0) / SECONDS;
    return { service, isExternal: true, requestsPerSecond, errorRate: 0, p95Ms: null };
  }
  const { requestsPerSecond, errorRate, p95Ms } = kpis(known[1], known[2], known[3]);
  return { service, isExternal: false, requestsPerSecond, errorRate, p95Ms };
}

function map(url: URL): ServiceMapAnswer {
  const only = url.searchParams.get("service");
  const focus = url.searchParams.get("focus");
  const near = new Set(
    CALLS.filter(([source, target]) => source === focus || target === focus).flatMap(
      ([source, target]) => [source, target],
    ),
  );
  const calls = CALLS.filter(([source, target]) =>
    focus === null
      ? only === null || source === only || target === only
      : near.has(source) && near.has(target),
  );
  const called = new Set(calls.flatMap(([source, target]) => [source, target]));
  const alone = only === null && focus === null ? SERVICES.map(([service]) => service) : [];
  return {
    data: calls.map(([source, target, requests, errors, p95Ms]) => ({
      source,
      target,
      requests,
      requestsPerSecond: requests / SECONDS,
      errors,
      errorRate: errors / requests,
      p95Ms,
    })),
    nodes: [...new Set([...called, ...alone])].map(mapNode),
    omitted: { services: 0, calls: 0 },
  };
}

/** A map of so many services in layers, each calling two or three of the next. */
export function largeMap(count: number): ServiceMapAnswer {
  const random = fixedRandom(count);
  const names = Array.from({ length: count }, (_, n) => `service-${String(n).padStart(3, "0")}`);
  const figures = () => ({
    requestsPerSecond: random() * 400,
    errorRate: random() < 0.06 ? 0.08 : 0,
  });
  const calls = names.flatMap((source, n) =>
    [2 * n + 1, 2 * n + 2, n + 17 + Math.floor(random() * 20)]
      .filter((to) => to < count)
      .map((to) => ({
        source,
        target: names[to]!,
        requests: 900,
        errors: 0,
        p95Ms: 12,
        ...figures(),
      })),
  );
  return {
    data: calls,
    nodes: names.map((service) => ({ service, isExternal: false, p95Ms: 9, ...figures() })),
    omitted: { services: 900, calls: 2_100 },
  };
}

export const filledServices = () =>
  ({
    listServices: services,
    getServiceSeries: series,
    listOperations: operations,
    listServiceResources: resources,
    getServiceMap: map,
  }) satisfies Answers;

export const emptyServices = (): Answers => ({
  listServices: { data: [] },
  getServiceSeries: { startTime: START, stepMs: 60_000, steps: 60, data: [], truncated: false },
  listOperations: { data: [] },
  listServiceResources: { data: [], spansFrom: START, truncated: false },
  getServiceMap: { data: [], nodes: [], omitted: { services: 0, calls: 0 } },
});
