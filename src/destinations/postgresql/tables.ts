import type { Pool } from "pg";
import type { Row } from "#pipeline/delivery/delivery.ts";
import { eventTables, telemetryTables } from "#pipeline/relational/schema.ts";
import type { PostgresqlSettings } from "./settings.ts";

/** Held while tables are made: two that make the same at the same time would fail each other. */
const LOCK = 7_239_015;

/** Makes the tables that are missing, once, when rows for them come first. */
export class Tables {
  readonly #settings: PostgresqlSettings;
  readonly #made = new Set<"events" | "telemetry">();

  constructor(settings: PostgresqlSettings) {
    this.#settings = settings;
  }

  async make(pool: Pool, kinds: readonly Row["kind"][]): Promise<void> {
    const { createTableIfNotExists, schemaName, tableName } = this.#settings;
    if (!createTableIfNotExists) return;
    const names = { schema: schemaName, events: tableName };
    // The first also has the table of deliveries, which all need.
    await this.#once(pool, "events", eventTables(names));
    if (kinds.some((kind) => kind !== "log"))
      await this.#once(pool, "telemetry", telemetryTables(schemaName));
  }

  async #once(
    pool: Pool,
    what: "events" | "telemetry",
    statements: readonly string[],
  ): Promise<void> {
    if (this.#made.has(what)) return;
    // One simple query is one transaction.
    await pool.query([`SELECT pg_advisory_xact_lock(${LOCK})`, ...statements].join(";\n"));
    this.#made.add(what);
  }
}
