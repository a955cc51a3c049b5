import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { ALLOWED_USES, DOORS, LONG_FILES } from "./tidy/exceptions.ts";
import * as rules from "./tidy/rules.ts";
import { type Finding, isTest, parseSource, type SourceFile } from "./tidy/source-file.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const CODE = /\.(tsx?|mjs)$/;

const paths = ["src", "test", "bench", "scripts"].flatMap((folder) => filesUnder(folder));
const texts = new Map(paths.map((path) => [path, readFileSync(join(root, path), "utf8")]));
const files: SourceFile[] = [...texts]
  .filter(([path]) => CODE.test(path))
  .map(([path, text]) => parseSource(path, text));

describe("the tree", () => {
  it("imports across layers only as the import table allows", () => {
    expectNone(files.flatMap(rules.forbiddenImports));
  });

  it("writes imports as #layer/file.ts across layers and relatively within one", () => {
    expectNone(files.flatMap(rules.misspeltImports));
  });

  it("keeps components and features of the pages apart from their siblings", () => {
    expectNone(files.flatMap(rules.siblingImports));
  });

  it("runs on packages that a production install has", () => {
    const manifest = z
      .object({ dependencies: z.record(z.string(), z.string()) })
      .parse(JSON.parse(readFileSync(join(root, "package.json"), "utf8")));
    const dependencies = new Set(Object.keys(manifest.dependencies));
    expectNone(files.flatMap((file) => rules.missingPackages(file, dependencies)));
  });

  it("sends no schemas to the browser: pages import the contract's types", () => {
    expectNone(rules.bundled(files, "src/ui/main.tsx", "zod"));
  });

  it("names files in kebab-case, after what is in them", () => {
    expectNone(paths.flatMap(rules.badNames));
  });

  it("has no barrel files", () => {
    expectNone(files.flatMap(rules.barrels));
  });

  it("never says any", () => {
    expectNone(files.flatMap(rules.usesOfAny));
  });

  it("leaves no marks of unfinished work", () => {
    expectNone([...texts].flatMap(([path, text]) => rules.unfinishedMarks(path, text)));
  });

  it("gives a reason for each suppressed finding", () => {
    expectNone(files.flatMap(rules.silentSuppressions));
  });

  it("keeps files within 500 lines, but for those listed with a reason", () => {
    const sources = [...texts].filter(([path]) => /\.(tsx?|mjs|sh|css)$/.test(path));
    expectNone(sources.flatMap(([path, text]) => rules.tooLong(path, text, LONG_FILES)));
  });

  it("is given clock, random, environment, console and network below app", () => {
    expectNone(files.flatMap((file) => rules.bannedUses(file, DOORS, ALLOWED_USES)));
  });

  it("has no dead files", () => {
    const manifest = z
      .object({ exports: z.record(z.string(), z.string()) })
      .parse(JSON.parse(readFileSync(join(root, "package.json"), "utf8")));
    const exported = Object.values(manifest.exports).map((path) => path.replace("./", ""));
    const entries = ["src/app/main.ts", "src/ui/main.tsx", ...exported];
    const tests = files.map(({ path }) => path).filter(isTest);
    // What only declares is read by the compiler, and imported by nobody.
    const running = files.filter(({ path }) => !path.endsWith(".d.ts"));
    expectNone(rules.unreachable(running, [...entries, ...tests]));
  });

  it("names no folder of a machine and no registry", () => {
    const folders = [root.replace(/\/$/, ""), homedir()].filter((folder) => folder.length > 1);
    expectNone(
      trackedFiles()
        .filter((path) => !/(fixtures|testdata)\/|\.(snap|gz|png|pb|ico|woff2)$/.test(path))
        .filter((path) => existsSync(join(root, path)))
        .flatMap((path) =>
          rules.machineTraces(path, readFileSync(join(root, path), "utf8"), folders),
        ),
    );
  });

  it("still needs each exception that it lists", () => {
    const needless = ALLOWED_USES.filter(
      ({ path, use }) =>
        !files.some((file) => file.path === path && file.uses.some(({ name }) => name === use)),
    ).map(({ path, use }) => `${path}: ${use}`);
    const short = Object.keys(LONG_FILES).filter(
      (path) => rules.tooLong(path, texts.get(path) ?? "", {}).length === 0,
    );
    expect([...needless, ...short]).toEqual([]);
  });
});

describe("each rule finds what it is for", () => {
  const found = (findings: readonly Finding[]): string[] =>
    findings.map(({ path, line, what }) => `${path}:${line} ${what}`);
  const source = (path: string, ...lines: string[]): SourceFile =>
    parseSource(path, `${lines.join("\n")}\n`);

  it("an import that the table forbids", () => {
    const core = source("src/core/a.ts", "", 'import { b } from "#store/b.ts";', "b();");
    expect(found(rules.forbiddenImports(core))).toEqual([
      "src/core/a.ts:2 core may not import store",
    ]);
    const type = source("src/query/a.ts", 'import type { B } from "#state/b.ts";');
    expect(rules.forbiddenImports(type)).toHaveLength(1);
    const dynamic = source("src/query/a.ts", 'const b = await import("#app/b.ts");');
    expect(rules.forbiddenImports(dynamic)).toHaveLength(1);
    const inType = source("src/query/a.ts", 'export type B = import("#app/b.ts").B;');
    expect(rules.forbiddenImports(inType)).toHaveLength(1);
    const passedOn = source("src/query/a.ts", 'export { b } from "#app/b.ts";');
    expect(rules.forbiddenImports(passedOn)).toHaveLength(1);
    const contract = source("src/api/contract/a.ts", 'import { b } from "#query/b.ts";');
    expect(rules.forbiddenImports(contract)).toHaveLength(1);
    const page = source("src/ui/a.tsx", 'import { b } from "#api/rest/b.ts";');
    expect(rules.forbiddenImports(page)).toHaveLength(1);
    expect(rules.forbiddenImports(source("src/misplaced/a.ts", ""))).toHaveLength(1);
  });

  it("but not an import that the table allows", () => {
    const writes = source("src/destinations/store/a.ts", 'import { b } from "#store/b.ts";');
    expect(rules.forbiddenImports(writes)).toEqual([]);
    const elsewhere = source("src/destinations/webhook/a.ts", 'import { b } from "#store/b.ts";');
    expect(rules.forbiddenImports(elsewhere)).toHaveLength(1);
    const page = source("src/ui/a.tsx", 'import { b } from "#api/contract/b.ts";');
    expect(rules.forbiddenImports(page)).toEqual([]);
    const test = source("src/core/a.test.ts", 'import { b } from "#app/b.ts";');
    expect(rules.forbiddenImports(test)).toEqual([]);
  });

  it("an import that hides its layer, or names its own", () => {
    const relative = source("src/query/a.ts", 'import { b } from "../store/b.ts";');
    expect(rules.misspeltImports(relative)).toHaveLength(1);
    const own = source("src/query/a.ts", 'import { b } from "#query/b.ts";');
    expect(rules.misspeltImports(own)).toHaveLength(1);
    const bare = source("src/query/a.ts", 'import { b } from "./b";');
    expect(rules.misspeltImports(bare)).toHaveLength(1);
    const good = source("src/query/a.ts", 'import "./b.ts";', 'import "#store/c.ts";');
    expect(rules.misspeltImports(good)).toEqual([]);
  });

  it("a component that imports its sibling", () => {
    const sibling = source("src/receivers/otlp/a.ts", 'import { b } from "../loki/b.ts";');
    expect(rules.siblingImports(sibling)).toHaveLength(1);
    const feature = source("src/ui/features/logs/a.tsx", 'import { b } from "../traces/b.tsx";');
    expect(rules.siblingImports(feature)).toHaveLength(1);
    const inside = source("src/receivers/otlp/grpc/a.ts", 'import { b } from "../wire.ts";');
    expect(rules.siblingImports(inside)).toEqual([]);
  });

  it("a package that a production install lacks", () => {
    const file = source("src/core/a.ts", 'import "node:fs";', 'import x from "@scope/x/deep";');
    expect(rules.missingPackages(file, new Set())).toHaveLength(1);
    expect(rules.missingPackages(file, new Set(["@scope/x"]))).toEqual([]);
  });

  it("a schema that comes into the pages", () => {
    const schema = source(
      "src/api/contract/a.ts",
      'import { z } from "zod";',
      "export const a = z;",
    );
    const brings = (line: string): string[] =>
      found(rules.bundled([schema, source("src/ui/main.tsx", line)], "src/ui/main.tsx", "zod"));
    const told = ["src/api/contract/a.ts:1 brings zod into the pages, through src/ui/main.tsx"];
    expect(brings('import { a } from "#api/contract/a.ts";')).toEqual(told);
    expect(brings('import { a, type B } from "#api/contract/a.ts";')).toEqual(told);
    expect(brings('export { a } from "#api/contract/a.ts";')).toEqual(told);
    expect(brings('import { type B } from "#api/contract/a.ts";')).toEqual(told);
    expect(brings('import "#api/contract/a.ts";')).toEqual(told);
    expect(brings('void import("#api/contract/a.ts");')).toEqual(told);
    expect(brings('import type { B } from "#api/contract/a.ts";')).toEqual([]);
    expect(brings('export type { B } from "#api/contract/a.ts";')).toEqual([]);
  });

  it("a name that is not kebab-case, or says nothing", () => {
    expect(rules.badNames("src/core/spanBatch.ts")).toHaveLength(1);
    expect(rules.badNames("src/core/span_batch.ts")).toHaveLength(1);
    expect(rules.badNames("src/core/string-utils.ts")).toHaveLength(1);
    expect(rules.badNames("src/common/ids.ts")).toHaveLength(1);
    expect(rules.badNames("src/core/span-batch.fuzz.test.ts")).toEqual([]);
    expect(rules.badNames("src/store/schema/0001_telemetry.sql")).toEqual([]);
    expect(rules.badNames("src/receivers/otlp/README.md")).toEqual([]);
    expect(rules.badNames("src/receivers/http_json/events.ts")).toEqual([]);
    expect(rules.badNames("src/receivers/http_json/json_events.ts")).toHaveLength(1);
  });

  it("a barrel", () => {
    expect(rules.barrels(source("src/core/index.ts", "export const a = 1;"))).toHaveLength(1);
    expect(rules.barrels(source("src/core/a.ts", 'export * from "./b.ts";'))).toHaveLength(1);
    expect(rules.barrels(source("src/core/a.ts", "export const a = 1;"))).toEqual([]);
  });

  it("an any, but not the word", () => {
    const file = source("src/core/a.ts", "// any", 'const b = "any";', "let c: any[];");
    expect(found(rules.usesOfAny(file))).toEqual([
      "src/core/a.ts:3 any: parse it with a schema, or say unknown",
    ]);
  });

  it("a mark of unfinished work", () => {
    expect(rules.unfinishedMarks("a.sql", `select 1\n-- ${"TO"}${"DO"} more`)).toHaveLength(1);
    expect(rules.unfinishedMarks("a.sql", "-- to do more")).toEqual([]);
  });

  it("a suppression without its reason", () => {
    const silent = source("src/core/a.ts", "// oxlint-disable-next-line no-eval", "f();");
    expect(rules.silentSuppressions(silent)).toHaveLength(1);
    const said = source(
      "src/core/a.ts",
      "// oxlint-disable-next-line no-eval -- the only way",
      "f();",
    );
    expect(rules.silentSuppressions(said)).toEqual([]);
  });

  it("a long file", () => {
    const text = "\n".repeat(501);
    expect(rules.tooLong("src/core/a.ts", text, {})).toHaveLength(1);
    expect(rules.tooLong("src/core/a.ts", text, { "src/core/a.ts": "one table" })).toEqual([]);
    expect(rules.tooLong("src/core/a.ts", "\n".repeat(500), {})).toEqual([]);
  });

  it.each([
    "Date.now()",
    "new Date()",
    "Date()",
    "Math.random()",
    "performance.now()",
    "console.log(1)",
    "process.env.HOME",
    'fetch("http://a")',
    'globalThis.fetch("http://a")',
    'http.request("http://a")',
    "net.connect(1)",
    "http2.connect(url)",
    "new WebSocket(url)",
    'import { request } from "node:http";',
  ])("%s below app", (code) => {
    expect(rules.bannedUses(source("src/core/a.ts", code), DOORS, [])).toHaveLength(1);
    expect(rules.bannedUses(source("src/core/a.test.ts", code), DOORS, [])).toEqual([]);
  });

  it("but not what only looks like it, nor where it is allowed", () => {
    const given = source(
      "src/core/a.ts",
      "clock.now(); new Date(0); // Date.now()",
      '"console.log"',
    );
    expect(rules.bannedUses(given, DOORS, [])).toEqual([]);
    const config = source("src/config/a.ts", "export const home = process.env;");
    expect(rules.bannedUses(config, DOORS, [])).toEqual([]);
    const allowed = [{ path: "src/core/a.ts", use: "Date.now", reason: "the clock" }];
    expect(rules.bannedUses(source("src/core/a.ts", "Date.now()"), DOORS, allowed)).toEqual([]);
  });

  it("a dead file", () => {
    const tree = [
      source("src/app/main.ts", 'import "#core/a.ts";', 'new Worker(new URL("./w.ts", base));'),
      source("src/app/w.ts", ""),
      source("src/core/a.ts", ""),
      source("src/core/dead.ts", 'import "./a.ts";'),
    ];
    expect(found(rules.unreachable(tree, ["src/app/main.ts"]))).toEqual([
      "src/core/dead.ts:1 is reached from nowhere",
    ]);
  });

  it("a trace of a machine", () => {
    const traces = (text: string): Finding[] => rules.machineTraces("a.md", text, ["/srv/me"]);
    expect(traces("see /srv/me/x")).toHaveLength(1);
    expect(traces(`see ${"/ro"}${"ot"}/notes`)).toHaveLength(1);
    expect(traces(`https://${"registry."}${"npmjs"}.org/x`)).toHaveLength(1);
    expect(traces("GET /api/v1/work/1 and ./home/page")).toEqual([]);
  });
});

function expectNone(findings: readonly Finding[]): void {
  expect(findings.map(({ path, line, what }) => `${path}:${line} ${what}`)).toEqual([]);
}

function filesUnder(folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
    .sort();
}

/** What git would commit; without git (an archive of the sources) there is nothing to ask. */
function trackedFiles(): string[] {
  if (!existsSync(join(root, ".git"))) return [];
  const listed = execFileSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" });
  return listed.split("\0").filter((path) => path !== "");
}
