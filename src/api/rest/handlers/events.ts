import type { Clock } from "#core/clock.ts";
import { SightglassError } from "#core/errors.ts";
import { QUERY_LIMITS } from "#core/limits.ts";
import { formatTime } from "#core/time.ts";
import type { EventFilter } from "#query/event-statements.ts";
import { eventGroups, eventTimeline, eventTotals, findEvent, listEvents } from "#query/events.ts";
import type { QueryContext } from "#query/query-context.ts";
import { type TimeRange, timeRange } from "#query/time-range.ts";
import type { EVENT_ROUTES } from "../../contract/event-routes.ts";
import type { AnswerOf, QueryOf } from "../../contract/routes.ts";
import type { HandlersOf } from "../route-request.ts";

const NS_PER_MS = 1_000_000n;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

type Given = QueryOf<"getEventSummary">;
type Summary = AnswerOf<"getEventSummary">["data"];

/** Seed 003's search API. */
export function eventHandlers(clock: Clock): HandlersOf<keyof typeof EVENT_ROUTES> {
  const nowNs = (): bigint => BigInt(Math.floor(clock.nowMs())) * NS_PER_MS;
  const rangeOf = ({ startTime, endTime }: Given): TimeRange => {
    const to = endTime ?? nowNs();
    const backNs = BigInt(QUERY_LIMITS.eventsRangeMs) * NS_PER_MS;
    return timeRange({ from: startTime ?? (to > backNs ? to - backNs : 0n), to }, clock);
  };
  const last = (ms: number): TimeRange => {
    const toNs = nowNs();
    return { fromNs: toNs - BigInt(ms) * NS_PER_MS, toNs };
  };
  const summaryOf = async (context: QueryContext, query: Given): Promise<Summary> => {
    const [all, day, hour] = await Promise.all(
      [rangeOf(query), last(DAY_MS), last(HOUR_MS)].map((range) => eventTotals(context, range)),
    );
    return {
      total_events: all!.count,
      events_24h: day!.count,
      events_1h: hour!.count,
      total_errors: all!.errors,
      errors_24h: day!.errors,
      active_masters: day!.masters,
      cost_24h: day!.costUsd,
    };
  };
  const byType = async (context: QueryContext, query: Given) => {
    const groups = await eventGroups(context, rangeOf(query), "event_type");
    return groups.map(({ name, count, errors }) => ({
      event_type: name,
      count,
      error_count: errors,
    }));
  };
  const byLevel = async (context: QueryContext, query: Given) => {
    const groups = await eventGroups(context, rangeOf(query), "event_level");
    return groups.map(({ name, count, errors }) => ({
      event_level: name,
      count,
      error_count: errors,
    }));
  };
  const list = (
    context: QueryContext,
    query: QueryOf<"listEvents">,
    more: Pick<EventFilter, "master" | "worker" | "text"> = {},
  ): Promise<AnswerOf<"listEvents">> => pageOf(context, rangeOf(query), query, more);
  return {
    listEvents: ({ query, context }) => list(context, query),
    searchEvents: async ({ query: { q, ...query }, context }) => {
      const answer = await list(context, query, { text: q });
      return { ...answer, meta: { query: q, ...answer.meta } };
    },
    getEvent: async ({ query, params, context }) => {
      const event = await findEvent(context, rangeOf(query), params.id);
      if (event === undefined)
        throw new SightglassError("not_found", "there is no event with this id in the time range");
      return { data: event };
    },
    getEventStats: async ({ query, context }) => {
      const [summary, types, levels] = await Promise.all([
        summaryOf(context, query),
        byType(context, query),
        byLevel(context, query),
      ]);
      return { data: { ...summary, by_type: types, by_level: levels } };
    },
    getEventSummary: async ({ query, context }) => ({ data: await summaryOf(context, query) }),
    getEventTimeline: async ({ query, context }) => {
      const steps = await eventTimeline(context, rangeOf(query), query.interval ?? "hour");
      return {
        data: steps.map(({ second, count, errors, avgDurationMs, costUsd }) => ({
          timestamp: new Date(second * 1_000).toISOString(),
          count,
          error_count: errors,
          avg_duration_ms: avgDurationMs,
          cost_usd: costUsd,
        })),
      };
    },
    getEventsByType: async ({ query, context }) => ({ data: await byType(context, query) }),
    getEventsByLevel: async ({ query, context }) => ({ data: await byLevel(context, query) }),
    getEventCosts: async ({ query, context }) => {
      const grouping = query.groupBy === "type" ? "event_type" : "master_type";
      const groups = await eventGroups(context, rangeOf(query), grouping);
      return {
        data: groups
          .map(({ name, count, costUsd }) => ({ name, count, cost_usd: costUsd }))
          .toSorted((a, b) => b.cost_usd - a.cost_usd),
      };
    },
    listMasters: async ({ query, context }) => {
      const groups = await eventGroups(context, rangeOf(query), "master_type");
      return {
        data: groups.map(({ name, count, errors, lastNs }) => ({
          name,
          count,
          error_count: errors,
          last_seen: formatTime(lastNs),
        })),
      };
    },
    listMasterEvents: ({ query, params, context }) => list(context, query, { master: params.name }),
    listWorkerEvents: ({ query, params, context }) => list(context, query, { worker: params.id }),
  };
}

const LIMIT = 50;

/** @throws SightglassError `bad_request` for a page behind the last that is given. */
async function pageOf(
  context: QueryContext,
  range: TimeRange,
  query: QueryOf<"listEvents">,
  more: Pick<EventFilter, "master" | "worker" | "text">,
): Promise<AnswerOf<"listEvents">> {
  const { page = 1, limit = LIMIT, sortBy = "timestamp", sortOrder = "desc" } = query;
  const { type, level, master, worker, hasError } = query;
  if (page * limit > QUERY_LIMITS.eventsPagedMax) {
    const allowed = `page times limit up to ${QUERY_LIMITS.eventsPagedMax}; a time range that ends earlier shows more`;
    throw new SightglassError("bad_request", `page: found ${page}, allowed is ${allowed}`);
  }
  const { text, ...names } = more;
  const shown = { type, level, master, worker, hasError, ...names };
  const { events, total } = await listEvents(
    context,
    range,
    { ...shown, text },
    { sortBy, isDescending: sortOrder === "desc", limit, offset: (page - 1) * limit },
  );
  const filters = Object.fromEntries(
    Object.entries(shown).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  return {
    data: events.map((event) => ({ ...event })),
    pagination: { page, limit, total, pages: Math.ceil(total / limit) },
    meta: { filters, sortBy, sortOrder },
  };
}
