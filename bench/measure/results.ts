import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem } from "node:os";
import { join } from "node:path";
import { ROOT } from "./server.ts";

/** What was measured on: without it no figure can be compared. */
export interface Circumstances {
  readonly date: string;
  readonly commit: string;
  readonly machine: {
    readonly processor: string;
    readonly cores: number;
    readonly memoryGiB: number;
    readonly kernel: string;
    /** Of the minute before; well above 0 means that others were at work. */
    readonly loadBefore: number;
  };
  readonly versions: Readonly<Record<string, string>>;
}

export function circumstances(): Circumstances {
  const [first] = cpus();
  return {
    date: new Date().toISOString(),
    commit: commit(),
    machine: {
      processor: first?.model.trim() ?? "unknown",
      cores: cpus().length,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      kernel: release(),
      loadBefore: loadavg()[0] ?? 0,
    },
    versions: { node: process.version, chdb: versionOf("chdb"), sightglass: versionOf() },
  };
}

/** Writes `bench/results/<name>-<date>.json`, and says so. */
export function record(name: string, before: Circumstances, results: unknown): void {
  const day = before.date.slice(0, 16).replaceAll(/[-:]/g, "").replace("T", "-");
  const file = `bench/results/${name}-${day}.json`;
  mkdirSync(join(ROOT, "bench/results"), { recursive: true });
  writeFileSync(
    join(ROOT, file),
    `${JSON.stringify({ name, ...before, results }, undefined, 2)}\n`,
  );
  console.log(`\nRecorded in ${file}.`);
}

/** A table with a heading; numbers stand to the right. */
export function printTable(title: string, rows: readonly (readonly string[])[]): void {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!),
      )
      .join("  "),
  );
  console.log(`\n${title}\n${"-".repeat(title.length)}\n${lines.join("\n")}`);
}

const numbers = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** A number with as many digits as it deserves. */
export function shown(value: number): string {
  if (!Number.isFinite(value)) return "-";
  if (Math.abs(value) >= 1_000) return numbers.format(value);
  return value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);
}

function commit(): string {
  try {
    const run = (...words: string[]): string =>
      execFileSync("git", words, { cwd: ROOT, encoding: "utf8" }).trim();
    const changed = run("status", "--porcelain", "src", "bench") === "" ? "" : " with changes";
    return `${run("rev-parse", "--short=12", "HEAD")}${changed}`;
  } catch {
    return "unknown";
  }
}

function versionOf(name?: string): string {
  const path = name === undefined ? "package.json" : `node_modules/${name}/package.json`;
  const text = readFileSync(join(ROOT, path), "utf8");
  return /"version": "([^"]+)"/.exec(text)?.[1] ?? "unknown";
}
