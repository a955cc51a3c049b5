import { mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Random } from "#app/demo/random.ts";
import { IdOracle, OracleLoad, ROWS_PER_REQUEST } from "./id-oracle.ts";
import { ServerProcess } from "./server-process.ts";
import { judge, readStoredIds, type Verdict } from "./stored-ids.ts";

export interface ReloadPlan {
  readonly reloads: number;
  readonly seed: number;
  /** Called after each reload. */
  readonly onReload?: (reload: Reload) => void;
}

export interface Reload {
  readonly number: number;
  readonly what: string;
  /** As the server counts it. */
  readonly result: "applied" | "invalid" | "failed";
  /** From the file's change until the server has made of it what it will. */
  readonly tookMs: number;
}

export interface ReloadReport {
  readonly seed: number;
  readonly reloads: readonly Reload[];
  readonly verdicts: readonly Verdict[];
  /** Of the destination that was there all the time, with other settings now and then. */
  readonly kept: {
    readonly acknowledged: number;
    readonly lost: number;
    readonly repeated: number;
  };
  /** Requests that were answered with anything but a 2xx: none has a reason to be. */
  readonly refused: number;
}

/** What of the graph the steps change. */
interface Graph {
  filterName: string;
  filterDrops: string;
  port: string;
  path: string;
  extra: boolean;
  waitMs: number;
  second: boolean;
}

interface Step {
  readonly what: string;
  readonly result: Reload["result"];
  readonly change: (graph: Graph, number: number) => void;
  /** What is written in the place of the graph. */
  readonly text?: string;
}

const STEPS: readonly Step[] = [
  {
    what: "a filter has another name",
    result: "applied",
    change: (graph, number) => void (graph.filterName = `filter/n${number}`),
  },
  { what: "a destination more", result: "applied", change: (graph) => void (graph.extra = true) },
  {
    what: "a receiver takes another path",
    result: "applied",
    change: (graph, number) => void (graph.path = `/events/${number}`),
  },
  {
    what: "a file that is no YAML",
    result: "invalid",
    change: () => {},
    text: "destinations: [ {",
  },
  {
    what: "a destination has other settings",
    result: "applied",
    change: (graph, number) => void (graph.waitMs = 1_000 + number),
  },
  {
    what: "a second pipeline, with a store",
    result: "applied",
    change: (graph) => void (graph.second = true),
  },
  {
    what: "a filter has other settings",
    result: "applied",
    change: (graph, number) => void (graph.filterDrops = `nothing has this text ${number}`),
  },
  {
    what: "a destination that nobody knows",
    result: "invalid",
    change: () => {},
    text: "destinations: { carrier_pigeon: {} }",
  },
  { what: "a destination less", result: "applied", change: (graph) => void (graph.extra = false) },
  {
    what: "the second pipeline is gone",
    result: "applied",
    change: (graph) => void (graph.second = false),
  },
];

const SENDERS = 4;
const RELOAD_MS_MAX = 60_000;
const STORED_MS_MAX = 120_000;
/** Own telemetry is always on its way. */
const IN_FLIGHT_ROWS_MAX = 400;
const LOAD_BETWEEN_MS = 50;

/**
 * Changes the graph of a server under load again and again by its configuration file; at the end every
 * row of every acknowledged request is looked for by its id, in the store and at another destination.
 */
export async function reloadUnderLoad(plan: ReloadPlan): Promise<ReloadReport> {
  const folder = await mkdtemp(join(tmpdir(), "sightglass-reload-"));
  const dataDir = join(folder, "data");
  const file = join(folder, "sightglass.yaml");
  const graph: Graph = {
    filterName: "filter/n0",
    filterDrops: "nothing has this text",
    port: "127.0.0.1:0",
    path: "/events/0",
    extra: false,
    waitMs: 1_000,
    second: false,
  };
  const oracle = new IdOracle(new Random(plan.seed, 1));
  const reloads: Reload[] = [];
  await replaceFile(file, yamlOf(graph, folder));
  const server = new ServerProcess({ dataDir, environment: { SIGHTGLASS_CONFIG: file } });
  try {
    await server.mustBeReady();
    const load = new OracleLoad(oracle, server.otlpHttp, SENDERS);
    for (let number = 1; number <= plan.reloads; number++) {
      const step = STEPS[(number - 1) % STEPS.length]!;
      step.change(graph, number);
      const startMs = performance.now();
      const before = await reloadsOf(server, step.result);
      await replaceFile(file, step.text ?? yamlOf(graph, folder));
      await untilReloaded(server, step, before);
      const tookMs = performance.now() - startMs;
      const reload = { number, what: step.what, result: step.result, tookMs };
      reloads.push(reload);
      plan.onReload?.(reload);
      await delay(LOAD_BETWEEN_MS);
    }
    await load.stop();
    await server.untilStored(IN_FLIGHT_ROWS_MAX, STORED_MS_MAX);
    await server.stop();
    const verdicts = judge(oracle, await readStoredIds(dataDir));
    const kept = await judgeKept(oracle, folder);
    const refused = oracle.count("traces", "refused") + oracle.count("logs", "refused");
    return { seed: plan.seed, reloads, verdicts, kept, refused };
  } finally {
    if (server.running) server.signal("SIGKILL");
    await server.ended;
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The second pipeline takes nothing of the load: its rows would be stored twice, rightly. */
function yamlOf(graph: Graph, folder: string): string {
  const destinations = ["store", "jsonl/kept", ...(graph.extra ? ["jsonl/extra"] : [])];
  const lines = [
    "receivers:",
    `  http_json: { endpoint: "${graph.port}", path: "${graph.path}" }`,
    ...(graph.second ? [`  http_json/second: { endpoint: "127.0.0.1:0" }`] : []),
    "processors:",
    `  ${graph.filterName}: { dropPatterns: ["${graph.filterDrops}"] }`,
    "destinations:",
    `  jsonl/kept: { outputPath: "${join(folder, "kept.jsonl")}", rotateDaily: false, delivery: { retryDelay: ${graph.waitMs} } }`,
    ...(graph.extra
      ? [`  jsonl/extra: { outputPath: "${join(folder, "extra.jsonl")}", rotateDaily: false }`]
      : []),
    "pipelines:",
    "  default:",
    "    receivers: [otlp, http_json]",
    `    processors: [${graph.filterName}]`,
    `    destinations: [${destinations.join(", ")}]`,
    ...(graph.second
      ? ["  second: { receivers: [http_json/second, http_json], destinations: [store] }"]
      : []),
    "",
  ];
  return lines.join("\n");
}

/** As editors do it: readers see the file before or after. */
async function replaceFile(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}

async function reloadsOf(server: ServerProcess, result: Reload["result"]): Promise<number> {
  const response = await fetch(`${server.http}/metrics`);
  const pattern = new RegExp(`sightglass_graph_reloads_total\\{result="${result}"\\} (\\d+)`);
  return Number(pattern.exec(await response.text())?.[1] ?? 0);
}

async function untilReloaded(server: ServerProcess, step: Step, before: number): Promise<void> {
  const endMs = performance.now() + RELOAD_MS_MAX;
  while ((await reloadsOf(server, step.result)) <= before) {
    if (performance.now() > endMs)
      throw new Error(`${step.what}: it did not come to "${step.result}":\n${server.output}`);
    await delay(10);
  }
}

/** Counts by id what the destination that was always there has been given of spans. */
async function judgeKept(oracle: IdOracle, folder: string): Promise<ReloadReport["kept"]> {
  const spans = new Map<string, Map<string, number>>();
  for (const name of await readdir(folder)) {
    if (name !== "kept.jsonl") continue;
    for (const line of (await readFile(join(folder, name), "utf8")).split("\n")) {
      if (line === "") continue;
      const row = JSON.parse(line) as { signal?: string; traceId?: string; spanId?: string };
      if (row.signal !== "traces") continue;
      const { traceId = "", spanId = "" } = row;
      let times = spans.get(traceId);
      if (times === undefined) spans.set(traceId, (times = new Map<string, number>()));
      times.set(spanId, (times.get(spanId) ?? 0) + 1);
    }
  }
  const kept = { acknowledged: 0, lost: 0, repeated: 0 };
  for (const [id, fate] of oracle.fates.traces) {
    const times = spans.get(id) ?? new Map<string, number>();
    for (const count of times.values()) kept.repeated += count - 1;
    if (fate !== "acknowledged") continue;
    kept.acknowledged += ROWS_PER_REQUEST;
    kept.lost += ROWS_PER_REQUEST - times.size;
  }
  return kept;
}
