// `npm run check`: everything that can be said about the code without running it. All checks run, each
// with its time, and one that fails fails the whole.
import { spawn } from "node:child_process";

interface Check {
  readonly name: string;
  /** A program of `node_modules/.bin`, or `node`, and its arguments. */
  readonly command: readonly [string, ...string[]];
}

const checks: readonly Check[] = [
  { name: "types", command: ["tsc", "--noEmit", "--pretty"] },
  { name: "lint", command: ["oxlint", "--type-aware", "--deny-warnings"] },
  { name: "format", command: ["oxfmt", "--check", "."] },
  { name: "dead code", command: ["knip"] },
  { name: "generated files", command: ["node", "scripts/generate.ts", "--check"] },
];

interface Outcome {
  readonly ok: boolean;
  readonly seconds: number;
  readonly output: string;
}

function run({ command: [program, ...args] }: Check): Promise<Outcome> {
  return new Promise((resolve) => {
    const startedMs = performance.now();
    const child = spawn(program, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, FORCE_COLOR: process.stdout.isTTY ? "1" : "0" },
    });
    let output = "";
    const add = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout.on("data", add);
    child.stderr.on("data", add);
    const end = (ok: boolean): void =>
      resolve({ ok, seconds: (performance.now() - startedMs) / 1000, output });
    child.on("error", (error) => {
      output += `${program} could not be started: ${error.message}\n`;
      end(false);
    });
    child.on("close", (code) => end(code === 0));
  });
}

const running = checks.map((check) => ({ check, outcome: run(check) }));
for (const { check, outcome } of running) {
  const { ok, seconds, output } = await outcome;
  console.log(`${ok ? "ok  " : "FAIL"} ${check.name} (${seconds.toFixed(1)} s)`);
  if (ok) continue;
  process.exitCode = 1;
  console.log(output.trimEnd());
}
