import { KPI_FUNCTIONS, kpiStatements } from "#pipeline/relational/kpi-schema.ts";
import {
  DELETE_OLD_FUNCTION,
  deleteOldFunction,
  eventTables,
  STORE_EVENTS_FUNCTION,
  storeEventsFunction,
  telemetryTables,
} from "#pipeline/relational/schema.ts";

const NAMES = { schema: "public", events: "events" } as const;
const TABLES = [
  "events",
  "sightglass_deliveries",
  "telemetry_traces",
  "telemetry_metrics",
  "kpi_rollups_hourly",
  "anomalies",
] as const;
const FUNCTIONS = [STORE_EVENTS_FUNCTION, DELETE_OLD_FUNCTION, ...Object.keys(KPI_FUNCTIONS)];

/** What `schema.sql` has to say: the tables, the view and the functions, for the service's role alone. */
export function schemaText(): string {
  const statements = [
    ...eventTables(NAMES),
    ...telemetryTables(NAMES.schema),
    ...kpiStatements(NAMES.schema),
    ...storeEventsFunction(NAMES),
    ...deleteOldFunction(NAMES),
    // A project shows its tables to everyone else unless row level security is on; the service's role passes it.
    ...TABLES.map((table) => `ALTER TABLE "public".${table} ENABLE ROW LEVEL SECURITY`),
    `DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'service_role') THEN
${FUNCTIONS.map(
  (name) => `    REVOKE ALL ON FUNCTION "public".${name} FROM anon, authenticated;
    GRANT EXECUTE ON FUNCTION "public".${name} TO service_role;
`,
).join("")}    -- A materialized view has no row level security.
    REVOKE ALL ON "public".mv_kpis_daily FROM anon, authenticated;
    GRANT SELECT ON "public".mv_kpis_daily TO service_role;
  END IF;
END
$$`,
    "NOTIFY pgrst, 'reload schema'",
  ];
  return `-- Run this once in the project's SQL editor. It may be run again.\n\n${statements.map((one) => `${one};\n`).join("\n")}`;
}
