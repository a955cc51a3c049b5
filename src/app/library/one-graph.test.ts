import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadConfig } from "#config/load.ts";
import { NO_COMPONENTS, type GraphSpec } from "#pipeline/graph/graph-spec.ts";
import type { RunningGraph } from "#pipeline/graph/running-graph.ts";
import {
  ConfigBuilder,
  type EventPipelineJson,
} from "#sdk/event-pipeline/pipeline-config-builder.ts";
import type { ConfigReload } from "../config-reload.ts";
import { readGraph, takenAddresses } from "../graph.ts";
import { GraphConfig } from "../graph-config.ts";
import { eventPipelineHost } from "./event-pipeline-host.ts";

/** A graph as seed 003 writes it. */
const JSON_GRAPH: EventPipelineJson = {
  sources: [{ type: "event-stream", config: { name: "Tasks", eventsDir: "events" } }],
  processors: [
    { type: "enricher", config: { enrichments: ["timestamp", "performance"] } },
    { type: "pii-redactor", config: { redactionMode: "hash", dropOnError: true } },
    {
      type: "filter",
      config: { dropLevels: ["debug"], when: "severity_number < SEVERITY_NUMBER_ERROR" },
    },
  ],
  destinations: [
    { type: "postgresql", config: { database: "events", user: "me", password: "pass" } },
    {
      type: "webhook",
      config: {
        url: "https://example.com/",
        bufferSize: 20,
        maxRetries: 3,
        retryDelay: 500,
        delivery: { breakerFailures: 2 },
      },
    },
  ],
};

/** The same as a configuration has it; the store is in no pipeline of events. */
const YAML = `receivers:
  event_stream/1: { eventsDir: events }
processors:
  enrich/1: { enrichments: [timestamp, performance] }
  redact/2: { redactionMode: hash, onError: drop }
  filter/3: { dropLevels: [debug], when: severity_number < SEVERITY_NUMBER_ERROR }
destinations:
  postgresql/1: { database: events, user: me, password: "\${env:PASSWORD}" }
  webhook/2:
    url: https://example.com/
    batchSize: 20
    delivery: { maxRetries: 3, retryDelay: 500, breakerFailures: 2 }
pipelines:
  default:
    receivers: [otlp, event_stream/1]
    processors: [enrich/1, redact/2, filter/3]
    destinations: [store, postgresql/1, webhook/2]
`;

/** The same as a request to the API has it. */
const REQUEST = {
  receivers: { "event_stream/1": { eventsDir: "events" } },
  processors: {
    "enrich/1": { enrichments: ["timestamp", "performance"] },
    "redact/2": { redactionMode: "hash", onError: "drop" },
    "filter/3": { dropLevels: ["debug"], when: "severity_number < SEVERITY_NUMBER_ERROR" },
  },
  destinations: {
    "postgresql/1": { database: "events", user: "me", password: "${env:PASSWORD}" },
    "webhook/2": {
      url: "https://example.com/",
      batchSize: 20,
      delivery: { maxRetries: 3, retryDelay: 500, breakerFailures: 2 },
    },
  },
  pipelines: {
    default: {
      receivers: ["otlp", "event_stream/1"],
      processors: ["enrich/1", "redact/2", "filter/3"],
      destinations: ["store", "postgresql/1", "webhook/2"],
    },
  },
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sightglass-one-graph-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The graph of a file, as a start reads it. */
async function graphOfText(text: string): Promise<GraphSpec> {
  let graph = NO_COMPONENTS;
  await loadConfig({
    environment: { PASSWORD: "pass" },
    folder,
    text,
    async judgeGraph(written, settings) {
      const parsed = await readGraph(written, takenAddresses(settings));
      if (!parsed.success) return parsed.problems;
      graph = parsed.graph;
      return [];
    },
  });
  return graph;
}

/** The graph that a request to the API makes of a file that has another one. */
async function graphOfRequest(body: object): Promise<GraphSpec> {
  const path = join(folder, "sightglass.yaml");
  writeFileSync(path, "# Ours.\ndestinations: { console: {} }\n");
  const texts: string[] = [];
  const reload = {
    replace(text: string) {
      texts.push(text);
      return Promise.resolve([]);
    },
  };
  const source = { path, read: () => Promise.reject(new Error("not asked")) };
  const config = new GraphConfig(source, reload as unknown as ConfigReload, { compare: () => [] });
  await config.replace(JSON.stringify(body));
  return graphOfText(texts[0]!);
}

class Builder extends ConfigBuilder {
  constructor(opened: (graph: GraphSpec) => void) {
    const graph = {
      open(judged: GraphSpec) {
        opened(judged);
        return Promise.reject(new Error("nothing runs here"));
      },
    };
    const createGraph = (): RunningGraph => graph as unknown as RunningGraph;
    super({ ...eventPipelineHost, createGraph }, {});
  }
}

/** The graph that a pipeline in code would run. */
async function graphOfCode(build: (builder: ConfigBuilder) => ConfigBuilder): Promise<GraphSpec> {
  const graphs: GraphSpec[] = [];
  const pipeline = build(new Builder((graph) => graphs.push(graph))).build();
  await expect(pipeline.start()).rejects.toThrow("nothing runs here");
  return graphs[0]!;
}

/** What there is to say of a graph, but for the store, which is in no pipeline of events. */
function told({ receivers, processors, destinations, pipelines }: GraphSpec) {
  const components = (specs: GraphSpec[keyof Omit<GraphSpec, "pipelines">]) =>
    // Functions of the same settings are never equal, whatever they do.
    [...specs.values()].map(({ create: _create, packages: _packages, claims, ...said }) => ({
      ...said,
      claims: claims.map(({ kind }) => kind),
    }));
  return {
    receivers: components(receivers),
    processors: components(processors),
    destinations: components(destinations),
    pipelines: [...pipelines.values()].map((pipeline) => ({
      ...pipeline,
      destinations: pipeline.destinations.filter((name) => name !== "store"),
    })),
  };
}

describe("one graph", () => {
  it("comes of a file, of a request to the API, of JSON and of a builder in code", async () => {
    const fromYaml = told(await graphOfText(YAML));
    expect(fromYaml.destinations[1]).toMatchObject({
      name: "webhook/2",
      type: "webhook",
      written: { url: "https://example.com/", batchSize: 20 },
      delivery: { maxRetries: 3, retryDelay: 500, retryBackoff: 2, breakerFailures: 2 },
    });
    expect(told(await graphOfRequest(REQUEST))).toEqual(fromYaml);
    expect(told(await graphOfCode((builder) => builder.addAll(JSON_GRAPH)))).toEqual(fromYaml);
    const inSteps = await graphOfCode((builder) =>
      builder
        .addSource("event-stream", { name: "Tasks", eventsDir: "events" })
        .addProcessor("enricher", { enrichments: ["timestamp", "performance"] })
        .addProcessor("pii-redactor", { redactionMode: "hash", dropOnError: true })
        .addProcessor("filter", {
          dropLevels: ["debug"],
          when: "severity_number < SEVERITY_NUMBER_ERROR",
        })
        .addDestination("postgresql", { database: "events", user: "me", password: "pass" })
        .addDestination("webhook", {
          url: "https://example.com/",
          bufferSize: 20,
          maxRetries: 3,
          retryDelay: 500,
          delivery: { breakerFailures: 2 },
        }),
    );
    expect(told(inSteps)).toEqual(fromYaml);
  });

  it("is another one when a single setting differs", async () => {
    const fromYaml = told(await graphOfText(YAML));
    const other = YAML.replace("maxRetries: 3", "maxRetries: 4");
    expect(told(await graphOfText(other))).not.toEqual(fromYaml);
  });
});
