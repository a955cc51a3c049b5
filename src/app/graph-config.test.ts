import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CommandFolder } from "./testing/command-process.ts";

const PROCESS_TIMEOUT_MS = 60_000;
const YAML = `# Kept.
log: { level: info } # And this.
receivers:
  otlp: { http: { endpoint: 127.0.0.1:0 } }
destinations:
  webhook/far:
    url: https://far.example/
    authType: bearer
    authToken: s3cret-s3cret
`;
const GRAPH = {
  destinations: { "jsonl/a": { outputPath: "a.jsonl" } },
  processors: { redact: {} },
};

let folder: CommandFolder;
let url: string;
beforeAll(async () => {
  folder = new CommandFolder();
  writeFileSync(join(folder.path, "sightglass.yaml"), YAML);
  url = `${(await folder.serve().ready()).get("UI and API")!}/api/v1/pipelines`;
});
afterAll(() => folder.remove());

const file = (name = "sightglass.yaml"): string => readFileSync(join(folder.path, name), "utf8");

async function send(method: string, path: string, body?: string): Promise<unknown> {
  const response = await fetch(`${url}${path}`, {
    method,
    ...(body === undefined ? {} : { body, headers: { "content-type": "application/yaml" } }),
  });
  const answer: unknown = await response.json();
  return { status: response.status, ...(answer as object) };
}

describe("the graph over the API", { timeout: PROCESS_TIMEOUT_MS }, () => {
  it("is shown without secrets, judged, and replaced in the file, of which the rest stays", async () => {
    const shown = await send("GET", "/config");
    expect(shown).toMatchObject({ status: 200, file: join(folder.path, "sightglass.yaml") });
    expect(JSON.stringify(shown)).not.toContain("s3cret");
    expect(shown).toMatchObject({
      graph: { destinations: { "webhook/far": { authType: "bearer" } } },
      text: expect.stringContaining("destinations:\n  webhook/far:\n    url:") as string,
    });

    expect(await send("POST", "/validate", JSON.stringify(GRAPH))).toEqual({
      status: 200,
      valid: true,
      changes: [
        "added processor redact of pipeline default",
        "removed destination webhook/far of pipeline default",
        "added destination jsonl/a of pipeline default",
      ],
      problems: [],
    });
    expect(await send("POST", "/validate", "destinations: { pigeon: {} }")).toMatchObject({
      status: 200,
      valid: false,
      problems: [{ where: "destinations.pigeon", line: 1 }],
    });
    const wrong = "processors:\n  redact:\n    mode: shout\ndestinations: {}\n";
    expect(await send("POST", "/validate", wrong)).toMatchObject({
      valid: false,
      problems: [{ where: "processors.redact.mode", line: 3 }],
    });
    expect(await send("POST", "/validate", "processors: { a: 1")).toMatchObject({
      problems: [{ line: expect.any(Number) as number }],
    });
    expect(file()).toBe(YAML);

    expect(await send("PUT", "/config", "destinations: { pigeon: {} }")).toMatchObject({
      status: 400,
      code: "bad_request",
      errors: [{ where: "destinations.pigeon" }],
    });
    expect(file()).toBe(YAML);

    expect(await send("PUT", "/config", JSON.stringify(GRAPH))).toMatchObject({ status: 200 });
    expect(file()).toContain("# Kept.\nlog: { level: info } # And this.\n");
    expect(file()).toContain("otlp: { http: { endpoint: 127.0.0.1:0 } }");
    expect(file("sightglass.yaml.bak")).toBe(YAML);
    expect(existsSync(join(folder.path, "sightglass.yaml.new"))).toBe(false);
    expect(await send("GET", "")).toMatchObject({
      data: [
        {
          processors: [{ name: "redact" }],
          destinations: [{ name: "store" }, { name: "jsonl/a" }],
        },
      ],
    });
  });

  it("keeps secrets that come back masked, and what the file had when a component cannot start", async () => {
    const far = { url: "https://far.example/", authType: "bearer", authToken: "s3cret-s3cret" };
    const first = { destinations: { "webhook/far": far } };
    expect(await send("PUT", "/config", JSON.stringify(first))).toMatchObject({ status: 200 });
    const { graph } = (await send("GET", "/config")) as { graph: Record<string, object> };
    expect(JSON.stringify(graph)).not.toContain("s3cret");
    const more = { ...graph.destinations, "jsonl/b": { outputPath: "b.jsonl" } };
    const put = await send("PUT", "/config", JSON.stringify({ ...graph, destinations: more }));
    expect(put).toMatchObject({
      status: 200,
      changes: ["added destination jsonl/b of pipeline default"],
    });
    expect(file()).toContain("s3cret-s3cret");

    const port = new URL(url).port;
    const before = file();
    const taken = { receivers: { syslog: { tcp: { endpoint: `127.0.0.1:${port}` } } } };
    expect(await send("PUT", "/config", JSON.stringify(taken))).toMatchObject({
      status: 400,
      detail: expect.stringContaining("in use") as string,
    });
    expect(file()).toBe(before);
    expect(existsSync(join(folder.path, "sightglass.yaml.new"))).toBe(false);
    expect(await send("GET", "")).toMatchObject({
      data: [{ destinations: [{ name: "store" }, { name: "webhook/far" }, { name: "jsonl/b" }] }],
    });
  });
});
