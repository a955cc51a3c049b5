import { appendFileSync, closeSync, fsyncSync, openSync } from "node:fs";
import { systemClock } from "#core/clock.ts";
import { nodeFiles } from "../../journal/files.ts";
import { nodeTailFiles } from "../tail-files.ts";
import { Tailer } from "../tailer.ts";

// A process for tests to kill: it follows the *.log files of a folder, and appends each batch, then a
// line that ends it, to a file.

const [folder, stateFolder, output] = process.argv.slice(2);
const file = openSync(output!, "a");

const tailer = new Tailer({
  files: nodeTailFiles,
  stateFiles: nodeFiles,
  stateFolder: stateFolder!,
  clock: systemClock,
  folder: folder!,
  isWanted: (path) => path.endsWith(".log"),
  isDeep: false,
  split: { recordBytesMax: 65_536 },
  encoding: "utf8",
  startAt: "beginning",
  pollMs: 5,
  flushMs: Number.POSITIVE_INFINITY,
  async deliver(records) {
    appendFileSync(file, records.map(({ text }) => `${text}\n`).join(""));
    fsyncSync(file);
    appendFileSync(file, "--\n");
    await Promise.resolve();
  },
  report: () => undefined,
});

await tailer.start();
// The timers of the clock do not keep the process alive; the parent's pipe does.
process.stdin.resume();
process.stdin.on("end", () => {
  void tailer.stop().then(() => {
    closeSync(file);
    process.exit(0);
  });
});
