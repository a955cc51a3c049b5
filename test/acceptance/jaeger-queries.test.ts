import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { traceAnswer, tracesAnswer } from "#api/contract/traces.ts";
import { CommandFolder } from "#app/testing/command-process.ts";

// Jaeger's storage integration suite: 32 traces, and queries that must find exactly theirs. They go
// in by the OTLP door and come out of the API of a server of its own.

const DATA = fileURLToPath(new URL("../../../shared/data/jaeger", import.meta.url));
const VISIBLE_MS_MAX = 20_000;

const query = z.object({
  Caption: z.string(),
  Query: z.object({
    ServiceName: z.string(),
    OperationName: z.string(),
    Tags: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).nullable(),
    StartTimeMin: z.string(),
    StartTimeMax: z.string(),
    DurationMin: z.number(),
    DurationMax: z.number(),
    NumTraces: z.number(),
  }),
  ExpectedFixtures: z.array(z.string()),
});
type Query = z.infer<typeof query>;

const sentTrace = z.object({
  resourceSpans: z.array(
    z.object({
      scopeSpans: z.array(z.object({ spans: z.array(z.object({ traceId: z.string() })) })),
    }),
  ),
});

function read<T>(path: string, schema: z.ZodType<T>): T {
  return schema.parse(JSON.parse(readFileSync(join(DATA, path), "utf8")));
}

function traceIdsOf(fixture: string): string[] {
  const { resourceSpans } = read(join("traces", `${fixture}.json`), sentTrace);
  return resourceSpans.flatMap(({ scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) => spans.map(({ traceId }) => traceId)),
  );
}

/** A query in our parameters; its durations are nanoseconds. */
function parametersOf({ Query: asked }: Query): URLSearchParams {
  const parameters = new URLSearchParams({
    service: asked.ServiceName,
    from: asked.StartTimeMin,
    to: asked.StartTimeMax,
    limit: String(asked.NumTraces),
  });
  if (asked.OperationName !== "") parameters.set("operation", asked.OperationName);
  if (asked.DurationMin > 0) parameters.set("minDurationMs", String(asked.DurationMin / 1e6));
  if (asked.DurationMax > 0) parameters.set("maxDurationMs", String(asked.DurationMax / 1e6));
  for (const [key, value] of Object.entries(asked.Tags ?? {})) {
    parameters.append("attribute", `${key}=${value}`);
  }
  return parameters;
}

describe.skipIf(!existsSync(DATA))("Jaeger's queries (skipped where its data is missing)", () => {
  const queries = existsSync(DATA)
    ? ["queries.json", "queries_es.json"].flatMap((file) => read(file, z.array(query)))
    : [];
  const fixtures = existsSync(DATA)
    ? readdirSync(join(DATA, "traces")).map((name) => name.replace(".json", ""))
    : [];
  let folder: CommandFolder;
  let api: string;

  beforeAll(async () => {
    folder = new CommandFolder();
    // The spans are of 2017.
    const config = 'retention: { traces: "off", aggregates: "off" }\nself: { enabled: false }\n';
    writeFileSync(join(folder.path, "sightglass.yaml"), config);
    const addresses = await folder.serve().ready();
    api = new URL("/api/v1/", addresses.get("UI and API") ?? addresses.values().next().value).href;
    for (const fixture of fixtures) {
      const response = await fetch(`${addresses.get("OTLP/HTTP")}/v1/traces`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: readFileSync(join(DATA, "traces", `${fixture}.json`)),
      });
      const answer = await response.text();
      if (answer !== "{}") throw new Error(`${fixture}: ${response.status} ${answer}`);
    }
    await allVisible();
  });
  afterAll(() => folder.remove());

  async function found(parameters: URLSearchParams): Promise<string[]> {
    const response = await fetch(new URL(`traces?${parameters.toString()}`, api));
    return tracesAnswer.parse(await response.json()).data.map(({ traceId }) => traceId);
  }

  /** Queryable shortly after the acknowledgement. */
  async function allVisible(): Promise<void> {
    const all = new URLSearchParams({
      from: "2017-01-01T00:00:00Z",
      to: "2017-12-31T00:00:00Z",
      limit: "1000",
    });
    const endMs = performance.now() + VISIBLE_MS_MAX;
    while ((await found(all)).length < new Set(fixtures.flatMap(traceIdsOf)).size) {
      if (performance.now() > endMs) throw new Error("not all traces became visible");
      await delay(50);
    }
  }

  it.each(queries.map((one) => [one.Caption, one] as const))(
    "finds exactly: %s",
    async (_, one) => {
      const expected = new Set(one.ExpectedFixtures.flatMap(traceIdsOf));
      expect(new Set(await found(parametersOf(one)))).toEqual(expected);
    },
  );

  it.each(fixtures)("gives %s with each of its spans", async (fixture) => {
    const traceIds = traceIdsOf(fixture);
    const response = await fetch(new URL(`traces/${traceIds[0]}`, api));
    expect(traceAnswer.parse(await response.json()).spans).toHaveLength(traceIds.length);
  });
});
