import { EventEmitter } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PermanentError } from "#core/errors.ts";
import { ObservabilityPipeline, PipelineConfigBuilder } from "sightglass/pipeline";
import { EventStreamSource, FilterProcessor } from "sightglass/pipeline/components";

type Event = Readonly<Record<string, unknown>>;

const WAIT = { timeout: 10_000, interval: 20 };
let folder = "";
let running: { stop(): Promise<void> }[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sightglass-events-"));
});
afterEach(async () => {
  await Promise.all(running.map((pipeline) => pipeline.stop()));
  running = [];
  rmSync(folder, { recursive: true });
});

/** A destination of the test's own. */
class Sink {
  readonly name = "Sink";
  readonly events: Event[] = [];
  failures = 0;
  write(event: Event): Promise<void> {
    if (event["poison"] === true) return Promise.reject(new PermanentError("no poison here"));
    if (this.failures-- > 0) return Promise.reject(new Error("not now"));
    this.events.push(event);
    return Promise.resolve();
  }
}

async function started<P extends { start(): Promise<void>; stop(): Promise<void> }>(
  pipeline: P,
): Promise<P> {
  running.push(pipeline);
  await pipeline.start();
  return pipeline;
}

const dataDir = () => join(folder, "data");

describe("a pipeline in code tells", () => {
  it("of the very event that a processor dropped, though others are under way beside it", async () => {
    const pipeline = await started(
      new ObservabilityPipeline({ dataDir: dataDir() })
        .addProcessor({
          name: "Picky",
          process: (event) => (event["drop"] === true ? null : event),
        })
        .addDestination(new Sink()),
    );
    const told: unknown[] = [];
    pipeline.on("event_dropped", (one) => told.push(one));
    const events = Array.from({ length: 20 }, (_, id) => ({ id, drop: id % 2 === 1 }));
    await Promise.all(events.map((event) => pipeline.processEvent(event)));
    expect(told).toHaveLength(10);
    for (const [place, one] of told.entries()) {
      expect(one).toEqual({ event: events[place * 2 + 1], processor: "Picky" });
      expect((one as { event: Event }).event).toBe(events[place * 2 + 1]);
    }
    expect(pipeline.getMetrics()).toMatchObject({ events_received: 20, events_dropped: 10 });
  });

  it("of events of sources that a processor dropped, as that was given them", async () => {
    const source = Object.assign(new EventEmitter(), { name: "Mine", start() {} });
    const pipeline = await started(
      new ObservabilityPipeline({ dataDir: dataDir() })
        .addSource(source)
        .addProcessor(new FilterProcessor({ name: "Filter", dropLevels: ["debug"] }))
        .addDestination(new Sink()),
    );
    const told: unknown[] = [];
    pipeline.on("event_dropped", (one) => told.push(one));
    source.emit("event", { id: "1", type: "x", level: "debug", message: "m" });
    await vi.waitFor(() => expect(told).toHaveLength(1), WAIT);
    expect(told[0]).toMatchObject({
      processor: "Filter",
      event: { id: "1", message: "m", _source: { name: "Mine", type: "custom" } },
    });
  });

  it("of what a destination took, could not take now, and will never take", async () => {
    const sink = new Sink();
    sink.failures = 1;
    const pipeline = await started(
      new ObservabilityPipeline({ dataDir: dataDir() }).addDestination(sink),
    );
    const told: unknown[] = [];
    const hear = (name: string): void =>
      void pipeline.on(name, (one: Event) => told.push([name, one["destination"], one]));
    for (const name of ["destination_flush", "destination_error", "delivery_error"]) hear(name);
    await pipeline.processEvent({ id: "1", message: "a" });
    await vi.waitFor(() => expect(told).toHaveLength(2), WAIT);
    expect(told).toMatchObject([
      ["destination_error", "Sink", { name: "Sink", error: { message: "not now" } }],
      ["destination_flush", "Sink", { count: 1 }],
    ]);
    await pipeline.processEvent({ id: "2", poison: true });
    await vi.waitFor(() => expect(told).toHaveLength(4), WAIT);
    expect(told.slice(2)).toMatchObject([
      ["destination_error", "Sink", { error: { message: "no poison here" } }],
      ["delivery_error", "Sink", { event: { id: "2" }, error: { message: "no poison here" } }],
    ]);
  });

  it("at which processor something failed, there too, and lets the event pass", async () => {
    const sink = new Sink();
    const broken = {
      name: "Broken",
      process(): null {
        throw new RangeError("it is broken");
      },
    };
    const pipeline = await started(
      new ObservabilityPipeline({ dataDir: dataDir() }).addProcessor(broken).addDestination(sink),
    );
    const told: unknown[] = [];
    pipeline.on("processor_error", (one) => told.push(one));
    await pipeline.processEvent({ id: "1" });
    expect(told).toMatchObject([{ name: "Broken", error: { message: "it is broken" } }]);
    await vi.waitFor(() => expect(sink.events).toMatchObject([{ id: "1" }]), WAIT);
  });
});

describe("a pipeline in code", () => {
  it("marks events with the source that they came from and the destination that they went to", async () => {
    const eventsDir = join(folder, "events");
    mkdirSync(eventsDir);
    writeFileSync(join(eventsDir, "a.jsonl"), '{"id":"1","type":"x"}\n');
    const sink = new Sink();
    const pipeline = new PipelineConfigBuilder({ dataDir: dataDir() })
      .addSource("event-stream", { name: "Cortex", eventsDir, watchInterval: 50 })
      .build()
      .addDestination(sink);
    await started(pipeline);
    await vi.waitFor(() => expect(sink.events).toHaveLength(1), WAIT);
    const timestamp = expect.stringMatching(/^\d{4}-/) as string;
    expect(sink.events[0]).toMatchObject({
      id: "1",
      _source: { name: "Cortex", type: "event-stream", timestamp },
      _destination: { name: "Sink", type: "custom", timestamp },
    });
  });

  it("takes what a program has one of its sources emit", async () => {
    const source = new EventStreamSource({ name: "Cortex", eventsDir: join(folder, "none") });
    const sink = new Sink();
    const pipeline = await started(
      new ObservabilityPipeline({ dataDir: dataDir() }).addSource(source).addDestination(sink),
    );
    await expect(source.start()).rejects.toThrow(/Cortex works in ObservabilityPipeline/);
    source.emitEvent({ id: "1" });
    await vi.waitFor(() => expect(sink.events).toHaveLength(1), WAIT);
    expect(sink.events[0]).toMatchObject({ id: "1", _source: { name: "Cortex" } });
    expect(source.metrics).toMatchObject({ events_processed: 1, events_failed: 0 });
    await pipeline.stop();
    expect(source.metrics.events_processed).toBe(1);
  });

  it("knows of each component how many events it had, and when the last", async () => {
    const source = Object.assign(new EventEmitter(), { name: "Mine", start() {} });
    const filter = new FilterProcessor({ dropLevels: ["debug"] });
    const sink = new Sink();
    const pipeline = await started(
      new ObservabilityPipeline({ dataDir: dataDir() })
        .addSource(source)
        .addProcessor(filter)
        .addDestination(sink),
    );
    source.emit("event", { id: "1", type: "x", level: "debug", message: "m" });
    source.emit("event", { id: "2", type: "x", level: "error", message: "m" });
    await vi.waitFor(() => expect(sink.events).toHaveLength(1), WAIT);
    await vi.waitFor(
      () =>
        expect(pipeline.getHealth().components.destinations[0]!.metrics.events_processed).toBe(1),
      WAIT,
    );
    const { sources, processors, destinations } = pipeline.getHealth().components;
    const seen = [...sources, ...processors, ...destinations].map(({ name, status, metrics }) => [
      name,
      status,
      metrics.events_processed,
      metrics.last_processed_at === null,
    ]);
    expect(seen).toEqual([
      ["Mine", "healthy", 2, false],
      ["FilterProcessor", "healthy", 2, false],
      ["Sink", "healthy", 1, false],
    ]);
    expect(filter.getStats()).toMatchObject({ total_evaluated: 2, dropped_by_level: 1 });
  });
});
