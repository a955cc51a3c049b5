import type { Route } from "./route.ts";
import { retentionAnswer, settingsAnswer } from "./settings.ts";

/** What is asked of the configuration. */
export const SETTINGS_ROUTES = {
  listSettings: {
    path: "/api/v1/settings",
    tag: "Status",
    summary: "The settings, what they are, and where each was written",
    answer: settingsAnswer,
  },
  getRetention: {
    path: "/api/v1/retention",
    tag: "Status",
    summary: "How long rows are kept, what they take, and what they will take",
    description:
      "Days and bytes are those of the whole store. A day's bytes are what its rows take now: while few of their parts are merged they take somewhat more than later.",
    answer: retentionAnswer,
  },
} as const satisfies Record<string, Route>;
