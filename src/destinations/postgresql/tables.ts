import type { Pool } from "pg";
import { messageOf } from "#core/errors.ts";
import type { DestinationContext } from "#pipeline/component.ts";
import type { Row } from "#pipeline/delivery/delivery.ts";
import { kpiStatements } from "#pipeline/relational/kpi-schema.ts";
import { eventTables, telemetryTables } from "#pipeline/relational/schema.ts";
import { isRefusal } from "./refusals.ts";
import type { PostgresqlSettings } from "./settings.ts";

/** Held while tables are made: two that make the same at the same time would fail each other. */
const LOCK = 7_239_015;

/** Makes the tables that are missing, once, when rows for them come first. */
export class Tables {
  readonly #settings: PostgresqlSettings;
  readonly #log: DestinationContext["log"];
  #isWarned = false;
  readonly #made = new Set<"events" | "telemetry" | "kpis">();

  constructor(settings: PostgresqlSettings, log: DestinationContext["log"]) {
    this.#settings = settings;
    this.#log = log;
  }

  async make(pool: Pool, kinds: readonly Row["kind"][]): Promise<void> {
    const { createTableIfNotExists, schemaName, tableName } = this.#settings;
    if (!createTableIfNotExists) return;
    const names = { schema: schemaName, events: tableName };
    // The first also has the table of deliveries, which all need.
    await this.#once(pool, "events", eventTables(names));
    if (kinds.every((kind) => kind === "log")) return;
    await this.#once(pool, "telemetry", telemetryTables(schemaName));
    await this.#makeKpis(pool);
  }

  /**
   * Rows are stored without it: somebody may have made other things of these names. What was only busy is asked
   * again when the next rows come.
   */
  async #makeKpis(pool: Pool): Promise<void> {
    try {
      await this.#once(pool, "kpis", kpiStatements(this.#settings.schemaName));
    } catch (error) {
      if (isRefusal(error)) this.#made.add("kpis");
      if (this.#isWarned) return;
      this.#isWarned = true;
      this.#log.warn("KPIs cannot be computed in PostgreSQL", { reason: messageOf(error) });
    }
  }

  async #once(
    pool: Pool,
    what: "events" | "telemetry" | "kpis",
    statements: readonly string[],
  ): Promise<void> {
    if (this.#made.has(what)) return;
    // One simple query is one transaction.
    await pool.query([`SELECT pg_advisory_xact_lock(${LOCK})`, ...statements].join(";\n"));
    this.#made.add(what);
  }
}
