import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { GraphSpec } from "#pipeline/graph/graph-spec.ts";
import { FakeClock } from "#pipeline/testing/fake-clock.ts";
import { createLogger, type LogRecord } from "#telemetry/log.ts";
import { createMeter } from "#telemetry/meter.ts";
import { configurationSource } from "./config-option.ts";
import { ConfigReload } from "./config-reload.ts";

const YAML = "destinations: { console: {} }\n";
/** Longer than a change is left to settle. */
const SETTLED_MS = 1_000;

let folder: string;
let file: string;
let clock: FakeClock;
let applied: GraphSpec[];
let records: LogRecord[];
let fault: Error | undefined;
let isSame: boolean;
let reload: ConfigReload;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "sightglass-reload-"));
  file = join(folder, "sightglass.yaml");
  writeFileSync(file, YAML);
  clock = new FakeClock();
  applied = [];
  records = [];
  fault = undefined;
  isSame = false;
  const source = configurationSource({ options: { config: file }, words: [] });
  reload = new ConfigReload({
    source,
    settings: (await source.read()).settings,
    graph: {
      async apply(graph) {
        if (fault !== undefined) throw fault;
        applied.push(graph);
        if (isSame) return [];
        return [{ change: "added", kind: "destination", name: "console", pipeline: "default" }];
      },
    },
    clock,
    log: createLogger({ level: "info", clock, sink: (one) => records.push(one) }),
    meter: createMeter(),
  });
});
afterEach(async () => {
  await reload.stop();
  rmSync(folder, { recursive: true });
});

/** Resolves when a change of the folder was seen, and what came of it is done. */
async function looked(): Promise<void> {
  await expect.poll(() => clock.pending).toBe(1);
  await clock.advance(SETTLED_MS);
  // One thing is done after the other, also what is refused.
  await expect(reload.replace("destinations: 1", neverStaged)).rejects.toMatchObject({
    code: "config_invalid",
  });
}

const neverStaged = (): Promise<never> => Promise.reject(new Error("staged"));
const destinations = (): string[][] => applied.map((graph) => [...graph.destinations.keys()]);
const messages = (): string[] => records.map(({ message }) => message);

describe("a configuration file that changes", () => {
  it("is followed, whether it is written or exchanged, and only when its content is another", async () => {
    await reload.start();
    writeFileSync(file, "destinations: { console/a: {} }\n");
    await looked();
    expect(destinations()).toEqual([["console"], ["console/a"]]);
    writeFileSync(file, "destinations: { console/a: {} }\n");
    await looked();
    expect(applied).toHaveLength(2);
    writeFileSync(`${file}.new`, "destinations: { console/b: {} }\n");
    renameSync(`${file}.new`, file);
    await looked();
    expect(destinations().slice(2)).toEqual([["console/b"]]);
  });

  it("says that the graph is the same when the file is another, but not when the server starts", async () => {
    isSame = true;
    await reload.start();
    expect([applied.length, messages()]).toEqual([1, []]);
    writeFileSync(join(folder, "unrelated.txt"), "x");
    await looked();
    expect(messages()).toEqual([]);
    writeFileSync(file, `# A remark.\n${YAML}`);
    await looked();
    expect(messages()).toEqual(["The configuration was read again: the graph is the same"]);
  });

  it("is read once for changes that follow one another fast", async () => {
    await reload.start();
    writeFileSync(file, "destinations: { console/a: {} }\n");
    await expect.poll(() => clock.pending).toBe(1);
    await clock.advance(100);
    expect(applied).toHaveLength(1);
    writeFileSync(file, "destinations: { console/b: {} }\n");
    await looked();
    expect(destinations()).toEqual([["console"], ["console/b"]]);
  });

  it("is followed when it changed while the server started", async () => {
    writeFileSync(file, "destinations: { console/a: {} }\n");
    await reload.start();
    expect(destinations()).toEqual([["console/a"]]);
  });

  it("that is wrong changes nothing, and says where and why", async () => {
    await reload.start();
    writeFileSync(file, "destinations:\n  pigeon: {}\n");
    await looked();
    expect(messages()).toContainEqual(expect.stringContaining("not valid"));
    expect(records.at(-1)!.attributes["reason"]).toContain(
      "sightglass.yaml:2: destinations.pigeon",
    );
    expect(applied).toHaveLength(1);
  });

  it("that goes away changes nothing", async () => {
    await reload.start();
    rmSync(file);
    await looked();
    expect(messages()).toContainEqual(expect.stringContaining("is gone"));
    expect(applied).toHaveLength(1);
  });
});

describe("a configuration that is read again", () => {
  it("says which settings take effect after a restart only", async () => {
    writeFileSync(file, `${YAML}retention: { traces: 3 }\nlog: { level: warn }\n`);
    await reload.reload();
    expect(records).toMatchObject([
      { level: "warn", attributes: { settings: "retention.traces, log.level" } },
    ]);
    expect(destinations()).toEqual([["console"]]);
  });

  it("says why a graph cannot work", async () => {
    fault = new Error("the port is in use");
    await reload.reload();
    expect(records).toMatchObject([{ level: "error" }]);
    expect(JSON.stringify(records[0]!.attributes)).toContain("the port is in use");
  });
});

describe("a configuration that is given", () => {
  it("is applied, then written, and the file is not read again for it", async () => {
    await reload.start();
    const text = "destinations: { console/c: {} }\n";
    const commit = async (): Promise<void> => {
      expect(destinations().at(-1)).toEqual(["console/c"]);
      writeFileSync(file, text);
    };
    await reload.replace(text, async () => ({ commit, discard: async () => {} }));
    await looked();
    expect(destinations()).toEqual([["console"], ["console/c"]]);
    writeFileSync(file, "destinations: { console/d: {} }\n");
    await looked();
    expect(destinations().slice(2)).toEqual([["console/d"]]);
  });

  it("that is wrong is neither applied nor written", async () => {
    await expect(reload.replace("destinations: 1", neverStaged)).rejects.toMatchObject({
      code: "config_invalid",
    });
    expect(applied).toEqual([]);
  });
});
