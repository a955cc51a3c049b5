// `npm run bench query [-- --spans 10000000 --runs 5]`: loads the demo's spans through the real doors, and asks
// for them through the REST API.
import { execFileSync, spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Random } from "#app/demo/random.ts";
import { untilQuiet } from "./measure/process-stats.ts";
import { circumstances, printTable, record, shown } from "./measure/results.ts";
import { BenchServer, ROOT } from "./measure/server.ts";
import { quantile, type Spread, spreadOf } from "./measure/statistics.ts";

const { values: flags } = parseArgs({
  options: {
    spans: { type: "string", default: "10000000" },
    hours: { type: "string", default: "24" },
    runs: { type: "string", default: "5" },
    requests: { type: "string", default: "100" },
    seed: { type: "string", default: "1" },
    /** Keeps the loaded folder, and takes it up again when it is there. */
    folder: { type: "string" },
    "no-record": { type: "boolean", default: false },
  },
});
const spansWanted = Number(flags.spans);
const hours = Number(flags.hours);
const SPANS_PER_TRACE = 14.4;
const REST_MS_MAX = 300_000;

/** One kind of question, asked many times over in different words. */
interface Question {
  readonly name: string;
  /** p95 that is to be reached. */
  readonly targetMs: number;
  path(random: Random): string;
}

interface TraceList {
  readonly data: readonly { readonly traceId: string; readonly startTime: string }[];
}

const before = circumstances();
const known = flags.folder !== undefined;
const server = await BenchServer.start(known ? { folder: flags.folder! } : {});
try {
  const loaded = await loadDemo();
  console.log(`Waiting until merges are at rest`);
  const rested = await untilQuiet(server.pid, 0.05, REST_MS_MAX);
  const to = Date.now();
  const from = to - (hours + 1) * 3_600_000;
  const questions = questionsOf(from, to, await someTraceIds(from, to));
  const answers: Record<string, { p50: Spread; p95: Spread; targetMs: number }> = {};
  for (const question of questions) answers[question.name] = await ask(question);
  printTable(
    `Queries over ${flags.spans} spans (${flags.runs} runs of ${flags.requests}), ms`,
    [["", "p50", "p95", "p95 min", "p95 max", "target p95"]].concat(
      Object.entries(answers).map(([name, { p50, p95, targetMs }]) => [
        name,
        ...[p50.median, p95.median, p95.min, p95.max, targetMs].map(shown),
      ]),
    ),
  );
  await server.stop();
  const disk = diskOf(server.dataFolder);
  printTable("Disk", [
    ["table", "rows", "bytes", "bytes a span"],
    ...disk.usage.map(({ table, rows, bytes }) => [
      table,
      String(rows),
      String(bytes),
      shown(bytes / disk.allSpans),
    ]),
    ["all", String(disk.allSpans), String(disk.bytes), shown(disk.bytes / disk.allSpans)],
  ]);
  if (!flags["no-record"])
    record("query", before, { spansWanted, hours, loaded, rested, answers, disk });
} finally {
  await server.remove();
  if (known) console.log(`The data folder is kept in ${flags.folder}`);
  else rmSync(server.folder, { recursive: true, force: true });
}

/** Runs the demo as a user would, over as much of the past as is wanted. */
async function loadDemo(): Promise<{ seconds: number; output: string } | undefined> {
  const response = await fetch(`${server.doors.http}/api/v1/ledger`);
  const ledger = (await response.json()) as { inAll: { traces: { stored: number } } };
  if (ledger.inAll.traces.stored >= spansWanted * 0.9) return undefined;
  const beganMs = performance.now();
  const rate = spansWanted / SPANS_PER_TRACE / (hours * 3_600);
  const args = ["--rate", rate.toFixed(3), "--backfill", `${hours}h`, "--duration", "0s"];
  const options = [
    "--endpoint",
    server.doors.otlpHttp,
    "--signals",
    "traces",
    "--seed",
    flags.seed,
  ];
  const demo = spawn(
    process.execPath,
    [join(ROOT, "src/app/main.ts"), "demo", ...args, ...options],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  let output = "";
  demo.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
    process.stdout.write(chunk);
  });
  const code = await new Promise((resolve) => demo.on("close", resolve));
  if (code !== 0) throw new Error(`the demo ended with ${String(code)}`);
  return { seconds: (performance.now() - beganMs) / 1_000, output: output.trim() };
}

/** Ids of traces from all over the range. */
async function someTraceIds(from: number, to: number): Promise<string[]> {
  const ids: string[] = [];
  for (let part = 0; part < 20; part++) {
    const end = from + ((to - from) * (part + 1)) / 20;
    const search = new URLSearchParams({
      from: String(BigInt(Math.floor(end - 60_000)) * 1_000_000n),
      to: String(BigInt(Math.floor(end)) * 1_000_000n),
      limit: "50",
    });
    const response = await fetch(`${server.doors.http}/api/v1/traces?${search}`);
    ids.push(...((await response.json()) as TraceList).data.map(({ traceId }) => traceId));
  }
  if (ids.length === 0) throw new Error("no traces were found");
  return ids;
}

function questionsOf(from: number, to: number, traceIds: readonly string[]): Question[] {
  const ns = (ms: number): string => String(BigInt(Math.floor(ms)) * 1_000_000n);
  const within = (fromMs: number, toMs: number, more: Record<string, string>): string =>
    new URLSearchParams({ from: ns(fromMs), to: ns(toMs), ...more }).toString();
  /** An hour somewhere in the range. */
  const hour = (random: Random, more: Record<string, string>): string => {
    const start = from + 3_600_000 + random.unit() * (to - from - 7_200_000);
    return within(start, start + 3_600_000, more);
  };
  const services = ["frontend", "api-gateway", "catalogue", "checkout", "payment", "search"];
  return [
    {
      name: "trace by id",
      targetMs: 30,
      path: (random) => `/api/v1/traces/${random.pick(traceIds)}`,
    },
    {
      name: "service page: services, last hour",
      targetMs: 20,
      path: (random) => `/api/v1/services?${hour(random, {})}`,
    },
    {
      name: "service page: operations of a service, an hour",
      targetMs: 20,
      path: (random) => `/api/v1/services/${random.pick(services)}/operations?${hour(random, {})}`,
    },
    {
      name: "service page: operations, the whole range",
      targetMs: 20,
      path: (random) =>
        `/api/v1/services/${random.pick(services)}/operations?${within(from, to, {})}`,
    },
    {
      name: "search: service + duration + an hour",
      targetMs: 50,
      path: (random) =>
        `/api/v1/traces?${hour(random, {
          service: random.pick(services),
          minDurationMs: String(random.whole(20, 200)),
          limit: "20",
        })}`,
    },
    {
      name: "search: attribute only, whole range",
      targetMs: 300,
      path: (random) => {
        const user = 100_000 + Math.floor(60_000 * random.unit() ** 1.5);
        const attribute = `user.id=u-${user}`;
        return `/api/v1/traces?${within(from, to, { attribute, limit: "20" })}`;
      },
    },
    {
      name: "search: attribute only, absent value, whole range",
      targetMs: 300,
      path: (random) =>
        `/api/v1/traces?${within(from, to, { attribute: `user.id=absent-${random.uint32()}` })}`,
    },
  ];
}

async function ask(question: Question): Promise<{ p50: Spread; p95: Spread; targetMs: number }> {
  const random = new Random(Number(flags.seed), question.name.length);
  await time(question.path(random));
  const p50: number[] = [];
  const p95: number[] = [];
  for (let run = 0; run < Number(flags.runs); run++) {
    const times: number[] = [];
    for (let request = 0; request < Number(flags.requests); request++)
      times.push(await time(question.path(random)));
    times.sort((a, b) => a - b);
    p50.push(quantile(times, 0.5));
    p95.push(quantile(times, 0.95));
  }
  return { p50: spreadOf(p50), p95: spreadOf(p95), targetMs: question.targetMs };
}

async function time(path: string): Promise<number> {
  const beganMs = performance.now();
  const response = await fetch(`${server.doors.http}${path}`);
  const body = await response.text();
  const passedMs = performance.now() - beganMs;
  if (response.status !== 200) throw new Error(`${path}: ${response.status} ${body}`);
  return passedMs;
}

interface Disk {
  readonly allSpans: number;
  readonly bytes: number;
  readonly usage: readonly {
    readonly table: string;
    readonly rows: number;
    readonly bytes: number;
  }[];
}

function diskOf(dataFolder: string): Disk {
  const main = fileURLToPath(new URL("measure/stored-rows-main.ts", import.meta.url));
  const counted = JSON.parse(
    execFileSync(process.execPath, [main, dataFolder], { encoding: "utf8" }),
  ) as Omit<Disk, "bytes">;
  return { ...counted, bytes: counted.usage.reduce((sum, { bytes }) => sum + bytes, 0) };
}
