// `npm run bench footprint [-- --runs 5 --idle 60 --load 600]`: how long a start takes on an installed tree,
// what an idle server costs, and whether memory stays flat at full load.
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { prepareBodies } from "./load/bodies.ts";
import { type LoadReport, runLoad } from "./load/load-plan.ts";
import { cpuSeconds, rssBytes, RssSamples, threadsOf } from "./measure/process-stats.ts";
import { circumstances, printTable, record, shown } from "./measure/results.ts";
import { benchFolder, BenchServer, npmStartMs } from "./measure/server.ts";
import { slope, type Spread, spreadOf } from "./measure/statistics.ts";

const { values: flags } = parseArgs({
  options: {
    runs: { type: "string", default: "5" },
    idle: { type: "string", default: "60" },
    load: { type: "string", default: "600" },
    "no-record": { type: "boolean", default: false },
  },
});
const MIB = 2 ** 20;
/** What comes after a start, and the caches of the first minute, are not a slope. */
const SETTLE_SECONDS = 10;
const LOAD_WARM_UP_SHARE = 0.2;
const BODIES = 6_000;
const CONNECTIONS = 16;

interface Idle {
  readonly firstReadyMs: number;
  readonly readyMs: number;
  readonly npmReadyMs: number;
  readonly rssMiB: number;
  readonly cpuPercent: number;
  readonly threads: number;
}

const before = circumstances();
const idles: Idle[] = [];
for (let run = 1; run <= Number(flags.runs); run++) {
  idles.push(await measureIdle(Number(flags.idle)));
  const { readyMs, rssMiB, cpuPercent } = idles.at(-1)!;
  console.log(
    `run ${run}: ready after ${shown(readyMs)} ms, idle ${shown(rssMiB)} MiB, ${cpuPercent.toFixed(2)} % of a core`,
  );
}
const spread = (of: (idle: Idle) => number): Spread => spreadOf(idles.map(of));
const idle: Record<string, Spread> = {
  "ready ms, on a new data folder": spread(({ firstReadyMs }) => firstReadyMs),
  "ready ms": spread(({ readyMs }) => readyMs),
  "ready ms, from npm start": spread(({ npmReadyMs }) => npmReadyMs),
  "idle RSS MiB": spread(({ rssMiB }) => rssMiB),
  "idle % of a core": spread(({ cpuPercent }) => cpuPercent),
  threads: spread(({ threads }) => threads),
};
printTable(
  `Start and ${flags.idle} s of idleness (${idles.length} runs)`,
  [["", "median", "min", "max"]].concat(
    Object.entries(idle).map(([label, { median, min, max }]) => [
      label,
      ...[median, min, max].map(shown),
    ]),
  ),
);
const loaded = Number(flags.load) > 0 ? await measureLoaded(Number(flags.load)) : undefined;
if (!flags["no-record"]) record("footprint", before, { idle, runs: idles, loaded });

/** A start on a new folder, which makes the tables; then one on that folder, and its idleness. */
async function measureIdle(seconds: number): Promise<Idle> {
  const folder = mkdtempSync(join(benchFolder(), "idle-"));
  try {
    const first = await BenchServer.start({ folder });
    await first.stop();
    const npmReadyMs = await npmStartMs(folder);
    const server = await BenchServer.start({ folder });
    await delay(SETTLE_SECONDS * 1_000);
    const cpuBefore = cpuSeconds(server.pid).total;
    await delay(seconds * 1_000);
    const idleCpu = cpuSeconds(server.pid).total - cpuBefore;
    const measured: Idle = {
      firstReadyMs: first.readyMs,
      readyMs: server.readyMs,
      npmReadyMs,
      rssMiB: rssBytes(server.pid) / MIB,
      cpuPercent: (idleCpu / seconds) * 100,
      threads: threadsOf(server.pid),
    };
    await server.stop();
    return measured;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Loaded {
  readonly load: LoadReport;
  readonly rowsPerSecond: number;
  readonly rssMiBMax: number;
  /** Of the line through the samples after the warm-up. */
  readonly slopeMiBPerMinute: number;
  readonly samplesMiB: readonly number[];
}

/** Traces flat out, from bodies that come round again: for memory it is all the same. */
async function measureLoaded(seconds: number): Promise<Loaded> {
  const folder = mkdtempSync(join(benchFolder(), "bodies-"));
  const server = await BenchServer.start();
  try {
    const bodies = await prepareBodies({
      kind: "traces",
      path: join(folder, "bodies"),
      count: BODIES,
      poolSize: 192,
      endMs: Date.now(),
      overMs: 60_000,
    });
    const rss = new RssSamples(server.pid, 1_000);
    const load = await runLoad({
      bodies: bodies.path,
      first: 0,
      protocol: "http",
      endpoint: server.doors.otlpHttp,
      seconds,
      connections: CONNECTIONS,
    });
    rss.stop();
    await server.stop();
    const warmUpMs = rss.samples[0]!.atMs + seconds * 1_000 * LOAD_WARM_UP_SHARE;
    const points = rss.samples
      .filter(({ atMs }) => atMs >= warmUpMs)
      .map(({ atMs, bytes }) => ({ x: atMs / 60_000, y: bytes / MIB }));
    const measured: Loaded = {
      load,
      rowsPerSecond: load.acknowledgedRows / load.seconds,
      rssMiBMax: rss.maxBytes / MIB,
      slopeMiBPerMinute: slope(points),
      samplesMiB: rss.samples.map(({ bytes }) => Math.round(bytes / MIB)),
    };
    printTable(`${seconds} s of full load (1 run)`, [
      ["spans/s", shown(measured.rowsPerSecond)],
      ["RSS MiB at most", shown(measured.rssMiBMax)],
      ["slope MiB a minute", shown(measured.slopeMiBPerMinute)],
    ]);
    return measured;
  } finally {
    await server.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}
