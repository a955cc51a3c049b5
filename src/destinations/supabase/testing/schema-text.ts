import { eventTables, storeEventsFunction, telemetryTables } from "#pipeline/relational/schema.ts";

const NAMES = { schema: "public", events: "events" } as const;
const TABLES = [
  "events",
  "sightglass_deliveries",
  "telemetry_traces",
  "telemetry_metrics",
  "kpi_rollups_hourly",
  "anomalies",
] as const;

/** What `schema.sql` has to say: the tables and the function, for the service's role alone. */
export function schemaText(): string {
  const statements = [
    ...eventTables(NAMES),
    ...telemetryTables(NAMES.schema),
    ...storeEventsFunction(NAMES),
    // A project shows its tables to everyone else unless row level security is on; the service's role passes it.
    ...TABLES.map((table) => `ALTER TABLE "public".${table} ENABLE ROW LEVEL SECURITY`),
    `DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'service_role') THEN
    REVOKE ALL ON FUNCTION "public".sightglass_store_events FROM anon, authenticated;
    GRANT EXECUTE ON FUNCTION "public".sightglass_store_events TO service_role;
  END IF;
END
$$`,
    "NOTIFY pgrst, 'reload schema'",
  ];
  return `-- Run this once in the project's SQL editor. It may be run again.\n\n${statements.map((one) => `${one};\n`).join("\n")}`;
}
