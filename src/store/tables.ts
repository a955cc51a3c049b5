/**
 * The tables that are written and read by name. In a cluster the name is that of the Distributed
 * table; `src/store/render.ts` derives the local one from it.
 */
export const TABLES = [
  "resources",
  "scopes",
  "spans",
  "trace_index",
  "span_kpis_1m",
  "service_kpis_1m",
  "span_kpis_1h",
  "service_kpis_1h",
  "service_edges_1m",
  "attribute_catalogue",
  "logs",
  "series",
  "points",
  "histograms",
  "exemplars",
] as const;
export type TableName = (typeof TABLES)[number];

/** The database that a single node keeps its tables in. A remote URL may name another. */
export const DATABASE = "sightglass";
