import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Attribute, ATTRIBUTE_TYPES, Resource, Scope } from "#core/attributes.ts";
import { systemClock } from "#core/clock.ts";
import { DEFAULT_ORG } from "#core/signal.ts";
import type { SpanKind, SpanStatus } from "#core/vocabulary.ts";
import { openEmbedded } from "#store/embedded.ts";
import { migrate } from "#store/migrate.ts";
import { readMigrations } from "#store/migration-files.ts";
import type { StoreReader } from "#store/reader.ts";
import { type Fragment, literal, sql } from "#store/sql.ts";
import { PooledReader } from "#store/store-reader.ts";
import { DATABASE } from "#store/tables.ts";

// Rows for the tests of queries, put straight into the tables: what a query finds then depends on
// the query alone, not on the doors and the pipeline.

/** Plain values; an integer is sent as int64, any other number as double. */
export type Values = Record<string, string | number | bigint | boolean | object | null>;

export interface SpanInput {
  org?: string;
  trace: string;
  span: string;
  parent?: string;
  service?: string;
  name?: string;
  startNs: bigint;
  durationNs?: bigint;
  kind?: SpanKind;
  status?: SpanStatus;
  statusMessage?: string;
  weight?: number;
  attributes?: Values;
  resource?: Values;
  scope?: { name: string; version?: string; attributes?: Values };
  events?: { name: string; startNs?: bigint; attributes?: Values }[];
  links?: { trace: string; span: string; attributes?: Values }[];
}

export interface LogInput {
  org?: string;
  timeNs: bigint;
  body: unknown;
  service?: string;
  severity?: number;
  severityText?: string;
  eventName?: string;
  trace?: string;
  span?: string;
  attributes?: Values;
  resource?: Values;
  scope?: { name: string; version?: string; attributes?: Values };
}

export interface TelemetryStore {
  readonly reader: StoreReader;
  spans(spans: readonly SpanInput[]): Promise<void>;
  logs(logs: readonly LogInput[]): Promise<void>;
  /** Runs inserts that a test made itself. */
  insert(statements: readonly Fragment[]): Promise<void>;
  /** Runs any statement; answers in its FORMAT. */
  run(text: string): Promise<string>;
  close(): Promise<void>;
}

const NO_TRACE = "0".repeat(32);
const NO_SPAN = "0".repeat(16);

/** An embedded store of its own in a new folder. */
export async function openTelemetryStore(): Promise<TelemetryStore> {
  const dir = mkdtempSync(join(tmpdir(), "sightglass-query-"));
  const engine = await openEmbedded({ dir, memoryBytesMax: 1_000_000_000, clock: systemClock });
  const off = { traces: "off", logs: "off", metrics: "off", aggregates: "off" } as const;
  await migrate(
    engine.admin,
    readMigrations(),
    { database: DATABASE, retention: off },
    systemClock,
  );
  const run = (text: string): Promise<string> => engine.admin.run({ text });
  return {
    reader: new PooledReader(engine.queries),
    run,
    async spans(spans) {
      for (const part of parts(spans)) await run(spansInsert(part).text);
      await insertHolders(run, spans);
    },
    async logs(logs) {
      for (const part of parts(logs)) await run(logsInsert(part).text);
      await insertHolders(
        run,
        logs.map((log) => ({ ...log, startNs: log.timeNs })),
      );
    },
    async insert(statements) {
      for (const statement of statements) await run(statement.text);
    },
    async close() {
      await engine.close();
      rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    },
  };
}

/** The id of the resource that rows with these values are given. */
export function resourceOf(service: string, values: Values = {}): Resource {
  return new Resource(attributesOf({ "service.name": service, ...values }));
}

function scopeOf(input: SpanInput["scope"]): Scope {
  return new Scope(input?.name ?? "", input?.version ?? "", attributesOf(input?.attributes ?? {}));
}

function spansInsert(spans: readonly SpanInput[]): Fragment {
  const structure = literal.string(
    "org String, ts Int64, duration_ns UInt64, trace String, span String, parent String, service String, name String, kind String, status String, status_message String, weight Float32, resource_id UInt64, scope_id UInt64, keys Array(String), vals Array(String), types String, event_ns Array(Int64), event_names Array(String), event_keys Array(Array(String)), event_vals Array(Array(String)), event_types Array(String), link_traces Array(String), link_spans Array(String), link_keys Array(Array(String)), link_vals Array(Array(String)), link_types Array(String)",
  );
  const rows = spans.map((span) => {
    const service = span.service ?? "shop";
    const events = span.events ?? [];
    const links = span.links ?? [];
    return {
      org: span.org ?? DEFAULT_ORG,
      ts: String(span.startNs),
      duration_ns: String(span.durationNs ?? 1_000_000n),
      trace: span.trace,
      span: span.span,
      parent: span.parent ?? NO_SPAN,
      service,
      name: span.name ?? "work",
      kind: span.kind ?? "server",
      status: span.status ?? "unset",
      status_message: span.statusMessage ?? "",
      weight: span.weight ?? 1,
      resource_id: idText(resourceOf(service, span.resource)),
      scope_id: idText(scopeOf(span.scope)),
      ...mapColumns(span.attributes),
      event_ns: events.map((event) => String(event.startNs ?? span.startNs)),
      event_names: events.map((event) => event.name),
      event_keys: events.map((event) => mapColumns(event.attributes).keys),
      event_vals: events.map((event) => mapColumns(event.attributes).vals),
      event_types: events.map((event) => mapColumns(event.attributes).types),
      link_traces: links.map((link) => link.trace),
      link_spans: links.map((link) => link.span),
      link_keys: links.map((link) => mapColumns(link.attributes).keys),
      link_vals: links.map((link) => mapColumns(link.attributes).vals),
      link_types: links.map((link) => mapColumns(link.attributes).types),
    };
  });
  return sql`INSERT INTO spans (org, ts, duration_ns, trace_id, span_id, parent_span_id, service, name, kind, status, status_message, weight, resource_id, scope_id, attrs, attr_types, \`events.ts\`, \`events.name\`, \`events.attrs\`, \`events.attr_types\`, \`links.trace_id\`, \`links.span_id\`, \`links.trace_state\`, \`links.attrs\`, \`links.attr_types\`)
SELECT org, fromUnixTimestamp64Nano(ts), duration_ns, unhex(trace), unhex(span), unhex(parent), service, name, kind, status, status_message, weight, resource_id, scope_id, mapFromArrays(keys, vals), types,
  arrayMap(t -> fromUnixTimestamp64Nano(t), event_ns), event_names, arrayMap((k, v) -> mapFromArrays(k, v), event_keys, event_vals), event_types,
  arrayMap(id -> toFixedString(unhex(id), 16), link_traces), arrayMap(id -> toFixedString(unhex(id), 8), link_spans), arrayMap(id -> '', link_spans), arrayMap((k, v) -> mapFromArrays(k, v), link_keys, link_vals), link_types
FROM format(JSONEachRow, ${structure}, ${json(rows)})`;
}

function logsInsert(logs: readonly LogInput[]): Fragment {
  const structure = literal.string(
    "org String, ts Int64, trace String, span String, severity UInt8, severity_text String, service String, body String, body_type UInt8, event_name String, resource_id UInt64, scope_id UInt64, keys Array(String), vals Array(String), types String",
  );
  const rows = logs.map((log) => {
    const service = log.service ?? "shop";
    const body = attributeOf("body", log.body);
    return {
      org: log.org ?? DEFAULT_ORG,
      ts: String(log.timeNs),
      trace: log.trace ?? NO_TRACE,
      span: log.span ?? NO_SPAN,
      severity: log.severity ?? 9,
      severity_text: log.severityText ?? "",
      service,
      body: body.value,
      body_type: body.type,
      event_name: log.eventName ?? "",
      resource_id: idText(resourceOf(service, log.resource)),
      scope_id: idText(scopeOf(log.scope)),
      ...mapColumns(log.attributes),
    };
  });
  return sql`INSERT INTO logs (org, ts, observed_ts, trace_id, span_id, severity, severity_text, service, body, body_type, event_name, weight, resource_id, scope_id, attrs, attr_types)
SELECT org, fromUnixTimestamp64Nano(ts), fromUnixTimestamp64Nano(ts + 1), unhex(trace), unhex(span), severity, severity_text, service, body, body_type, event_name, 1, resource_id, scope_id, mapFromArrays(keys, vals), types
FROM format(JSONEachRow, ${structure}, ${json(rows)})`;
}

interface Held {
  org?: string;
  startNs: bigint;
  service?: string;
  resource?: Values;
  scope?: SpanInput["scope"];
}

async function insertHolders(
  run: (text: string) => Promise<string>,
  rows: readonly Held[],
): Promise<void> {
  const resources = distinct(
    rows.map((row) => holderRow(row, resourceOf(row.service ?? "shop", row.resource))),
  );
  const scopes = distinct(rows.map((row) => holderRow(row, scopeOf(row.scope))));
  const structure = literal.string(
    "org String, id UInt64, day Date, service String, name String, version String, keys Array(String), vals Array(String), types String",
  );
  const statements = [
    sql`INSERT INTO resources (org, resource_id, day, service, attrs, attr_types)
SELECT org, id, day, service, mapFromArrays(keys, vals), types FROM format(JSONEachRow, ${structure}, ${json(resources)})`,
    sql`INSERT INTO scopes (org, scope_id, day, name, version, attrs, attr_types)
SELECT org, id, day, name, version, mapFromArrays(keys, vals), types FROM format(JSONEachRow, ${structure}, ${json(scopes)})`,
  ];
  for (const statement of statements) await run(statement.text);
}

function distinct<T extends object>(rows: readonly T[]): T[] {
  return [...new Map(rows.map((row) => [JSON.stringify(row), row])).values()];
}

function holderRow(row: Held, holder: Resource | Scope): Record<string, unknown> {
  return {
    org: row.org ?? DEFAULT_ORG,
    id: idText(holder),
    day: new Date(Number(row.startNs / 1_000_000n)).toISOString().slice(0, 10),
    service: holder instanceof Resource ? holder.service : "",
    name: holder instanceof Scope ? holder.name : "",
    version: holder instanceof Scope ? holder.version : "",
    ...columnsOf(holder.attributes),
  };
}

/** The id of a resource, scope or series, in decimal. */
export function idText({ id }: { id: { low: number; high: number } }): string {
  return String((BigInt(id.high) << 32n) + BigInt(id.low));
}

/** The columns of a map: sorted keys, values as text, type bytes. */
export function mapColumns(values: Values = {}): { keys: string[]; vals: string[]; types: string } {
  return columnsOf(attributesOf(values));
}

function columnsOf(attributes: readonly Attribute[]): ReturnType<typeof mapColumns> {
  return {
    keys: attributes.map(({ key }) => key),
    vals: attributes.map(({ value }) => value),
    types: String.fromCharCode(...attributes.map(({ type }) => type)),
  };
}

/** Attributes of plain values, sorted by key. */
export function attributesOf(values: Values): Attribute[] {
  const entries = Object.entries(values).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, value]) => attributeOf(key, value));
}

function attributeOf(key: string, value: unknown): Attribute {
  const { string, int, double, bool, array, kvlist, empty } = ATTRIBUTE_TYPES;
  if (typeof value === "string") return { key, value, type: string };
  if (typeof value === "boolean") return { key, value: String(value), type: bool };
  if (typeof value === "bigint" || Number.isInteger(value)) {
    return { key, value: String(value), type: int };
  }
  if (typeof value === "number") return { key, value: String(value), type: double };
  if (value === null) return { key, value: "", type: empty };
  return { key, value: JSON.stringify(value), type: Array.isArray(value) ? array : kvlist };
}

/** As many rows as the engine takes in one statement's text. */
function parts<T>(rows: readonly T[]): T[][] {
  const size = 100;
  return Array.from({ length: Math.ceil(rows.length / size) }, (_, n) =>
    rows.slice(n * size, (n + 1) * size),
  );
}

function json(rows: readonly object[]): Fragment {
  return literal.string(rows.map((row) => JSON.stringify(row)).join("\n"));
}
