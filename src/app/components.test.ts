import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { freePort } from "#pipeline/testing/free-port.ts";
import { allComponents } from "./components.ts";
import { configurationSource } from "./config-option.ts";
import { startSightglass } from "./sightglass.ts";
import { CommandFolder } from "./testing/command-process.ts";

let folder: CommandFolder;
beforeEach(() => {
  folder = new CommandFolder();
});
afterEach(() => folder.remove());

/** The folders of `src/<kind>/` in which a component is declared. */
function declared(kind: string): string[] {
  const root = fileURLToPath(new URL(`../${kind}/`, import.meta.url));
  return readdirSync(root).filter((type) =>
    readdirSync(join(root, type)).some(
      (file) =>
        /(?<!\.test)\.ts$/.test(file) &&
        readFileSync(join(root, type, file), "utf8").includes("= defineComponent({"),
    ),
  );
}

const PROCESS_TIMEOUT_MS = 60_000;
/** With a webhook that goes to this port. */
const configOf = (port: number): string => `receivers:
  http_json: { endpoint: "127.0.0.1:0" }
processors:
  redact: { onError: refuse }
destinations:
  jsonl: { outputPath: out/events.jsonl, rotateDaily: false }
  webhook/down: { url: "http://127.0.0.1:${port}/", allowPrivate: true }
`;

const answer = z.object({ data: z.array(z.object({ body: z.string(), eventName: z.string() })) });

describe("components of a configuration", { timeout: PROCESS_TIMEOUT_MS }, () => {
  test("bring events in, through the processors, to the store and to another destination", async () => {
    writeFileSync(join(folder.path, "sightglass.yaml"), configOf(await freePort()));
    const server = folder.serve();
    const labels = await server.ready();
    const door = server.receiver("http_json");
    const posted = await fetch(`${door}/v1/events`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ type: "login", message: "by jane@corp.example", service: "shop" }),
    });
    expect(await posted.json()).toMatchObject({ accepted: 1 });
    const logs = async (): Promise<z.infer<typeof answer>["data"]> => {
      const response = await fetch(`${labels.get("UI and API")!}/api/v1/logs?service=shop`);
      return answer.parse(await response.json()).data;
    };
    await expect.poll(logs, { timeout: 20_000 }).toHaveLength(1);
    expect(await logs()).toEqual([{ body: "by j***e@corp.example", eventName: "login" }]);
    // That another destination cannot be reached is nothing to this one.
    const lines = (): string => {
      const path = join(folder.path, "out/events.jsonl");
      return existsSync(path) ? readFileSync(path, "utf8") : "";
    };
    await expect.poll(lines, { timeout: 20_000 }).toMatch(/\n$/);
    expect(JSON.parse(lines())).toMatchObject({ type: "login", message: "by j***e@corp.example" });
    const view = async (): Promise<unknown> =>
      (await fetch(`${labels.get("UI and API")!}/api/v1/pipelines`)).json();
    const refused = expect.stringContaining("ECONNREFUSED") as string;
    const failing = expect.stringMatching(/degraded|unhealthy/) as string;
    const brought = { status: "healthy", metrics: { events_processed: 1, events_failed: 0 } };
    await expect.poll(view, { timeout: 20_000 }).toMatchObject({
      data: [
        {
          name: "default",
          receivers: [
            { name: "otlp" },
            { name: "http_json", addresses: [`http_json http ${new URL(door).host}`], ...brought },
          ],
          processors: [
            {
              name: "redact",
              rowsIn: 1,
              rowsOut: 1,
              failures: 0,
              status: "healthy",
              metrics: { events_processed: 1, events_failed: 0 },
              queue: null,
            },
          ],
          destinations: [
            { name: "store", status: "healthy", rates: { skipped: 0 } },
            { name: "jsonl", status: "healthy", queue: { rows: 0 } },
            { name: "webhook/down", status: failing, lastError: { message: refused } },
          ],
        },
      ],
    });
    const metrics = await (await fetch(`${labels.get("UI and API")!}/metrics`)).text();
    expect(metrics).toContain(
      'sightglass_processor_rows_total{direction="in",pipeline="default",component="redact"} 1\n',
    );
    const counted = 'component_statistic{pipeline="default",name="total_events_redacted"';
    expect(metrics).toContain(`sightglass_${counted},component="redact"} 1\n`);
    server.signal("SIGTERM");
    expect(await server.ended).toMatchObject({ code: 0 });
  });

  test("that are destinations get what comes after they were added, and not what was there", async () => {
    const path = join(folder.path, "sightglass.yaml");
    const output = join(folder.path, "out/e.jsonl");
    const base = `dataDir: ${join(folder.path, "data")}
http: { endpoint: "127.0.0.1:0" }
receivers:
  otlp: { http: { endpoint: "127.0.0.1:0" }, grpc: { endpoint: "127.0.0.1:0" } }
  http_json: { endpoint: "127.0.0.1:0" }
`;
    const serveAndPost = async (config: string, messages: readonly string[]): Promise<void> => {
      writeFileSync(path, config);
      const configuration = configurationSource({ options: { config: path }, words: [] });
      const { settings, components } = await configuration.read();
      const said: string[] = [];
      const server = await startSightglass({
        settings,
        graph: components,
        configuration,
        version: "0.0.0-test",
        writeLog: (line) => said.push(line),
      });
      const address = /http_json http (?<host>\S+)/.exec(server.receiverAddresses.join("\n"));
      for (const message of messages) {
        const body = JSON.stringify({ type: "x", service: "shop", message });
        const headers = { "content-type": "application/json" };
        const url = `http://${address!.groups!["host"]!}/v1/events`;
        expect((await fetch(url, { method: "POST", headers, body })).ok).toBe(true);
      }
      await server.stop();
      expect(said.join("\n")).not.toContain("cannot be read");
    };
    await serveAndPost(base, ["old one", "old two"]);
    const added = `${base}destinations: { jsonl: { outputPath: ${output}, rotateDaily: false } }\n`;
    await serveAndPost(added, ["new one", "new two"]);
    await serveAndPost(added, ["new three"]);
    const lines = readFileSync(output, "utf8").trim().split("\n");
    expect(lines.map((line) => (JSON.parse(line) as { message: string }).message)).toEqual([
      "new one",
      "new two",
      "new three",
    ]);
  });

  test("that are destinations get the rows only for which their condition is true, and count the others", async () => {
    writeFileSync(
      join(folder.path, "sightglass.yaml"),
      `receivers: { http_json: { endpoint: "127.0.0.1:0" } }
destinations:
  jsonl:
    outputPath: errors.jsonl
    rotateDaily: false
    when: severity_number >= SEVERITY_NUMBER_ERROR
`,
    );
    const server = folder.serve();
    const labels = await server.ready();
    const events = ["info", "error", "debug", "info"].map((level, id) => ({
      type: "x",
      service: "shop",
      level,
      message: `${id} ${level}`,
    }));
    await fetch(`${server.receiver("http_json")}/v1/events`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(events),
    });
    const path = join(folder.path, "errors.jsonl");
    const lines = (): string => (existsSync(path) ? readFileSync(path, "utf8") : "");
    await expect.poll(lines, { timeout: 20_000 }).toMatch(/\n$/);
    expect(JSON.parse(lines())).toMatchObject({ message: "1 error" });
    const metrics = async (): Promise<string> =>
      (await fetch(`${labels.get("UI and API")!}/metrics`)).text();
    const skipped = /delivery_rows_total\{[^}]*outcome="skipped"[^}]*\} (\d+)/;
    // Sightglass's own rows are skipped too.
    await expect
      .poll(async () => Number(skipped.exec(await metrics())?.[1]), { timeout: 20_000 })
      .toBeGreaterThanOrEqual(3);
    expect(lines().trim().split("\n")).toHaveLength(1);
  });

  test("are named by check, in the order in which they work", async () => {
    writeFileSync(join(folder.path, "sightglass.yaml"), configOf(9));
    const { stdout, code } = await folder.run(["check"]);
    expect(code).toBe(0);
    expect(stdout).toContain(
      "pipeline default: otlp, http_json → redact → store, jsonl, webhook/down\n",
    );
  });

  test("have conditions, which check shows, and judges", async () => {
    const config = (when: string): string =>
      `destinations:\n  jsonl:\n    outputPath: e.jsonl\n    when: ${when}\n`;
    const file = join(folder.path, "sightglass.yaml");
    writeFileSync(file, config("severity_number >= SEVERITY_NUMBER_ERROR"));
    const { stdout, code } = await folder.run(["check"]);
    expect(code).toBe(0);
    expect(stdout).toContain(
      "  jsonl is sent rows only where severity_number >= SEVERITY_NUMBER_ERROR\n",
    );
    writeFileSync(file, config("severity >= 17"));
    const wrong = await folder.run(["check"]);
    expect(wrong.code).not.toBe(0);
    expect(wrong.stderr).toContain("sightglass.yaml:4: destinations.jsonl.when");
    expect(wrong.stderr).toContain('have no field "severity"');
  });

  test("that are wrong stop the start, with their place", async () => {
    writeFileSync(
      join(folder.path, "sightglass.yaml"),
      "receivers:\n  http_jsn: {}\nprocessors:\n  redact: { redactionMode: blur }\n",
    );
    const { stderr, code } = await folder.run(["serve"]);
    expect(code).not.toBe(0);
    expect(stderr).toContain("sightglass.yaml:2: receivers.http_jsn: found an unknown component");
    expect(stderr).toContain("Did you mean http_json?");
    expect(stderr).toContain("sightglass.yaml:4: processors.redact.redactionMode: found");
  });

  test.each(["receivers", "processors", "destinations"] as const)(
    "are known: every folder of %s, by the type that it is called after",
    async (kind) => {
      const types = (await allComponents())[kind].map(({ type }) => type);
      expect(types.toSorted()).toEqual(declared(kind).toSorted());
    },
  );
});
