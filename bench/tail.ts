// `npm run bench tail [--tails 50] [--rate 2000] [--seconds 60] [--flat 600] [--runs 3]`: what people who listen
// cost those who send, and whether a tail that is open for long takes more and more memory.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type BodyFile, prepareBodies, removeBodies, ROWS_PER_BODY } from "./load/bodies.ts";
import { type LoadReport, runLoad } from "./load/load-plan.ts";
import { cpuSeconds, rssBytes } from "./measure/process-stats.ts";
import { circumstances, printTable, record, shown } from "./measure/results.ts";
import { benchFolder, BenchServer } from "./measure/server.ts";
import { spreadOf } from "./measure/statistics.ts";

const { values: flags } = parseArgs({
  options: {
    tails: { type: "string", default: "50" },
    rate: { type: "string", default: "2000" },
    seconds: { type: "string", default: "60" },
    flat: { type: "string", default: "600" },
    runs: { type: "string", default: "3" },
    "no-record": { type: "boolean", default: false },
  },
});
const tails = Number(flags.tails);
const rate = Number(flags.rate);
const seconds = Number(flags.seconds);
const runs = Number(flags.runs);
const SLOWED_MAX = 0.05;
/** Flat out, more than a machine of two cores takes. */
const FLAT_OUT_PER_SECOND = 200_000;
const CONNECTIONS = 16;
const SAMPLE_MS = 5_000;

/** Every line, and lines of one service each: as fifty people look at as many things. */
const EVERY_LINE = [""];
const SERVICES = "frontend api-gateway catalogue search cart checkout payment inventory shipping";
const OF_SERVICES = SERVICES.split(" ").flatMap((service) => [
  `service:${service} severity:>=error`,
  `service:${service} timeout`,
  `service:${service} http.response.status_code:>=500`,
]);

interface Case {
  readonly name: string;
  readonly tails: number;
  readonly searches: readonly string[];
  readonly rowsPerSecond?: number;
}

const CASES: readonly Case[] = [
  { name: "flat out, nobody listens", tails: 0, searches: EVERY_LINE },
  { name: "flat out, searches", tails, searches: OF_SERVICES },
  { name: "flat out, every line", tails, searches: EVERY_LINE },
  { name: "offered, nobody listens", tails: 0, searches: EVERY_LINE, rowsPerSecond: rate },
  { name: "offered, searches", tails, searches: OF_SERVICES, rowsPerSecond: rate },
  { name: "offered, every line", tails, searches: EVERY_LINE, rowsPerSecond: rate },
];

interface Heard {
  readonly rows: number;
  readonly dropped: Readonly<Record<string, number>>;
  readonly bytes: number;
  readonly ownCpuSeconds: number;
}

interface Run {
  readonly load: LoadReport;
  readonly rowsPerSecond: number;
  /** Processors of the server in use, of which the main thread's part. */
  readonly cpu: number;
  readonly mainCpu: number;
  /** By the first tail; none where nobody listens. */
  readonly heard: Heard | undefined;
}

const before = circumstances();
const folder = mkdtempSync(join(benchFolder(), "tail-"));
try {
  const bodies = await prepareBodies({
    kind: "logs",
    path: join(folder, "bodies"),
    count: Math.ceil((FLAT_OUT_PER_SECOND * seconds) / ROWS_PER_BODY),
    poolSize: 96,
    endMs: Date.now(),
    overMs: seconds * 1_000,
  });
  const measured = new Map(CASES.map((one) => [one, [] as Run[]]));
  for (let number = 1; number <= runs; number++)
    for (const [one, own] of measured) own.push(await measure(one, bodies, number));
  const flat = Number(flags.flat) > 0 ? await longTail(bodies) : undefined;
  await removeBodies(bodies);
  tell(measured);
  if (!flags["no-record"])
    record("tail", before, {
      tails,
      rate,
      seconds,
      cases: CASES.map((one) => ({ ...one, runs: measured.get(one) })),
      flat,
    });
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** A server of its own, which takes the same requests in every case. */
async function measure(one: Case, bodies: BodyFile, number: number): Promise<Run> {
  const server = await BenchServer.start();
  try {
    const ears = one.tails > 0 ? listen(server, one, seconds + 3) : undefined;
    const cpuBefore = cpuSeconds(server.pid);
    const load = await send(server, bodies, seconds, one.rowsPerSecond);
    const cpuAfter = cpuSeconds(server.pid);
    const heard = await ears;
    await server.stop();
    const run: Run = {
      load,
      rowsPerSecond: load.acknowledgedRows / load.seconds,
      cpu: (cpuAfter.total - cpuBefore.total) / load.seconds,
      mainCpu: (cpuAfter.main - cpuBefore.main) / load.seconds,
      heard,
    };
    console.log(`  ${one.name}, run ${number}: ${JSON.stringify({ ...run, load: undefined })}`);
    return run;
  } finally {
    await server.remove();
  }
}

function send(
  server: BenchServer,
  bodies: BodyFile,
  forSeconds: number,
  rowsPerSecond: number | undefined,
): Promise<LoadReport> {
  return runLoad({
    bodies: bodies.path,
    first: 0,
    protocol: "http",
    endpoint: server.doors.otlpHttp,
    seconds: forSeconds,
    perSecond: rowsPerSecond === undefined ? undefined : rowsPerSecond / ROWS_PER_BODY,
    connections: CONNECTIONS,
  });
}

function listen(server: BenchServer, one: Case, forSeconds: number): Promise<Heard> {
  const main = fileURLToPath(new URL("tail/tails-main.ts", import.meta.url));
  const plan = {
    url: server.doors.http,
    tails: one.tails,
    searches: one.searches,
    seconds: forSeconds,
  };
  const child = spawn(process.execPath, [main, JSON.stringify(plan)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(JSON.parse(output) as Heard);
      else reject(new Error(`the tails ended with ${code}`));
    });
  });
}

/** One tail of every line for long: the heap and the memory of the server, in the first and the last third. */
async function longTail(bodies: BodyFile): Promise<Record<string, unknown>> {
  const flatSeconds = Number(flags.flat);
  const server = await BenchServer.start();
  const samples: { readonly heap: number; readonly rss: number }[] = [];
  const timer = setInterval(() => void sample(server).then((one) => samples.push(one)), SAMPLE_MS);
  try {
    const one = { name: "long", tails: 1, searches: EVERY_LINE };
    const ears = listen(server, one, flatSeconds + 3);
    const load = await send(server, bodies, flatSeconds, rate);
    const heard = await ears;
    clearInterval(timer);
    await server.stop();
    const third = Math.floor(samples.length / 3);
    const of = (what: "heap" | "rss", part: typeof samples): number =>
      median(part.map((each) => each[what])) / 2 ** 20;
    const told = {
      seconds: flatSeconds,
      rows: load.acknowledgedRows,
      heard,
      heapMiB: [of("heap", samples.slice(0, third)), of("heap", samples.slice(-third))],
      rssMiB: [of("rss", samples.slice(0, third)), of("rss", samples.slice(-third))],
    };
    console.log(`  one tail for ${flatSeconds} s: ${JSON.stringify(told)}`);
    return told;
  } finally {
    clearInterval(timer);
    await server.remove();
  }
}

async function sample(server: BenchServer): Promise<{ heap: number; rss: number }> {
  const about = (await (await fetch(`${server.doors.http}/api/v1/about`)).json()) as {
    process: { heapUsedBytes: number };
  };
  return { heap: about.process.heapUsedBytes, rss: rssBytes(server.pid) };
}

function median(values: readonly number[]): number {
  return spreadOf(values).median;
}

function tell(measured: ReadonlyMap<Case, readonly Run[]>): void {
  const rows = CASES.map((one) => {
    const own = measured.get(one)!;
    const beside = CASES.find(
      ({ tails: none, rowsPerSecond }) => none === 0 && rowsPerSecond === one.rowsPerSecond,
    )!;
    const ratios = own.map(
      (run, at) => run.rowsPerSecond / measured.get(beside)![at]!.rowsPerSecond,
    );
    const heard = own.map((run) => run.heard);
    return [
      one.name,
      shown(median(own.map((run) => run.rowsPerSecond))),
      shown(median(ratios)),
      shown(median(own.map(({ cpu }) => cpu))),
      shown(median(own.map(({ mainCpu }) => mainCpu))),
      shown(median(own.map(({ load }) => load.ackMs.p99))),
      shown(median(heard.map((each) => (each?.rows ?? 0) / seconds))),
      shown(median(heard.map((each) => (each?.bytes ?? 0) / seconds / 2 ** 20))),
    ];
  });
  const head = [
    "",
    "rows/s",
    "by nobody's",
    "CPU",
    "main",
    "ack p99 ms",
    "lines/s a tail",
    "MiB/s",
  ];
  printTable(`${tails} tails (at least ${1 - SLOWED_MAX} of the rate without)`, [head, ...rows]);
}
