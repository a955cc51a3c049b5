// `npm run bench ingest [--scenario …] [--seconds 120] [--runs 5]`: what it takes to bring telemetry from
// the wire to where it can be asked for, and what the engine alone takes for the same rows.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type EngineReport, measureEngine } from "./engine/engine-alone.ts";
import {
  type BodyFile,
  type LoadKind,
  prepareBodies,
  removeBodies,
  signalOf,
} from "./load/bodies.ts";
import { type LoadReport, runLoad } from "./load/load-plan.ts";
import { QueryableProbe } from "./load/queryable.ts";
import { cpuSeconds, cpuSecondsByThread, RssSamples, untilQuiet } from "./measure/process-stats.ts";
import { circumstances, printTable, record, shown } from "./measure/results.ts";
import { benchFolder, BenchServer } from "./measure/server.ts";
import { quantiles, type Spread, spreadOf } from "./measure/statistics.ts";

interface Scenario {
  readonly kind: LoadKind;
  readonly protocol: "http" | "grpc";
  /** Rows a second that are offered; undefined is flat out. */
  readonly rowsPerSecond?: number;
  /** Whether the engine alone gets the same rows afterwards. */
  readonly engine?: true;
  /** What stands in the server's configuration; nothing when left out. */
  readonly config?: object;
  /**
   * The scenario that it is the same as but for the configuration. When both are measured they take turns,
   * run by run, on the same requests, and the rates of each two runs are compared.
   */
  readonly besides?: string;
  /** Rows a second for which bodies are prepared; beyond it they would come twice. */
  readonly expectedPerSecond: number;
}

/** Every row goes through all four and on to the store: none is dropped on the way, which would be less work. */
const FOUR_PROCESSORS = {
  processors: {
    enrich: { environment: "production", attributes: { team: "shop" } },
    filter: { condition: 'attributes["http.route"] == "/healthz"' },
    redact: {},
    sample: { strategy: "deterministic", errorRate: 1, successRate: 1, defaultRate: 1 },
  },
};

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  "traces-http": { kind: "traces", protocol: "http", engine: true, expectedPerSecond: 190_000 },
  "traces-processed": {
    kind: "traces",
    protocol: "http",
    config: FOUR_PROCESSORS,
    besides: "traces-http",
    expectedPerSecond: 190_000,
  },
  "traces-grpc": { kind: "traces", protocol: "grpc", expectedPerSecond: 190_000 },
  "logs-http": { kind: "logs", protocol: "http", expectedPerSecond: 220_000 },
  "points-http": { kind: "points", protocol: "http", expectedPerSecond: 700_000 },
  "traces-half": {
    kind: "traces",
    protocol: "http",
    rowsPerSecond: 55_000,
    expectedPerSecond: 55_000,
  },
};

const CONNECTIONS = { flatOut: 16, offered: 64 };
/** Different requests that are varied: for points one of each instance, so 1,000 series a request. */
const POOL_BODIES: Readonly<Record<LoadKind, number>> = { traces: 192, logs: 192, points: 32 };
/** What processors may cost at most: the part of the rate without them that is left. */
const RATE_RATIO_MIN = 0.8;
const REST_SHARE = 0.05;
const REST_MS_MAX = 60_000;
const STORED_MS_MAX = 120_000;

interface Run {
  readonly load: LoadReport;
  readonly rowsPerSecond: number;
  readonly cpuPerMillion: number;
  readonly cpuPerMillionToRest: number;
  readonly mainThreadCpuPerMillion: number;
  readonly senderCpuPerMillion: number;
  /** By the names of threads, as far as they lived until the end. */
  readonly threadCpuPerMillion: Readonly<Record<string, number>>;
  readonly storedAfterMs: number;
  readonly queryableMs: { readonly p50: number; readonly p99: number; readonly probes: number };
  readonly rssMiB: number;
  readonly rowsPerInsert: number;
  readonly engine?: EngineReport;
  /** CPU of the whole, from the wire, over that of the engine alone. */
  readonly ratio?: number;
}

const { values: flags } = parseArgs({
  options: {
    scenario: { type: "string", default: Object.keys(SCENARIOS).join(",") },
    seconds: { type: "string", default: "120" },
    runs: { type: "string", default: "5" },
    "warm-up": { type: "string", default: "5" },
    rate: { type: "string" },
    "no-engine": { type: "boolean", default: false },
    "no-record": { type: "boolean", default: false },
  },
});
const seconds = Number(flags.seconds);
const warmUpSeconds = Number(flags["warm-up"]);
const before = circumstances();
const results: Record<string, unknown> = {};
const scenarios = flags.scenario.split(",").map((name) => ({ name, ...scenarioOf(name) }));
for (const scenario of scenarios) {
  // It is measured in turns with the one that it is compared with.
  if (scenarios.some(({ name }) => name === scenario.besides)) continue;
  const others = scenarios.filter(({ besides }) => besides === scenario.name);
  Object.assign(results, await measure([scenario, ...others]));
}
if (!flags["no-record"]) record("ingest", before, { seconds, warmUpSeconds, scenarios: results });

interface NamedScenario extends Scenario {
  readonly name: string;
}

function scenarioOf(name: string): Scenario {
  const known = SCENARIOS[name];
  if (known === undefined)
    throw new Error(`There is no scenario ${name}; there is: ${Object.keys(SCENARIOS).join(", ")}`);
  if (known.rowsPerSecond === undefined || flags.rate === undefined) return known;
  return { ...known, rowsPerSecond: Number(flags.rate), expectedPerSecond: Number(flags.rate) };
}

/** Measures scenarios that take the same requests in turns: what the machine does meanwhile, it does to all. */
async function measure(
  all: readonly [NamedScenario, ...NamedScenario[]],
): Promise<Record<string, unknown>> {
  const [first] = all;
  const folder = mkdtempSync(join(benchFolder(), "bodies-"));
  try {
    const count = Math.ceil((first.expectedPerSecond * (seconds + warmUpSeconds)) / 1_000);
    console.log(
      `\n${all.map(({ name }) => name).join(", ")}: preparing ${count} requests of 1,000 rows`,
    );
    const bodies = await prepareBodies({
      kind: first.kind,
      path: join(folder, "bodies"),
      count,
      poolSize: Math.min(count, POOL_BODIES[first.kind]),
      endMs: Date.now(),
      overMs: (seconds + warmUpSeconds) * 1_000,
    });
    const runs = new Map(all.map((scenario) => [scenario, [] as Run[]]));
    for (let number = 1; number <= Number(flags.runs); number++)
      for (const [scenario, own] of runs) {
        const config = join(folder, `${scenario.name}.json`);
        writeFileSync(config, JSON.stringify(scenario.config ?? {}));
        const run = await measureOnce(scenario, bodies, config);
        own.push(run);
        console.log(`  ${scenario.name}, run ${number}: ${summaryOf(run)}`);
        console.log(`    CPU-s a million by thread: ${threadsOf(run)}`);
      }
    await removeBodies(bodies);
    const told = [...runs].map(([scenario, own]) => {
      const beside = scenario === first ? undefined : runs.get(first)!;
      return [scenario.name, tell(scenario, own, beside)] as const;
    });
    return Object.fromEntries(told);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Prints what was measured of a scenario, and returns it for the record. */
function tell(scenario: NamedScenario, runs: readonly Run[], beside: readonly Run[] | undefined) {
  const table = tableOf(runs);
  if (beside !== undefined)
    table[`rate by that of ${scenario.besides} (at least ${RATE_RATIO_MIN})`] = spreadOf(
      runs.map((run, index) => run.rowsPerSecond / beside[index]!.rowsPerSecond),
    );
  printTable(
    `${scenario.name} (${seconds} s, ${runs.length} runs)`,
    [["", "median", "min", "max"]].concat(
      Object.entries(table).map(([label, { median, min, max }]) => [
        label,
        ...[median, min, max].map(shown),
      ]),
    ),
  );
  return { scenario, spread: table, runs };
}

async function measureOnce(scenario: Scenario, bodies: BodyFile, config: string): Promise<Run> {
  const server = await BenchServer.start({ environment: { SIGHTGLASS_CONFIG: config } });
  try {
    const warmUp = await load(server, scenario, bodies, { first: 0, seconds: warmUpSeconds });
    await untilStored(server, scenario.kind);
    const insertsBefore = await insertCount(server, scenario.kind);
    const rss = new RssSamples(server.pid, 500);
    const cpuBefore = cpuSeconds(server.pid);
    const threadsBefore = cpuSecondsByThread(server.pid);
    const beganMs = performance.now();
    const probe = new QueryableProbe(
      server.doors,
      scenario.rowsPerSecond === undefined ? 5_000 : 1_000,
    );
    const report = await load(server, scenario, bodies, { first: warmUp.requests, seconds });
    const endedMs = beganMs + report.seconds * 1_000;
    await untilStored(server, scenario.kind);
    const storedMs = performance.now();
    const cpuStored = cpuSeconds(server.pid);
    const threadsStored = cpuSecondsByThread(server.pid);
    const inserts = (await insertCount(server, scenario.kind)) - insertsBefore;
    await probe.stop();
    rss.stop();
    await untilQuiet(server.pid, REST_SHARE, REST_MS_MAX);
    const cpuRested = cpuSeconds(server.pid);
    await server.stop();
    confirmStored(server, scenario.kind, warmUp.acknowledgedRows + report.acknowledgedRows);

    const millions = report.acknowledgedRows / 1e6;
    const rowsPerInsert = Math.round(report.acknowledgedRows / Math.max(1, inserts));
    const lags = quantiles(probe.lagsMs);
    const withoutEngine: Run = {
      load: report,
      rowsPerSecond:
        report.acknowledgedRows / Math.max(report.seconds, (storedMs - beganMs) / 1_000 - 1),
      cpuPerMillion: (cpuStored.total - cpuBefore.total) / millions,
      cpuPerMillionToRest: (cpuRested.total - cpuBefore.total) / millions,
      mainThreadCpuPerMillion: (cpuStored.main - cpuBefore.main) / millions,
      senderCpuPerMillion: report.ownCpuSeconds / millions,
      threadCpuPerMillion: differences(threadsBefore, threadsStored, millions),
      storedAfterMs: storedMs - endedMs,
      queryableMs: { p50: lags.p50, p99: lags.p99, probes: probe.lagsMs.length },
      rssMiB: rss.maxBytes / 2 ** 20,
      rowsPerInsert,
    };
    if (scenario.engine !== true || flags["no-engine"]) return withoutEngine;
    const engine = await measureEngine(bodies, {
      bodies: Math.round(report.acknowledgedRows / 1_000),
      rowsPerInsert,
      // Its memory is not bounded as the server's is: an attempt made twice would spoil the comparison.
      memoryBytesMax: 2 * 1024 ** 3,
    });
    const enginePerMillion = (engine.cpuSecondsToRest / engine.rows) * 1e6;
    return {
      ...withoutEngine,
      engine,
      ratio: withoutEngine.cpuPerMillionToRest / enginePerMillion,
    };
  } finally {
    await server.remove();
  }
}

/** What was used between the two, for a million rows; threads of next to nothing are left out. */
function differences(
  from: ReadonlyMap<string, number>,
  until: ReadonlyMap<string, number>,
  millions: number,
): Record<string, number> {
  const used = [...until].map(
    ([name, seconds]) => [name, (seconds - (from.get(name) ?? 0)) / millions] as const,
  );
  const worthTelling = used.filter(([, perMillion]) => perMillion >= 0.05);
  return Object.fromEntries(worthTelling.toSorted((a, b) => b[1] - a[1]));
}

function load(
  server: BenchServer,
  { protocol, rowsPerSecond }: Scenario,
  bodies: BodyFile,
  of: { first: number; seconds: number },
): Promise<LoadReport> {
  return runLoad({
    ...of,
    bodies: bodies.path,
    protocol,
    endpoint: protocol === "http" ? server.doors.otlpHttp : server.doors.otlpGrpc,
    perSecond: rowsPerSecond === undefined ? undefined : rowsPerSecond / 1_000,
    connections: rowsPerSecond === undefined ? CONNECTIONS.flatOut : CONNECTIONS.offered,
  });
}

/** The inserts into the kind's table so far, by the server's own count. */
async function insertCount(server: BenchServer, kind: LoadKind): Promise<number> {
  const table = kind === "traces" ? "spans" : kind;
  const text = await (await fetch(`${server.doors.http}/metrics`)).text();
  const line = new RegExp(`^sightglass_store_insert_seconds_count{table="${table}"} (\\d+)$`, "m");
  return Number(line.exec(text)?.[1] ?? 0);
}

/** Resolves when hardly a row of the signal is on its way any more: own telemetry always is. */
async function untilStored(server: BenchServer, kind: LoadKind): Promise<void> {
  const endMs = performance.now() + STORED_MS_MAX;
  for (;;) {
    const response = await fetch(`${server.doors.http}/api/v1/ledger`);
    const ledger = (await response.json()) as {
      inAll: Record<string, { inFlight: number; dropped: number }>;
    };
    const { inFlight } = ledger.inAll[signalOf(kind)]!;
    if (inFlight < 500) return;
    if (performance.now() > endMs) throw new Error(`${inFlight} rows are still not stored`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Counts in the stopped server's tables: every acknowledged row once, no more, no less. */
function confirmStored(server: BenchServer, kind: LoadKind, acknowledged: number): void {
  const main = fileURLToPath(new URL("measure/stored-rows-main.ts", import.meta.url));
  const counts = JSON.parse(
    execFileSync(process.execPath, [main, server.dataFolder], { encoding: "utf8" }),
  ) as Record<
    "traces" | "logs" | "points" | "allSpans" | "spansInTraceIndex" | "spansInKpis",
    number
  >;
  if (counts[kind] !== acknowledged)
    throw new Error(`${acknowledged} rows were acknowledged, and ${counts[kind]} are stored`);
  if (counts.spansInTraceIndex !== counts.allSpans || counts.spansInKpis !== counts.allSpans)
    throw new Error(`a view has not what its table has: ${JSON.stringify(counts)}`);
}

function tableOf(runs: readonly Run[]): Record<string, Spread> {
  const spread = (of: (run: Run) => number | undefined): Spread =>
    spreadOf(runs.map(of).filter((value): value is number => value !== undefined));
  const table: Record<string, Spread> = {
    "rows/s": spread((run) => run.rowsPerSecond),
    "CPU-s a million, until stored": spread((run) => run.cpuPerMillion),
    "CPU-s a million, until at rest": spread((run) => run.cpuPerMillionToRest),
    "  of it on the main thread": spread((run) => run.mainThreadCpuPerMillion),
    "sender's own CPU-s a million": spread((run) => run.senderCpuPerMillion),
    "acknowledged p50 ms": spread((run) => run.load.ackMs.p50),
    "acknowledged p95 ms": spread((run) => run.load.ackMs.p95),
    "acknowledged p99 ms": spread((run) => run.load.ackMs.p99),
    "queryable after p50 ms": spread((run) => run.queryableMs.p50),
    "queryable after p99 ms": spread((run) => run.queryableMs.p99),
    "all stored after ms": spread((run) => run.storedAfterMs),
    "RSS MiB": spread((run) => run.rssMiB),
    "rows an insert": spread((run) => run.rowsPerInsert),
    "requests sent again": spread((run) => run.load.retried),
  };
  if (runs.some(({ engine }) => engine !== undefined)) {
    const perMillion = (cpu: number, rows: number): number => (cpu / rows) * 1e6;
    table["engine alone: CPU-s a million, inserted"] = spread(
      ({ engine }) => engine && perMillion(engine.cpuSeconds, engine.rows),
    );
    table["engine alone: CPU-s a million, at rest"] = spread(
      ({ engine }) => engine && perMillion(engine.cpuSecondsToRest, engine.rows),
    );
    table["ratio of the two, at rest"] = spread(({ ratio }) => ratio);
  }
  return table;
}

function threadsOf({ threadCpuPerMillion, engine }: Run): string {
  const named = (threads: Readonly<Record<string, number>>, millions: number): string =>
    Object.entries(threads)
      .toSorted((a, b) => b[1] - a[1])
      .slice(0, 6)
      .map(([name, seconds]) => `${name} ${(seconds / millions).toFixed(2)}`)
      .join(", ");
  const own = named(threadCpuPerMillion, 1);
  return engine === undefined
    ? own
    : `${own}; engine alone: ${named(engine.threadCpuSeconds, engine.rows / 1e6)}`;
}

function summaryOf(run: Run): string {
  const ratio = run.ratio === undefined ? "" : `, ${shown(run.ratio)} × the engine alone`;
  const cycled = run.load.cycled ? " (bodies came twice: prepare more)" : "";
  return `${shown(run.rowsPerSecond)} rows/s, ${shown(run.cpuPerMillion)} CPU-s a million${ratio}, p99 ${shown(run.load.ackMs.p99)} ms, RSS ${shown(run.rssMiB)} MiB${cycled}`;
}
