import { type ExecFileException, execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** What a component is made in and judged with. */
const COPIED = [
  ["src", "scripts", "test", "bench", "docs"],
  ["package.json", "package-lock.json", "tsconfig.json", "vitest.config.ts", "vite.config.ts"],
].flat();
const MADE = [
  ["receiver", "made_source"],
  ["processor", "made_change"],
  ["destination", "made_sink"],
] as const;
/** Some thirty seconds where nothing else runs. */
const MS_MAX = 300_000;
/** What settings may say of themselves. */
const META = "src/config/setting-types.ts";

/** The suite for the made ones alone: all others are judged in a test of their own. */
const CONFORMANCE = `
import { destinationConforms } from "#pipeline/conformance/destination-conforms.ts";
import { processorConforms } from "#pipeline/conformance/processor-conforms.ts";
import { receiverConforms } from "#pipeline/conformance/receiver-conforms.ts";
import { register } from "#pipeline/graph/registry.ts";
import { madeSink } from "#destinations/made_sink/destination.ts";
import { madeChange } from "#processors/made_change/made-change.ts";
import { madeSource } from "#receivers/made_source/receiver.ts";

destinationConforms(register(madeSink));
processorConforms(register(madeChange));
const headers = { "content-type": "text/plain" };
receiverConforms(register(madeSource), {
  request: () => ({ path: "/made_source", headers, body: "a line" }),
});
`;

let copy: string;

interface Ended {
  readonly code: number;
  readonly output: string;
}

/** Runs a program of the copy's own. */
function run(...words: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const options = {
      cwd: copy,
      timeout: MS_MAX,
      env: { PATH: process.env["PATH"], NO_COLOR: "1" },
    };
    const done = (error: ExecFileException | null, stdout: string, stderr: string): void => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: stdout + stderr });
    };
    execFile(process.execPath, words, options, done);
  });
}

function expectDone({ code, output }: Ended): void {
  expect(code === 0 ? "" : output).toBe("");
}

const make = (...words: string[]): Promise<Ended> => run("scripts/new.ts", ...words);
describe("npm run new", { timeout: MS_MAX }, () => {
  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), "sightglass-new-"));
    for (const name of COPIED) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
    symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  });
  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  it("makes components of every kind, with their pages", async () => {
    for (const [kind, type] of MADE) {
      const made = await make(kind, type);
      expectDone(made);
      const page = readFileSync(join(copy, `docs/components/${kind}s/${type}.md`), "utf8");
      expect(page).toContain(`# The ${kind} \`${type}\``);
    }
    expect(await run("scripts/generate.ts", "--check")).toEqual({ code: 0, output: "" });
  });

  it("whose types are right", async () => {
    const include = [...MADE.map(([kind, type]) => `src/${kind}s/${type}`), META];
    writeFileSync(
      join(copy, "tsconfig.made.json"),
      JSON.stringify({ extends: "./tsconfig.json", include }),
    );
    const compiler = "node_modules/typescript/bin/tsc";
    expectDone(await run(compiler, "--noEmit", "--project", "tsconfig.made.json"));
  });

  it("that lint and format find nothing in", async () => {
    const folders = MADE.map(([kind, type]) => `src/${kind}s/${type}`);
    const linted = await run("node_modules/oxlint/bin/oxlint", "--deny-warnings", ...folders);
    expectDone(linted);
    const formatted = await run("node_modules/oxfmt/bin/oxfmt", "--check", ...folders);
    expectDone(formatted);
  });

  it("whose own tests pass, and that pass the conformance suite", async () => {
    const suite = readFileSync(join(copy, "src/app/components.conformance.test.ts"), "utf8");
    expect(suite).toContain("made_source: {");
    writeFileSync(join(copy, "src/app/made.test.ts"), CONFORMANCE);
    const tested = await run(
      "node_modules/vitest/vitest.mjs",
      "run",
      "--project=unit",
      "--project=pure",
      "src/app/made.test.ts",
      ...MADE.map(([kind, type]) => `src/${kind}s/${type}`),
    );
    expectDone(tested);
    expect(tested.output).toMatch(/Test Files\s+4 passed/);
    const passed = /Tests\s+(?<passed>\d+) passed/.exec(tested.output)?.groups?.["passed"];
    expect(Number(passed)).toBeGreaterThan(40);
  });

  it.each([
    [["sink", "x"], 'found the kind "sink"; allowed: receiver, processor, destination'],
    [["processor", "Not-a-type"], 'found the type "Not-a-type"; allowed: lower-case words'],
    [["destination"], 'found the type ""'],
    [["processor", "filter"], "src/processors/filter is there already"],
  ])("refuses %j", async (words, reason) => {
    const { code, output } = await make(...words);
    expect(code).toBe(2);
    expect(output).toContain(reason);
    expect(output).toContain("Usage: npm run new <receiver | processor | destination> <type>");
  });
});
