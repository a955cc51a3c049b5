// `npm run bench s3 [-- --events 300000 --runs 3 --rows 1000 --format jsonl --in-flight 3 --through pipeline]`: events into objects
// of a real S3-compatible server (S3rver, in a process of its own), through journal and destination at their
// defaults: gzip at level 6.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { systemClock } from "#core/clock.ts";
import { s3, S3Destination } from "#destinations/s3/destination.ts";
import { deliverAll, type Delivered, throughOf } from "./destinations/deliver-all.ts";
import { circumstances, printTable, record, shown } from "./measure/results.ts";
import { spreadOf } from "./measure/statistics.ts";

const { values: flags } = parseArgs({
  options: {
    events: { type: "string", default: "300000" },
    runs: { type: "string", default: "3" },
    /** Of an object. */
    rows: { type: "string", default: "1000" },
    format: { type: "string", default: "jsonl" },
    /** As many as the destination itself asks for, when left out. */
    "in-flight": { type: "string" },
    /** "destination" leaves out the journal and the decoding of rows. */
    through: { type: "string", default: "pipeline" },
    "no-record": { type: "boolean", default: false },
  },
});
const events = Number(flags.events);
const rows = Number(flags.rows);
const through = throughOf(flags.through);

interface Run extends Delivered {
  readonly compressionRatio: number;
}

async function measure(address: object): Promise<Run> {
  const settings = s3.settings.parse({
    ...address,
    format: flags.format,
    bufferSize: rows,
    allowPrivate: true,
    accessKeyId: "S3RVER",
    secretAccessKey: "S3RVER",
  });
  const destination = new S3Destination(settings, { clock: systemClock });
  await destination.start();
  const delivered = await deliverAll(destination, {
    through,
    count: events,
    timeMs: Date.now() - 86_400_000,
    shape: "full",
    inFlight: flags["in-flight"] === undefined ? undefined : Number(flags["in-flight"]),
  });
  const counts = destination.statistics();
  await destination.stop();
  if (counts["total_events_uploaded"] !== events)
    throw new Error(`${counts["total_events_uploaded"]} of ${events} events were uploaded`);
  return { ...delivered, compressionRatio: counts["compression_ratio"] ?? Number.NaN };
}

const before = circumstances();
const main = fileURLToPath(new URL("./destinations/s3-server-main.ts", import.meta.url));
const server = spawn(process.execPath, [main], { stdio: ["pipe", "pipe", "inherit"] });
try {
  const [line] = (await once(createInterface(server.stdout), "line")) as [string];
  const address = JSON.parse(line) as object;
  const runs: Run[] = [];
  for (let run = 0; run < Number(flags.runs); run += 1) runs.push(await measure(address));
  const results = {
    events,
    rowsEach: rows,
    through,
    format: flags.format,
    eventsPerSecond: spreadOf(runs.map((run) => run.eventsPerSecond)),
    /** Of this process with all its threads; the server's is not in it. */
    cpuMicrosecondsPerEvent: spreadOf(runs.map((run) => run.microsecondsPerEvent)),
    mainMicrosecondsPerEvent: spreadOf(runs.map((run) => run.mainMicrosecondsPerEvent)),
    compressionRatio: spreadOf(runs.map((run) => run.compressionRatio)),
    runs,
  };
  const cells = (name: string, { median, min, max }: ReturnType<typeof spreadOf>): string[] => [
    name,
    ...[median, min, max].map(shown),
  ];
  const title = `S3: ${shown(events)} events as ${flags.format} through the ${through}, ${shown(rows)} an object`;
  printTable(title, [
    ["", "median", "min", "max"],
    cells("events/s (at least 80,000)", results.eventsPerSecond),
    cells("CPU µs an event", results.cpuMicrosecondsPerEvent),
    cells("  of it on the main thread", results.mainMicrosecondsPerEvent),
    cells("compression ratio", results.compressionRatio),
  ]);
  if (flags["no-record"] !== true) record("s3", before, results);
} finally {
  server.stdin.end();
  await once(server, "exit");
}
