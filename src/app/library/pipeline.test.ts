import { EventEmitter } from "node:events";
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ObservabilityPipeline, PipelineConfigBuilder } from "sightglass/pipeline";
import { enterFolder, type Event, eventsOf } from "./testing/working-folder.ts";

const WAIT = { timeout: 10_000, interval: 20 };
let leaveFolder: () => void;
const running: ObservabilityPipeline[] = [];
beforeEach(() => {
  leaveFolder = enterFolder();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((pipeline) => pipeline.stop()));
  leaveFolder();
});

async function started<P extends ObservabilityPipeline>(pipeline: P): Promise<P> {
  running.push(pipeline);
  await pipeline.initialize();
  await pipeline.start();
  return pipeline;
}

/** A destination of the test's own. */
class Sink {
  readonly name: string = "Sink";
  readonly events: Event[] = [];
  failures = 0;
  write(event: Event): Promise<void> {
    if (this.failures > 0) {
      this.failures--;
      return Promise.reject(new Error("not now"));
    }
    this.events.push(event);
    return Promise.resolve();
  }
}

const TASK = {
  id: "1",
  type: "task_failed",
  level: "error",
  message: "mail bob@example.com",
  error: "x",
};

describe("a pipeline built in code", () => {
  it("takes events through seed 003's words for processors into a file", async () => {
    const pipeline = await started(
      new PipelineConfigBuilder()
        .addProcessor("passthrough")
        .addProcessor("enricher", { enrichments: ["hostname"] })
        .addProcessor("pii-redactor", { redactionMode: "remove" })
        .addProcessor("filter", { dropLevels: ["debug"] })
        .addProcessor("sampler", { errorRate: 1, successRate: 0 })
        .addDestination("jsonl", { outputPath: "out.jsonl", rotateDaily: false, bufferSize: 10 })
        .build(),
    );
    await pipeline.processEvent(TASK);
    await pipeline.processEvent({ ...TASK, id: "2", level: "debug" });
    await vi.waitFor(() => expect(eventsOf("out.jsonl")).toHaveLength(1), WAIT);
    const [event] = eventsOf("out.jsonl");
    expect(event).toMatchObject({ id: "1", type: "task_failed", message: "mail [REDACTED]" });
    expect(event).toHaveProperty("hostname");
    expect(pipeline.getMetrics()).toMatchObject({
      events_received: 2,
      events_processed: 1,
      events_dropped: 1,
      errors: 0,
    });
    await vi.waitFor(() => expect(pipeline.getMetrics().events_delivered).toBe(1), WAIT);
  });

  it("follows a folder of events, and goes on where it was after a restart", async () => {
    mkdirSync("coordination/events", { recursive: true });
    writeFileSync("coordination/events/tasks.jsonl", `${JSON.stringify(TASK)}\n`);
    const made = () =>
      new PipelineConfigBuilder()
        .addSource("event-stream", { name: "CortexEvents", watchInterval: 50 })
        .addDestination("jsonl", { outputPath: "out.jsonl", rotateDaily: false })
        .build();
    const first = await started(made());
    await vi.waitFor(() => expect(eventsOf("out.jsonl")).toHaveLength(1), WAIT);
    await first.stop();
    appendFileSync("coordination/events/tasks.jsonl", `${JSON.stringify({ ...TASK, id: "2" })}\n`);
    await started(made());
    await vi.waitFor(() => expect(eventsOf("out.jsonl")).toHaveLength(2), WAIT);
    expect(eventsOf("out.jsonl").map(({ id }) => id)).toEqual(["1", "2"]);
  });

  it("takes components of the program's own: an emitter, a function, a writer", async () => {
    const source = Object.assign(new EventEmitter(), { name: "Mine", start() {}, stop() {} });
    const sink = new Sink();
    sink.failures = 1;
    const pipeline = await started(
      new ObservabilityPipeline({ name: "Own" })
        .addSource(source)
        .addProcessor({
          process: (event) =>
            event["drop"] === true ? null : { ...event, message: "seen", extra: { by: "me" } },
        })
        .addDestination(sink),
    );
    source.emit("event", { ...TASK, drop: true });
    source.emit("event", TASK);
    await vi.waitFor(() => expect(sink.events).toHaveLength(1), WAIT);
    expect(sink.events[0]).toMatchObject({ id: "1", message: "seen", extra: { by: "me" } });
    expect(pipeline.getHealth()).toMatchObject({
      name: "Own",
      running: true,
      components: { sources: [{ name: "Mine" }], destinations: [{ name: "Sink" }] },
    });
  });

  it("gives a destination the events only that its customFilter wants", async () => {
    const pipeline = await started(
      new PipelineConfigBuilder()
        .addDestination("jsonl", {
          outputPath: "errors.jsonl",
          rotateDaily: false,
          customFilter: (event: Event) => event["level"] === "error",
        })
        .addDestination("jsonl", { outputPath: "all.jsonl", rotateDaily: false })
        .build(),
    );
    await pipeline.processEvent({ ...TASK, id: "2", level: "info" });
    await pipeline.processEvent(TASK);
    await vi.waitFor(() => expect(eventsOf("all.jsonl")).toHaveLength(2), WAIT);
    await vi.waitFor(() => expect(eventsOf("errors.jsonl")).toMatchObject([{ id: "1" }]), WAIT);
  });

  it("gives a destination an event at which its customFilter fails, and says so", async () => {
    const fault = new Error("no level");
    const pipeline = await started(
      new PipelineConfigBuilder()
        .addDestination("jsonl", {
          name: "Errors",
          outputPath: "errors.jsonl",
          rotateDaily: false,
          customFilter: (event: Event) => {
            if (event["level"] === "info") throw fault;
            return false;
          },
        })
        .build(),
    );
    const told: unknown[] = [];
    pipeline.on("destination_error", (failure) => told.push(failure));
    await pipeline.processEvent(TASK);
    await pipeline.processEvent({ ...TASK, id: "2", level: "info" });
    await vi.waitFor(() => expect(eventsOf("errors.jsonl")).toMatchObject([{ id: "2" }]), WAIT);
    expect(told).toEqual([{ destination: "Errors", name: "Errors", error: fault }]);
    expect(pipeline.getMetrics().errors).toBe(1);
  });

  it("gives a destination the rows only for which its condition is true", async () => {
    const pipeline = await started(
      new PipelineConfigBuilder()
        .addDestination("jsonl", {
          outputPath: "errors.jsonl",
          rotateDaily: false,
          when: "severity_number >= SEVERITY_NUMBER_ERROR",
        })
        .addDestination("jsonl", { outputPath: "all.jsonl", rotateDaily: false })
        .build(),
    );
    await pipeline.processEvent({ ...TASK, id: "2", level: "info" });
    await pipeline.processEvent(TASK);
    await vi.waitFor(() => expect(eventsOf("all.jsonl")).toHaveLength(2), WAIT);
    await vi.waitFor(() => expect(eventsOf("errors.jsonl")).toHaveLength(1), WAIT);
    await vi.waitFor(() => expect(pipeline.getMetrics().events_delivered).toBe(3), WAIT);
  });

  it("has groups, whose members have their names", async () => {
    const first = new (class extends Sink {
      override readonly name = "First";
    })();
    first.failures = Number.POSITIVE_INFINITY;
    const pipeline = await started(
      new PipelineConfigBuilder()
        .addDestination("jsonl", { name: "Second", outputPath: "b.jsonl", rotateDaily: false })
        .addDestination("group", { name: "Both", members: ["First", "Second"] })
        .build()
        .addDestination(first),
    );
    await pipeline.processEvent(TASK);
    await vi.waitFor(() => expect(eventsOf("b.jsonl")).toHaveLength(1), WAIT);
    const destinations = () => pipeline.getHealth().components.destinations;
    // The file has the line before the delivery is counted.
    await vi.waitFor(() => expect(destinations()[1]!.metrics.events_processed).toBe(1), WAIT);
    expect(destinations().map(({ name, status }) => [name, status])).toEqual([
      ["Second", "healthy"],
      ["Both", "healthy"],
      ["First", "healthy"],
    ]);
  });

  it("says which members a group cannot have", async () => {
    const wrong = new PipelineConfigBuilder({ name: "Wrong" })
      .addDestination("console", { customFilter: () => true })
      .addDestination("jsonl", { name: "Twice" })
      .addDestination("jsonl", { name: "Twice" })
      .addDestination("group", { members: ["ConsoleDestination", "Twice", "Nobody"] })
      .build();
    await expect(wrong.initialize()).rejects.toThrow(
      [
        "Wrong cannot be made:",
        `destination group.members: "ConsoleDestination" with a customFilter; allowed: the group's`,
        'destination group.members: "Twice", of which there are several; allowed: names of one destination',
        'destination group.members: "Nobody"; allowed: ConsoleDestination, Twice, Twice',
      ].join("\n"),
    );
  });

  it("keeps what a destination did not take, for the next start", async () => {
    const made = (sink: Sink) => new ObservabilityPipeline().addDestination(sink);
    const dead = new Sink();
    dead.failures = Number.POSITIVE_INFINITY;
    const first = await started(made(dead));
    const told: unknown[] = [];
    first.on("destination_error", (failure) => told.push(failure));
    await first.processEvent(TASK);
    await vi.waitFor(
      () =>
        expect(told).toContainEqual({
          destination: "Sink",
          name: "Sink",
          error: expect.objectContaining({ message: "not now" }) as Error,
        }),
      WAIT,
    );
    await first.stop();
    const sink = new Sink();
    await started(made(sink));
    await vi.waitFor(() => expect(sink.events).toMatchObject([{ id: "1" }]), WAIT);
  });

  it("says what is no component, what type is unknown, and what is wrong with settings", async () => {
    const pipeline = new ObservabilityPipeline();
    const wrong = {} as Sink;
    expect(() => pipeline.addSource(wrong as never)).toThrow(
      "Invalid source: must implement start() method",
    );
    expect(() => pipeline.addProcessor(wrong as never)).toThrow(
      "Invalid processor: must implement process() method",
    );
    expect(() => pipeline.addDestination(wrong)).toThrow(
      "Invalid destination: must implement write() method",
    );
    expect(() => new PipelineConfigBuilder().addSource("tail")).toThrow(
      "Unknown source type: tail",
    );
    const built = new PipelineConfigBuilder()
      .addProcessor("sampler", { name: "Sampler", errorRate: 2 })
      .addDestination("console")
      .build();
    await expect(built.initialize()).rejects.toThrow(/processor Sampler\.errorRate/);
  });

  it("leaves out what is not enabled, and tells of what is added", async () => {
    const sink = new Sink();
    const added: string[] = [];
    const pipeline = new ObservabilityPipeline();
    pipeline.on("destination_added", ({ name }: { name: string }) => added.push(name));
    pipeline.addDestination(sink);
    expect(added).toEqual(["Sink"]);
    const built = await started(
      PipelineConfigBuilder.fromJSON({
        processors: [{ type: "filter", config: { enabled: false, dropLevels: ["error"] } }],
        destinations: [{ type: "jsonl", config: { outputPath: "out.jsonl", rotateDaily: false } }],
      }),
    );
    await built.processEvent(TASK);
    await vi.waitFor(() => expect(eventsOf("out.jsonl")).toHaveLength(1), WAIT);
  });

  it("tells of an event that it could not take, and of what was dropped", async () => {
    const pipeline = await started(
      new PipelineConfigBuilder()
        .addProcessor("filter", { dropLevels: ["error"] })
        .addDestination("jsonl", { outputPath: "out.jsonl" })
        .build(),
    );
    const told: string[] = [];
    pipeline.on("event_dropped", ({ event }: { event: Event }) =>
      told.push(`dropped ${String(event["id"])}`),
    );
    pipeline.on("processing_error", ({ error }: { error: Error }) => told.push(error.name));
    await pipeline.processEvent(TASK);
    let deep: unknown = 1;
    for (let depth = 0; depth < 1_000; depth++) deep = [deep];
    await pipeline.processEvent({ deep });
    expect(told).toEqual(["dropped 1", "RangeError"]);
  });
});

describe("the pipelines that seed 003 has ready", () => {
  it("write the events of a folder into one file a day", async () => {
    mkdirSync("coordination/events", { recursive: true });
    writeFileSync("coordination/events/a.jsonl", `${JSON.stringify(TASK)}\n`);
    const pipeline = await started(PipelineConfigBuilder.createDefaultPipeline());
    const day = new Date().toISOString().slice(0, 10);
    const path = `coordination/observability/pipeline-events-${day}.jsonl`;
    await vi.waitFor(() => expect(eventsOf(path)).toMatchObject([{ id: "1" }]), WAIT);
    expect(pipeline.getHealth().components.processors).toMatchObject([{ name: "EventEnricher" }]);
  });

  it("show them on the console", async () => {
    const pipeline = PipelineConfigBuilder.createDebugPipeline();
    await pipeline.initialize();
    expect(pipeline.getHealth().components.destinations).toMatchObject([
      { name: "ConsoleOutput", status: "healthy" },
    ]);
  });
});
