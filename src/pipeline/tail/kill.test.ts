import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { until } from "../testing/until.ts";

const PROGRAM = fileURLToPath(new URL("testing/tail-into-file-main.ts", import.meta.url));
const KILLS = 6;
/** Lines that are written ahead of the reader. */
const AHEAD_MAX = 400;

/** The batches that were handed over, of one or more lines each; the last may not be noted yet. */
function batchesOf(output: string): string[][] {
  const text = existsSync(output) ? readFileSync(output, "utf8") : "";
  const batches = text.split(/^--\n/m).map((batch) => batch.split("\n").slice(0, -1));
  return batches.filter(({ length }) => length > 0);
}

/** Writes numbered lines, in halves, and rotates in both ways. */
class Writer {
  readonly lines: string[] = [];
  rotations = 0;
  private readonly path: string;
  private readonly output: string;
  /** The line that the file begins with. */
  private first = "";

  constructor(folder: string, output: string) {
    this.path = join(folder, "app.log");
    this.output = output;
    writeFileSync(this.path, "");
  }

  write(): void {
    const batches = batchesOf(this.output);
    if (this.lines.length - new Set(batches.flat()).size > AHEAD_MAX) return;
    for (let i = 0; i < 40; i++) this.line();
    // What was never read, or not noted, cannot be known again in a copy that is not followed.
    if (!batches.slice(0, -1).some((batch) => batch.includes(this.first))) return;
    this.first = "";
    const to = `${this.path}.${++this.rotations}`;
    if (this.rotations % 2 === 0) {
      renameSync(this.path, to);
    } else {
      copyFileSync(this.path, to);
      truncateSync(this.path);
    }
  }

  private line(): void {
    const text = `${this.lines.length} ${"ü".repeat(this.lines.length % 50)}.`;
    const bytes = Buffer.from(`${text}\n`);
    const half = Math.floor(bytes.length / 2);
    appendFileSync(this.path, bytes.subarray(0, half));
    appendFileSync(this.path, bytes.subarray(half));
    this.lines.push(text);
    if (this.first === "") this.first = text;
  }
}

it(`loses no line in ${KILLS} times kill -9, and repeats at most the last batch of each`, async () => {
  const root = mkdtempSync(join(tmpdir(), "tail-kill-"));
  const folder = join(root, "logs");
  const output = join(root, "output");
  mkdirSync(folder);
  const writer = new Writer(folder, output);
  const start = () =>
    spawn(process.execPath, [PROGRAM, folder, join(root, "state"), output], {
      stdio: ["pipe", "ignore", "inherit"],
    });
  try {
    for (let kill = 0; kill < KILLS; kill++) {
      const child = start();
      const before = batchesOf(output).length;
      await until(() => {
        writer.write();
        return batchesOf(output).length > before + kill;
      });
      child.kill("SIGKILL");
      await once(child, "exit");
      writer.write();
    }
    const last = start();
    const end = writer.lines.at(-1)!;
    await until(() => batchesOf(output).flat().includes(end));
    last.stdin.end();
    await once(last, "exit");

    const batches = batchesOf(output);
    const delivered = new Set(batches.flat());
    expect(writer.lines.filter((line) => !delivered.has(line))).toEqual([]);
    expect(delivered.size).toBe(writer.lines.length);
    const seen = new Set<string>();
    const repeating = batches.filter((batch) => {
      const isAgain = batch.some((text) => seen.has(text));
      for (const text of batch) seen.add(text);
      return isAgain;
    });
    expect(repeating.length).toBeLessThanOrEqual(KILLS);
    expect(writer.rotations).toBeGreaterThan(KILLS);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}, 60_000);
