import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { attributesOfRow, ATTRIBUTE_TYPES } from "#core/attributes.ts";
import type { Batch } from "#core/batch.ts";
import { LogBuilder, type LogInput } from "#core/build/log-builder.ts";
import { eventOfLogRow, logInputOfEvent } from "#core/event-record.ts";
import type { LogBatch } from "#core/log-batch.ts";
import type { ProcessorContext } from "#pipeline/component.ts";
import { logs, points, spans } from "#pipeline/testing/batches.ts";
import { FakeClock } from "#pipeline/testing/fake-clock.ts";
import { enrich, EnrichProcessor } from "./enrich.ts";
import { settings } from "./settings.ts";

type Written = z.input<typeof settings>;

const MACHINE = {
  hostname: "box",
  platform: "win32",
  arch: "x64",
  nodeVersion: "v24.0.0",
  processId: 77,
  uptime: () => 12.5,
  memoryUsage: () => ({ rss: 1, heapTotal: 2, heapUsed: 3, external: 4 }),
  cpuUsage: () => ({ user: 5, system: 6 }),
};

function enricher(written: Written = {}, machine = MACHINE, clock = new FakeClock()) {
  const context = { name: "enrich/first", clock } as unknown as ProcessorContext;
  return new EnrichProcessor(settings.parse(written), context, machine);
}

function recordsOf(...inputs: readonly LogInput[]): LogBatch {
  const builder = new LogBuilder({
    observedNs: 1_750_000_000_000_000_000n,
    window: { oldestMs: 0, newestMs: 8e15 },
  });
  builder.group({ "service.name": "shop" });
  for (const input of inputs) builder.add(input);
  return builder.finish(0);
}

function eventsAfter(batch: LogBatch): Record<string, unknown>[] {
  return Array.from({ length: batch.rows }, (_, row) =>
    eventOfLogRow({
      attributes: attributesOfRow(batch.attributes, row),
      body: batch.body.text(row),
      bodyType: batch.bodyType.bytes[row]!,
    }),
  );
}

function enriched(event: object, written: Written = {}): Record<string, unknown> {
  const batch = recordsOf(logInputOfEvent(event));
  enricher(written).process(batch);
  return eventsAfter(batch)[0]!;
}

function resourceOf(batch: Batch): Record<string, string> {
  const resource =
    batch.signal === "metrics" ? batch.series[0]!.resource : batch.groups.resources[0]!;
  return Object.fromEntries(resource.attributes.map(({ key, value }) => [key, value]));
}

const rowOf = (batch: Exclude<Batch, { signal: "metrics" }>, row: number): object =>
  Object.fromEntries(attributesOfRow(batch.attributes, row).map(({ key, value }) => [key, value]));

const EVENT = { event_type: "order", message: "paid" };

describe("the enricher, on events", () => {
  it("adds the fields of the seed, with their types", () => {
    expect(enriched(EVENT)).toEqual({
      event_type: "order",
      message: "paid",
      timestamp: "2025-06-15T15:06:40.000Z",
      hostname: "box",
      platform: "win32",
      arch: "x64",
      environment: "development",
      node_version: "v24.0.0",
      process_id: 77,
      process_uptime: 12.5,
      memory_usage: { rss: 1, heapTotal: 2, heapUsed: 3, external: 4 },
      cpu_usage: { user: 5, system: 6 },
      _enrichment: {
        enriched_at: "2025-06-15T15:06:40.000Z",
        enriched_by: "enrich/first",
        enrichments_applied: ["timestamp", "hostname", "environment", "process", "performance"],
      },
    });
  });

  it("leaves what an event says itself, but for static attributes", () => {
    const event = { ...EVENT, hostname: "mine", timestamp: "2025-01-01T00:00:00Z", region: "old" };
    const after = enriched(event, { attributes: { region: "eu", size: 2, on: true } });
    expect(after).toMatchObject({
      hostname: "mine",
      timestamp: "2025-01-01T00:00:00Z",
      region: "eu",
      size: 2,
      on: true,
    });
  });

  it.each([
    [{ started_at: "2025-01-01T00:00:00Z", completed_at: "2025-01-01T00:00:01.5Z" }, 1_500],
    [{ started_at: 1_750_000_000_000, completed_at: 1_750_000_000_000 }, 0],
    [{ started_at: "2025-01-01T00:00:01Z", completed_at: "2025-01-01T00:00:00Z" }, undefined],
    [{ started_at: "2025-01-01T00:00:01Z" }, undefined],
    [{ started_at: "soon", completed_at: {} }, undefined],
    [{ started_at: 1, completed_at: 2, duration_ms: 9 }, 9],
  ])("tells how long %j took", (fields, expected) => {
    expect(enriched({ ...EVENT, ...fields })["duration_ms"]).toBe(expected);
  });

  it.each([
    [{ input_tokens: 1_000_000, output_tokens: 100_000, model: "m" }, "m", 3, 1.5],
    [{ tokens: { input: 1_000, output: 0 } }, "unknown", 0.003, 0],
    [{ usage: { prompt_tokens: 0, completion_tokens: 2_000_000 } }, "unknown", 0, 30],
  ])("estimates the cost of %j", (fields, model, input, output) => {
    const { cost_estimate: cost } = enriched({ ...EVENT, ...fields }, { enrichments: ["cost"] });
    expect(cost).toMatchObject({
      model,
      input_cost_usd: input,
      output_cost_usd: output,
      total_cost_usd: input + output,
    });
  });

  it.each([{}, { tokens: "many" }, { tokens: [1] }, { input_tokens: -1 }, { usage: null }])(
    "estimates no cost of %j",
    (fields) => {
      const after = enriched({ ...EVENT, ...fields }, { enrichments: ["cost"] });
      expect(after).not.toHaveProperty("cost_estimate");
    },
  );

  it("repeats what an event belongs to in its context", () => {
    const written: Written = { enrichments: ["context"], context: { cluster: "blue" } };
    expect(enriched({ ...EVENT, worker_id: "w1", task_id: 7 }, written)["_context"]).toEqual({
      cluster: "blue",
      worker_id: "w1",
      task_id: 7,
    });
  });

  it("takes `all` for each of them, and says which it applied", () => {
    const after = enriched(EVENT, { enrichments: ["all"] });
    expect(after["_enrichment"]).toMatchObject({
      enrichments_applied: [
        "timestamp",
        "hostname",
        "environment",
        "process",
        "performance",
        "cost",
        "context",
      ],
    });
    expect(enriched(EVENT, { metadata: false })).not.toHaveProperty("_enrichment");
  });

  it("asks for the figures of the process once a second", async () => {
    let asked = 0;
    const clock = new FakeClock();
    const machine = { ...MACHINE, uptime: () => ++asked };
    const processor = enricher({}, machine, clock);
    for (const ms of [0, 999, 1]) {
      await clock.advance(ms);
      processor.process(recordsOf(logInputOfEvent(EVENT)));
    }
    expect(asked).toBe(2);
  });

  it("leaves rows that were dropped, and log records that are no events", () => {
    const batch = recordsOf(logInputOfEvent(EVENT), { body: "x" }, logInputOfEvent(EVENT));
    batch.selection.drop(0);
    const processor = enricher();
    processor.process(batch);
    const counts = eventsAfter(batch).map((event) => Object.keys(event).length);
    expect(counts.map((count) => count > 2)).toEqual([false, false, true]);
    expect(processor.statistics()).toMatchObject({ total_processed: 2, total_events_enriched: 1 });
  });

  it("counts what a full row cannot take as dropped, and keeps the rest", () => {
    const attributes = Array.from({ length: 127 }, (_, i) => [`key${i}`, i] as const);
    const batch = recordsOf({ eventName: "x", attributes });
    enricher().process(batch);
    expect(batch.attributes.ends.values[0]).toBe(128);
    expect(batch.droppedAttributes.bytes.readUInt32LE(0)).toBeGreaterThan(0);
  });

  it("enriches all log records, or none, when asked to", () => {
    const batches = (["all", "none"] as const).map((events) => {
      const batch = recordsOf({ body: "x" }, logInputOfEvent(EVENT));
      enricher({ events }).process(batch);
      return eventsAfter(batch).map((event) => "hostname" in event);
    });
    expect(batches).toEqual([
      [true, true],
      [false, false],
    ]);
  });
});

describe("the enricher, on resources", () => {
  it.each<[string, Batch]>([
    ["spans", spans("shop", { spanId: "1" })],
    ["points", points("shop", { metric: "a" })],
    ["logs", logs("shop", { body: "x" })],
  ])("says where %s were taken, and what is the same for all", (_, batch) => {
    const written = { environment: "production", attributes: { region: "eu" }, ownHost: true };
    enricher(written).process(batch);
    expect(resourceOf(batch)).toEqual({
      "service.name": "shop",
      "host.name": "box",
      "host.arch": "amd64",
      "os.type": "windows",
      "deployment.environment.name": "production",
      region: "eu",
    });
  });

  it("leaves what a resource says itself, and gives the same object for the same one", () => {
    const processor = enricher({ attributes: { "host.name": "fixed" }, enrichments: [] });
    const [first, second] = [spans("shop", { spanId: "1" }), spans("shop", { spanId: "2" })];
    second.groups.resources[0] = first.groups.resources[0]!;
    processor.process(first);
    processor.process(second);
    expect(second.groups.resources[0]).toBe(first.groups.resources[0]);
    const batch = first;
    enricher({ environment: "x", ownHost: true }).process(batch);
    expect(resourceOf(batch)).toEqual({
      "service.name": "shop",
      "host.name": "fixed",
      "deployment.environment.name": "x",
    });
  });

  it("says of no sender that it is on this machine, unless that is so", () => {
    const batch = spans("shop", { spanId: "1" });
    enricher({ enrichments: ["all"] }).process(batch);
    expect(resourceOf(batch)).toEqual({ "service.name": "shop" });
  });

  it("is left alone where there is nothing to say", () => {
    const batch = spans("shop", { spanId: "1" });
    const before = batch.groups.resources[0];
    enricher({ enrichments: ["environment", "process", "performance"] }).process(batch);
    expect(batch.groups.resources[0]).toBe(before);
  });

  it("keeps the environment that a sender names by the older key", () => {
    const batch = spans("shop", { spanId: "1" });
    enricher({ enrichments: [], attributes: { "deployment.environment": "old" } }).process(batch);
    enricher({ enrichments: ["environment"], environment: "new" }).process(batch);
    expect(resourceOf(batch)).not.toHaveProperty("deployment.environment.name");
  });
});

describe("the enricher's lookups", () => {
  let folder = "";
  let file = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "enrich-"));
    file = join(folder, "teams.csv");
    await writeFile(file, '\uFEFFname,team,tier\r\nshop,"pay, ments",1\r\nbank,,2\r\n\r\n');
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function started(written: Written) {
    const processor = enricher({ enrichments: [], metadata: false, ...written });
    await processor.start();
    return processor;
  }

  it("find by an attribute of the resource, for every signal", async () => {
    const processor = await started({ lookups: [{ file, key: "service.name", column: "name" }] });
    for (const batch of [spans("shop", { spanId: "1" }), points("shop", { metric: "a" })]) {
      processor.process(batch);
      expect(resourceOf(batch)).toEqual({ "service.name": "shop", team: "pay, ments", tier: "1" });
    }
    expect(processor.statistics()).toMatchObject({ total_lookups: 2, total_lookups_found: 2 });
  });

  it("find by an attribute of the row or series, and leave what is there", async () => {
    const lookups = [{ file, key: "name", attributes: ["team"] }];
    const processor = await started({ lookups });
    const batch = spans(
      "x",
      { spanId: "1", attributes: { name: "shop" } },
      { spanId: "2", attributes: { name: "shop", team: "own" } },
      { spanId: "3", attributes: { name: "bank" } },
      { spanId: "4", attributes: { name: "nobody" } },
    );
    processor.process(batch);
    expect([0, 1, 2, 3].map((row) => rowOf(batch, row))).toEqual([
      { name: "shop", team: "pay, ments" },
      { name: "shop", team: "own" },
      { name: "bank" },
      { name: "nobody" },
    ]);
    const log = logs("x", { body: "b", attributes: { name: "shop" } });
    processor.process(log);
    expect(rowOf(log, 0)).toEqual({ name: "shop", team: "pay, ments" });
    const metrics = points("x", { metric: "m", attributes: { name: "shop" } });
    processor.process(metrics);
    const { string: type } = ATTRIBUTE_TYPES;
    expect(metrics.series[0]!.attributes).toContainEqual({
      key: "team",
      value: "pay, ments",
      type,
    });
  });

  it.each([
    ["", "has no column"],
    ['name\n"shop', "record 2 is not CSV"],
    ["name,team\nshop\n", "record 2 has 1 fields, not 2"],
  ])("refuse the table %j at start", async (text, message) => {
    const bad = join(folder, "bad.csv");
    await writeFile(bad, text);
    await expect(started({ lookups: [{ file: bad, key: "name" }] })).rejects.toThrow(message);
  });

  it("refuse a file that is not there", async () => {
    const lookups = [{ file: join(folder, "none.csv"), key: "name" }];
    await expect(started({ lookups })).rejects.toMatchObject({ code: "config_invalid" });
  });
});

describe("the enricher's settings", () => {
  it("have the seed's defaults, and are all described", () => {
    expect(settings.parse({}).enrichments).toEqual([
      "timestamp",
      "hostname",
      "environment",
      "process",
      "performance",
    ]);
    const { properties = {} } = z.toJSONSchema(settings, { io: "input" });
    for (const one of Object.values(properties)) expect(one).toHaveProperty("description");
  });

  it("make a processor of the machine it runs on", () => {
    const context = { name: "enrich", clock: new FakeClock() } as unknown as ProcessorContext;
    const batch = recordsOf(logInputOfEvent(EVENT));
    enrich.create(settings.parse({}), context).process(batch, "default");
    expect(eventsAfter(batch)[0]).toMatchObject({ process_id: process.pid });
  });
});
