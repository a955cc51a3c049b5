import { z } from "zod";
import { QUERY_LIMITS } from "#core/limits.ts";
import { EVENT_INTERVALS, EVENT_SORTS } from "#core/vocabulary.ts";
import { text, time, wholeNumber } from "./parameters.ts";

// The search API of seed 003, in its words: pages have numbers, and times are to the millisecond.

const range = {
  startTime: time
    .optional()
    .describe(
      "Start of the time range: RFC 3339 or Unix nanoseconds. Thirty days before its end by default.",
    ),
  endTime: time.optional().describe("Its end, now by default."),
};

const EVENT_LIMIT_MAX = 1_000;
const paging = {
  page: wholeNumber(1, QUERY_LIMITS.eventsPagedMax)
    .optional()
    .describe("Number of the page, from 1."),
  limit: wholeNumber(1, EVENT_LIMIT_MAX)
    .optional()
    .describe(`Events of a page: 1 to ${EVENT_LIMIT_MAX}, 50 by default.`),
};

const bool = z
  .enum(["true", "false"], { error: "true or false" })
  .transform((value) => value === "true");

const conditions = {
  ...range,
  type: text.describe("`type` of the event, else its `event_type`."),
  level: text.describe("`level` of the event, else its `severity`."),
  master: text.describe("`master_type` of the event, else its `master`."),
  worker: text.describe("`worker_id`, `worker_type` or `worker` of the event."),
  hasError: bool.optional().describe("Only events with an error, or only those without one."),
  sortBy: z.enum(EVENT_SORTS).optional().describe("`timestamp` by default."),
  sortOrder: z.enum(["asc", "desc"]).optional().describe("`desc` by default."),
};

export const eventsQuery = z.strictObject({ ...conditions, ...paging });
export const eventSearchQuery = z.strictObject({
  q: z
    .string({ error: "a text to look for" })
    .min(1, { error: "a text to look for" })
    .max(1_024)
    .describe("Text to look for in messages and fields, whatever its case."),
  ...conditions,
  ...paging,
});
export const eventRangeQuery = z.strictObject(range);
export const eventTimelineQuery = z.strictObject({
  ...range,
  interval: z.enum(EVENT_INTERVALS).optional().describe("Step of the line, an hour by default."),
});
export const eventCostsQuery = z.strictObject({
  ...range,
  groupBy: z.enum(["master", "type"]).optional().describe("`master` by default."),
});
export const eventIdParams = z.strictObject({
  id: z.string().min(1).describe("Of the event's record, or the event's own."),
});
export const workerParams = z.strictObject({
  id: z.string().min(1).describe("What events say in `worker_id`, `worker_type` or `worker`."),
});
export const masterParams = z.strictObject({
  name: z.string().min(1).describe("What events say in `master_type`, else in `master`."),
});

const textOrNull = z.string().nullable();

export const event = z
  .object({
    id: z.string().describe("Of the stored record, as in `/api/v1/logs`."),
    event_id: textOrNull.describe("The event's own id."),
    event_type: z.string(),
    event_level: z.string(),
    timestamp: z.string().describe("RFC 3339."),
    source_name: textOrNull,
    master_type: textOrNull,
    worker_type: textOrNull,
    error: textOrNull,
    duration_ms: z.number().nullable(),
    cost_usd: z.number().nullable(),
    data: z.record(z.string(), z.unknown()).describe("The event as it was sent."),
  })
  .meta({ id: "Event" });

const count = z.number().int();

export const eventsAnswer = z
  .object({
    data: z.array(event),
    pagination: z.object({ page: count, limit: count, total: count, pages: count }),
    meta: z.object({
      query: z.string().optional(),
      filters: z.record(z.string(), z.union([z.string(), z.boolean()])),
      sortBy: z.string(),
      sortOrder: z.string(),
    }),
  })
  .meta({ id: "Events" });
export const eventAnswer = z.object({ data: event }).meta({ id: "EventAnswer" });

const summary = z.object({
  total_events: count.describe("Of the time range."),
  events_24h: count,
  events_1h: count,
  total_errors: count.describe("Of the time range."),
  errors_24h: count,
  active_masters: count.describe("That events of the last day name."),
  cost_24h: z.number(),
});
export const eventSummaryAnswer = z.object({ data: summary }).meta({ id: "EventSummary" });

const byType = z.array(z.object({ event_type: z.string(), count, error_count: count }));
const byLevel = z.array(z.object({ event_level: z.string(), count, error_count: count }));
export const eventsByTypeAnswer = z.object({ data: byType }).meta({ id: "EventsByType" });
export const eventsByLevelAnswer = z.object({ data: byLevel }).meta({ id: "EventsByLevel" });
export const eventStatsAnswer = z
  .object({ data: summary.extend({ by_type: byType, by_level: byLevel }) })
  .meta({ id: "EventStats" });
export const eventTimelineAnswer = z
  .object({
    data: z.array(
      z.object({
        timestamp: z.string().describe("RFC 3339: the beginning of the step."),
        count,
        error_count: count,
        avg_duration_ms: z.number(),
        cost_usd: z.number(),
      }),
    ),
  })
  .meta({ id: "EventTimeline" });
export const eventCostsAnswer = z
  .object({
    data: z.array(z.object({ name: z.string(), count, cost_usd: z.number() })),
  })
  .meta({ id: "EventCosts" });
export const mastersAnswer = z
  .object({
    data: z.array(z.object({ name: z.string(), count, error_count: count, last_seen: z.string() })),
  })
  .meta({ id: "Masters" });
