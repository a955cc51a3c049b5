// What the store of a stopped server holds of the oracle's rows, as JSON: stored-ids-main.ts <data folder>.
import { z } from "zod";
import { settingsSchema } from "#config/schema.ts";
import { systemClock } from "#core/clock.ts";
import { type Fragment, literal, sql, table } from "#store/sql.ts";
import { openStore } from "#store/store.ts";
import type { TableName } from "#store/tables.ts";
import { ORACLE_METRIC, ORACLE_SERVICE, ROWS_PER_REQUEST } from "./id-oracle.ts";
import { EVENT_SERVICE, LINE_SERVICE } from "./reload-sources.ts";
import type { StoredIds } from "./stored-ids.ts";

const store = await openStore({
  dataDir: process.argv[2]!,
  memoryBytesMax: settingsSchema.parse({}).store.memoryBytesMax,
  clock: systemClock,
});
const maxSeconds = 300;

async function requests(statement: Fragment): Promise<StoredIds["traces"]> {
  const schema = z.object({ id: z.string(), n: z.coerce.number(), ids: z.coerce.number() });
  const rows = await store.reader.rows(statement, { schema, maxSeconds });
  return Object.fromEntries(rows.map(({ id, n, ids }) => [id, [n, ids]]));
}

async function number(statement: Fragment): Promise<number> {
  const schema = z.object({ n: z.coerce.number() });
  const [row] = await store.reader.rows(statement, { schema, maxSeconds });
  return row!.n;
}

async function texts(service: string): Promise<Record<string, number>> {
  const schema = z.object({ body: z.string(), n: z.coerce.number() });
  const rows = await store.reader.rows(
    sql`SELECT body, count() AS n FROM ${table("logs")} WHERE service = ${literal.string(service)} GROUP BY body`,
    { schema, maxSeconds },
  );
  return Object.fromEntries(rows.map(({ body, n }) => [body, n]));
}

const service = literal.string(ORACLE_SERVICE);
const oracleSpans = (view: TableName, sum: Fragment): Promise<number> =>
  number(sql`SELECT ${sum} AS n FROM ${table(view)} WHERE service = ${service}`);
const metric = literal.string(ORACLE_METRIC);
const perRequest = literal.uint(ROWS_PER_REQUEST);
const stored: StoredIds = {
  traces: await requests(
    sql`SELECT lower(hex(trace_id)) AS id, count() AS n, uniqExact(span_id) AS ids FROM ${table("spans")} WHERE service = ${service} GROUP BY trace_id`,
  ),
  logs: await requests(
    sql`SELECT lower(hex(trace_id)) AS id, count() AS n, uniqExact(span_id) AS ids FROM ${table("logs")} WHERE service = ${service} GROUP BY trace_id`,
  ),
  metrics: await requests(
    sql`SELECT toString(intDiv(int_value, ${perRequest}) * ${perRequest}) AS id, count() AS n, uniqExact(int_value) AS ids FROM ${table("points")} WHERE metric = ${metric} GROUP BY id`,
  ),
  traceIndex: await requests(
    sql`SELECT lower(hex(trace_id)) AS id, sum(spans) AS n, sum(spans) AS ids FROM ${table("trace_index")} WHERE trace_id IN (SELECT DISTINCT trace_id FROM ${table("spans")} WHERE service = ${service}) GROUP BY trace_id`,
  ),
  spans: await number(sql`SELECT count() AS n FROM ${table("spans")}`),
  spansInTraceIndex: await number(sql`SELECT sum(spans) AS n FROM ${table("trace_index")}`),
  spansInKpis: await number(sql`SELECT sum(spans) AS n FROM ${table("span_kpis_1m")}`),
  texts: {
    [EVENT_SERVICE]: await texts(EVENT_SERVICE),
    [LINE_SERVICE]: await texts(LINE_SERVICE),
  },
  oracleSpansInViews: {
    span_kpis_1m: await oracleSpans("span_kpis_1m", sql`sum(spans)`),
    span_kpis_1h: await oracleSpans("span_kpis_1h", sql`sum(spans)`),
    // Its spans all have the weight 1.
    service_kpis_1m: await oracleSpans("service_kpis_1m", sql`sum(requests)`),
    service_kpis_1h: await oracleSpans("service_kpis_1h", sql`sum(requests)`),
  },
};
await store.close();
process.stdout.write(JSON.stringify(stored));
