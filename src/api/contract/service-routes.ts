import {
  operationsAnswer,
  operationsQuery,
  rangeQuery,
  serviceMapAnswer,
  serviceMapQuery,
  serviceParams,
  serviceResourcesAnswer,
  servicesAnswer,
  serviceSeriesAnswer,
  serviceSeriesQuery,
  servicesQuery,
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
    query: servicesQuery,
    answer: servicesAnswer,
  },
  getServiceSeries: {
    path: "/api/v1/services/series",
    tag: "Services",
    summary: "Requests, errors and latency over time, of all services or of the operations of one",
    description: REQUESTS,
    query: serviceSeriesQuery,
    answer: serviceSeriesAnswer,
  },
  listOperations: {
    path: "/api/v1/services/{service}/operations",
    tag: "Services",
    summary: "Operations of one service, of each span kind",
    description: "Every span counts, of whatever kind; figures come from rollups of whole minutes.",
    params: serviceParams,
    query: operationsQuery,
    answer: operationsAnswer,
  },
  listServiceResources: {
    path: "/api/v1/services/{service}/resources",
    tag: "Services",
    summary: "Instances of one service, by their resource attributes",
    description:
      "Hosts, pods, versions and whatever else the resources of the service say of themselves, with the spans that each sent.",
    params: serviceParams,
    query: rangeQuery,
    answer: serviceResourcesAnswer,
  },
  getServiceMap: {
    path: "/api/v1/service-map",
    tag: "Services",
    summary: "Calls between services",
    description:
      "Calls are matched parent to child as spans arrive; databases and brokers are named by their callers' attributes. A large system is cut to its busiest services, or to what is near the one in focus; `omitted` says how many are left out.",
    query: serviceMapQuery,
    answer: serviceMapAnswer,
  },
} as const satisfies Record<string, Route>;
