import { z } from "zod";
import { systemClock } from "#core/clock.ts";
import { openStore } from "../store.ts";
import { TABLES } from "../tables.ts";

// Run by a test as a process of its own: <data folder> <insert as JSON>. It inserts and is gone before
// anyone hears of it.
const INSERT = z.object({
  table: z.enum(TABLES),
  columns: z.array(z.string()),
  path: z.string(),
  rows: z.number(),
  token: z.string(),
});

const [dataDir, insert] = process.argv.slice(2);
const retention = { traces: "off", logs: "off", metrics: "off", aggregates: "off" } as const;
const store = await openStore({
  dataDir: dataDir!,
  memoryBytesMax: 400_000_000,
  clock: systemClock,
  retention,
});
await store.migrate();
await store.writer.insert(INSERT.parse(JSON.parse(insert!)));
process.kill(process.pid, "SIGKILL");
