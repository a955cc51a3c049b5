// `npm run bench outage [-- --rate 2000 --seconds 60 --runs 3]`: one healthy destination, alone and then beside
// four that are in trouble: dead (a closed port), slow, one that answers 429, and one that refuses a poison row.
// A dead hour is a matter for a clock that is moved: src/pipeline/delivery/delivery-outage.test.ts.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { pipelinesAnswer } from "#api/contract/pipelines.ts";
import { deliverySettingsSchema } from "#pipeline/delivery/delivery-settings.ts";
import { FarSide, type Trouble } from "./destinations/far-side.ts";
import { RssSamples } from "./measure/process-stats.ts";
import { circumstances, printTable, record, shown } from "./measure/results.ts";
import { benchFolder, BenchServer } from "./measure/server.ts";
import { quantiles, slope, type Spread, spreadOf } from "./measure/statistics.ts";

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
/** What issue 3 asks for: the healthy one's p99 beside the others, by that alone. */
const P99_RATIO_MAX = 1.1;
/** Memory that grows more slowly is flat: the dead one's rows alone, were they kept in memory, are some 20. */
const FLAT_MIB_PER_MINUTE_MAX = 4;
const HOUR_SECONDS = 3_600;

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
  /** Of the line through the second half of the samples. */
  readonly rssMiBPerMinute: { readonly alone: number; readonly beside: number };
  /** Of the journal, of what waits for the dead one just before it lives again. */
  readonly queueBytesPerRow: number;
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
    rssMiBPerMinute: { alone: alone.rssMiBPerMinute, beside: beside.rssMiBPerMinute },
    queueBytesPerRow: beside.queueBytesPerRow,
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
  "RSS MiB a minute, alone": spreadOf(runs.map((run) => run.rssMiBPerMinute.alone)),
  "RSS MiB a minute, beside the others": spreadOf(runs.map((run) => run.rssMiBPerMinute.beside)),
  "bytes a row that waits": spreadOf(runs.map((run) => run.queueBytesPerRow)),
} satisfies Record<string, Spread>;
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
const verdicts = judged();
console.log(`\nTargets (the dead one was so for ${seconds} s; its hour is simulated in a test)`);
for (const { target, figure, isMet } of verdicts)
  console.log(`  ${isMet ? "met    " : "NOT MET"}  ${target}: ${figure}`);
if (!flags["no-record"])
  record("outage", before, { rowsPerSecond, seconds, spreads, verdicts, runs });
const faults = runs.flatMap((run) => Object.values(run.fates));
if (faults.some(({ missing, outOfOrder }) => missing + outOfOrder > 0)) process.exitCode = 1;

/** What the issue asks for, each with the figure that answers it: the medians, and rows of all runs. */
function judged() {
  const all = runs.flatMap((run) => Object.values(run.fates));
  const sum = (of: (fate: Fate) => number): number =>
    all.reduce((total, one) => total + of(one), 0);
  const missing = sum((fate) => fate.missing);
  const outOfOrder = sum((fate) => fate.outOfOrder);
  const ratio = spreads["p99 beside / alone"].median;
  const perMinute = spreads["RSS MiB a minute, beside the others"].median;
  const bytesMax = deliverySettingsSchema.parse({}).queueBytesMax;
  const hourBytes = spreads["bytes a row that waits"].max * rowsPerSecond * HOUR_SECONDS;
  return [
    {
      target: `the healthy one's p99 delay, by that alone, below ${P99_RATIO_MAX}`,
      figure: shown(ratio),
      isMet: ratio < P99_RATIO_MAX,
    },
    {
      target: `RSS flat, below ${FLAT_MIB_PER_MINUTE_MAX} MiB a minute in the second half`,
      figure: `${shown(perMinute)} MiB a minute`,
      isMet: perMinute < FLAT_MIB_PER_MINUTE_MAX,
    },
    {
      target: "every row arrives or is a dead letter",
      figure: `${missing} missing of ${sum(({ arrived, deadLetters }) => arrived + deadLetters) + missing}`,
      isMet: missing === 0,
    },
    {
      target: "order kept per destination",
      figure: `${outOfOrder} rows out of order`,
      isMet: outOfOrder === 0,
    },
    {
      target: `an hour of such rows fits into a destination's queue of ${shown(bytesMax / MIB)} MiB`,
      figure: `${shown(hourBytes / MIB)} MiB`,
      isMet: hourBytes <= bytesMax,
    },
  ];
}

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
    const waiting = (await destinationsOf(server)).get("dead")?.queue;
    for (const side of sides.values()) await side.recover();
    const letters = await untilSettled(server, sides, sentAt.length);
    const fates = Object.fromEntries(
      [...sides].map(([name, side]) => [
        name,
        fateOf(side, healthy, { sent: sentAt.length, letters: letters.get(name) ?? 0 }),
      ]),
    );
    await server.stop();
    return {
      healthyMs,
      rssMiB: rss.maxBytes / MIB,
      rssMiBPerMinute: secondHalfSlope(rss),
      queueBytesPerRow: waiting === undefined ? 0 : waiting.bytes / waiting.rows,
      sent: sentAt.length,
      fates,
    };
  } finally {
    await server.remove();
    for (const side of sides.values()) await side.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** MiB a minute: what the first half has of caches that fill is no slope. */
function secondHalfSlope({ samples }: RssSamples): number {
  const half = samples.slice(samples.length >>> 1);
  return slope(half.map(({ atMs, bytes }) => ({ x: atMs / 60_000, y: bytes / MIB })));
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
    const now = await destinationsOf(server);
    const letters = new Map([...now].map(([name, one]) => [name, one.deadLetters?.count ?? 0]));
    const isOpen = [...sides].some(
      ([name, { rows: arrived }]) => arrived.size + (letters.get(name) ?? 0) < rows,
    );
    if (!isOpen || performance.now() > endMs) return letters;
    await delay(250);
  }
}

/** The webhooks, by what they are called here. */
async function destinationsOf(server: BenchServer) {
  const answer = await fetch(`${server.doors.http}/api/v1/pipelines`);
  const { data } = pipelinesAnswer.parse(await answer.json());
  const all = data.flatMap(({ destinations }) => destinations);
  return new Map(all.map((one) => [one.name.replace("webhook/", ""), one]));
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
