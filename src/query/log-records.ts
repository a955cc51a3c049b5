import { ATTRIBUTE_TYPES, type AttributeValue, attributeValue } from "#core/attributes.ts";
import { effectiveSeverity } from "#core/search/search-values.ts";
import { formatTime, TIME_NS_MAX } from "#core/time.ts";
import { type Severity, severityOf } from "#core/vocabulary.ts";
import { z } from "zod";
import { bigintText } from "./cursor.ts";
import type { LogPlace } from "./log-statements.ts";
import {
  attributeRow,
  type Attributes,
  attributesOf,
  type Holders,
  type ScopeView,
} from "./stored-attributes.ts";

export interface LogRecord {
  /** `<Unix nanoseconds>-<digest of the record>`: the same for as long as the record is kept. */
  readonly id: string;
  readonly time: string;
  readonly observedTime: string | null;
  readonly service: string;
  readonly severity: Severity | "unspecified";
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: AttributeValue;
  readonly eventName: string;
  readonly traceId: string | null;
  readonly spanId: string | null;
  readonly attributes: Attributes;
  readonly resource: Attributes;
  readonly scope: ScopeView;
}

/** A row of `logsStatement`. */
export const logRow = attributeRow.extend({
  time_ns: bigintText,
  tie: bigintText,
  observed_ns: bigintText,
  trace: z.string(),
  span: z.string(),
  severity: z.number(),
  severity_text: z.string(),
  service: z.string(),
  body: z.string(),
  body_type: z.number(),
  event_name: z.string(),
  resource_id: z.string(),
  scope_id: z.string(),
});
export type LogRow = z.infer<typeof logRow>;

/** A record as it is answered. */
export function recordOf(row: LogRow, holders: Holders): LogRecord {
  return {
    id: recordId(row.time_ns, row.tie),
    time: formatTime(row.time_ns),
    observedTime: row.observed_ns === 0n ? null : formatTime(row.observed_ns),
    service: row.service,
    severity: severityOf(effectiveSeverity(row.severity, row.severity_text)) ?? "unspecified",
    severityNumber: row.severity,
    severityText: row.severity_text,
    body: attributeValue(row.body, row.body_type === 0 ? ATTRIBUTE_TYPES.empty : row.body_type),
    eventName: row.event_name,
    traceId: /^0*$/.test(row.trace) ? null : row.trace,
    spanId: /^0*$/.test(row.span) ? null : row.span,
    attributes: attributesOf(row),
    resource: holders.resource(row.resource_id),
    scope: holders.scope(row.scope_id),
  };
}

/**
 * Log records come without an id. Theirs is made of the time and a digest of everything that they have:
 * it outlives restarts and merges. Records that are equal in everything share one.
 */
export function recordId(time: bigint, digest: bigint): string {
  return `${time}-${digest.toString(16).padStart(16, "0")}`;
}

/** The place of the record with this id; undefined for what is no id. */
export function placeOfRecord(id: string): LogPlace | undefined {
  const [, time, digest] = /^(\d{1,20})-([0-9a-f]{16})$/.exec(id) ?? [];
  if (time === undefined || digest === undefined) return undefined;
  const place = { time: BigInt(time), tie: BigInt(`0x${digest}`) };
  return place.time <= TIME_NS_MAX ? place : undefined;
}
