import { changesAnswer, changesQuery } from "./changes.ts";
import type { Route } from "./route.ts";

/** What is asked of how the services changed. */
export const CHANGE_ROUTES = {
  getChanges: {
    path: "/api/v1/changes",
    tag: "Services",
    summary: "What changed against the equal range before",
    description:
      "Services that came or went, and those whose error rate, p95 or requests a second moved. Both ranges are cut into steps; a run of steps up to the end counts as a change when its mean lies at least four usual spreads away from the middle of the steps before, after at least 20 requests, and by at least half a percentage point and half as much again (errors), a quarter and a millisecond (p95), or half as much again (requests). The score is how many times the measure doubled, by how sure that is; what became better, and mere traffic, counts half.",
    query: changesQuery,
    answer: changesAnswer,
  },
} as const satisfies Record<string, Route>;
