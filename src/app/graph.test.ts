import { describe, expect, it } from "vitest";
import { loadConfig } from "#config/load.ts";
import { readGraph, takenAddresses } from "./graph.ts";

const { settings } = await loadConfig({ environment: {}, folder: "/nowhere" });

async function problems(written: Parameters<typeof readGraph>[0]): Promise<string[]> {
  const parsed = await readGraph(written, takenAddresses(settings));
  if (parsed.success) return [];
  return parsed.problems.map(({ path, found = "" }) => `${path.join(".")}: ${found}`);
}

const http = (endpoint: string, path = "/v1/events") => ({ endpoint, path });

describe("a graph", () => {
  it("has a default pipeline with the store, and a way for what OTLP brings", async () => {
    const pipeline = { receivers: ["loki"], destinations: ["store"] };
    const receivers = { loki: {} };
    expect(await problems({ receivers, pipelines: { audit: pipeline } })).toEqual([
      "pipelines: pipelines without default",
      "pipelines: no pipeline with the receiver otlp",
    ]);
    const pipelines = {
      default: { receivers: ["otlp", "loki"], destinations: ["console"] },
    };
    expect(await problems({ receivers, destinations: { console: {} }, pipelines })).toEqual([
      "pipelines.default.destinations: a list without store",
    ]);
  });

  it("of several pipelines is a graph", async () => {
    const pipelines = {
      default: { receivers: ["loki"], destinations: ["store"] },
      audit: { receivers: ["otlp", "loki"], destinations: ["store", "console"] },
    };
    const written = { receivers: { loki: {} }, destinations: { console: {} }, pipelines };
    expect(await problems(written)).toEqual([]);
  });

  it("has no two components that want the same, nor what the server itself has", async () => {
    const receivers = {
      http_json: http("127.0.0.1:4318"),
      "http_json/a": http("127.0.0.1:9000"),
      "http_json/b": http("127.0.0.1:9000"),
      "http_json/c": http("127.0.0.1:9000", "/other"),
      syslog: { tcp: { endpoint: "127.0.0.1:9000" } },
    };
    expect(await problems({ receivers })).toEqual([
      "receivers.http_json: 127.0.0.1:4318, which is the address of receivers.otlp.http.endpoint too",
      "receivers.http_json/b: 127.0.0.1:9000 with /v1/events, where receivers.http_json/a is too",
      "receivers.syslog: 127.0.0.1:9000, which is the address of receivers.http_json/a too",
    ]);
  });

  it("has no file that goes round, nor one that two write", async () => {
    const receivers = {
      event_stream: { eventsDir: "out" },
      file: { folder: "logs", include: ["**/*.log"] },
    };
    const destinations = {
      "jsonl/a": { outputPath: "out/events.jsonl" },
      "jsonl/b": { outputPath: "logs/deep/b.log", rotateDaily: false },
      "jsonl/c": { outputPath: "logs/c.txt", rotateDaily: false },
      "jsonl/d": { outputPath: "logs/../logs/c.txt", rotateDaily: false },
    };
    expect(await problems({ receivers, destinations })).toEqual([
      "destinations.jsonl/a: a file that receivers.event_stream reads",
      "destinations.jsonl/b: a file that receivers.file reads",
      "destinations.jsonl/d: the file of destinations.jsonl/c too",
    ]);
  });
});
