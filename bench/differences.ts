// `npm run bench differences [-- --data <folder> --seeds 3]`: whether the ranked differences name what is at
// fault, on the demo's incidents and on the labelled faults of Nezha.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Answer, type FaultCase, judge, type Judgement, told } from "./differences/case.ts";
import { incidentCases, incidents, sendIncident } from "./differences/demo.ts";
import { nezhaCases, sendNezha, withNezha } from "./differences/nezha.ts";
import { circumstances, printTable, record } from "./measure/results.ts";
import { benchFolder, BenchServer } from "./measure/server.ts";

const { values: flags } = parseArgs({
  options: {
    /** Where `nezha-2023-01-29.tar.gz` is. */
    data: { type: "string", default: process.env["SIGHTGLASS_DATA"] ?? "" },
    of: { type: "string", default: "demo,nezha" },
    /** Minutes before a fault of Nezha that it is compared with. */
    before: { type: "string", default: "60" },
    seeds: { type: "string", default: "3" },
    rate: { type: "string", default: "5" },
    /** Tells of each fault what was found. */
    verbose: { type: "boolean", default: false },
    /** Keeps the loaded folder, and takes it up again when it is there. */
    folder: { type: "string" },
    "no-record": { type: "boolean", default: false },
  },
});
const PLACES = 3;

interface Judged extends Judgement {
  readonly name: string;
  readonly kind: string;
  readonly ms: number;
}

const before = circumstances();
const config = join(flags.folder ?? benchFolder(), "differences.json");
mkdirSync(flags.folder ?? benchFolder(), { recursive: true });
// The sets are years old.
const days = { traces: "off", logs: "off", metrics: "off", aggregates: "off" };
writeFileSync(config, JSON.stringify({ retention: days }));
const server = await BenchServer.start({
  ...(flags.folder === undefined ? {} : { folder: flags.folder }),
  environment: { SIGHTGLASS_CONFIG: config },
});
try {
  const results: Record<string, unknown> = {};
  if (flags.of.includes("nezha")) {
    const judged = await withNezha(flags.data, async (folder) => {
      if (!(await isLoaded("2023-01-29T08:00:00Z")))
        await stored(() => sendNezha(folder, server.doors.otlpHttp));
      return judgeAll(nezhaCases(folder, Number(flags["before"]) * 60_000));
    });
    if (judged !== undefined) results["nezha"] = summary("Nezha", judged);
  }
  if (flags.of.includes("demo")) {
    // At a fixed time, so that the shop is as busy each time.
    const all = incidents(Number(flags.seeds), Date.parse("2026-11-01T21:00:00Z"));
    if (!(await isLoaded(new Date(all[0]!.startMs).toISOString())))
      await stored(async () => {
        let sent = 0;
        for (const incident of all)
          sent += await sendIncident(incident, Number(flags.rate), server.doors.otlpHttp);
        return sent;
      });
    results["demo"] = summary("Demo", await judgeAll(all.flatMap(incidentCases)));
  }
  if (!flags["no-record"]) record("differences", before, results);
} finally {
  await server.stop();
  await server.remove();
}

/** Whether there are traces in the day from that time on. */
async function isLoaded(from: string): Promise<boolean> {
  const to = new Date(Date.parse(from) + 86_400_000).toISOString();
  const { data } = (await get("/api/v1/traces", { from, to, limit: "1" })) as { data: unknown[] };
  return data.length > 0;
}

/** Sends, and waits until all of it is stored. */
async function stored(sending: () => Promise<number>): Promise<void> {
  const beganMs = performance.now();
  const rows = await sending();
  const accepted = (await ledger()).reduce((sum, entry) => sum + entry.accepted, 0);
  const isStored = async (): Promise<boolean> =>
    (await ledger()).reduce((sum, entry) => sum + entry.stored + entry.dropped, 0) >= accepted;
  while (!(await isStored())) await new Promise((resolve) => setTimeout(resolve, 200));
  console.log(`${rows} rows stored in ${Math.round((performance.now() - beganMs) / 1_000)} s`);
}

interface Entry {
  readonly accepted: number;
  readonly stored: number;
  readonly dropped: number;
}

async function ledger(): Promise<Entry[]> {
  const { sinceStart } = (await get("/api/v1/ledger", {})) as { sinceStart: Record<string, Entry> };
  return Object.values(sinceStart);
}

async function judgeAll(cases: readonly FaultCase[]): Promise<Judged[]> {
  const judged: Judged[] = [];
  for (const one of cases) {
    const beganMs = performance.now();
    const answer = (await get("/api/v1/traces/differences", one.question)) as Answer;
    const ms = performance.now() - beganMs;
    const found = judge(one, answer);
    judged.push({ name: one.name, kind: one.kind, ...found, ms });
    if (flags.verbose) tell(one, found, answer);
  }
  return judged;
}

function tell(one: FaultCase, { service, attribute }: Judgement, answer: Answer): void {
  const { selection, baseline, differences } = answer;
  const sides = `${selection.tracesSampled}/${Math.round(selection.traces)} : ${baseline.tracesSampled}/${Math.round(baseline.traces)}`;
  console.log(`\n${one.name}: service ${service ?? "-"}, attribute ${attribute ?? "-"} (${sides})`);
  for (const [at, found] of differences.slice(0, 5).entries()) {
    console.log(`  ${at + 1} ${told(found)}`);
    for (const alike of found.alike.slice(0, 4)) console.log(`      = ${told(alike)}`);
  }
}

async function get(path: string, parameters: Readonly<Record<string, string>>): Promise<unknown> {
  const response = await fetch(`${server.doors.http}${path}?${new URLSearchParams(parameters)}`);
  const body = await response.text();
  if (response.status !== 200) throw new Error(`${path}: ${response.status} ${body}`);
  return JSON.parse(body);
}

/** A table of the hits of each kind, and the same for the record. */
function summary(title: string, judged: readonly Judged[]): unknown {
  const isIn = (place: number | undefined): boolean => place !== undefined && place <= PLACES;
  const kinds = [...Map.groupBy(judged, ({ kind }) => kind), ["all", judged] as const];
  const rows = kinds.map(([kind, of]) => ({
    kind,
    faults: of.length,
    named: of.filter(({ service, attribute }) => isIn(service) || isIn(attribute)).length,
    service: of.filter(({ service }) => isIn(service)).length,
    first: of.filter(({ service, attribute }) => service === 1 || attribute === 1).length,
    attribute: of.filter(({ attribute }) => isIn(attribute)).length,
    msMedian: of.map(({ ms }) => ms).toSorted((a, b) => a - b)[of.length >>> 1]!,
  }));
  printTable(`${title}: named among the first ${PLACES}`, [
    ["", "faults", "named", "by service", "by attribute", "named first", "ms"],
    ...rows.map((row) => [
      row.kind,
      ...[
        row.faults,
        row.named,
        row.service,
        row.attribute,
        row.first,
        Math.round(row.msMedian),
      ].map(String),
    ]),
  ]);
  return {
    rows,
    missed: judged
      .filter(({ service, attribute }) => !isIn(service) && !isIn(attribute))
      .map(({ name }) => name),
  };
}
