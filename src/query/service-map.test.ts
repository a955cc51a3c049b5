import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { literal, sql } from "#store/sql.ts";
import { type MapQuery, serviceMap } from "./service-map.ts";
import { openTelemetryStore, type TelemetryStore } from "./testing/telemetry-store.ts";

const SECOND = 1_000_000_000n;
const T0 = 1_790_000_040n * SECOND;
const HOUR = { fromNs: T0, toNs: T0 + 3_599n * SECOND };
const HOUR_SECONDS = 3_600;
const EVERYTHING: MapQuery = { depth: 2, servicesMax: 300, nowMs: Number(T0 / 1_000_000n) * 2 };

let store: TelemetryStore;
beforeAll(async () => {
  store = await openTelemetryStore();
  const minute = literal.dateTime(Number(T0 / 1_000_000n));
  // Bucket 160 is 2^20 ns, bucket 240 is 2^30 ns.
  await store.insert([
    sql`INSERT INTO service_edges_1m (org, minute, source, target, bucket, requests, errors) VALUES
      ('default', ${minute}, 'web', 'cart', 160, 90, 1), ('default', ${minute}, 'web', 'cart', 240, 10, 4),
      ('default', ${minute}, 'cart', 'db', 160, 30.5, 0), ('other', ${minute}, 'web', 'cart', 160, 7, 0)`,
  ]);
  const span = { startNs: T0, durationNs: 50_000_000n, name: "work" };
  await store.spans([
    { ...span, trace: "1".padStart(32, "0"), span: "1".padStart(16, "0"), service: "web" },
    { ...span, trace: "2".padStart(32, "0"), span: "2".padStart(16, "0"), service: "cart" },
    { ...span, trace: "3".padStart(32, "0"), span: "3".padStart(16, "0"), service: "job" },
  ]);
});
afterAll(() => store.close());

const map = (query: Partial<MapQuery> = {}, org = "default") =>
  serviceMap({ reader: store.reader, org }, HOUR, { ...EVERYTHING, ...query });

const pairs = async (query: Partial<MapQuery>): Promise<string[]> =>
  (await map(query)).data.map(({ source, target }) => `${source}>${target}`);

const names = async (query: Partial<MapQuery>): Promise<string[]> =>
  (await map(query)).nodes.map(({ service }) => service).toSorted();

describe("the service map", () => {
  it("has the calls with their rate, share of errors and 95th percentile", async () => {
    const calls = { requests: 100, errors: 5, errorRate: 0.05, p95Ms: 2 ** 30 / 1e6 };
    const queries = { requests: 30.5, errors: 0, errorRate: 0, p95Ms: 2 ** 20 / 1e6 };
    const answer = await map();
    expect(answer.data).toEqual([
      { source: "web", target: "cart", requestsPerSecond: 100 / HOUR_SECONDS, ...calls },
      { source: "cart", target: "db", requestsPerSecond: 30.5 / HOUR_SECONDS, ...queries },
    ]);
    expect(answer.omitted).toEqual({ services: 0, calls: 0 });
  });

  it("has the services, with those that only their callers know, and those without calls", async () => {
    const { nodes } = await map();
    const byName = new Map(nodes.map((node) => [node.service, node]));
    expect([...byName.keys()].toSorted()).toEqual(["cart", "db", "job", "web"]);
    expect(byName.get("db")).toEqual({
      service: "db",
      isExternal: true,
      requestsPerSecond: 30.5 / HOUR_SECONDS,
      errorRate: 0,
      p95Ms: null,
    });
    expect(byName.get("web")).toMatchObject({ isExternal: false, errorRate: 0 });
    expect(Math.abs(byName.get("web")!.p95Ms! / 50 - 1)).toBeLessThan(0.025);
  });

  it("can be that of one service, whichever side it is on", async () => {
    expect(await pairs({ service: "cart" })).toEqual(["web>cart", "cart>db"]);
    expect(await pairs({ service: "db" })).toEqual(["cart>db"]);
    expect(await names({ service: "db" })).toEqual(["cart", "db"]);
    expect(await pairs({ service: "nobody" })).toEqual([]);
  });

  it("can have one service in the middle, with what is near it", async () => {
    expect(await names({ focus: "db", depth: 1 })).toEqual(["cart", "db"]);
    expect(await names({ focus: "db", depth: 2 })).toEqual(["cart", "db", "web"]);
    expect(await pairs({ focus: "db", depth: 2 })).toEqual(["web>cart", "cart>db"]);
    expect(await names({ focus: "job" })).toEqual(["job"]);
    expect(await names({ focus: "nobody" })).toEqual([]);
  });

  it("is cut to the busiest, and says how much it leaves out", async () => {
    const answer = await map({ servicesMax: 2 });
    expect(answer.nodes.map(({ service }) => service)).toEqual(["cart", "web"]);
    expect(answer.omitted).toEqual({ services: 2, calls: 1 });
  });

  it("is that of one organization", async () => {
    expect(await map({}, "other")).toMatchObject({
      data: [{ source: "web", target: "cart", requests: 7 }],
      nodes: [{ isExternal: true }, { isExternal: true }],
    });
  });
});
