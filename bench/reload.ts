// `npm run bench reload [-- --reloads 100 --seed 1]`: the graph of a server under load is changed again and
// again by its configuration file, with every row looked for by its id. The short form of it is a test.
import { parseArgs } from "node:util";
import { reloadUnderLoad } from "../test/faults/reload.ts";
import { circumstances, printTable, record, shown } from "./measure/results.ts";
import { spreadOf } from "./measure/statistics.ts";

const { values: flags } = parseArgs({
  options: {
    reloads: { type: "string", default: "100" },
    seed: { type: "string", default: "1" },
    "no-record": { type: "boolean", default: false },
  },
});

const before = circumstances();
const report = await reloadUnderLoad({
  reloads: Number(flags.reloads),
  seed: Number(flags.seed),
  onReload: ({ number, what, result, tookMs }) =>
    console.log(`reload ${number}: ${what}: ${result} after ${shown(tookMs)} ms`),
});

const { counted, refused, sentAgain, brokenOff } = report;
printTable(
  `${report.reloads.length} changes of the graph under load, seed ${report.seed}: rows`,
  [["", "acknowledged", "arrived", "lost", "repeated", "torn"]].concat(
    report.verdicts.map(({ signal, acknowledged, stored, lost, duplicated, torn }) => [
      signal === "views" ? "views of the store" : `${signal} in the store`,
      ...[acknowledged, stored, lost, duplicated, torn].map(String),
    ]),
    counted.map(({ what, acknowledged, arrived, lost, repeated }) => [
      what,
      ...[acknowledged, arrived, lost, repeated].map(String),
      "",
    ]),
  ),
);
const took = spreadOf(report.reloads.map(({ tookMs }) => tookMs));
printTable("Requests over OTLP, and of events to a receiver that is exchanged", [
  ["refused", "events sent again", "events broken off"],
  [refused, sentAgain, brokenOff].map(String),
]);
printTable("From a change of the file to its end, in ms", [
  ["median", "min", "max"],
  [took.median, took.min, took.max].map(shown),
]);
if (!flags["no-record"]) record("reload", before, { ...report, took });
const faults = report.verdicts.reduce((sum, one) => sum + one.lost + one.duplicated + one.torn, 0);
const countedFaults = counted.reduce((sum, { lost, repeated }) => sum + lost + repeated, 0);
if (faults + countedFaults + refused > 0) process.exitCode = 1;
