import type { SpanRow } from "./facts.ts";
import type { LogRow } from "./logs.ts";
import {
  type LogRecord,
  type LogsRequest,
  type Resource,
  SCHEMA_URL,
  type Scope,
  type Span,
  type TracesRequest,
} from "./otlp-shape.ts";
import { SCOPES } from "./scopes.ts";

/** The rows that came from one instance, by instrumentation scope. */
interface Group<T> {
  readonly resource: Resource;
  readonly scopes: Map<number, T[]>;
}

/** Spans as export requests of at most `rowsMax` each, grouped by resource and scope as a Collector does. */
export function tracesRequests(rows: readonly SpanRow[], rowsMax: number): TracesRequest[] {
  return slices(rows, rowsMax).map((slice) => ({
    resourceSpans: grouped(slice, ({ span }) => span).map(({ resource, scopes }) => ({
      resource,
      scopeSpans: scopeList(scopes).map(([scope, spans]: [Scope, Span[]]) => ({ scope, spans })),
      schemaUrl: SCHEMA_URL,
    })),
  }));
}

/** Log records as export requests of at most `rowsMax` each. */
export function logsRequests(rows: readonly LogRow[], rowsMax: number): LogsRequest[] {
  return slices(rows, rowsMax).map((slice) => ({
    resourceLogs: grouped(slice, ({ record }) => record).map(({ resource, scopes }) => ({
      resource,
      scopeLogs: scopeList(scopes).map(([scope, logRecords]: [Scope, LogRecord[]]) => ({
        scope,
        logRecords,
      })),
      schemaUrl: SCHEMA_URL,
    })),
  }));
}

function slices<T>(rows: readonly T[], rowsMax: number): T[][] {
  const found: T[][] = [];
  for (let from = 0; from < rows.length; from += rowsMax)
    found.push(rows.slice(from, from + rowsMax));
  return found;
}

function grouped<R extends Pick<SpanRow, "instance" | "scope">, T>(
  rows: readonly R[],
  of: (row: R) => T,
): Group<T>[] {
  const groups = new Map<number, Group<T>>();
  for (const row of rows) {
    const { number, resource } = row.instance;
    let group = groups.get(number);
    if (group === undefined) groups.set(number, (group = { resource, scopes: new Map() }));
    const list = group.scopes.get(row.scope);
    if (list === undefined) group.scopes.set(row.scope, [of(row)]);
    else list.push(of(row));
  }
  return [...groups.values()];
}

function scopeList<T>(scopes: Map<number, T[]>): [Scope, T[]][] {
  return [...scopes].map(([index, list]) => [SCOPES[index]!, list]);
}
