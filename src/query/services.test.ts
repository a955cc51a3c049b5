import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { literal, sql } from "#store/sql.ts";
import { listAttributeKeys, listAttributeValues } from "./attributes.ts";
import { listOperations, listServices } from "./services.ts";
import {
  openTelemetryStore,
  type SpanInput,
  type TelemetryStore,
} from "./testing/telemetry-store.ts";

const SECOND = 1_000_000_000n;
const MS = 1_000_000n;
const T0 = 1_790_000_040n * SECOND;
const HOUR = { fromNs: T0, toNs: T0 + 3_599n * SECOND };
/** Long after all of it, so that every range has passed. */
const NOW = { nowMs: Number(T0 / MS) + 30 * 86_400_000 };

let store: TelemetryStore;
beforeAll(async () => {
  store = await openTelemetryStore();
});
afterAll(() => store.close());

const context = (org = "default"): { reader: TelemetryStore["reader"]; org: string } => ({
  reader: store.reader,
  org,
});

let next = 0;
function spans(count: number, span: Partial<SpanInput>): SpanInput[] {
  return Array.from({ length: count }, (_, n) => {
    const id = (++next).toString(16);
    return {
      trace: id.padStart(32, "0"),
      span: id.padStart(16, "0"),
      startNs: T0,
      durationNs: BigInt(n + 1) * MS,
      ...span,
    };
  });
}

describe("services", () => {
  beforeAll(async () => {
    await store.spans([
      ...spans(100, { service: "web", name: "GET /", kind: "server" }),
      ...spans(10, {
        service: "web",
        name: "GET /",
        kind: "server",
        status: "error",
        durationNs: 50n * MS,
      }),
      ...spans(500, { service: "web", name: "select", kind: "client", durationNs: 900n * MS }),
      ...spans(3, {
        service: "worker",
        name: "consume",
        kind: "consumer",
        weight: 2.5,
        durationNs: 10n * MS,
      }),
      ...spans(4, { service: "job", name: "run", kind: "internal", durationNs: 7n * MS }),
      ...spans(2, { service: "late", startNs: T0 + 7_200n * SECOND }),
      ...spans(5, { org: "other", service: "web", name: "GET /" }),
    ]);
  });

  it("count server and consumer spans as requests, or all spans of a service without any", async () => {
    const services = await listServices(context(), HOUR, NOW);
    expect(services.map(({ service, requests, errors }) => [service, requests, errors])).toEqual([
      ["web", 110, 10],
      ["worker", 7.5, 0],
      ["job", 4, 0],
    ]);
    const web = services[0]!;
    expect(web.errorRate).toBeCloseTo(10 / 110, 9);
    expect(web.avgMs).toBeCloseTo(50.454_545, 3);
    // The sketch has 32 steps a doubling: within 1.6 %.
    expect(Math.abs(web.p50Ms / 50 - 1)).toBeLessThan(0.025);
    expect(Math.abs(web.p95Ms / 95 - 1)).toBeLessThan(0.025);
    expect(Math.abs(services[2]!.p99Ms / 7 - 1)).toBeLessThan(0.016);
  });

  it("have operations, of each kind apart", async () => {
    const operations = await listOperations(context(), HOUR, { ...NOW, service: "web" });
    expect(
      operations.map(({ operation, kind, requests, errors }) => [
        operation,
        kind,
        requests,
        errors,
      ]),
    ).toEqual([
      ["select", "client", 500, 0],
      ["GET /", "server", 110, 10],
    ]);
    expect(Math.abs(operations[0]!.p50Ms / 900 - 1)).toBeLessThan(0.016);
    expect(await listOperations(context(), HOUR, { ...NOW, service: "none" })).toEqual([]);
  });

  it("can be one alone", async () => {
    const found = await listServices(context(), HOUR, { ...NOW, service: "job" });
    expect(found.map(({ service, requests }) => [service, requests])).toEqual([["job", 4]]);
    expect(await listServices(context(), HOUR, { ...NOW, service: "none" })).toEqual([]);
  });

  it("count only the minutes of the range", async () => {
    const late = { fromNs: T0 + 7_200n * SECOND, toNs: T0 + 7_300n * SECOND };
    expect((await listServices(context(), late, NOW)).map(({ service }) => service)).toEqual([
      "late",
    ]);
  });

  it("count each minute of a long range once, whole hours by the hour and the rest by the minute", async () => {
    // One span each 10 minutes, from 20 minutes past an hour on, for eight hours: the n-th takes n ms.
    const start = T0 - (T0 % (3_600n * SECOND)) + 10n * 86_400n * SECOND + 1_200n * SECOND;
    const many = Array.from({ length: 48 }, (_, n) => ({
      service: "steady",
      name: "tick",
      kind: "server" as const,
      startNs: start + BigInt(n) * 600n * SECOND,
      durationNs: BigInt(n + 1) * MS,
    }));
    await store.spans(many.flatMap((span) => spans(1, span).map((s) => ({ ...s, ...span }))));
    for (const [from, to] of [
      [0, 47],
      [4, 47],
      [5, 46],
      [10, 34],
      [3, 22],
      [0, 18],
      [20, 24],
    ] as const) {
      const range = { fromNs: many[from]!.startNs, toNs: many[to]!.startNs };
      const [service] = await listServices(context(), range, NOW);
      const [operation] = await listOperations(context(), range, { ...NOW, service: "steady" });
      const requests = to - from + 1;
      expect(service).toMatchObject({ service: "steady", requests });
      expect(service!.avgMs).toBeCloseTo((from + to + 2) / 2, 6);
      expect(Math.abs(service!.p95Ms / (from + 1 + 0.95 * (requests - 1)) - 1)).toBeLessThan(0.07);
      expect(operation).toMatchObject({ operation: "tick", requests });
      expect(operation!.p50Ms).toBe(service!.p50Ms);
    }
  });

  it("have their rate over the minutes that have passed, and the figures of as long a time before", async () => {
    const start = T0 - (T0 % (3_600n * SECOND)) + 20n * 86_400n * SECOND;
    const at = (minutes: bigint): bigint => start + minutes * 60n * SECOND;
    await store.spans([
      ...spans(120, { service: "grown", name: "buy", startNs: at(0n) }),
      ...spans(30, { service: "grown", name: "buy", startNs: at(-1n), status: "error" }),
      ...spans(9, { service: "grown", name: "buy", startNs: at(-3n) }),
      ...spans(60, { service: "new", name: "look", startNs: at(1n) }),
      ...spans(5, { service: "gone", name: "leave", startNs: at(-1n) }),
    ]);
    // Half of the second minute is still to come: what is before is as many whole minutes.
    const range = { fromNs: at(0n) + 5n * SECOND, toNs: at(1n) + 30n * SECOND };
    const options = { nowMs: Number(range.toNs / MS), compare: "previous" } as const;
    const [grown, fresh, ...rest] = await listServices(context(), range, options);
    expect(rest).toEqual([]);
    expect(grown).toMatchObject({ service: "grown", requests: 120, errorRate: 0 });
    expect(grown!.requestsPerSecond).toBeCloseTo(120 / 90, 9);
    expect(grown!.previous).toMatchObject({ requests: 30, errorRate: 1 });
    expect(grown!.previous!.requestsPerSecond).toBeCloseTo(30 / 120, 9);
    expect(fresh).toMatchObject({ service: "new", requests: 60, previous: null });
    const [operation] = await listOperations(context(), range, { ...options, service: "grown" });
    expect(operation).toMatchObject({ operation: "buy", previous: { requests: 30 } });
    const [without] = await listServices(context(), range, { nowMs: options.nowMs });
    expect(without).not.toHaveProperty("previous");
  });

  it("are those of one organization", async () => {
    expect(
      (await listServices(context("other"), HOUR, NOW)).map(({ requests }) => requests),
    ).toEqual([5]);
  });
});

describe("attributes", () => {
  beforeAll(async () => {
    const hour = literal.dateTime(Number(T0 / MS) - 1_000);
    await store.insert([
      sql`INSERT INTO attribute_catalogue (org, signal, level, hour, key, value, rows) VALUES
        ('default', 'traces', 'record', toStartOfHour(${hour}), 'code', '', 30), ('default', 'traces', 'record', toStartOfHour(${hour}), 'code', '200', 20),
        ('default', 'traces', 'record', toStartOfHour(${hour}), 'code', '500', 10), ('default', 'traces', 'resource', toStartOfHour(${hour}), 'host', '', 40),
        ('default', 'logs', 'record', toStartOfHour(${hour}), 'line', '', 1), ('other', 'traces', 'record', toStartOfHour(${hour}), 'secret', '', 1)`,
    ]);
  });

  it("are the keys of a signal with the rows that have them", async () => {
    expect(await listAttributeKeys(context(), HOUR, "traces")).toEqual([
      { key: "host", level: "resource", count: 40 },
      { key: "code", level: "record", count: 30 },
    ]);
    expect(await listAttributeKeys(context(), HOUR, "metrics")).toEqual([]);
  });

  it("have values, the most frequent first", async () => {
    expect(await listAttributeValues(context(), HOUR, "traces", "code")).toEqual([
      { key: "code", level: "record", value: "200", count: 20 },
      { key: "code", level: "record", value: "500", count: 10 },
    ]);
    expect(await listAttributeValues(context(), HOUR, "traces", "secret")).toEqual([]);
  });
});
