import type { Clock } from "#core/clock.ts";
import type { QueryContext } from "#query/query-context.ts";
import { type TimeRange, timeRange } from "#query/time-range.ts";
import type { AnswerOf, OperationId, ParamsOf, QueryOf } from "../contract/routes.ts";

/** One request of a route, checked. */
export interface RouteRequest<Id extends OperationId> {
  readonly query: QueryOf<Id>;
  readonly params: ParamsOf<Id>;
  readonly context: QueryContext;
  /** The body as text, where the route takes one. */
  readonly body: string;
}

/** What answers each of the routes. */
export type HandlersOf<Ids extends OperationId> = {
  readonly [Id in Ids]: (request: RouteRequest<Id>) => AnswerOf<Id> | Promise<AnswerOf<Id>>;
};

/** Reads the time range of a request, which by default ends now. @throws SightglassError `bad_request`. */
export type RangeOf = (query: Parameters<typeof timeRange>[0]) => TimeRange;

export function rangeBy(clock: Clock): RangeOf {
  return (query) => timeRange(query, clock);
}
