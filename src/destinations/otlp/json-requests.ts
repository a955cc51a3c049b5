import type { Resource, Scope } from "#core/attributes.ts";
import { anyValueOf } from "#core/otlp/row-writer.ts";
import type { LogRow, SpanRow } from "#core/row-views.ts";
import { traceStateOfWeight } from "#core/sampling-weight.ts";
import { attributesWithWeight } from "#pipeline/otlp/log-weight.ts";
import {
  logGroups,
  metricGroups,
  type ResourceGroup,
  type SignalRows,
  spanGroups,
} from "#pipeline/otlp/row-groups.ts";
import { jsonMetric } from "./json-points.ts";
import { isEmpty, jsonAttributes, jsonId, jsonInteger } from "./json-values.ts";

/**
 * The same request as `protobufRequest` gives, as OTLP/JSON has it
 * (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding): ids in hex, 64-bit integers in decimal,
 * enumerations by number. Fields that are empty are undefined, which JSON leaves out.
 */
export function jsonRequest({ signal, rows }: Pick<SignalRows, "signal" | "rows">): object {
  switch (signal) {
    case "traces":
      return { resourceSpans: groupsOf(spanGroups(rows), "scopeSpans", "spans", jsonSpan) };
    case "logs":
      return { resourceLogs: groupsOf(logGroups(rows), "scopeLogs", "logRecords", jsonLog) };
    case "metrics":
      return {
        resourceMetrics: groupsOf(metricGroups(rows), "scopeMetrics", "metrics", jsonMetric),
      };
  }
}

function groupsOf<Record>(
  groups: readonly ResourceGroup<Record>[],
  scopesField: string,
  recordsField: string,
  json: (record: Record) => object,
): object[] {
  return groups.map(({ resource, scopes }) => ({
    resource: jsonResource(resource),
    [scopesField]: scopes.map(({ scope, records }) => ({
      scope: jsonScope(scope),
      [recordsField]: records.map(json),
      schemaUrl: scope.schemaUrl || undefined,
    })),
    schemaUrl: resource.schemaUrl || undefined,
  }));
}

function jsonResource({ attributes }: Resource): object {
  return { attributes: jsonAttributes(attributes) };
}

function jsonScope({ name, version, attributes }: Scope): object {
  return {
    name: name || undefined,
    version: version || undefined,
    attributes: jsonAttributes(attributes),
  };
}

function jsonSpan(span: SpanRow): object {
  const { status, statusMessage } = span;
  return {
    traceId: jsonId(span.traceId),
    spanId: jsonId(span.spanId),
    traceState: traceStateOfWeight(span.traceState, span.weight) || undefined,
    parentSpanId: jsonId(span.parentSpanId),
    name: span.name || undefined,
    kind: span.kind || undefined,
    startTimeUnixNano: jsonInteger(span.time),
    endTimeUnixNano: jsonInteger(span.time + span.durationNs),
    attributes: jsonAttributes(span.attributes),
    droppedAttributesCount: span.droppedAttributes || undefined,
    events: span.events.length === 0 ? undefined : span.events.map(jsonEvent),
    droppedEventsCount: span.droppedEvents || undefined,
    links: span.links.length === 0 ? undefined : span.links.map(jsonLink),
    droppedLinksCount: span.droppedLinks || undefined,
    status:
      status === 0 && statusMessage === ""
        ? undefined
        : { message: statusMessage || undefined, code: status || undefined },
    flags: span.flags || undefined,
  };
}

function jsonEvent({ time, name, attributes }: SpanRow["events"][number]): object {
  return {
    timeUnixNano: jsonInteger(time),
    name: name || undefined,
    attributes: jsonAttributes(attributes),
  };
}

function jsonLink({ traceId, spanId, traceState, attributes }: SpanRow["links"][number]): object {
  return {
    traceId: jsonId(traceId),
    spanId: jsonId(spanId),
    traceState: traceState || undefined,
    attributes: jsonAttributes(attributes),
  };
}

function jsonLog(log: LogRow): object {
  const body = anyValueOf(log.body, log.bodyType);
  return {
    timeUnixNano: jsonInteger(log.time),
    severityNumber: log.severity || undefined,
    severityText: log.severityText || undefined,
    body: isEmpty(body) ? undefined : body,
    attributes: jsonAttributes(attributesWithWeight(log)),
    droppedAttributesCount: log.droppedAttributes || undefined,
    flags: log.flags || undefined,
    traceId: jsonId(log.traceId),
    spanId: jsonId(log.spanId),
    observedTimeUnixNano: jsonInteger(log.observedTime),
    eventName: log.eventName || undefined,
  };
}
