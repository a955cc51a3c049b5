import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { JudgeGraph, SectionProblem, WrittenSections } from "./draft.ts";
import { loadConfig } from "./load.ts";
import { ConfigError } from "./problems.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sightglass-graph-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function load(yaml: string, judgeGraph: JudgeGraph, environment: Record<string, string> = {}) {
  writeFileSync(join(folder, "sightglass.yaml"), yaml);
  return loadConfig({ environment, folder, judgeGraph });
}

const content: JudgeGraph = () => Promise.resolve([]);

const YAML = `receivers:
  otlp: { http: { endpoint: 127.0.0.1:0 } }
  syslog: { port: "\${env:PORT}" }
processors:
  redact:
destinations:
  webhook/far:
    url: http://a
    secret: "Bearer \${file:key}"
`;

describe("the sections of components", () => {
  it("are handed over as plain values, with references resolved, and are no settings", async () => {
    writeFileSync(join(folder, "key"), "s3cret\n");
    const { graph, settings } = await load(YAML, content, { PORT: "514" });
    expect(graph).toEqual({
      receivers: { syslog: { port: "514" } },
      processors: { redact: undefined },
      destinations: { "webhook/far": { url: "http://a", secret: "Bearer s3cret" } },
    });
    expect(settings.receivers.otlp.http.endpoint.port).toBe(0);
    expect(Object.keys(settings.receivers)).toEqual(["otlp"]);
  });

  it("have numbers and flags where texts of the environment stand for them", async () => {
    writeFileSync(join(folder, "key"), "x");
    const seen: unknown[] = [];
    const judge: JudgeGraph = (written) => {
      const { syslog } = written.receivers as { syslog: { port: unknown } };
      seen.push(syslog.port);
      const problem: SectionProblem = { path: ["receivers", "syslog", "port"], allowed: "a port" };
      return Promise.resolve(typeof syslog.port === "number" ? [] : [problem]);
    };
    const { graph } = await load(YAML, judge, { PORT: "514" });
    expect(seen).toEqual(["514", 514]);
    expect((graph.receivers as { syslog: unknown }).syslog).toEqual({ port: 514 });
  });

  it("have their problems told with those of the settings, with the line, and without the text", async () => {
    const judge = (_: WrittenSections): Promise<SectionProblem[]> =>
      Promise.resolve([
        { path: ["destinations", "webhook/far", "url"], allowed: "an https URL" },
        {
          path: ["processors", "redct"],
          found: "an unknown component",
          allowed: "redact",
          known: ["redact"],
        },
      ]);
    const yaml = `${YAML.replace("redact", "redct")}log: { level: loud }\n`;
    const error: unknown = await load(yaml, judge, { PORT: "1" }).catch(
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof ConfigError)) throw new Error("The configuration was taken");
    expect(
      error.problems.map(({ where, path, found, hint }) => [where, path, found, hint]),
    ).toEqual([
      ["sightglass.yaml:9", "destinations.webhook/far.secret", "${file:key}", undefined],
      ["sightglass.yaml:10", "log.level", '"loud"', undefined],
      ["sightglass.yaml:8", "destinations.webhook/far.url", "a text of 8 characters", undefined],
      ["sightglass.yaml:5", "processors.redct", "an unknown component", "Did you mean redact?"],
    ]);
  });
});
