import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "#core/clock.ts";
import type { GraphSpec } from "#pipeline/graph/graph-spec.ts";
import { createLogger, type LogRecord } from "#telemetry/log.ts";
import { createMeter } from "#telemetry/meter.ts";
import { configurationSource } from "./config-option.ts";
import { ConfigReload } from "./config-reload.ts";

const YAML = "destinations: { console: {} }\n";

let folder: string;
let file: string;
let applied: GraphSpec[];
let records: LogRecord[];
let fault: Error | undefined;
let reload: ConfigReload;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "sightglass-reload-"));
  file = join(folder, "sightglass.yaml");
  writeFileSync(file, YAML);
  applied = [];
  records = [];
  fault = undefined;
  const source = configurationSource({ options: { config: file }, words: [] });
  reload = new ConfigReload({
    source,
    settings: (await source.read()).settings,
    graph: {
      async apply(graph) {
        if (fault !== undefined) throw fault;
        applied.push(graph);
        return [{ change: "added", kind: "destination", name: "console", pipeline: "default" }];
      },
    },
    clock: systemClock,
    log: createLogger({ level: "info", clock: systemClock, sink: (one) => records.push(one) }),
    meter: createMeter(),
  });
});
afterEach(async () => {
  await reload.stop();
  rmSync(folder, { recursive: true });
});

const destinations = (): string[][] => applied.map((graph) => [...graph.destinations.keys()]);
const messages = (): string[] => records.map(({ message }) => message);

describe("a configuration file that changes", () => {
  it("is followed, whether it is written or exchanged, and only when its content is another", async () => {
    await reload.start();
    writeFileSync(file, "destinations: { console/a: {} }\n");
    await expect.poll(destinations).toContainEqual(["console/a"]);
    const count = applied.length;
    writeFileSync(file, "destinations: { console/a: {} }\n");
    writeFileSync(`${file}.new`, "destinations: { console/b: {} }\n");
    renameSync(`${file}.new`, file);
    await expect.poll(destinations).toContainEqual(["console/b"]);
    expect(applied).toHaveLength(count + 1);
  });

  it("is followed when it changed while the server started", async () => {
    await reload.start();
    expect(destinations()).toEqual([["console"]]);
  });

  it("that is wrong changes nothing, and says where and why", async () => {
    await reload.start();
    const count = applied.length;
    writeFileSync(file, "destinations:\n  pigeon: {}\n");
    await expect.poll(messages).toContainEqual(expect.stringContaining("not valid"));
    expect(records.at(-1)!.attributes["reason"]).toContain(
      "sightglass.yaml:2: destinations.pigeon",
    );
    expect(applied).toHaveLength(count);
  });

  it("that goes away changes nothing", async () => {
    await reload.start();
    const count = applied.length;
    rmSync(file);
    await expect.poll(messages).toContainEqual(expect.stringContaining("is gone"));
    expect(applied).toHaveLength(count);
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
    const count = applied.length;
    writeFileSync(file, "destinations: { console/d: {} }\n");
    await expect.poll(destinations).toContainEqual(["console/d"]);
    expect(applied).toHaveLength(count + 1);
  });

  it("that is wrong is neither applied nor written", async () => {
    const replaced = reload.replace("destinations: 1", () => Promise.reject(new Error("staged")));
    await expect(replaced).rejects.toMatchObject({ code: "config_invalid" });
    expect(applied).toEqual([]);
  });
});
