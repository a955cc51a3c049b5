// `npm run bench s3 [-- --events 300000 --runs 3 --rows 1000 --format jsonl --in-flight 3]`: events into objects of a real S3-compatible
// server (S3rver, in a process of its own), through the destination at its defaults: gzip at level 6.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { systemClock } from "#core/clock.ts";
import { s3, S3Destination } from "#destinations/s3/destination.ts";
import { deliveriesOf } from "./destinations/events.ts";
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
    "no-record": { type: "boolean", default: false },
  },
});
const events = Number(flags.events);
const rows = Number(flags.rows);

interface Run {
  readonly inFlight: number;
  readonly eventsPerSecond: number;
  /** Of this process with all its threads; the server's is not in it. */
  readonly cpuMicrosecondsPerEvent: number;
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
  const deliveries = deliveriesOf(events, rows, Date.now() - 86_400_000);
  const never = new AbortController().signal;
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  const lane = async (): Promise<void> => {
    for (let next = deliveries.shift(); next !== undefined; next = deliveries.shift())
      await destination.send(next, never);
  };
  const inFlight = Number(flags["in-flight"] ?? destination.bounds.inFlight);
  await Promise.all(Array.from({ length: inFlight }, lane));
  const seconds = (performance.now() - startMs) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  const counts = destination.statistics();
  await destination.stop();
  return {
    inFlight,
    eventsPerSecond: events / seconds,
    cpuMicrosecondsPerEvent: (user + system) / events,
    compressionRatio: counts["compression_ratio"] ?? Number.NaN,
  };
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
    format: flags.format,
    eventsPerSecond: spreadOf(runs.map((run) => run.eventsPerSecond)),
    cpuMicrosecondsPerEvent: spreadOf(runs.map((run) => run.cpuMicrosecondsPerEvent)),
    compressionRatio: spreadOf(runs.map((run) => run.compressionRatio)),
    runs,
  };
  const cells = (name: string, { median, min, max }: ReturnType<typeof spreadOf>): string[] => [
    name,
    ...[median, min, max].map(shown),
  ];
  printTable(`S3: ${shown(events)} events as ${flags.format}, ${shown(rows)} an object`, [
    ["", "median", "min", "max"],
    cells("events/s (at least 80,000)", results.eventsPerSecond),
    cells("CPU µs an event", results.cpuMicrosecondsPerEvent),
    cells("compression ratio", results.compressionRatio),
  ]);
  if (flags["no-record"] !== true) record("s3", before, results);
} finally {
  server.stdin.end();
  await once(server, "exit");
}
