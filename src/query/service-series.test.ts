import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type SeriesQuery, serviceSeries } from "./service-series.ts";
import { serviceResources } from "./service-resources.ts";
import {
  openTelemetryStore,
  type SpanInput,
  type TelemetryStore,
} from "./testing/telemetry-store.ts";

const MS = 1_000_000n;
const MINUTE = 60_000n * MS;
const HOUR = 60n * MINUTE;
const DAY = 24n * HOUR;
/** A whole day. */
const T0 = 20_717n * DAY;
const NOW = { pointsMax: 60, nowMs: Number((T0 + 3n * DAY) / MS) };

let store: TelemetryStore;
let next = 0;

/** `count` spans of one duration at a time. */
function spans(count: number, startNs: bigint, span: Partial<SpanInput>): SpanInput[] {
  return Array.from({ length: count }, () => {
    const id = (++next).toString(16);
    const kind = "server" as const;
    const ids = { trace: id.padStart(32, "0"), span: id.padStart(16, "0") };
    return { ...ids, startNs, durationNs: 10n * MS, kind, ...span };
  });
}

beforeAll(async () => {
  store = await openTelemetryStore();
  const web = { service: "web", name: "GET /" };
  const pod = (name: string, version: string) => ({
    resource: { "k8s.pod.name": name, "service.version": version },
  });
  await store.spans([
    ...spans(60, T0, { ...web, ...pod("web-1", "1.0") }),
    ...spans(90, T0 + 2n * MINUTE, { ...web, ...pod("web-1", "1.0") }),
    ...spans(30, T0 + 2n * MINUTE, {
      ...web,
      ...pod("web-2", "2.0"),
      status: "error",
      durationNs: 900n * MS,
    }),
    ...spans(50, T0 + 2n * MINUTE, { ...web, name: "select", kind: "client", weight: 10 }),
    ...spans(12, T0 + MINUTE, { service: "job", name: "run", kind: "internal", weight: 2.5 }),
    ...spans(36, T0 + 10n * HOUR, { ...web, ...pod("web-2", "2.0"), weight: 100 }),
    ...spans(7, T0, { ...web, org: "other" }),
    ...spans(1, T0 - 5n * DAY, { ...web, ...pod("web-0", "0.9") }),
  ]);
});
afterAll(() => store.close());

const context = (org = "default") => ({ reader: store.reader, org });
const series = (toNs: bigint, query: Partial<SeriesQuery> = {}) =>
  serviceSeries(context(), { fromNs: T0, toNs }, { ...NOW, ...query });
const FIVE_MINUTES = T0 + 5n * MINUTE - 1n;

describe("the figures of services over time", () => {
  it("are requests a second, share of errors and durations of each step, nothing where nothing was", async () => {
    const answer = await series(FIVE_MINUTES);
    expect(answer).toMatchObject({
      startTime: "2026-09-21T00:00:00.000000000Z",
      stepMs: 60_000,
      steps: 5,
      truncated: false,
    });
    const [web, job, ...rest] = answer.data;
    expect(rest).toEqual([]);
    expect(web).toMatchObject({
      service: "web",
      requestsPerSecond: [1, 0, 2, 0, 0],
      errorRate: [0, null, 0.25, null, null],
    });
    expect(web).not.toHaveProperty("operation");
    expect(Math.abs(web!.p50Ms[0]! / 10 - 1)).toBeLessThan(0.025);
    expect(Math.abs(web!.p95Ms[2]! / 900 - 1)).toBeLessThan(0.025);
    expect(web!.p99Ms[1]).toBeNull();
    // All spans of a service that has no requests of others, weighted by sampling.
    expect(job).toMatchObject({ service: "job", requestsPerSecond: [0, 0.5, 0, 0, 0] });
  });

  it("of a long range are read by the hour, of the same rows", async () => {
    const { stepMs, steps, data } = await series(T0 + DAY - 1n);
    expect({ stepMs, steps }).toEqual({ stepMs: 3_600_000, steps: 24 });
    const { requestsPerSecond, errorRate } = data.find(({ service }) => service === "web")!;
    expect(requestsPerSecond[0]).toBe(0.05);
    expect(requestsPerSecond[10]).toBe(1);
    expect(errorRate[0]).toBeCloseTo(30 / 180, 4);
    expect(errorRate[10]).toBe(0);
  });

  it("of the step that is running are those of the time that has passed", async () => {
    const nowMs = Number((T0 + 2n * MINUTE) / MS) + 30_000;
    const { steps, data } = await series(FIVE_MINUTES, { nowMs });
    expect(steps).toBe(3);
    expect(data[0]!.requestsPerSecond).toEqual([1, 0, 4]);
  });

  it("can be those of one service", async () => {
    const { data } = await series(FIVE_MINUTES, { service: "job" });
    expect(data.map(({ service }) => service)).toEqual(["job"]);
    expect((await series(FIVE_MINUTES, { service: "nobody" })).data).toEqual([]);
  });

  it("can be those of its operations, of each kind apart", async () => {
    const query = { service: "web", by: "operation" } as const;
    const { data } = await series(FIVE_MINUTES, query);
    expect(data.map(({ service, operation, kind }) => [service, operation, kind])).toEqual([
      ["web", "select", "client"],
      ["web", "GET /", "server"],
    ]);
    expect(data[1]!.requestsPerSecond).toEqual([1, 0, 2, 0, 0]);
    const one = await series(FIVE_MINUTES, { ...query, operation: "GET /" });
    expect(one.data).toEqual([data[1]]);
  });

  it("are those of one organization", async () => {
    const answer = await serviceSeries(context("other"), { fromNs: T0, toNs: FIVE_MINUTES }, NOW);
    expect(answer.data.map(({ requestsPerSecond }) => requestsPerSecond[0])).toEqual([0.11667]);
  });
});

describe("the resources of a service", () => {
  const resources = (fromNs: bigint, toNs: bigint, service = "web", org = "default") =>
    serviceResources(context(org), { fromNs, toNs }, service);

  it("are its instances with their attributes, spans and times, the busiest first", async () => {
    const answer = await resources(T0, T0 + DAY - 1n);
    expect(answer).toMatchObject({
      spansFrom: "2026-09-21T00:00:00.000000000Z",
      truncated: false,
    });
    const [first, second, bare, ...rest] = answer.data;
    expect(rest).toEqual([]);
    expect(second).toMatchObject({
      attributes: { "service.name": "web", "k8s.pod.name": "web-2", "service.version": "2.0" },
      firstDay: "2026-09-21",
      lastDay: "2026-09-21",
      spans: 66,
      firstSpan: "2026-09-21T00:02:00.000000000Z",
      lastSpan: "2026-09-21T10:00:00.000000000Z",
    });
    expect(bare).toMatchObject({ attributes: { "service.name": "web" }, spans: 50 });
    expect(first).toMatchObject({ attributes: { "k8s.pod.name": "web-1" }, spans: 150 });
  });

  it("of a long range have the spans of its last day", async () => {
    const answer = await resources(T0 - 6n * DAY, T0 + DAY - 1n);
    expect(answer.spansFrom).toBe("2026-09-20T23:59:59.999999999Z");
    expect(answer.data.at(-1)).toMatchObject({
      attributes: { "service.version": "0.9" },
      firstDay: "2026-09-16",
      spans: 0,
      firstSpan: null,
      lastSpan: null,
    });
  });

  it("are none of another service or organization", async () => {
    expect((await resources(T0, T0 + DAY, "nobody")).data).toEqual([]);
    expect((await resources(T0, T0 + DAY, "web", "other")).data).toMatchObject([{ spans: 7 }]);
  });
});
