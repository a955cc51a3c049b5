// `npm run bench postgresql [-- --events 300000 --runs 3 --in-flight 4 --shape full --through pipeline]`: events into a real
// PostgreSQL, in the event pipeline's table with all its indexes, through journal and destination at their defaults.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { systemClock } from "#core/clock.ts";
import { postgresql, PostgresqlDestination } from "#destinations/postgresql/destination.ts";
import { PostgresServer } from "#pipeline/relational/testing/postgres-server.ts";
import { createLogger } from "#telemetry/log.ts";
import { deliverAll, type Delivered, throughOf } from "./destinations/deliver-all.ts";
import { circumstances, printTable, record, shown } from "./measure/results.ts";
import { spreadOf } from "./measure/statistics.ts";

const { values: flags } = parseArgs({
  options: {
    events: { type: "string", default: "300000" },
    runs: { type: "string", default: "3" },
    /** As many as the destination itself asks for, when left out. */
    "in-flight": { type: "string" },
    /** "small" has eight fields, "full" eighteen: the index over all of an event costs by field and value. */
    shape: { type: "string", default: "full" },
    /** "destination" leaves out the journal and the decoding of rows. */
    through: { type: "string", default: "pipeline" },
    "no-record": { type: "boolean", default: false },
  },
});
const events = Number(flags.events);
const shape = flags.shape === "small" ? "small" : "full";
const through = throughOf(flags.through);

interface Run extends Delivered {
  /** Processor time of the server's processes that have ended: the connection is one of them. */
  readonly serverMicrosecondsPerEvent: number;
}

const TICK_MICROSECONDS = 10_000;

/** Processor time of the children that a process has waited for (proc(5): cutime and cstime). */
function endedChildrenMicroseconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[13]) + Number(fields[14])) * TICK_MICROSECONDS;
}

async function measure(server: PostgresServer, run: number): Promise<Run> {
  const schemaName = `run_${run}`;
  await server.query(`CREATE SCHEMA ${schemaName}`);
  const settings = postgresql.settings.parse({ ...server.address, schemaName });
  const log = createLogger({ level: "error", clock: systemClock, sink: console.error });
  const context = { name: "postgresql", clock: systemClock, log };
  const destination = new PostgresqlDestination(settings, context);
  await destination.start();
  const pid = await server.pid();
  const serverBefore = endedChildrenMicroseconds(pid);
  const delivered = await deliverAll(destination, {
    through,
    count: events,
    timeMs: Date.now(),
    shape,
    inFlight: flags["in-flight"] === undefined ? undefined : Number(flags["in-flight"]),
  });
  const stored = await destination.getEventCount();
  await destination.stop();
  if (stored !== events) throw new Error(`${stored} of ${events} events were stored`);
  // By then the connections that were closed have ended.
  await server.query("SELECT pg_sleep(0.5)");
  const serverMicroseconds = endedChildrenMicroseconds(pid) - serverBefore;
  await server.query(`DROP SCHEMA ${schemaName} CASCADE`);
  return { ...delivered, serverMicrosecondsPerEvent: serverMicroseconds / events };
}

const before = circumstances();
// As it comes: it waits for the disk at each commit.
const server = await PostgresServer.start();
try {
  const runs: Run[] = [];
  for (let run = 0; run < Number(flags.runs); run += 1) runs.push(await measure(server, run));
  const inFlight = runs[0]?.inFlight ?? 0;
  const results = {
    events,
    inFlight,
    shape,
    through,
    eventsPerSecond: spreadOf(runs.map((run) => run.eventsPerSecond)),
    senderMicrosecondsPerEvent: spreadOf(runs.map((run) => run.microsecondsPerEvent)),
    mainMicrosecondsPerEvent: spreadOf(runs.map((run) => run.mainMicrosecondsPerEvent)),
    serverMicrosecondsPerEvent: spreadOf(runs.map((run) => run.serverMicrosecondsPerEvent)),
    runs,
  };
  const line = (name: string, { median, min, max }: ReturnType<typeof spreadOf>): string[] => [
    name,
    ...[median, min, max].map(shown),
  ];
  printTable(
    `PostgreSQL: ${shown(events)} events in ${runs.length} runs through the ${through}, ${inFlight} at once, ${shape}`,
    [
      ["", "median", "min", "max"],
      line("events/s (at least 30,000)", results.eventsPerSecond),
      line("sender's CPU µs an event", results.senderMicrosecondsPerEvent),
      line("  of it on the main thread", results.mainMicrosecondsPerEvent),
      line("server's CPU µs an event", results.serverMicrosecondsPerEvent),
    ],
  );
  if (flags["no-record"] !== true) record("postgresql", before, results);
} finally {
  await server.stop();
}
