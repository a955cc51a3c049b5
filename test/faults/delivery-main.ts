// A process that takes rows and delivers them to one destination, until it is killed. It prints when all
// that was left to it is delivered, and then the ids of the rows that are accepted; one that takes no rows
// ends then, and prints what became of all: delivery-main.ts <a life as JSON>
import { setTimeout as delay } from "node:timers/promises";
import { loadComponents } from "#app/components.ts";
import { PipelineFolders } from "#app/pipeline-folders.ts";
import type { Batch } from "#core/batch.ts";
import { systemClock } from "#core/clock.ts";
import { PAYLOAD_VERSION } from "#core/native/payload.ts";
import { DEFAULT_ORG } from "#core/signal.ts";
import { DeliveringDestination } from "#pipeline/delivery/delivering-destination.ts";
import { DEFAULT_PIPELINE } from "#pipeline/graph/graph-spec.ts";
import { parseGraph } from "#pipeline/graph/parse-graph.ts";
import { RunningGraph } from "#pipeline/graph/running-graph.ts";
import { contextOf, type Surroundings } from "#pipeline/graph/surroundings.ts";
import { spansOf } from "#pipeline/holding/testing/holder-fixture.ts";
import { openJournal } from "#pipeline/journal/journal.ts";
import { totalRows } from "#pipeline/journal/row-counts.ts";
import { logs } from "#pipeline/testing/batches.ts";
import { ComponentMeters } from "#telemetry/component-meters.ts";
import { createLogger, jsonLine } from "#telemetry/log.ts";
import { createMeter } from "#telemetry/meter.ts";
import { type Counts, isKeptTrace, type Life, lifeSchema, rowId } from "./delivery-life.ts";

const clock = systemClock;
/** Traces of a life have numbers of their own. */
const TRACES_PER_LIFE = 1_000_000;
const ROWS_MAX = 40;
const BATCH_EVERY_MS = 2;

const surroundings: Surroundings = {
  log: createLogger({
    level: "error",
    clock,
    sink: (record) => void process.stderr.write(`${jsonLine(record)}\n`),
  }),
  meters: new ComponentMeters(createMeter()),
  clock,
  random: Math.random,
  timeWindow: () => ({ oldestMs: 0, newestMs: Number.MAX_SAFE_INTEGER }),
};

async function openGraph({ folder, processors, destinations }: Life): Promise<RunningGraph> {
  const written = {
    processors,
    destinations,
    pipelines: {
      [DEFAULT_PIPELINE]: {
        receivers: ["otlp"],
        processors: Object.keys(processors),
        destinations: Object.keys(destinations),
      },
    },
  };
  const parsed = parseGraph(written, await loadComponents(written));
  if (!parsed.success) throw new Error(JSON.stringify(parsed.problems));
  const folders = new PipelineFolders(folder);
  const graph = new RunningGraph({
    surroundings,
    receiversFolder: folders.receivers,
    storeBytesMax: 1 << 30,
    openJournal: (pipeline, consumers) =>
      openJournal({
        folder: folders.journal(pipeline),
        consumers,
        clock,
        payloadVersion: PAYLOAD_VERSION,
      }),
    heldJournals: (pipeline) => folders.held(pipeline),
    createStore: () => Promise.reject(new Error("there is no store here")),
    createDelivery: (pipeline, { name, delivery, create }, consumer) => ({
      delivering: new DeliveringDestination({
        pipeline,
        name,
        consumer,
        destination: create((component) => contextOf(component, surroundings, pipeline)),
        settings: delivery,
        folder: folders.delivery(pipeline),
        clock,
        random: Math.random,
        log: surroundings.log,
      }),
      members: () => undefined,
      forget() {},
    }),
    onGivenUp() {},
    onOpened() {},
    onRemoved: () => Promise.resolve(),
  });
  await graph.open(parsed.graph);
  await graph.start();
  return graph;
}

interface Taken {
  readonly batch: Batch;
  readonly ids: readonly string[];
}

function logsOf(life: Life, number: number): Taken {
  const count = 1 + (number % ROWS_MAX);
  const ids = Array.from({ length: count }, (_, row) => rowId(life.number, number, row));
  const time = BigInt(clock.nowMs()) * 1_000_000n;
  return { batch: logs("shop", ...ids.map((body) => ({ body, time }))), ids };
}

/** The first spans of one trace, and the last ones of the trace before. */
function tracesOf(life: Life, number: number): Taken {
  const time = BigInt(clock.nowMs()) * 1_000_000n;
  const partOf = (batch: number, part: string, count: number) =>
    Array.from({ length: batch < 0 ? 0 : count }, (_, row) => ({
      trace: life.number * TRACES_PER_LIFE + batch + 1,
      name: rowId(life.number, batch, `${part}${row}`),
      time,
      attributes: { keep: isKeptTrace(batch) ? "yes" : "no" },
    }));
  const list = [...partOf(number, "first", 1 + (number % 20)), ...partOf(number - 1, "last", 5)];
  return { batch: spansOf(...list), ids: list.map(({ name }) => name) };
}

function countsOf({ main }: RunningGraph): Counts {
  const [{ name, deadLetters }] = main.destinations as [DeliveringDestination];
  const { stored, dropped } = main.journal.consumer(name).counts();
  return {
    accepted: totalRows(main.journal.acceptedRows()),
    stored: totalRows(stored),
    dropped: totalRows(dropped),
    deadLetters: deadLetters.size,
  };
}

function tell(...lines: readonly string[]): void {
  process.stdout.write(`${lines.join("\n")}\n`);
}

// The system clock's timers keep no process alive.
setInterval(() => {}, 60_000);
const life = lifeSchema.parse(JSON.parse(process.argv[2]!));
const graph = await openGraph(life);
while (graph.main.backlogs().some(({ rows }) => rows > 0)) await delay(5);
tell(JSON.stringify({ recoveredMs: performance.now() }));
if (life.takesRows) {
  for (let number = 0; ; number += 1) {
    const { batch, ids } = life.signal === "logs" ? logsOf(life, number) : tracesOf(life, number);
    await graph.main.processors.push(batch, DEFAULT_ORG);
    tell(...ids);
    await delay(BATCH_EVERY_MS);
  }
}
tell(JSON.stringify(countsOf(graph)));
await graph.stop();
process.exit(0);
