import { SightglassError } from "#core/errors.ts";
import type { StoreReader } from "#store/reader.ts";
import type { Store } from "#store/store.ts";
import type { OwnTelemetry } from "./own-telemetry.ts";

/** A reader whose queries are measured, and are spans of the request that they are for. */
export function observeReader(store: Store, { meter, tracer }: OwnTelemetry): StoreReader {
  const durations = meter.histogram({
    name: "store_query_seconds",
    help: "Time of one query of the store, waiting included.",
    unit: "s",
    labels: ["outcome"],
  });
  meter.observedGauge(
    { name: "store_queries", help: "Queries, by whether they run or wait.", labels: ["state"] },
    () => {
      const { running, waiting } = store.load();
      return [
        { value: running, labels: { state: "running" } },
        { value: waiting, labels: { state: "waiting" } },
      ];
    },
  );
  const { reader } = store;
  return {
    rows(statement, options) {
      return tracer.span("query store", { kind: "client", onlyWithin: true }, async (span) => {
        const startedMs = performance.now();
        let outcome = "ok";
        try {
          span.set("db.system.name", "clickhouse");
          span.set("db.query.text", statement.text.slice(0, STATEMENT_CHARACTERS_MAX));
          const rows = await reader.rows(statement, options);
          span.set("db.response.returned_rows", rows.length);
          return rows;
        } catch (error) {
          outcome = error instanceof SightglassError ? error.code : "failed";
          throw error;
        } finally {
          durations.record((performance.now() - startedMs) / 1_000, { outcome });
        }
      });
    },
  };
}

const STATEMENT_CHARACTERS_MAX = 2_000;
