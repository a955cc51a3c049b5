import { logsAnswer, logsQuery } from "./logs.ts";
import type { Route } from "./route.ts";

/** What is asked of log records. */
export const LOG_ROUTES = {
  searchLogs: {
    path: "/api/v1/logs",
    tag: "Logs",
    summary: "Log records",
    query: logsQuery,
    answer: logsAnswer,
  },
} as const satisfies Record<string, Route>;
