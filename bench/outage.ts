// `npm run bench outage [-- --rate 2000 --seconds 60 --runs 3]`: one healthy destination, alone and then beside
// four that are in trouble: dead (a closed port), slow, one that answers 429, and one that refuses a poison row.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { FarSide, type Trouble } from "./destinations/far-side.ts";
import { RssSamples } from "./measure/process-stats.ts";
import { circumstances, printTable, record, shown } from "./measure/results.ts";
import { benchFolder, BenchServer } from "./measure/server.ts";
import { quantiles, spreadOf } from "./measure/statistics.ts";

const { values: flags } = parseArgs({
  options: {
    rate: { type: "string", default: "2000" },
    seconds: { type: "string", default: "60" },
    runs: { type: "string", default: "3" },
    "no-record": { type: "boolean", default: false },
  },
});
const rowsPerSecond = Number(flags.rate);
const seconds = Number(flags.seconds);
const ROWS_PER_REQUEST = 100;
const POISON_EVERY = 5_000;
const WARM_UP_MS = 5_000;
const ARRIVED_MS_MAX = 180_000;
const MIB = 2 ** 20;

const TROUBLES: Readonly<Record<string, Trouble>> = {
  dead: "dead",
  slow: "slow",
  limited: "limited",
  poison: "poison",
};

interface Fate {
  readonly arrived: number;
  readonly deadLetters: number;
  readonly missing: number;
  readonly repeated: number;
  /** Rows that did not come in the order in which the healthy one got them. */
  readonly outOfOrder: number;
}

interface Run {
  readonly aloneMs: { readonly p50: number; readonly p99: number };
  readonly besideMs: { readonly p50: number; readonly p99: number };
  readonly rssMiB: { readonly alone: number; readonly beside: number };
  readonly sent: number;
  readonly fates: Readonly<Record<string, Fate>>;
}

const before = circumstances();
const runs: Run[] = [];
for (let run = 1; run <= Number(flags.runs); run++) {
  const alone = await measure({});
  const beside = await measure(TROUBLES);
  runs.push({
    aloneMs: alone.healthyMs,
    besideMs: beside.healthyMs,
    rssMiB: { alone: alone.rssMiB, beside: beside.rssMiB },
    sent: beside.sent,
    fates: beside.fates,
  });
  console.log(
    `run ${run}: the healthy one's p99 ${shown(alone.healthyMs.p99)} ms alone, ${shown(beside.healthyMs.p99)} ms beside the others`,
  );
}
const spreads = {
  "healthy p50 ms, alone": spreadOf(runs.map(({ aloneMs }) => aloneMs.p50)),
  "healthy p50 ms, beside the others": spreadOf(runs.map(({ besideMs }) => besideMs.p50)),
  "healthy p99 ms, alone": spreadOf(runs.map(({ aloneMs }) => aloneMs.p99)),
  "healthy p99 ms, beside the others": spreadOf(runs.map(({ besideMs }) => besideMs.p99)),
  "p99 beside / alone": spreadOf(runs.map((run) => run.besideMs.p99 / run.aloneMs.p99)),
  "RSS MiB, alone": spreadOf(runs.map(({ rssMiB }) => rssMiB.alone)),
  "RSS MiB, beside the others": spreadOf(runs.map(({ rssMiB }) => rssMiB.beside)),
};
printTable(
  `${rowsPerSecond} rows/s for ${seconds} s (${runs.length} runs)`,
  [["", "median", "min", "max"]].concat(
    Object.entries(spreads).map(([label, { median, min, max }]) => [
      label,
      ...[median, min, max].map(shown),
    ]),
  ),
);
const { sent, fates } = runs.at(-1)!;
printTable(
  `What became of ${sent} rows, last run`,
  [["", "arrived", "dead letters", "missing", "repeated", "out of order"]].concat(
    Object.entries(fates).map(([name, fate]) => [name, ...Object.values(fate).map(String)]),
  ),
);
if (!flags["no-record"]) record("outage", before, { rowsPerSecond, seconds, spreads, runs });
const faults = runs.flatMap((run) => Object.values(run.fates));
if (faults.some(({ missing, outOfOrder }) => missing + outOfOrder > 0)) process.exitCode = 1;

/** One server, with the healthy destination and these. */
async function measure(troubles: Readonly<Record<string, Trouble>>) {
  const sentAt: number[] = [];
  const sides = new Map<string, FarSide>();
  for (const [name, trouble] of Object.entries({ healthy: "none" as Trouble, ...troubles }))
    sides.set(name, await FarSide.start(trouble, sentAt));
  const folder = mkdtempSync(join(benchFolder(), "outage-"));
  const config = join(folder, "config.json");
  writeFileSync(config, JSON.stringify({ destinations: destinationsFor(sides) }));
  const server = await BenchServer.start({ environment: { SIGHTGLASS_CONFIG: config } });
  try {
    await send(server, sentAt, WARM_UP_MS);
    const healthy = sides.get("healthy")!;
    healthy.delaysMs.length = 0;
    const rss = new RssSamples(server.pid, 500);
    await send(server, sentAt, seconds * 1_000);
    rss.stop();
    const healthyMs = quantiles(healthy.delaysMs);
    for (const side of sides.values()) await side.recover();
    const letters = await untilSettled(server, sides, sentAt.length);
    const fates = Object.fromEntries(
      [...sides].map(([name, side]) => [
        name,
        fateOf(side, healthy, { sent: sentAt.length, letters: letters.get(name) ?? 0 }),
      ]),
    );
    await server.stop();
    return { healthyMs, rssMiB: rss.maxBytes / MIB, sent: sentAt.length, fates };
  } finally {
    await server.remove();
    for (const side of sides.values()) await side.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function destinationsFor(sides: ReadonlyMap<string, FarSide>) {
  return Object.fromEntries(
    [...sides].map(([name, { url }]) => [
      `webhook/${name}`,
      { url, allowPrivate: true, batchSize: 500, flushInterval: 100 },
    ]),
  );
}

/** Sends at the rate, each request at its moment, over as many connections as that takes. */
async function send(server: BenchServer, sentAt: number[], forMs: number): Promise<void> {
  const everyMs = (1_000 * ROWS_PER_REQUEST) / rowsPerSecond;
  const beganMs = performance.now();
  const requests: Promise<void>[] = [];
  for (let request = 0; request * everyMs < forMs; request++) {
    const waitMs = beganMs + request * everyMs - performance.now();
    if (waitMs > 0) await delay(waitMs);
    requests.push(sendOne(server, sentAt));
  }
  await Promise.all(requests);
}

async function sendOne(server: BenchServer, sentAt: number[]): Promise<void> {
  const timeUnixNano = `${Date.now()}000000`;
  const nowMs = performance.now();
  const logRecords = Array.from({ length: ROWS_PER_REQUEST }, () => {
    const number = sentAt.push(nowMs) - 1;
    const text = number % POISON_EVERY === POISON_EVERY - 1 ? "a row of poison" : "a row";
    return {
      timeUnixNano,
      body: { stringValue: text },
      attributes: [{ key: "bench.row", value: { intValue: String(number) } }],
    };
  });
  const resource = { attributes: [{ key: "service.name", value: { stringValue: "bench" } }] };
  const body = JSON.stringify({ resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] });
  const answer = await fetch(`${server.doors.otlpHttp}/v1/logs`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  await answer.arrayBuffer();
  if (!answer.ok) throw new Error(`rows were not accepted: ${answer.status}`);
}

/** Waits until every row has arrived or is a dead letter; the dead letters of each destination. */
async function untilSettled(
  server: BenchServer,
  sides: ReadonlyMap<string, FarSide>,
  rows: number,
): Promise<ReadonlyMap<string, number>> {
  const endMs = performance.now() + ARRIVED_MS_MAX;
  for (;;) {
    const letters = await deadLetters(server);
    const isOpen = [...sides].some(
      ([name, { rows: arrived }]) => arrived.size + (letters.get(name) ?? 0) < rows,
    );
    if (!isOpen || performance.now() > endMs) return letters;
    await delay(250);
  }
}

interface PipelinesAnswer {
  readonly data: readonly {
    readonly destinations: readonly {
      readonly name: string;
      readonly deadLetters: { readonly count: number } | null;
    }[];
  }[];
}

async function deadLetters(server: BenchServer): Promise<ReadonlyMap<string, number>> {
  const answer = await fetch(`${server.doors.http}/api/v1/pipelines`);
  const { data } = (await answer.json()) as PipelinesAnswer;
  return new Map(
    data.flatMap(({ destinations }) =>
      destinations.map((one) => [one.name.replace("webhook/", ""), one.deadLetters?.count ?? 0]),
    ),
  );
}

function fateOf(
  side: FarSide,
  healthy: FarSide,
  { sent, letters }: { readonly sent: number; readonly letters: number },
): Fate {
  return {
    arrived: side.rows.size,
    deadLetters: letters,
    missing: Math.max(0, sent - side.rows.size - letters),
    repeated: side.repeated,
    outOfOrder: side.outOfOrder(healthy),
  };
}
