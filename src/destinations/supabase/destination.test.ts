import { readFile } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { ATTRIBUTE_TYPES, Resource, Scope, Series } from "#core/attributes.ts";
import { LogBuilder } from "#core/build/log-builder.ts";
import { systemClock } from "#core/clock.ts";
import { PermanentError } from "#core/errors.ts";
import { logInputOfEvent } from "#core/event-record.ts";
import { logRow } from "#core/row-views.ts";
import { RetryAfterError } from "#pipeline/delivery/delivery.ts";
import type { Delivery, Row } from "#pipeline/delivery/delivery.ts";
import { PostgresServer } from "#pipeline/relational/testing/postgres-server.ts";
import { FakeClock } from "#pipeline/testing/fake-clock.ts";
import { createLogger } from "#telemetry/log.ts";
import { supabase, SupabaseDestination } from "./destination.ts";
import { idOf } from "./requests.ts";
import { RestServer, SERVICE_KEY } from "./testing/rest-server.ts";
import { schemaText } from "./testing/schema-text.ts";

const NEVER = new AbortController().signal;
const HOUR_MS = 3_600_000;
const TIME_NS = 1_764_259_200_123_456_789n;

let database: PostgresServer;
let server: RestServer;
const destinations: SupabaseDestination[] = [];

beforeAll(async () => {
  database = await PostgresServer.start(["-c", "fsync=off"]);
}, 60_000);
afterAll(async () => database.stop(), 60_000);
beforeEach(async () => {
  await database.query("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
  await database.query(await readFile(new URL("schema.sql", import.meta.url), "utf8"));
  server = await RestServer.start(database);
  warned.length = 0;
});
afterEach(async () => {
  for (const destination of destinations.splice(0)) await destination.stop();
  await server.stop();
});

const warned: unknown[] = [];

function destinationOf(given: object = {}, clock = systemClock): SupabaseDestination {
  const access = { url: server.url, serviceKey: SERVICE_KEY, allowPrivate: true };
  const settings = supabase.settings.parse({ ...access, ...given });
  const log = createLogger({ level: "warn", clock, sink: (record) => void warned.push(record) });
  const destination = new SupabaseDestination(settings, { name: "supabase", clock, log });
  destinations.push(destination);
  return destination;
}

function logsOf(events: readonly object[]): Row[] {
  const window = { oldestMs: 0, newestMs: Number.MAX_SAFE_INTEGER };
  const builder = new LogBuilder({ observedNs: TIME_NS, window });
  for (const event of events) expect(builder.add(logInputOfEvent(event))).toBe(true);
  const batch = builder.finish(1);
  return events.map((_, row) => ({ kind: "log", row: logRow(batch, row) }));
}

const resource = new Resource([
  { key: "service.name", value: "shop", type: ATTRIBUTE_TYPES.string },
]);
const scope = new Scope("", "");

function spanOf(name: string): Row {
  return {
    kind: "span",
    row: {
      resource,
      scope,
      name,
      time: TIME_NS,
      durationNs: 45_500_000n,
      kind: 2,
      status: 2,
      traceId: "0af7651916cd43dd8448eb211c80319c",
      spanId: "b7ad6b7169203331",
      parentSpanId: "",
      traceState: "",
      statusMessage: "",
      flags: 1,
      weight: 1,
      attributes: [],
      events: [],
      links: [],
      droppedAttributes: 0,
      droppedEvents: 0,
      droppedLinks: 0,
    },
  };
}

function pointOf(value: number): Row {
  const metric = { name: "load", description: "", unit: "", type: "gauge" } as const;
  const series = new Series({ ...metric, temporality: 0, monotonic: false }, resource, scope, []);
  const row = { series, time: TIME_NS, startTime: 0n, value, flags: 0, exemplars: [] };
  return { kind: "number_point", row };
}

function deliveryOf(rows: readonly Row[], key = "key"): Delivery {
  return { org: "default", rows, key, rowKey: (index) => `${key}.${index}`, attempt: 1 };
}

const counts = async (): Promise<number[]> => {
  const tables = ["events", "telemetry_traces", "telemetry_metrics"];
  const found = await Promise.all(
    tables.map((table) => database.query<{ count: string }>(`SELECT count(*) FROM ${table}`)),
  );
  return found.map(([row]) => Number(row!.count));
};

describe("rows", () => {
  it("are in the tables, with the columns that they have there", async () => {
    const event = {
      id: "evt-1",
      type: "task\0",
      message: 'quote " and \ud83d',
      cost: 0.25,
      data: [1],
    };
    const rows = [...logsOf([event]), spanOf("GET /users"), pointOf(Number.NaN), pointOf(2)];
    await destinationOf().send(deliveryOf(rows), NEVER);
    expect(await database.query("SELECT * FROM events")).toMatchObject([
      {
        event_id: "evt-1",
        event_type: "task\ufffd",
        event_level: "info",
        timestamp: new Date(1_764_259_200_123),
        cost_usd: "0.25000000",
        data: { id: "evt-1", message: 'quote " and \ufffd', data: [1] },
      },
    ]);
    expect(await database.query("SELECT * FROM telemetry_traces")).toMatchObject([
      { id: idOf("key.1"), operation: "GET /users", status: "error", duration_ms: 45.5 },
    ]);
    const points = await database.query("SELECT value FROM telemetry_metrics ORDER BY value");
    expect(points).toEqual([{ value: 2 }, { value: Number.NaN }]);
  });

  it("that come again, after answers that were lost, are stored once", async () => {
    const rows = [...logsOf([{ id: 1 }, { id: 2 }]), spanOf("a"), spanOf("b"), pointOf(1)];
    const destination = destinationOf();
    for (let lost = 1; lost <= 3; lost += 1) {
      let requests = 0;
      server.isAnswerLost = () => (requests += 1) >= lost;
      await expect(destination.send(deliveryOf(rows), NEVER)).rejects.toThrow(/hang up|reset/);
    }
    server.isAnswerLost = () => false;
    await destination.send(deliveryOf(rows), NEVER);
    await destination.send(deliveryOf(rows), NEVER);
    expect(await counts()).toEqual([2, 2, 1]);
    await destination.send(deliveryOf(rows, "another"), NEVER);
    expect(await counts()).toEqual([4, 4, 2]);
  });

  it("of a delivery that is cut in two because of one of them are stored once", async () => {
    await database.query("ALTER TABLE events ADD CHECK (event_type <> 'poison')");
    const rows = [spanOf("a"), ...logsOf([{ type: "fine" }, { type: "poison" }]), pointOf(1)];
    const destination = destinationOf();
    const whole = destination.send(deliveryOf(rows), NEVER);
    await expect(whole).rejects.toBeInstanceOf(PermanentError);
    await expect(whole).rejects.toThrow(/23514/);
    const half = (from: number, to: number): Delivery => ({
      ...deliveryOf(rows.slice(from, to), `key ${from}`),
      rowKey: (index) => `key.${from + index}`,
    });
    await destination.send(half(0, 2), NEVER);
    await expect(destination.send(half(2, 3), NEVER)).rejects.toBeInstanceOf(PermanentError);
    await destination.send(half(3, 4), NEVER);
    expect(await counts()).toEqual([1, 1, 1]);
    expect(destination.statistics()).toEqual({
      total_events_written: 3,
      total_batches_written: 2,
      total_errors: 2,
    });
  });
});

describe("deliveries", () => {
  it("are remembered for a week", async () => {
    await database.query(`INSERT INTO sightglass_deliveries VALUES
      ('old', 'supabase', 1, NOW() - INTERVAL '8 days'),
      ('young', 'supabase', 1, NOW() - INTERVAL '6 days'),
      ('of another', 'postgresql', 1, NOW() - INTERVAL '8 days')`);
    await destinationOf().send(deliveryOf(logsOf([{}])), NEVER);
    const left = await database.query("SELECT key FROM sightglass_deliveries ORDER BY key");
    expect(left).toEqual([{ key: "key" }, { key: "of another" }, { key: "young" }]);
  });
});

describe("a table of another name", () => {
  it("takes the events, each once", async () => {
    await database.query("CREATE TABLE audit (LIKE events INCLUDING ALL)");
    const destination = destinationOf({ tableName: "audit" });
    await destination.send(deliveryOf(logsOf([{ id: "1" }])), NEVER);
    await destination.send(deliveryOf(logsOf([{ id: "1" }])), NEVER);
    expect(await database.query("SELECT event_id FROM audit")).toEqual([{ event_id: "1" }]);
    expect(await counts()).toEqual([0, 0, 0]);
  });

  it("is none of another's making", async () => {
    const tableName = "telemetry_traces; drop table events";
    expect(() =>
      supabase.settings.parse({ url: "https://a.b", serviceKey: "k", tableName }),
    ).toThrow(/tableName/);
  });

  it("does without what a project of before does not know, where it is the usual one", async () => {
    await database.query(`DROP FUNCTION sightglass_store_events;
      CREATE FUNCTION sightglass_store_events(p_key TEXT, p_destination TEXT, p_events JSONB)
      RETURNS INTEGER LANGUAGE sql AS 'SELECT 0'`);
    await destinationOf().send(deliveryOf(logsOf([{}])), NEVER);
    // And the schema of today takes its place.
    await database.query(schemaText());
    await destinationOf().send(deliveryOf(logsOf([{}])), NEVER);
    expect(await counts()).toEqual([1, 0, 0]);
  });
});

describe("upkeep", () => {
  it("deletes rows beyond retentionDays each hour, and nothing without it", async () => {
    const old = new Date(Date.now() - 8 * 86_400_000).toISOString();
    const young = new Date(Date.now() - 6 * 86_400_000).toISOString();
    await database.query(
      `INSERT INTO events (timestamp, data) SELECT $1::TIMESTAMPTZ, '{}' FROM generate_series(1, 10005)`,
      [old],
    );
    await destinationOf().send(
      deliveryOf([...logsOf([{ timestamp: old }, { timestamp: young }]), spanOf("GET /users")]),
      NEVER,
    );
    const left = async (retentionDays: number | undefined, deliveries: number) => {
      const clock = new FakeClock();
      const destination = destinationOf({ retentionDays, kpiRollups: false }, clock);
      await destination.start();
      await clock.advance(60_000);
      await expect.poll(async () => (await counts())[0], { timeout: 10_000 }).toBe(deliveries);
      await destination.stop();
      return counts();
    };
    expect(await left(undefined, 10_007)).toEqual([10_007, 1, 0]);
    expect(await left(7, 1)).toEqual([1, 0, 0]);
    expect(warned).toEqual([]);
  });

  it("computes the KPIs of the hours that are over", async () => {
    await destinationOf().send(deliveryOf([spanOf("GET /users")]), NEVER);
    const clock = new FakeClock();
    const destination = destinationOf({}, clock);
    await destination.start();
    await clock.advance(60_000);
    const daily = (): Promise<unknown> =>
      database.query("SELECT service, errors, avg_latency_ms, uptime_percent FROM mv_kpis_daily");
    await expect
      .poll(daily, { timeout: 10_000 })
      .toEqual([{ service: "shop", errors: "1", avg_latency_ms: 45.5, uptime_percent: 0 }]);
    expect(warned).toEqual([]);
  });

  it("says what is missing of the project's schema", async () => {
    await database.query("DROP FUNCTION sightglass_roll_up");
    const clock = new FakeClock();
    const destination = destinationOf({}, clock);
    await destination.start();
    await clock.advance(60_000);
    await expect.poll(() => JSON.stringify(warned)).toContain("SQL in the README");
  });

  it("says once what is missing of an older schema, and does the rest all the same", async () => {
    await database.query("DROP FUNCTION sightglass_delete_old");
    const clock = new FakeClock();
    const planned = vi.spyOn(clock, "setTimeout");
    const destination = destinationOf({ retentionDays: 7 }, clock);
    await destination.send(deliveryOf([spanOf("GET /users")]), NEVER);
    await destination.start();
    for (const [turns, afterMs] of [60_000, HOUR_MS].entries()) {
      await database.query("DELETE FROM kpi_rollups_hourly");
      await clock.advance(afterMs);
      // The next turn is planned when one has ended.
      const ended = (): number => planned.mock.calls.filter(([, ms]) => ms === HOUR_MS).length;
      await expect.poll(ended, { timeout: 10_000 }).toBe(turns + 1);
      expect(await database.query("SELECT FROM kpi_rollups_hourly")).toHaveLength(1);
    }
    expect(warned).toMatchObject([{ message: "The deletion of old rows failed" }]);
  });
});

describe("a refusal", () => {
  it("of the key, or for want of the function, may be mended", async () => {
    const stranger = destinationOf({ serviceKey: "wrong" }).send(deliveryOf(logsOf([{}])), NEVER);
    await expect(stranger).rejects.toThrow(/HTTP 401 for rpc\/sightglass_store_events: PGRST301/);
    await expect(stranger).rejects.not.toBeInstanceOf(PermanentError);
    await database.query("DROP FUNCTION sightglass_store_events");
    const missing = destinationOf().send(deliveryOf(logsOf([{}])), NEVER);
    await expect(missing).rejects.toThrow(/PGRST202 .*SQL in the README/);
    await expect(missing).rejects.not.toBeInstanceOf(PermanentError);
  });

  it("says how long to wait, where the project does", async () => {
    server.intercept = (request, response) => {
      request.resume();
      response.writeHead(429, { "retry-after": "3" }).end("<html>slow down</html>");
      return true;
    };
    const sending = destinationOf().send(deliveryOf(logsOf([{}])), NEVER);
    await expect(sending).rejects.toBeInstanceOf(RetryAfterError);
    await expect(sending).rejects.toMatchObject({ afterMs: 3_000 });
  });

  it("of a delivery that is too large asks for smaller ones", async () => {
    server.intercept = (request, response) => {
      request.resume();
      response.writeHead(413).end();
      return true;
    };
    const sending = destinationOf().send(deliveryOf(logsOf([{}, {}])), NEVER);
    await expect(sending).rejects.toBeInstanceOf(PermanentError);
  });
});

describe("the schema", () => {
  it("is the file's, which may be run again", async () => {
    const text = await readFile(new URL("schema.sql", import.meta.url), "utf8");
    expect(text).toBe(schemaText());
    await database.query(text);
  });

  it("shows the tables to nobody but the service's role", async () => {
    const open = await database.query(
      "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND NOT relrowsecurity",
    );
    expect(open).toEqual([]);
    const functions = await database.query<{ acl: string }>(
      "SELECT proacl::text AS acl FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
    );
    expect(functions).toHaveLength(6);
    for (const { acl } of functions) expect(acl).not.toMatch(/[{,]=/);
  });
});

describe("settings", () => {
  it("need an address and a key, and no private address unless that is allowed", async () => {
    expect(() => supabase.settings.parse({ url: "https://a.supabase.co" })).toThrow(/serviceKey/);
    expect(() => supabase.settings.parse({ url: "a", serviceKey: "k" })).toThrow(/url/);
    await expect(destinationOf({ allowPrivate: false }).start()).rejects.toThrow(/private address/);
    await expect(destinationOf().start()).resolves.toBeUndefined();
  });
});
