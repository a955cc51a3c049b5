// What a data folder holds, counted by the engine itself in a process of its own:
// stored-rows-main.ts <data folder>. The server must have stopped.
import { z } from "zod";
import { settingsSchema } from "#config/schema.ts";
import { SERVICE_NAMES } from "#app/demo/shop.ts";
import { systemClock } from "#core/clock.ts";
import { type Fragment, literal, sql, table } from "#store/sql.ts";
import { openStore } from "#store/store.ts";

const dataDir = process.argv[2]!;
const store = await openStore({
  dataDir,
  memoryBytesMax: settingsSchema.parse({}).store.memoryBytesMax,
  clock: systemClock,
});

async function number(statement: Fragment): Promise<number> {
  const schema = z.object({ n: z.coerce.number() });
  const [row] = await store.reader.rows(statement, { schema, maxSeconds: 120 });
  return row!.n;
}

const ofShop = sql`service IN (SELECT arrayJoin(${literal.strings(SERVICE_NAMES)}))`;
const counts = {
  traces: await number(sql`SELECT count() AS n FROM ${table("spans")} WHERE ${ofShop}`),
  logs: await number(sql`SELECT count() AS n FROM ${table("logs")} WHERE ${ofShop}`),
  points: await number(
    sql`SELECT count() AS n FROM ${table("points")} WHERE metric LIKE 'shop.stage%'`,
  ),
  allSpans: await number(sql`SELECT count() AS n FROM ${table("spans")}`),
  spansInTraceIndex: await number(sql`SELECT sum(spans) AS n FROM ${table("trace_index")}`),
  spansInKpis: await number(sql`SELECT sum(spans) AS n FROM ${table("span_kpis_1m")}`),
};
const usage = await store.usage();
await store.close();
process.stdout.write(JSON.stringify({ ...counts, usage }));
