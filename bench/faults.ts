// `npm run bench faults [-- --rounds 50 --points 5 --seed 1]`: kill -9 at random moments and at named
// points, with every acknowledged row looked for by its id. The short form of it is a test.
import { parseArgs } from "node:util";
import { killNine } from "../test/faults/kill-nine.ts";
import { circumstances, printTable, record, shown } from "./measure/results.ts";
import { spreadOf } from "./measure/statistics.ts";

const { values: flags } = parseArgs({
  options: {
    rounds: { type: "string", default: "50" },
    points: { type: "string", default: "5" },
    seed: { type: "string", default: "1" },
    "no-record": { type: "boolean", default: false },
  },
});

const before = circumstances();
const report = await killNine({
  rounds: Number(flags.rounds),
  earlyEvery: 4,
  pointRounds: Number(flags.points),
  seed: Number(flags.seed),
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
  ["doors open", ...[ready.median, ready.min, ready.max].map(shown)],
  ["all stored", ...[recovered.median, recovered.min, recovered.max].map(shown)],
]);
if (!flags["no-record"]) record("faults", before, { ...report, ready, recovered });
if (report.verdicts.some(({ lost, duplicated, torn }) => lost + duplicated + torn > 0))
  process.exitCode = 1;
