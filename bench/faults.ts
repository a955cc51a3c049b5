// `npm run bench faults [-- --rounds 50 --points 5 --seed 1 --of store,postgresql,…]`: kill -9 at random moments
// and at named points, with every acknowledged row looked for by its id: in the store, and at destinations
// that were being delivered to. The short form of it is a test.
import { parseArgs } from "node:util";
import { type DeliveryKillReport, killDeliveries } from "../test/faults/delivery-kill.ts";
import { DELIVERY_SIDES } from "../test/faults/delivery-sides.ts";
import { killNine } from "../test/faults/kill-nine.ts";
import { circumstances, printTable, record, shown } from "./measure/results.ts";
import { type Spread, spreadOf } from "./measure/statistics.ts";

const STORE = "store";
const ALL = [STORE, ...Object.keys(DELIVERY_SIDES)];
const EARLY_EVERY = 4;

const { values: flags } = parseArgs({
  options: {
    of: { type: "string", default: ALL.join(",") },
    rounds: { type: "string", default: "50" },
    points: { type: "string", default: "5" },
    seed: { type: "string", default: "1" },
    "no-record": { type: "boolean", default: false },
  },
});
const rounds = Number(flags.rounds);
const seed = Number(flags.seed);
const of = flags.of.split(",");
for (const name of of)
  if (!ALL.includes(name)) throw new Error(`There is no ${name}; there is: ${ALL.join(", ")}`);

const before = circumstances();
const store = of.includes(STORE) ? await killStore() : undefined;
const deliveries: (DeliveryKillReport & { readonly recovered: Spread })[] = [];
for (const side of of) if (side !== STORE) deliveries.push(await killDeliveriesTo(side));
if (deliveries.length > 0) tellDeliveries();
if (!flags["no-record"]) record("faults", before, { ...store, deliveries });

async function killStore() {
  const report = await killNine({
    rounds,
    earlyEvery: EARLY_EVERY,
    pointRounds: Number(flags.points),
    seed,
    onRound: ({ number, how, readyMs, recoveredMs }) =>
      console.log(
        `round ${number}: killed ${how}; ready after ${shown(readyMs)} ms, all stored after ${shown(recoveredMs)} ms`,
      ),
  });
  printTable(
    `kill -9, ${report.rounds.length} rounds, seed ${report.seed}: rows`,
    [["", "acknowledged", "stored", "lost", "duplicated", "torn"]].concat(
      report.verdicts.map(({ signal, acknowledged, stored, lost, duplicated, torn }) => [
        signal,
        ...[acknowledged, stored, lost, duplicated, torn].map(String),
      ]),
    ),
  );
  const ready = spreadOf(report.rounds.map(({ readyMs }) => readyMs));
  const recovered = spreadOf(report.rounds.map(({ recoveredMs }) => recoveredMs));
  printTable("Recovery in ms", [
    ["", "median", "min", "max"],
    ["doors open", ...spreadCells(ready)],
    ["all stored", ...spreadCells(recovered)],
  ]);
  if (report.verdicts.some(({ lost, duplicated, torn }) => lost + duplicated + torn > 0))
    process.exitCode = 1;
  return { ...report, ready, recovered };
}

async function killDeliveriesTo(side: string) {
  const report = await killDeliveries({
    side,
    rounds,
    earlyEvery: EARLY_EVERY,
    seed,
    onRound: ({ number, how, recoveredMs }) => {
      const recovered =
        recoveredMs === undefined ? "not recovered" : `recovered after ${shown(recoveredMs)} ms`;
      console.log(`${side}, round ${number}: ${recovered}, killed ${how}`);
    },
  });
  const { lost, duplicated, unwanted, miscounted } = report;
  if (lost + duplicated + unwanted + miscounted > 0) process.exitCode = 1;
  return {
    ...report,
    recovered: spreadOf(report.rounds.flatMap((round) => round.recoveredMs ?? [])),
  };
}

function tellDeliveries(): void {
  const header = ["", "acknowledged", "arrived", "dead letters"];
  const faults = ["lost", "duplicated", "unwanted", "miscounted"] as const;
  printTable(
    `kill -9 in the middle of deliveries, ${rounds} rounds each, seed ${seed}: rows`,
    [[...header, ...faults]].concat(
      deliveries.map((one) => [
        one.side,
        ...[one.acknowledged, one.arrived, one.deadLetters].map(String),
        ...faults.map((name) => String(one[name])),
      ]),
    ),
  );
  printTable(
    "From the start of the process until all that was left to it was delivered, in ms",
    [["", "median", "min", "max"]].concat(
      deliveries.map(({ side, recovered }) => [side, ...spreadCells(recovered)]),
    ),
  );
}

function spreadCells({ median, min, max }: Spread): string[] {
  return [median, min, max].map(shown);
}
