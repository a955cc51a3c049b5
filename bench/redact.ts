// `npm run bench redact [-- --sentences file --lines folder]`: how well personal data and keys are found, and how
// many bytes of text a core redacts in a second.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { systemClock } from "#core/clock.ts";
import { redact } from "#processors/redact/redact.ts";
import { found } from "#processors/redact/testing/found.ts";
import {
  halves,
  precisionOf,
  type Quality,
  qualityOf,
  recallOf,
} from "#processors/redact/testing/labelled-sentences.ts";
import { cleanSentences, personalSentences } from "#processors/redact/testing/personal-samples.ts";
import { keySamples } from "#processors/redact/testing/key-samples.ts";
import { createLogger } from "#telemetry/log.ts";
import { createMeter } from "#telemetry/meter.ts";
import { circumstances, printTable, record, shown } from "./measure/results.ts";
import { type Spread, spreadOf } from "./measure/statistics.ts";
import { demo, files, textBytes, type Texts } from "./redact/texts.ts";

const { values: flags } = parseArgs({
  options: {
    /** Labelled sentences in the shape of presidio-research. */
    sentences: { type: "string" },
    /** A folder with `.log` files. */
    lines: { type: "string" },
    runs: { type: "string", default: "9" },
    mode: { type: "string", default: "mask" },
    seed: { type: "string", default: "1" },
    "no-record": { type: "boolean", default: false },
  },
});
const SAMPLES_PER_FORMAT = 300;
const SENTENCES_PER_FORMAT = 40;
/** A run takes some hundredths of a second: the first ones are not compiled yet. */
const WARM_UP_RUNS = 6;

interface Speed {
  /** Bytes of text a microsecond of processor time, which is MB/s. */
  readonly megabytesPerSecond: Spread;
  readonly nanosecondsPerRow: Spread;
}

/** One for all, as a server has it. */
const processor = redact.create(
  redact.settings.parse({ redactionMode: flags.mode, metadata: "none" }),
  {
    name: "redact",
    clock: systemClock,
    log: createLogger({ level: "error", clock: systemClock, sink: () => undefined }),
    meter: createMeter(),
    random: Math.random,
    emit: async () => undefined,
    timeWindow: () => ({ oldestMs: 0, newestMs: Number.MAX_SAFE_INTEGER }),
  },
);

const before = circumstances();
// Before all those sentences: what the compiler learns from them would count against the texts of a usual day.
const texts = [
  demo("traces"),
  demo("logs"),
  ...(flags.lines === undefined ? [] : files(flags.lines)),
];
const speeds = Object.fromEntries(texts.map((one) => [one.name, speedOf(one)]));
const quality =
  flags.sentences === undefined ? undefined : halves(readFileSync(flags.sentences, "utf8"));
if (quality === undefined)
  console.log("Without --sentences the quality on labelled sentences is not measured.");
else for (const [name, half] of Object.entries(quality)) printQuality(`of others, ${name}`, half);
const made = qualityOf([
  ...personalSentences(Number(flags.seed), SENTENCES_PER_FORMAT),
  ...cleanSentences(Number(flags.seed) + 1, SENTENCES_PER_FORMAT),
]);
printQuality("made of documented formats", made);
const keys = keyQuality(Number(flags.seed));
printTable("Keys in generated texts", [
  ["", "secrets", "recall", "precision"],
  ["", String(keys.secrets), shown(keys.recall), shown(keys.precision)],
]);
printTable(
  `Redaction alone, all detectors, mode ${flags.mode}, a core (${flags.runs} runs)`,
  [["", "MB/s", "min", "max", "ns a row"]].concat(
    Object.entries(speeds).map(([name, { megabytesPerSecond, nanosecondsPerRow }]) => [
      name,
      ...[megabytesPerSecond.median, megabytesPerSecond.min, megabytesPerSecond.max].map(shown),
      shown(nanosecondsPerRow.median),
    ]),
  ),
);
if (!flags["no-record"])
  record("redact", before, {
    mode: flags.mode,
    quality: Object.entries({ ...quality, made }).map(([name, { wrong: _, ...one }]) => ({
      name,
      ...one,
    })),
    keys,
    speeds,
  });

function printQuality(
  name: string,
  { kinds, recall, cleanSentences: clean, cleanChanged }: Quality,
): void {
  printTable(
    `Sentences ${name}: recall ${shown(recall)}, clean ones changed ${cleanChanged} of ${clean}`,
    [
      ["", "labels", "recall", "precision"],
      ...Object.entries(kinds).map(([kind, one]) => [
        kind,
        String(one.labels),
        shown(recallOf(one)),
        shown(precisionOf(one)),
      ]),
    ],
  );
}

function keyQuality(seed: number): { secrets: number; recall: number; precision: number } {
  let [secrets, hits, wrong] = [0, 0, 0];
  for (const { text, secret } of keySamples(seed, SAMPLES_PER_FORMAT)) {
    const matches = found(text).filter(({ kind }) => kind === "api_key" || kind === "password");
    if (secret === undefined) {
      wrong += matches.length;
      continue;
    }
    secrets++;
    if (matches.some((match) => match.text.includes(secret))) hits++;
    // What lies beside the secret is as wrong as what lies in a look-alike.
    wrong += matches.filter(
      (match) => !match.text.includes(secret) && !secret.includes(match.text),
    ).length;
  }
  return { secrets, recall: hits / secrets, precision: hits / (hits + wrong) };
}

function speedOf(texts: Texts): Speed {
  const megabytes: number[] = [];
  const nanoseconds: number[] = [];
  for (let run = -WARM_UP_RUNS; run < Number(flags.runs); run++) {
    const batches = texts.batches();
    const bytes = batches.reduce((sum, batch) => sum + textBytes(batch), 0);
    const rows = batches.reduce((sum, batch) => sum + batch.rows, 0);
    const start = process.cpuUsage();
    for (const batch of batches) processor.process(batch, "default");
    const { user, system } = process.cpuUsage(start);
    if (run < 0) continue;
    megabytes.push(bytes / (user + system));
    nanoseconds.push(((user + system) * 1_000) / rows);
  }
  return { megabytesPerSecond: spreadOf(megabytes), nanosecondsPerRow: spreadOf(nanoseconds) };
}
