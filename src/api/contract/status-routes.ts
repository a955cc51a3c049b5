import { aboutAnswer, healthAnswer, ledgerAnswer, liveAnswer, readyAnswer } from "./status.ts";
import type { Route } from "./route.ts";

/** What is asked of Sightglass itself. */
export const STATUS_ROUTES = {
  getLedger: {
    path: "/api/v1/ledger",
    tag: "Status",
    summary: "What became of every acknowledged row",
    answer: ledgerAnswer,
  },
  getAbout: {
    path: "/api/v1/about",
    tag: "Status",
    summary: "Version, addresses, store and receivers",
    answer: aboutAnswer,
  },
  getHealth: {
    path: "/health",
    tag: "Status",
    summary: "That the process serves",
    answer: healthAnswer,
    open: true,
  },
  getLive: {
    path: "/livez",
    tag: "Status",
    summary: "That the process lives",
    answer: liveAnswer,
    open: true,
  },
  getReady: {
    path: "/readyz",
    tag: "Status",
    summary: "Whether requests would be served now; 503 if not",
    answer: readyAnswer,
    open: true,
  },
} as const satisfies Record<string, Route>;
