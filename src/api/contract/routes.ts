import type { z } from "zod";
import { ATTRIBUTE_ROUTES } from "./attribute-routes.ts";
import { CHANGE_ROUTES } from "./change-routes.ts";
import { DEAD_LETTER_ROUTES } from "./dead-letter-routes.ts";
import { EVENT_ROUTES } from "./event-routes.ts";
import { LIVE_STREAMS } from "./live-streams.ts";
import { LOG_ROUTES } from "./log-routes.ts";
import { METRIC_ROUTES } from "./metric-routes.ts";
import { ONE_TRACE_ROUTES } from "./one-trace-routes.ts";
import { PIPELINE_ROUTES } from "./pipeline-routes.ts";
import { SEARCH_ROUTES } from "./search-routes.ts";
import { SERVICE_ROUTES } from "./service-routes.ts";
import { SETTINGS_ROUTES } from "./settings-routes.ts";
import { STATUS_ROUTES } from "./status-routes.ts";
import { TRACE_ROUTES } from "./trace-routes.ts";
import type { Route, StreamRoute } from "./route.ts";

/** Every route by operation id. Each area has a file of its own. */
export const ROUTES = {
  ...SERVICE_ROUTES,
  ...CHANGE_ROUTES,
  ...TRACE_ROUTES,
  ...ONE_TRACE_ROUTES,
  ...LOG_ROUTES,
  ...EVENT_ROUTES,
  ...METRIC_ROUTES,
  ...ATTRIBUTE_ROUTES,
  ...SEARCH_ROUTES,
  ...PIPELINE_ROUTES,
  ...DEAD_LETTER_ROUTES,
  ...STATUS_ROUTES,
  ...SETTINGS_ROUTES,
} as const satisfies Record<string, Route>;

/** Every route that answers with events, by operation id. */
export const STREAMS = { ...LIVE_STREAMS } as const satisfies Record<string, StreamRoute>;

export type StreamId = keyof typeof STREAMS;
/** Parsed parameters of a stream. */
export type StreamQueryOf<Id extends StreamId> = z.output<(typeof STREAMS)[Id]["query"]>;

export type OperationId = keyof typeof ROUTES;

/** What a handler gets of the query string: the parsed values. */
export type QueryOf<Id extends OperationId> = (typeof ROUTES)[Id] extends {
  query: infer Q extends z.ZodType;
}
  ? z.output<Q>
  : undefined;
/** What a handler gets of the path. */
export type ParamsOf<Id extends OperationId> = (typeof ROUTES)[Id] extends {
  params: infer P extends z.ZodType;
}
  ? z.output<P>
  : undefined;
/** What a handler answers. */
export type AnswerOf<Id extends OperationId> = z.output<(typeof ROUTES)[Id]["answer"]>;
