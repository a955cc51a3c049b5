import { exceptionAttributes } from "./failures.ts";
import type { Facts, SpanRow, Thrown } from "./facts.ts";
import { decimal, type KeyValue, type LogRecord, text, whole } from "./otlp-shape.ts";
import type { Random } from "./random.ts";
import { SCOPE_OF } from "./scopes.ts";
import { SERVICES } from "./shop.ts";

/** A log record with where it was written. */
export interface LogRow {
  readonly instance: SpanRow["instance"];
  readonly scope: number;
  readonly record: LogRecord;
}

const SEVERITIES = { DEBUG: 5, INFO: 9, WARN: 13, ERROR: 17 } as const;
type Severity = keyof typeof SEVERITIES;

/** Something that a service writes down, in its own words. */
interface Entry {
  readonly severity: Severity;
  readonly message: string;
  readonly fields: Readonly<Record<string, string | number>>;
  readonly logger: string;
  readonly attributes?: readonly KeyValue[];
  readonly eventName?: string;
}

const SLOW_QUERY_MS = 60;
const ACCESS_LOG_CHANCE = 0.9;
const DEBUG_CHANCE = 0.3;

/** What the span's process logged while it was under way, tied to the span. */
export function logsOf(row: SpanRow, random: Random): LogRow[] {
  const { span, instance } = row;
  return entriesOf(row, random).map((entry) => ({
    instance,
    scope: SCOPE_OF.service,
    record: {
      timeUnixNano: span.endTimeUnixNano,
      observedTimeUnixNano: span.endTimeUnixNano + BigInt(random.whole(20_000, 900_000)),
      severityNumber: SEVERITIES[entry.severity],
      severityText: entry.severity,
      body: { stringValue: bodyOf(row, entry) },
      attributes: [text("log.logger", entry.logger), ...(entry.attributes ?? [])],
      traceId: span.traceId,
      spanId: span.spanId,
      flags: 1,
      ...(entry.eventName === undefined ? {} : { eventName: entry.eventName }),
    },
  }));
}

function entriesOf(row: SpanRow, random: Random): Entry[] {
  const { facts } = row;
  switch (facts.about) {
    case "request":
      return requestEntries(row, facts, random);
    case "query":
      return row.durationMs < SLOW_QUERY_MS ? [] : [slowQuery(row, facts)];
    case "received":
      return facts.thrown === undefined
        ? [received(row, facts)]
        : [failure(facts.thrown, "shop.consumer", { topic: facts.topic.destination })];
    case "job":
      return facts.thrown === undefined
        ? [finished(row, facts.job)]
        : [failure(facts.thrown, "shop.jobs", { job: facts.job })];
    case "model":
      return [modelUsed(row, facts)];
    case "sent":
    case "other":
      return [];
  }
}

function requestEntries(
  row: SpanRow,
  facts: Extract<Facts, { about: "request" }>,
  random: Random,
): Entry[] {
  const { method, path, status, userId, thrown, order } = facts;
  const entries: Entry[] = [];
  if (random.chance(DEBUG_CHANCE))
    entries.push({
      severity: "DEBUG",
      logger: "shop.cache",
      message: `looked up ${path} for ${userId} in the local cache`,
      fields: {
        hit: random.whole(0, 1),
        entries: random.whole(400, 9_000),
        age_ms: random.whole(1, 60_000),
      },
    });
  if (thrown !== undefined) entries.push(failure(thrown, "shop.http", { method, path, status }));
  if (order !== undefined)
    entries.push({
      severity: "INFO",
      logger: "shop.orders",
      eventName: "order.placed",
      message: `order ${order.id} of ${userId} was placed`,
      fields: { lines: order.lines, total: order.total, currency: "EUR" },
      attributes: [
        text("order.id", order.id),
        decimal("order.total", order.total),
        whole("order.lines", order.lines),
        text("user.id", userId),
      ],
    });
  if (random.chance(ACCESS_LOG_CHANCE))
    entries.push({
      severity: status >= 400 ? "WARN" : "INFO",
      logger: "shop.access",
      message: `${method} ${path} ${status}`,
      fields: {
        duration_ms: rounded(row.durationMs),
        bytes: random.whole(180, 24_000),
        user: userId,
      },
      attributes: [
        text("http.request.method", method),
        text("http.route", facts.route),
        whole("http.response.status_code", status),
      ],
    });
  return entries;
}

function slowQuery(row: SpanRow, { query, rows }: Extract<Facts, { about: "query" }>): Entry {
  return {
    severity: "WARN",
    logger: "shop.store",
    message: `slow query on ${query.namespace}: ${query.text}`,
    fields: { duration_ms: rounded(row.durationMs), rows },
    attributes: [
      text("db.system.name", query.system),
      text("db.collection.name", query.collection),
    ],
  };
}

function received(row: SpanRow, facts: Extract<Facts, { about: "received" }>): Entry {
  const { topic, partition, offset } = facts;
  return {
    severity: "INFO",
    logger: "shop.consumer",
    message: `processed a message of ${topic.destination}`,
    fields: { partition, offset, duration_ms: rounded(row.durationMs) },
    attributes: [text("messaging.destination.name", topic.destination)],
  };
}

function finished(row: SpanRow, job: string): Entry {
  return {
    severity: "INFO",
    logger: "shop.jobs",
    message: `job ${job} has finished`,
    fields: { duration_ms: rounded(row.durationMs) },
    attributes: [text("faas.name", job)],
  };
}

function modelUsed(row: SpanRow, facts: Extract<Facts, { about: "model" }>): Entry {
  const { use, inputTokens, outputTokens } = facts;
  return {
    severity: "INFO",
    logger: "shop.assistant",
    message: `${use.model} answered`,
    fields: {
      input_tokens: inputTokens,
      output_tokens: outputTokens,
      duration_ms: rounded(row.durationMs),
    },
    attributes: [
      text("gen_ai.request.model", use.model),
      text("gen_ai.operation.name", use.operation),
    ],
  };
}

function failure(thrown: Thrown, logger: string, fields: Entry["fields"]): Entry {
  return {
    severity: "ERROR",
    logger,
    message: thrown.message,
    fields,
    attributes: exceptionAttributes(thrown),
  };
}

/** JSON where the language's loggers write it, a line of text elsewhere; some 300 bytes. */
function bodyOf({ instance, span }: SpanRow, { severity, message, fields, logger }: Entry): string {
  const { language } = SERVICES[instance.service];
  const timeMs = Number(span.endTimeUnixNano / 1_000_000n);
  const time = new Date(timeMs).toISOString();
  if (language === "nodejs" || language === "go")
    return JSON.stringify({
      time,
      level: severity.toLowerCase(),
      logger,
      msg: message,
      ...fields,
      pod: instance.pod,
      version: instance.version,
      trace_id: span.traceId,
      span_id: span.spanId,
    });
  const pairs = Object.entries(fields).map(([key, value]) => `${key}=${value}`);
  const thread = language === "java" ? "virtual-" : "worker-";
  return `${time} ${severity.padEnd(5)} [${instance.service},${span.traceId},${span.spanId}] [${thread}${timeMs % 64}] ${logger} (${instance.pod} ${instance.version}) : ${message} ${pairs.join(" ")}`;
}

function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
