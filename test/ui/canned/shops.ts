import type { Refusal } from "../page-server.ts";
import type { Answers } from "./answers.ts";
import { emptyAttributes, filledAttributes } from "./attributes.ts";
import { emptyLogs, filledLogs } from "./logs.ts";
import { emptyMetrics, filledMetrics } from "./metrics.ts";
import { checkoutLogs, emptyOneTrace, filledOneTrace } from "./one-trace.ts";
import { emptyPipelines, filledPipelines } from "./pipelines.ts";
import { emptyChanges, filledChanges } from "./changes.ts";
import { emptyServices, filledServices } from "./services.ts";
import { emptySettings, filledSettings } from "./settings.ts";
import { emptyStatus, filledStatus } from "./status.ts";
import { emptyTraces, filledTraces } from "./traces.ts";
import { emptyTraceViews, filledTraceViews } from "./trace-views.ts";

/** A shop at work. */
export function filled() {
  const logs = filledLogs();
  return {
    ...filledStatus(),
    ...filledServices(),
    ...filledChanges(),
    ...filledTraces(),
    ...filledTraceViews(),
    ...filledOneTrace(),
    ...filledAttributes(),
    ...filledMetrics(),
    ...logs,
    searchLogs: (url: URL) =>
      url.searchParams.has("traceId") ? checkoutLogs : logs.searchLogs(url),
    ...filledPipelines(),
    ...filledSettings(),
  } satisfies Answers;
}

/** Just started: nothing but Sightglass's own telemetry. */
export function empty(): Answers {
  return {
    ...emptyStatus(),
    ...emptyServices(),
    ...emptyChanges(),
    ...emptyTraces(),
    ...emptyOneTrace(),
    ...emptyAttributes(),
    ...emptyLogs(),
    ...emptyMetrics(),
    ...emptyTraceViews(),
    ...emptyPipelines(),
    ...emptySettings(),
  };
}

/** A shop that has sent something once, and nothing in the range. */
export function silent(): Answers {
  return { ...empty(), ...filledAttributes() };
}

/** The store cannot be reached; what needs no query is answered all the same. */
export const storeDown: { readonly answers: Answers; readonly refusal: Refusal } = {
  answers: {
    getReady: {
      status: "not_ready",
      checks: [
        { name: "store", ready: false, message: "connect ECONNREFUSED 10.0.0.12:8123" },
        { name: "journal", ready: true, message: "" },
      ],
    },
  },
  refusal: {
    of: /services|changes|traces|attributes|logs|metrics|service-map/,
    status: 503,
    code: "store_unavailable",
    title: "The ClickHouse server cannot be reached",
    detail: "connect ECONNREFUSED 10.0.0.12:8123",
  },
};
