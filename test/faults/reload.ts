import { createReadStream } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { pipelinesAnswer } from "#api/contract/pipelines.ts";
import { Random } from "#app/demo/random.ts";
import { freePort } from "#pipeline/testing/free-port.ts";
import { IdOracle, ORACLE_SIGNALS, OracleLoad, ROWS_PER_REQUEST } from "./id-oracle.ts";
import {
  eventsUrl,
  firstGraph,
  type Graph,
  LASTING,
  linesFolder,
  type Step,
  STEPS,
  textOf,
} from "./reload-graph.ts";
import { EVENT_SERVICE, EventSender, LINE_SERVICE, LineWriter } from "./reload-sources.ts";
import { ServerProcess } from "./server-process.ts";
import { judge, readStoredIds, type StoredIds, type Verdict } from "./stored-ids.ts";

export interface ReloadPlan {
  readonly reloads: number;
  readonly seed: number;
  /** Called after each reload. */
  readonly onReload?: (reload: Reload) => void;
}

export interface Reload {
  readonly number: number;
  readonly what: string;
  readonly result: Step["result"];
  /** From the file's change until the server has made of it what it will. */
  readonly tookMs: number;
}

export interface ReloadReport {
  readonly seed: number;
  readonly reloads: readonly Reload[];
  readonly verdicts: readonly Verdict[];
  /** Of receivers that were exchanged, in the store, and of destinations that were there all the time. */
  readonly counted: readonly Counted[];
  /** Requests over OTLP that were answered with anything but a 2xx: none has a reason to be. */
  readonly refused: number;
  /** Requests to the receiver for events that nobody took, and that were sent again. */
  readonly sentAgain: number;
  /** Of which the connection broke before the answer: the client cannot know what became of them. */
  readonly brokenOff: number;
}

/** Rows that must be somewhere, once each. */
export interface Counted {
  readonly what: string;
  readonly acknowledged: number;
  readonly arrived: number;
  readonly lost: number;
  readonly repeated: number;
}

const SENDERS = 4;
const RELOAD_MS_MAX = 60_000;
const STORED_MS_MAX = 120_000;
/** Own telemetry is always on its way. */
const IN_FLIGHT_ROWS_MAX = 400;
const LOAD_BETWEEN_MS = 50;
/** Of each signal: the load goes on until there are as many. */
export const ACKNOWLEDGED_ROWS_MIN = 5_000;
/** Of events, and of lines. */
export const SOURCE_ROWS_MIN = 500;

/**
 * Changes the graph of a server under load again and again by its configuration file; at the end every
 * row that was acknowledged is looked for, in the store and at other destinations: those of OTLP by their
 * ids, and events and lines of a file, whose receivers are exchanged, by their texts.
 */
export async function reloadUnderLoad(plan: ReloadPlan): Promise<ReloadReport> {
  const folder = await mkdtemp(join(tmpdir(), "sightglass-reload-"));
  const dataDir = join(folder, "data");
  const file = join(folder, "sightglass.yaml");
  const graph = firstGraph(folder, [await freePort(), await freePort()]);
  await mkdir(linesFolder(graph));
  await replaceFile(file, textOf(graph));
  const server = new ServerProcess({ dataDir, environment: { SIGHTGLASS_CONFIG: file } });
  const reload = async (number: number, step: Step): Promise<Reload> => {
    step.change(graph, number);
    const startMs = performance.now();
    const before = await reloadsOf(server, step.result);
    await replaceFile(file, step.text ?? textOf(graph));
    await untilReloaded(server, step, before);
    const { what, result } = step;
    return { number, what, result, tookMs: performance.now() - startMs };
  };
  try {
    await server.mustBeReady();
    const load = new Load(server, graph, plan.seed);
    const reloads: Reload[] = [];
    for (let number = 1; number <= plan.reloads; number++) {
      const done = await reload(number, STEPS[(number - 1) % STEPS.length]!);
      reloads.push(done);
      plan.onReload?.(done);
      await delay(LOAD_BETWEEN_MS);
    }
    await load.end();
    // What is held is in no table.
    if (graph.heldMs !== undefined) await reload(plan.reloads + 1, NOT_HELD);
    await server.untilStored(IN_FLIGHT_ROWS_MAX, STORED_MS_MAX);
    await untilDelivered(server);
    await server.stop();
    const stored = await readStoredIds(dataDir);
    return { seed: plan.seed, reloads, ...(await load.judge(stored)) };
  } finally {
    if (server.running) server.signal("SIGKILL");
    await server.ended;
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

const NOT_HELD: Step = {
  what: "traces are held no more",
  result: "applied",
  change: (graph) => void (graph.heldMs = undefined),
};

/** All that sends, and what it was promised. */
class Load {
  private readonly server: ServerProcess;
  private readonly graph: Graph;
  private readonly oracle: IdOracle;
  private readonly otlp: OracleLoad;
  private readonly events: EventSender;
  private readonly lines: LineWriter;

  constructor(server: ServerProcess, graph: Graph, seed: number) {
    this.server = server;
    this.graph = graph;
    this.oracle = new IdOracle(new Random(seed, 1));
    this.otlp = new OracleLoad(this.oracle, server.otlpHttp, SENDERS);
    this.events = new EventSender(() => eventsUrl(graph));
    this.lines = new LineWriter(join(linesFolder(graph), "app.log"));
  }

  /** Ends when there is enough, and all lines of the file are read. */
  async end(): Promise<void> {
    const { server, oracle, events, lines } = this;
    const isEnough = (): boolean =>
      areEnough(oracle) &&
      events.acknowledged.length > SOURCE_ROWS_MIN &&
      lines.written.length > SOURCE_ROWS_MIN;
    while (!isEnough() && server.running) await delay(LOAD_BETWEEN_MS);
    await Promise.all([this.otlp.stop(), events.stop(), lines.stop()]);
    const endMs = performance.now() + STORED_MS_MAX;
    while ((await linesRead(server)) < lines.written.length) {
      if (performance.now() > endMs) throw new Error(`lines are not read:\n${server.output}`);
      await delay(LOAD_BETWEEN_MS);
    }
  }

  async judge(stored: StoredIds): Promise<Omit<ReloadReport, "seed" | "reloads">> {
    const { oracle, events, lines, graph } = this;
    const counted = [
      textsIn(stored, EVENT_SERVICE, events.acknowledged),
      textsIn(stored, LINE_SERVICE, lines.written),
    ];
    for (const [name, files] of Object.entries(LASTING))
      counted.push(
        await spansAt(
          name,
          files.map((one) => join(graph.folder, one)),
          oracle,
        ),
      );
    return {
      verdicts: judge(oracle, stored),
      counted,
      refused: ORACLE_SIGNALS.reduce((sum, signal) => sum + oracle.count(signal, "refused"), 0),
      sentAgain: events.refusals,
      brokenOff: events.brokenOff,
    };
  }
}

/** Whether so much was acknowledged that nothing lost of it proves something. */
function areEnough(oracle: IdOracle): boolean {
  const rows = ORACLE_SIGNALS.map((signal) => oracle.count(signal, "acknowledged"));
  return Math.min(...rows) * ROWS_PER_REQUEST > ACKNOWLEDGED_ROWS_MIN;
}

/** A stop waits for no destination but for a few seconds: what is left is delivered after the next start. */
async function untilDelivered(server: ServerProcess): Promise<void> {
  const endMs = performance.now() + STORED_MS_MAX;
  for (;;) {
    const { data } = pipelinesAnswer.parse(await server.json("/api/v1/pipelines"));
    const all = data.flatMap(({ destinations }) => destinations);
    const open = all.filter(({ name, queue }) => name in LASTING && queue.rows > 0);
    if (open.length === 0) return;
    if (performance.now() > endMs)
      throw new Error(`rows still wait for ${open[0]!.name}:\n${server.output}`);
    await delay(LOAD_BETWEEN_MS);
  }
}

/** As editors do it: readers see the file before or after. */
async function replaceFile(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}

function reloadsOf(server: ServerProcess, result: Reload["result"]): Promise<number> {
  return counterOf(server, `graph_reloads_total{result="${result}"}`);
}

/** Lines that the receiver of files has brought, whichever of them. */
function linesRead(server: ServerProcess): Promise<number> {
  return counterOf(server, 'tail_records_total{component="file"}');
}

async function counterOf(server: ServerProcess, series: string): Promise<number> {
  const text = await (await fetch(`${server.http}/metrics`)).text();
  const line = text.split("\n").find((one) => one.startsWith(`sightglass_${series} `));
  return Number(line?.split(" ")[1] ?? 0);
}

async function untilReloaded(server: ServerProcess, step: Step, before: number): Promise<void> {
  const endMs = performance.now() + RELOAD_MS_MAX;
  while ((await reloadsOf(server, step.result)) <= before) {
    if (performance.now() > endMs)
      throw new Error(`${step.what}: it did not come to "${step.result}":\n${server.output}`);
    await delay(10);
  }
}

/** Rows of a service in the store, by their texts. */
function textsIn({ texts }: StoredIds, service: string, acknowledged: readonly string[]): Counted {
  const found = texts[service] ?? {};
  const counts = Object.values(found);
  return {
    what: `${service} in the store`,
    acknowledged: acknowledged.length,
    arrived: counts.length,
    lost: acknowledged.filter((text) => found[text] === undefined).length,
    repeated: counts.reduce((sum, count) => sum + count - 1, 0),
  };
}

/** Spans that a destination has written, by their ids. */
async function spansAt(
  destination: string,
  files: readonly string[],
  oracle: IdOracle,
): Promise<Counted> {
  const spans = new Map<string, number>();
  for (const path of files) {
    // One of a group may never have had its turn.
    const lines = createInterface({ input: createReadStream(path, { flags: "a+" }) });
    for await (const line of lines) {
      const row = JSON.parse(line) as { signal?: string; traceId?: string; spanId?: string };
      if (row.signal !== "traces") continue;
      const id = `${row.traceId} ${row.spanId}`;
      spans.set(id, (spans.get(id) ?? 0) + 1);
    }
  }
  const arrived = new Map<string, number>();
  let repeated = 0;
  for (const [id, count] of spans) {
    const trace = id.split(" ")[0]!;
    // Own telemetry is none of the oracle's.
    if (!oracle.fates.traces.has(trace)) continue;
    arrived.set(trace, (arrived.get(trace) ?? 0) + 1);
    repeated += count - 1;
  }
  const acknowledged = [...oracle.fates.traces].filter(([, fate]) => fate === "acknowledged");
  return {
    what: `traces at ${destination}`,
    acknowledged: acknowledged.length * ROWS_PER_REQUEST,
    arrived: [...arrived.values()].reduce((sum, count) => sum + count, 0),
    lost: acknowledged.reduce((sum, [id]) => sum + ROWS_PER_REQUEST - (arrived.get(id) ?? 0), 0),
    repeated,
  };
}
