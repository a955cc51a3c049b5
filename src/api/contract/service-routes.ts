import {
  operationsAnswer,
  rangeQuery,
  serviceMapAnswer,
  serviceMapQuery,
  serviceParams,
  servicesAnswer,
} from "./services.ts";
import type { Route } from "./route.ts";

const REQUESTS =
  "Requests of a service are its server and consumer spans; a service that has neither in the time range counts all its spans. Figures are weighted by sampling and come from rollups of whole minutes.";

/** What is asked of services. */
export const SERVICE_ROUTES = {
  listServices: {
    path: "/api/v1/services",
    tag: "Services",
    summary: "Services with their request rate, errors and latency",
    description: REQUESTS,
    query: rangeQuery,
    answer: servicesAnswer,
  },
  listOperations: {
    path: "/api/v1/services/{service}/operations",
    tag: "Services",
    summary: "Operations of one service, of each span kind",
    description: "Every span counts, of whatever kind; figures come from rollups of whole minutes.",
    params: serviceParams,
    query: rangeQuery,
    answer: operationsAnswer,
  },
  getServiceMap: {
    path: "/api/v1/service-map",
    tag: "Services",
    summary: "Calls between services",
    query: serviceMapQuery,
    answer: serviceMapAnswer,
  },
} as const satisfies Record<string, Route>;
