import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ATTRIBUTE_TYPES, Resource, Scope, Series } from "#core/attributes.ts";
import { LogBuilder } from "#core/build/log-builder.ts";
import { systemClock } from "#core/clock.ts";
import { PermanentError } from "#core/errors.ts";
import { logInputOfEvent } from "#core/event-record.ts";
import { logRow, type SpanRow } from "#core/row-views.ts";
import type { Delivery, Row } from "#pipeline/delivery/delivery.ts";
import { FakeClock } from "#pipeline/testing/fake-clock.ts";
import { createLogger } from "#telemetry/log.ts";
import { postgresql, PostgresqlDestination } from "./destination.ts";
import { breakingProxy } from "./testing/breaking-proxy.ts";
import { PostgresServer } from "#pipeline/relational/testing/postgres-server.ts";

const NEVER = new AbortController().signal;
const TIME_NS = 1_764_259_200_123_456_789n;

let server: PostgresServer;
let schemas = 0;
const opened: PostgresqlDestination[] = [];

beforeAll(async () => {
  server = await PostgresServer.start(["-c", "fsync=off"]);
}, 60_000);
afterAll(async () => server.stop(), 60_000);
afterEach(async () => {
  for (const destination of opened.splice(0)) await destination.stop();
});

/** A destination in a schema of its own. */
async function started(
  given: object = {},
  clock = systemClock,
): Promise<{ destination: PostgresqlDestination; schema: string }> {
  const schema = `test_${(schemas += 1)}`;
  await server.query(`CREATE SCHEMA ${schema}`);
  const destination = destinationOf({ schemaName: schema, ...given }, clock);
  await destination.start();
  return { destination, schema };
}

function destinationOf(given: object, clock = systemClock): PostgresqlDestination {
  const settings = postgresql.settings.parse({ ...server.address, ...given });
  const log = createLogger({ level: "error", clock, sink: () => undefined });
  const destination = new PostgresqlDestination(settings, { name: "postgresql", clock, log });
  opened.push(destination);
  return destination;
}

function logsOf(events: readonly object[]): Row[] {
  const window = { oldestMs: 0, newestMs: Number.MAX_SAFE_INTEGER };
  const builder = new LogBuilder({ observedNs: TIME_NS, window });
  for (const event of events) expect(builder.add(logInputOfEvent(event))).toBe(true);
  const batch = builder.finish(1);
  return events.map((_, row) => ({ kind: "log", row: logRow(batch, row) }));
}

function deliveryOf(rows: readonly Row[], key = "key"): Delivery {
  return { org: "default", rows, key, rowKey: (index) => `${key}.${index}`, attempt: 1 };
}

function eventsIn(schema: string): Promise<Record<string, unknown>[]> {
  return server.query(`SELECT * FROM ${schema}.events ORDER BY id`);
}

describe("events", () => {
  it("are rows of the document's table, with the columns that the document takes from them", async () => {
    const { destination, schema } = await started();
    const event = {
      id: "evt-1",
      timestamp: "2025-11-27T10:00:00.25Z",
      type: "task_failed",
      level: "error",
      message: "tab\t, line\n, back\\slash, quote' and 😀",
      _source: { name: "CortexEvents", type: "event-stream" },
      master: "development",
      worker_type: "implementation",
      error: "timeout",
      duration_ms: 12.6,
      cost_estimate: { total_cost_usd: 0.0051 },
      nested: { list: [1, "two", null] },
    };
    await destination.send(deliveryOf(logsOf([event, { message: "plain" }])), NEVER);
    const [first, second] = await eventsIn(schema);
    expect(first).toMatchObject({
      event_id: "evt-1",
      event_type: "task_failed",
      event_level: "error",
      timestamp: new Date("2025-11-27T10:00:00.250Z"),
      source_name: "CortexEvents",
      master_type: "development",
      worker_type: "implementation",
      data: event,
      error: "timeout",
      duration_ms: 13,
      cost_usd: "0.00510000",
    });
    expect(second).toMatchObject({ event_type: "unknown", event_level: "info", error: null });
    expect(await destination.getEventCount()).toBe(2);
  });

  it("have exactly the columns and indexes of the document", async () => {
    const { schema } = await started();
    const columns = await server.query<{ text: string }>(
      `SELECT column_name || ' ' || udt_name || ' ' || is_nullable AS text
       FROM information_schema.columns WHERE table_schema = $1 AND table_name = 'events' ORDER BY ordinal_position`,
      [schema],
    );
    expect(columns.map(({ text }) => text)).toEqual([
      "id int8 NO",
      "event_id varchar YES",
      "event_type varchar YES",
      "event_level varchar YES",
      "timestamp timestamptz NO",
      "source_name varchar YES",
      "master_type varchar YES",
      "worker_type varchar YES",
      "data jsonb NO",
      "error text YES",
      "duration_ms int4 YES",
      "cost_usd numeric YES",
      "created_at timestamptz NO",
    ]);
    const indexes = await server.query<{ indexdef: string }>(
      "SELECT indexdef FROM pg_indexes WHERE schemaname = $1 AND tablename = 'events' ORDER BY indexname",
      [schema],
    );
    const plain = indexes.map(({ indexdef }) => indexdef.replace(` ON ${schema}.events`, ""));
    expect(plain).toEqual([
      "CREATE UNIQUE INDEX events_pkey USING btree (id)",
      "CREATE INDEX idx_events_data_gin USING gin (data)",
      "CREATE INDEX idx_events_error USING btree (error) WHERE (error IS NOT NULL)",
      "CREATE INDEX idx_events_event_level USING btree (event_level)",
      "CREATE INDEX idx_events_event_type USING btree (event_type)",
      'CREATE INDEX idx_events_timestamp USING btree ("timestamp" DESC)',
    ]);
  });

  it("are stored whatever is in them, all of it in the data", async () => {
    const { destination, schema } = await started();
    const long = "é".repeat(10_000);
    const events = [
      { type: "a\0b", message: "\0 \\u0000 \ud83d", level: "x".repeat(60), id: long },
      // Random letters: what an index holds may not be squeezed.
      {
        error: Array.from({ length: 9_000 }, (_, i) =>
          String.fromCharCode(0x4e00 + ((i * 7919) % 20_000)),
        ).join(""),
      },
      { duration: 1e300, cost: 1e300, type: { nested: true } },
      { duration_ms: 0, cost: "0.5", error: false, id: 0 },
      { "\\": "\\.", message: "\\N" },
    ];
    await destination.send(deliveryOf(logsOf(events)), NEVER);
    const rows = await eventsIn(schema);
    expect(rows[0]).toMatchObject({ event_type: "a\ufffdb", event_level: "x".repeat(50) });
    expect(rows[0]!["event_id"]).toBe("é".repeat(255));
    expect(rows[0]!["data"]).toMatchObject({ message: "\ufffd \\u0000 \ufffd", id: long });
    expect(Buffer.byteLength(String(rows[1]!["error"]))).toBeLessThanOrEqual(2_600);
    expect(rows[1]!["data"]).toMatchObject(events[1]!);
    expect(rows[2]).toMatchObject({
      duration_ms: null,
      cost_usd: null,
      event_type: '{"nested":true}',
    });
    expect(rows[3]).toMatchObject({
      duration_ms: 0,
      cost_usd: "0.50000000",
      error: null,
      event_id: "0",
    });
    expect(rows[4]!["data"]).toMatchObject(events[4]!);
  });
});

describe("spans and points", () => {
  const resource = new Resource([
    { key: "service.name", value: "shop", type: ATTRIBUTE_TYPES.string },
  ]);
  const scope = new Scope("", "");
  const seriesOf = (type: "sum" | "histogram"): Series => {
    const metric = {
      name: "requests",
      description: "",
      unit: "",
      type,
      temporality: 2,
      monotonic: true,
    } as const;
    return new Series(metric, resource, scope, [
      { key: "status", value: "200", type: ATTRIBUTE_TYPES.int },
    ]);
  };
  const span: SpanRow = {
    resource,
    scope,
    time: TIME_NS,
    durationNs: 45_500_000n,
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: "b7ad6b7169203331",
    parentSpanId: "00f067aa0ba902b7",
    traceState: "",
    name: "GET /users",
    kind: 2,
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
  };
  const point = { time: TIME_NS, startTime: 0n, flags: 0, exemplars: [] };
  const half = { offset: 0, buckets: [] };
  const rows: Row[] = [
    { kind: "span", row: span },
    { kind: "number_point", row: { ...point, series: seriesOf("sum"), value: 3n } },
    { kind: "number_point", row: { ...point, series: seriesOf("sum"), value: Number.NaN } },
    {
      kind: "histogram_point",
      row: {
        ...point,
        series: seriesOf("histogram"),
        count: 4n,
        sum: 10,
        min: null,
        max: null,
        bounds: [],
        buckets: [],
        scale: 0,
        zeroCount: 0n,
        zeroThreshold: 0,
        positive: half,
        negative: half,
        quantiles: [],
      },
    },
  ];

  it("are rows of the telemetry tables, in one transaction with the logs beside them", async () => {
    const { destination, schema } = await started();
    await destination.send(deliveryOf([...rows, ...logsOf([{ type: "x" }])]), NEVER);
    expect(await server.query(`SELECT * FROM ${schema}.telemetry_traces`)).toMatchObject([
      {
        timestamp: new Date(1_764_259_200_123),
        service: "shop",
        trace_id: span.traceId,
        span_id: span.spanId,
        operation: "GET /users",
        duration_ms: 45.5,
        status: "ok",
        attributes: { parent_span_id: span.parentSpanId, span_kind: "server" },
        resource: { "service.name": "shop" },
      },
    ]);
    const metrics = `SELECT metric_name, metric_type, value, labels FROM ${schema}.telemetry_metrics`;
    const labels = { status: 200 };
    expect(await server.query(`${metrics} ORDER BY metric_name, value`)).toEqual([
      { metric_name: "requests", metric_type: "counter", value: 3, labels },
      { metric_name: "requests", metric_type: "counter", value: Number.NaN, labels },
      { metric_name: "requests_count", metric_type: "histogram", value: 4, labels },
      { metric_name: "requests_sum", metric_type: "histogram", value: 10, labels },
    ]);
    expect(await eventsIn(schema)).toHaveLength(1);
  });
});

describe("a delivery", () => {
  it("that comes again is stored once, and another beside it", async () => {
    const { destination, schema } = await started();
    const rows = logsOf([{ type: "a" }, { type: "b" }]);
    await destination.send(deliveryOf(rows), NEVER);
    await destination.send(deliveryOf(rows), NEVER);
    // After a restart, too.
    await destinationOf({ schemaName: schema }).send(deliveryOf(rows), NEVER);
    expect(await eventsIn(schema)).toHaveLength(2);
    await destination.send(deliveryOf(rows, "another"), NEVER);
    expect(await eventsIn(schema)).toHaveLength(4);
  });

  it("of which nobody knows whether it was stored is there once when it was sent again", async () => {
    const { schema } = await started();
    const rows = logsOf(Array.from({ length: 50 }, (_, id) => ({ id })));
    for (let bytesMax = 200; bytesMax < 6_000; bytesMax += 400) {
      // The connection breaks after so many bytes of the server's answers or the client's requests.
      for (const side of ["up", "down"] as const) {
        const proxy = await breakingProxy(server.address.port, side, bytesMax);
        const far = destinationOf({
          schemaName: schema,
          port: proxy.port,
          connectionTimeout: 5_000,
        });
        const key = `${side} ${bytesMax}`;
        await far.send(deliveryOf(rows, key), NEVER).catch(() => undefined);
        await destinationOf({ schemaName: schema }).send(deliveryOf(rows, key), NEVER);
        await proxy.close();
      }
    }
    const keys = await server.query<{ rows: string }>(
      `SELECT sum(rows)::text AS rows FROM ${schema}.sightglass_deliveries`,
    );
    const counts = await server.query<{ count: string }>(
      `SELECT count(*)::text AS count FROM ${schema}.events GROUP BY event_id`,
    );
    expect(keys[0]!.rows).toBe(String(15 * 2 * 50));
    expect(new Set(counts.map(({ count }) => count))).toEqual(new Set(["30"]));
  }, 30_000);

  it("that another attempt is still storing waits for it and is not stored twice", async () => {
    const { destination, schema } = await started();
    const rows = logsOf(Array.from({ length: 2_000 }, (_, id) => ({ id })));
    await Promise.all([1, 2, 3, 4].map(() => destination.send(deliveryOf(rows), NEVER)));
    expect(await destination.getEventCount()).toBe(2_000);
    expect(schema).not.toBe("");
  });

  it("that is cancelled leaves nothing behind and does not wait", async () => {
    const { destination, schema } = await started();
    await server.query(`CREATE TABLE ${schema}.blocker (id int)`);
    const blocker = destinationOf({ schemaName: schema });
    const control = new AbortController();
    await blocker.getEventCount();
    // Somebody locks the table: the delivery cannot go on.
    const pg = await import("pg");
    const holder = new pg.default.Client(server.address);
    await holder.connect();
    await holder.query(`BEGIN; LOCK TABLE ${schema}.events IN ACCESS EXCLUSIVE MODE`);
    const sending = destination.send(deliveryOf(logsOf([{ type: "a" }])), control.signal);
    control.abort(new Error("no longer wanted"));
    await expect(sending).rejects.toThrow("no longer wanted");
    await holder.query("ROLLBACK");
    await holder.end();
    await destination.send(deliveryOf(logsOf([{ type: "a" }])), NEVER);
    expect(await eventsIn(schema)).toHaveLength(1);
  });

  it("that breaks someone's constraint is refused for good, and stores nothing", async () => {
    const { destination, schema } = await started();
    await server.query(
      `ALTER TABLE ${schema}.events ADD CONSTRAINT no_poison CHECK (event_type <> 'poison')`,
    );
    const rows = logsOf([{ type: "fine" }, { type: "poison" }]);
    await expect(destination.send(deliveryOf(rows), NEVER)).rejects.toBeInstanceOf(PermanentError);
    expect(await eventsIn(schema)).toEqual([]);
    await destination.send(deliveryOf(rows.slice(0, 1), "half"), NEVER);
    expect(await eventsIn(schema)).toHaveLength(1);
    expect(destination.statistics()).toMatchObject({
      total_events_written: 1,
      total_batches_written: 1,
      total_errors: 1,
    });
  });

  it("that finds its table gone, or the password changed, may be tried again", async () => {
    const { destination, schema } = await started();
    await server.query(`DROP TABLE ${schema}.events`);
    const gone = destination.send(deliveryOf(logsOf([{ type: "a" }])), NEVER);
    await expect(gone).rejects.not.toBeInstanceOf(PermanentError);
    const stranger = destinationOf({ password: "wrong" });
    await expect(stranger.send(deliveryOf(logsOf([{}])), NEVER)).rejects.toMatchObject({
      code: "28P01",
    });
    await expect(stranger.start()).rejects.not.toBeInstanceOf(PermanentError);
  });

  it("goes on after the server closed its connections", async () => {
    const { destination, schema } = await started();
    await destination.send(deliveryOf(logsOf([{ type: "a" }]), "1"), NEVER);
    await server.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'sightglass'",
    );
    const again = async (): Promise<void> =>
      destination.send(deliveryOf(logsOf([{ type: "b" }]), "2"), NEVER);
    await again().catch(again);
    expect(await eventsIn(schema)).toHaveLength(2);
  });
});

describe("upkeep", () => {
  it("deletes rows beyond retentionDays each hour, and nothing without it", async () => {
    const clock = new FakeClock();
    const day = 86_400_000;
    const old = { type: "old", timestamp: new Date(Date.now() - 8 * day).toISOString() };
    const young = { type: "young", timestamp: new Date(Date.now() - 6 * day).toISOString() };
    const { destination, schema } = await started({ retentionDays: 7 }, clock);
    const rows = [...logsOf(Array.from({ length: 10_005 }, () => old)), ...logsOf([young])];
    await destination.send(deliveryOf(rows), NEVER);
    await clock.advance(60_000);
    await expect.poll(() => destination.getEventCount(), { timeout: 10_000 }).toBe(1);
    expect(await eventsIn(schema)).toMatchObject([{ event_type: "young" }]);

    const kept = await started();
    await kept.destination.send(deliveryOf(logsOf([old])), NEVER);
    expect(await kept.destination.applyRetentionPolicy()).toBe(0);
    expect(await eventsIn(kept.schema)).toHaveLength(1);
  });

  it("remembers deliveries for a week after the newest of their destination", async () => {
    const clock = new FakeClock();
    const { destination, schema } = await started({}, clock);
    await server.query(`INSERT INTO ${schema}.sightglass_deliveries VALUES
      ('a', 'postgresql', 1, '2020-01-01'), ('b', 'postgresql', 1, '2020-01-09'),
      ('c', 'postgresql', 1, '2020-01-10'), ('d', 'other', 1, '2019-01-01')`);
    await clock.advance(60_000);
    await destination.stop();
    const left = await server.query(`SELECT key FROM ${schema}.sightglass_deliveries ORDER BY key`);
    expect(left).toEqual([{ key: "b" }, { key: "c" }, { key: "d" }]);
  });
});

describe("a connection", () => {
  const verified = { tls: "verify" } as const;

  it("over TLS is refused to a certificate that nobody vouches for", async () => {
    await expect(destinationOf(verified).start()).rejects.toThrow(/self-signed certificate/);
  });

  it("over TLS is made to one that an authority vouches for, by its name", async () => {
    const tlsCaFile = server.certificateFile;
    const { destination } = await started({ tlsCaFile });
    await destination.send(deliveryOf(logsOf([{ type: "a" }])), NEVER);
    expect(await destination.getEventCount()).toBe(1);
    const byAddress = destinationOf({ tlsCaFile, host: "127.0.0.1" });
    await expect(byAddress.start()).rejects.toThrow(/altnames|IP/);
  });

  it("says which file of authorities cannot be read", async () => {
    const destination = destinationOf({ ...verified, tlsCaFile: "/nonexistent/ca.crt" });
    await expect(destination.start()).rejects.toMatchObject({
      code: "config_invalid",
      message: expect.stringContaining("/nonexistent/ca.crt") as string,
    });
  });

  it("says in its health where it leads", async () => {
    const { destination, schema } = await started({ retentionDays: 90 });
    await destination.send(deliveryOf(logsOf([{ type: "a" }])), NEVER);
    expect(destination.health()).toEqual({
      database: "postgres",
      host: "localhost",
      port: server.address.port,
      tableName: `${schema}.events`,
      retentionDays: 90,
      poolConnections: { total: 1, idle: 1, waiting: 0 },
    });
    await destination.stop();
    expect(destination.health()["poolConnections"]).toBeNull();
  });
});

describe("settings", () => {
  it("have the document's names and defaults, and need user and password", () => {
    expect(postgresql.settings.parse({ user: "u", password: "p" })).toMatchObject({
      host: "localhost",
      port: 5_432,
      database: "cortex_observability",
      tableName: "events",
      schemaName: "public",
      poolSize: 10,
      createTableIfNotExists: true,
      flushInterval: 5_000,
      tls: "auto",
    });
    const parse = (given: object): void => void postgresql.settings.parse(given);
    expect(() => parse({ user: "u" })).toThrow(/requires user and password configuration/);
    expect(() => parse({ user: "u", password: "" })).toThrow(/password/);
    expect(() => parse({ user: "u", password: "p", tableName: "a; DROP" })).toThrow(/lower-case/);
    expect(() => parse({ user: "u", password: "p", retentionDays: 0 })).toThrow(/retentionDays/);
  });
});
