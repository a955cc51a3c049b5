import type { Refusal } from "../page-server.ts";
import type { Answers } from "./answers.ts";
import { emptyAttributes, filledAttributes } from "./attributes.ts";
import { emptyLogs, filledLogs } from "./logs.ts";
import { emptyMetrics, filledMetrics } from "./metrics.ts";
import { emptyServices, filledServices } from "./services.ts";
import { emptyStatus, filledStatus } from "./status.ts";
import { emptyTraces, filledTraces } from "./traces.ts";
import { emptyTraceViews, filledTraceViews } from "./trace-views.ts";

/** A shop at work. */
export function filled() {
  return {
    ...filledStatus(),
    ...filledServices(),
    ...filledTraces(),
    ...filledTraceViews(),
    ...filledAttributes(),
    ...filledLogs(),
    ...filledMetrics(),
  } satisfies Answers;
}

/** Just started: nothing but Sightglass's own telemetry. */
export function empty(): Answers {
  return {
    ...emptyStatus(),
    ...emptyServices(),
    ...emptyTraces(),
    ...emptyAttributes(),
    ...emptyLogs(),
    ...emptyMetrics(),
    ...emptyTraceViews(),
  };
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
    of: /services|traces|attributes|logs|metrics|service-map/,
    status: 503,
    code: "store_unavailable",
    title: "The ClickHouse server cannot be reached",
    detail: "connect ECONNREFUSED 10.0.0.12:8123",
  },
};
