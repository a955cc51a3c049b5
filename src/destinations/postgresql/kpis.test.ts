import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ATTRIBUTE_TYPES, Resource, Scope } from "#core/attributes.ts";
import type { SpanRow } from "#core/row-views.ts";
import type { Row } from "#pipeline/delivery/delivery.ts";
import { PostgresServer } from "#pipeline/relational/testing/postgres-server.ts";
import { FakeClock } from "#pipeline/testing/fake-clock.ts";
import { createLogger } from "#telemetry/log.ts";
import { postgresql, PostgresqlDestination } from "./destination.ts";

const HOUR_MS = 3_600_000;
const UPKEEP_FIRST_MS = 60_000;
const SERVER_KIND = 2;
const INTERNAL_KIND = 1;
const ERROR_STATUS = 2;

let server: PostgresServer;
let clock: FakeClock;
const opened: PostgresqlDestination[] = [];
const logged: unknown[] = [];

beforeAll(async () => {
  server = await PostgresServer.start(["-c", "fsync=off"]);
}, 60_000);
afterAll(async () => server.stop(), 60_000);
beforeEach(async () => {
  await server.query("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
  clock = new FakeClock();
});
afterEach(async () => {
  for (const destination of opened.splice(0)) await destination.stop();
  logged.length = 0;
});

async function started(given: object = {}): Promise<PostgresqlDestination> {
  const settings = postgresql.settings.parse({ ...server.address, ...given });
  const log = createLogger({ level: "warn", clock, sink: (record) => void logged.push(record) });
  const destination = new PostgresqlDestination(settings, { name: "postgresql", clock, log });
  opened.push(destination);
  await destination.start();
  return destination;
}

/** The beginning of the hour that was so many hours before this one, of the server's clock and ours. */
const hour = (ago: number): Date => new Date((Math.floor(Date.now() / HOUR_MS) - ago) * HOUR_MS);

interface Given extends Partial<SpanRow> {
  readonly at: Date;
  readonly ms: number;
  readonly service?: string;
}

let spans = 0;
function spanOf({ at, ms, service = "shop", ...more }: Given): Row {
  const name = { key: "service.name", value: service, type: ATTRIBUTE_TYPES.string };
  const row: SpanRow = {
    resource: new Resource([name]),
    scope: new Scope("", ""),
    time: BigInt(at.getTime() + 1_000) * 1_000_000n,
    durationNs: BigInt(ms) * 1_000_000n,
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: (spans += 1).toString(16).padStart(16, "0"),
    parentSpanId: "",
    traceState: "",
    name: "GET /users",
    kind: SERVER_KIND,
    status: 1,
    statusMessage: "",
    flags: 1,
    weight: 1,
    attributes: [],
    events: [],
    links: [],
    droppedAttributes: 0,
    droppedEvents: 0,
    droppedLinks: 0,
    ...more,
  };
  return { kind: "span", row };
}

let deliveries = 0;
async function store(destination: PostgresqlDestination, rows: readonly Row[]): Promise<void> {
  const key = `key ${(deliveries += 1)}`;
  const delivery = { org: "default", rows, key, rowKey: String, attempt: 1 };
  await destination.send(delivery, new AbortController().signal);
}

const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
const hourly = (): Promise<Record<string, unknown>[]> =>
  server.query("SELECT * FROM kpi_rollups_hourly ORDER BY period_start, service");
const daily = (): Promise<Record<string, unknown>[]> =>
  server.query("SELECT *, date::TEXT AS date FROM mv_kpis_daily ORDER BY 1, 2");

describe("KPIs of an hour", () => {
  it("are computed of the requests of each service", async () => {
    const destination = await started();
    const at = hour(3);
    await store(destination, [
      ...hundred.map((ms) => spanOf({ at, ms, status: ms <= 5 ? ERROR_STATUS : 1 })),
      spanOf({ at, ms: 9_999, kind: INTERNAL_KIND, status: ERROR_STATUS }),
      spanOf({ at, ms: 7, kind: INTERNAL_KIND, service: "cron" }),
    ]);
    const [answer] = await server.query("SELECT rollup_hourly_kpis($1, $2) AS rolled", [
      at,
      hour(2),
    ]);
    expect(answer).toEqual({ rolled: { rows_inserted: 2 } });
    expect(await hourly()).toMatchObject([
      { service: "cron", total_requests: 1, error_count: 0, p99_duration_ms: 7 },
      {
        service: "shop",
        period_start: at,
        period_end: hour(2),
        total_requests: 100,
        error_count: 5,
        error_rate: 0.05,
        avg_duration_ms: 50.5,
        p50_duration_ms: 50,
        p95_duration_ms: 95,
        p99_duration_ms: 99,
      },
    ]);
  });

  it("count a sampled span for as many as it stands for", async () => {
    const destination = await started();
    const at = hour(3);
    await store(destination, [
      spanOf({ at, ms: 10, weight: 9 }),
      spanOf({ at, ms: 100, status: ERROR_STATUS }),
    ]);
    await server.query("SELECT rollup_hourly_kpis($1, $1::TIMESTAMPTZ + INTERVAL '1 minute')", [
      at,
    ]);
    expect(await hourly()).toMatchObject([
      {
        total_requests: 10,
        error_count: 1,
        error_rate: 0.1,
        avg_duration_ms: 19,
        p50_duration_ms: 10,
      },
    ]);
  });

  it("are the same when they are computed again, but for what came late", async () => {
    const destination = await started();
    await store(destination, [spanOf({ at: hour(3), ms: 10 })]);
    const day = hour(3).toISOString().slice(0, 10);
    await server.query("SELECT rollup_daily_kpis($1)", [day]);
    await store(destination, [spanOf({ at: hour(3), ms: 30 })]);
    await server.query("SELECT rollup_daily_kpis($1)", [day]);
    expect(await hourly()).toMatchObject([{ total_requests: 2, avg_duration_ms: 20 }]);
  });
});

describe("KPIs of a day", () => {
  it("have the document's columns, weighted by the requests of its hours", async () => {
    await store(await started(), [spanOf({ at: hour(3), ms: 1 })]);
    await server.query(`INSERT INTO kpi_rollups_hourly (period_start, period_end, service, total_requests,
        error_count, error_rate, avg_duration_ms, p50_duration_ms, p95_duration_ms, p99_duration_ms)
      VALUES ('2026-01-01T00:00Z', '2026-01-01T01:00Z', 'shop', 30, 3, 0.1, 10, 9, 20, 40),
        ('2026-01-01T23:00Z', '2026-01-02T00:00Z', 'shop', 10, 1, 0.1, 50, 9, 60, 80),
        ('2026-01-02T00:00Z', '2026-01-02T01:00Z', 'shop', 0, 0, 0, 0, 0, 0, 0)`);
    await server.query("SELECT refresh_kpi_views()");
    expect(await daily()).toEqual([
      {
        date: "2026-01-01",
        service: "shop",
        requests: "40",
        errors: "4",
        error_rate: 0.1,
        avg_latency_ms: 20,
        p95_latency_ms: 30,
        p99_latency_ms: 50,
        uptime_percent: 90,
      },
      {
        date: "2026-01-02",
        service: "shop",
        requests: "0",
        errors: "0",
        error_rate: 0,
        avg_latency_ms: 0,
        p95_latency_ms: 0,
        p99_latency_ms: 0,
        uptime_percent: 100,
      },
    ]);
  });
});

describe("the upkeep", () => {
  it("computes all hours that are over, and the newest again with what came late", async () => {
    const destination = await started();
    const ages = [50, 20, 3, 1, 0];
    await store(
      destination,
      ages.map((ago) => spanOf({ at: hour(ago), ms: 10 })),
    );
    await clock.advance(UPKEEP_FIRST_MS);
    const starts = async (): Promise<unknown[]> =>
      (await hourly()).map((row) => row["period_start"]);
    await expect.poll(starts, { timeout: 10_000 }).toEqual([50, 20, 3, 1].map(hour));
    await expect.poll(async () => (await daily()).length).toBeGreaterThan(0);
    await store(destination, [spanOf({ at: hour(1), ms: 30 })]);
    await clock.advance(HOUR_MS);
    await expect
      .poll(async () => (await hourly()).at(-1)?.["avg_duration_ms"], { timeout: 10_000 })
      .toBe(20);
    expect(logged).toEqual([]);
  });

  it("leaves those as they are of which spans may be gone by their retention", async () => {
    const destination = await started({ retentionDays: 1 });
    const [old, minutes] = [hour(25), 60_000];
    const late = new Date(hour(24).getTime() - minutes);
    await store(
      destination,
      [old, late, late].map((at) => spanOf({ at, ms: 10 })),
    );
    await server.query("SELECT sightglass_roll_up(6)");
    expect(await hourly()).toMatchObject([{ period_start: old, total_requests: 3 }]);
    await server.query("DELETE FROM telemetry_traces WHERE timestamp < $1", [late]);
    await server.query("SELECT sightglass_roll_up(6)");
    expect(await hourly()).toMatchObject([{ period_start: old, total_requests: 3 }]);
  });

  it("leaves them to others where that is asked for", async () => {
    const destination = await started({ kpiRollups: false });
    await store(destination, [spanOf({ at: hour(3), ms: 10 })]);
    await clock.advance(UPKEEP_FIRST_MS);
    await destination.stop();
    expect(await hourly()).toEqual([]);
  });
});

it("what the server was too busy to make is made when the next rows come", async () => {
  await server.query(`CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'too busy' USING ERRCODE = '55P03'; END $$;
    CREATE EVENT TRIGGER busy ON ddl_command_start WHEN TAG IN ('CREATE MATERIALIZED VIEW')
    EXECUTE FUNCTION refuse()`);
  const destination = await started();
  await store(destination, [spanOf({ at: hour(3), ms: 10 })]);
  await store(destination, [spanOf({ at: hour(3), ms: 10 })]);
  expect(await server.query("SELECT count(*) FROM telemetry_traces")).toEqual([{ count: "2" }]);
  expect(logged).toHaveLength(1);
  await server.query("DROP EVENT TRIGGER busy");
  await store(destination, [spanOf({ at: hour(3), ms: 10 })]);
  await server.query("SELECT sightglass_roll_up(6)");
  expect(await hourly()).toMatchObject([{ total_requests: 3 }]);
});

it("rows are stored where something else has the name of the view, and that is said", async () => {
  await server.query("CREATE VIEW mv_kpis_daily AS SELECT 1 AS one");
  const destination = await started();
  await store(destination, [spanOf({ at: hour(3), ms: 10 })]);
  expect(await server.query("SELECT count(*) FROM telemetry_traces")).toEqual([{ count: "1" }]);
  expect(JSON.stringify(logged)).toContain("KPIs cannot be computed");
  await clock.advance(UPKEEP_FIRST_MS);
  await destination.stop();
  expect(logged).toHaveLength(1);
});
