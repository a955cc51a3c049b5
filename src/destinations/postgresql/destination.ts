import type { Pool } from "pg";
import { defineComponent } from "#pipeline/component.ts";
import type { Destination, DestinationContext } from "#pipeline/component.ts";
import type { Delivery, DeliveryBounds } from "#pipeline/delivery/delivery.ts";
import { DELIVERIES_TABLE, quoteIdentifier } from "#pipeline/relational/schema.ts";
import { Upkeep } from "#pipeline/relational/upkeep.ts";
import { inTransaction, openPool } from "./connections.ts";
import { copyRows } from "./copy-rows.ts";
import { rollUpKpis } from "./kpi-rollup.ts";
import { deliveryError } from "./refusals.ts";
import { deleteOldRows, forgetOldDeliveries } from "./retention.ts";
import { postgresqlSettings } from "./settings.ts";
import type { PostgresqlSettings } from "./settings.ts";
import { Tables } from "./tables.ts";
import { tablesOf } from "./table-rows.ts";

const BYTES_MAX = 16_777_216;
/** Transactions at the same time: what a row costs is the server's work on its indexes, one core for each connection. */
const IN_FLIGHT = 4;

/**
 * Stores log records as rows of a table of events, spans and points in tables of telemetry. Rows are
 * written with COPY, in one transaction with the delivery's key: a delivery that was stored, though its
 * sender never heard of it, is known when it comes again, and stored once.
 */
export const postgresql = defineComponent({
  kind: "destination",
  type: "postgresql",
  summary: "Stores rows in tables of PostgreSQL, each exactly once.",
  signals: { traces: "stable", metrics: "stable", logs: "stable" },
  settings: postgresqlSettings,
  create: (settings: PostgresqlSettings, context) => new PostgresqlDestination(settings, context),
});

type Context = Pick<DestinationContext, "name" | "clock" | "log">;

export class PostgresqlDestination implements Destination {
  readonly bounds: DeliveryBounds;
  readonly #settings: PostgresqlSettings;
  readonly #context: Context;
  readonly #tables: Tables;
  #opening: Promise<Pool> | undefined;
  #pool: Pool | undefined;
  readonly #upkeep: Upkeep;
  #written = 0;
  #batches = 0;
  #errors = 0;
  #lastWriteMs = 0;

  constructor(settings: PostgresqlSettings, context: Context) {
    this.#settings = settings;
    this.#context = context;
    this.#tables = new Tables(settings, context.log);
    this.#upkeep = new Upkeep(context.clock, () => this.#keepUp());
    this.bounds = {
      rowsMax: settings.bufferSize,
      bytesMax: BYTES_MAX,
      waitMsMax: settings.flushInterval,
      inFlight: Math.min(IN_FLIGHT, settings.poolSize),
    };
  }

  /**
   * Connects, and makes what is missing of the tables for events.
   *
   * @throws SightglassError `config_invalid` when the file of authorities cannot be read.
   * @throws Error when the server cannot be reached or refuses.
   */
  async start(): Promise<void> {
    const pool = await this.#open();
    await this.#tables.make(pool, ["log"]);
    this.#upkeep.start();
  }

  async stop(): Promise<void> {
    await this.#upkeep.stop();
    const pool = await this.#opening?.catch(() => undefined);
    this.#opening = undefined;
    this.#pool = undefined;
    await pool?.end();
  }

  async send(delivery: Delivery, cancel: AbortSignal): Promise<void> {
    try {
      const pool = await this.#open();
      await this.#tables.make(
        pool,
        delivery.rows.map(({ kind }) => kind),
      );
      await this.#store(pool, delivery, cancel);
    } catch (error) {
      this.#errors += 1;
      throw deliveryError(error);
    }
  }

  /** In the names of the event pipeline of old; `last_write_at` is Unix milliseconds, 0 for never. */
  statistics(): Readonly<Record<string, number>> {
    return {
      total_events_written: this.#written,
      total_batches_written: this.#batches,
      total_errors: this.#errors,
      last_write_at: this.#lastWriteMs,
    };
  }

  /** What its health says beside what every destination's does. */
  health(): Readonly<Record<string, unknown>> {
    const { database, host, port, schemaName, tableName, retentionDays } = this.#settings;
    const pool = this.#pool;
    return {
      database,
      host,
      port,
      tableName: `${schemaName}.${tableName}`,
      retentionDays: retentionDays ?? null,
      poolConnections:
        pool === undefined
          ? null
          : { total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount },
    };
  }

  /** Events that the table has. */
  async getEventCount(): Promise<number> {
    const pool = await this.#open();
    const { schemaName, tableName } = this.#settings;
    const table = `${quoteIdentifier(schemaName)}.${quoteIdentifier(tableName)}`;
    const { rows } = await pool.query<{ count: string }>(`SELECT count(*) FROM ${table}`);
    return Number(rows[0]!.count);
  }

  /** Deletes what is older than `retentionDays`, a bounded number of rows at a time. Returns how many rows. */
  async applyRetentionPolicy(): Promise<number> {
    const { retentionDays } = this.#settings;
    if (retentionDays === undefined) return 0;
    const pool = await this.#open();
    return deleteOldRows(pool, this.#settings, retentionDays, () => this.#upkeep.isStopped);
  }

  async #open(): Promise<Pool> {
    if (this.#upkeep.isStopped) throw new Error("the destination is stopped");
    this.#opening ??= openPool(this.#settings, (error) =>
      this.#context.log.warn("A connection to PostgreSQL was lost", { error }),
    );
    try {
      return (this.#pool = await this.#opening);
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
  }

  async #store(pool: Pool, delivery: Delivery, cancel: AbortSignal): Promise<void> {
    const { schemaName, tableName } = this.#settings;
    const { default: copyStreams } = await import("pg-copy-streams");
    const key = `${quoteIdentifier(schemaName)}.${quoteIdentifier(DELIVERIES_TABLE)}`;
    await inTransaction(pool, cancel, async (client) => {
      // Waits for an earlier attempt that the server is not done with, and then knows how it ended.
      const { rowCount } = await client.query(
        `INSERT INTO ${key} (key, destination, rows) VALUES ($1, $2, $3) ON CONFLICT (key) DO NOTHING`,
        [delivery.key, this.#context.name, delivery.rows.length],
      );
      if (rowCount === 0) return false;
      for (const rows of tablesOf(delivery.rows, { schema: schemaName, events: tableName }))
        await copyRows(copyStreams, client, rows);
      return true;
    });
    this.#written += delivery.rows.length;
    this.#batches += 1;
    this.#lastWriteMs = this.#context.clock.nowMs();
  }

  async #keepUp(): Promise<void> {
    try {
      const rows = await this.applyRetentionPolicy();
      if (rows > 0) this.#context.log.info("Rows beyond their retention were deleted", { rows });
      const pool = await this.#open();
      await forgetOldDeliveries(pool, this.#settings, this.#context.name);
      if (this.#settings.kpiRollups)
        await rollUpKpis(pool, this.#settings, () => this.#upkeep.isStopped);
    } catch (error) {
      this.#context.log.warn("The upkeep of PostgreSQL's tables failed", { error });
    }
  }
}
