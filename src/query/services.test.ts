import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { literal, sql } from "#store/sql.ts";
import { listAttributeKeys, listAttributeValues } from "./attributes.ts";
import { serviceMap } from "./service-map.ts";
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
    const services = await listServices(context(), HOUR);
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
    const operations = await listOperations(context(), HOUR, "web");
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
    expect(await listOperations(context(), HOUR, "none")).toEqual([]);
  });

  it("count only the minutes of the range", async () => {
    const late = { fromNs: T0 + 7_200n * SECOND, toNs: T0 + 7_300n * SECOND };
    expect((await listServices(context(), late)).map(({ service }) => service)).toEqual(["late"]);
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
      const [service] = await listServices(context(), range);
      const [operation] = await listOperations(context(), range, "steady");
      const requests = to - from + 1;
      expect(service).toMatchObject({ service: "steady", requests });
      expect(service!.avgMs).toBeCloseTo((from + to + 2) / 2, 6);
      expect(Math.abs(service!.p95Ms / (from + 1 + 0.95 * (requests - 1)) - 1)).toBeLessThan(0.07);
      expect(operation).toMatchObject({ operation: "tick", requests });
      expect(operation!.p50Ms).toBe(service!.p50Ms);
    }
  });

  it("are those of one organization", async () => {
    expect((await listServices(context("other"), HOUR)).map(({ requests }) => requests)).toEqual([
      5,
    ]);
  });
});

describe("the service map", () => {
  beforeAll(async () => {
    const minute = literal.dateTime(Number(T0 / MS));
    await store.insert([
      // Bucket 160 is 2^20 ns, bucket 240 is 2^30 ns.
      sql`INSERT INTO service_edges_1m (org, minute, source, target, bucket, requests, errors) VALUES
        ('default', ${minute}, 'web', 'cart', 160, 90, 1), ('default', ${minute}, 'web', 'cart', 240, 10, 4),
        ('default', ${minute}, 'cart', 'db', 160, 30.5, 0), ('other', ${minute}, 'web', 'cart', 160, 7, 0)`,
    ]);
  });

  it("has the calls with their 95th percentile", async () => {
    expect(await serviceMap(context(), HOUR, undefined)).toEqual([
      { source: "web", target: "cart", requests: 100, errors: 5, p95Ms: 2 ** 30 / 1e6 },
      { source: "cart", target: "db", requests: 30.5, errors: 0, p95Ms: 2 ** 20 / 1e6 },
    ]);
  });

  it("can be that of one service, whichever side it is on", async () => {
    const edges = async (service: string): Promise<string[]> =>
      (await serviceMap(context(), HOUR, service)).map(
        ({ source, target }) => `${source}>${target}`,
      );
    expect(await edges("cart")).toEqual(["web>cart", "cart>db"]);
    expect(await edges("db")).toEqual(["cart>db"]);
    expect(await edges("nobody")).toEqual([]);
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
