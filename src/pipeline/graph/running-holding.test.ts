import { describe, expect, it } from "vitest";
import { PAYLOAD_VERSION } from "#core/native/payload.ts";
import { ComponentMeters } from "#telemetry/component-meters.ts";
import { createLogger } from "#telemetry/log.ts";
import { createMeter } from "#telemetry/meter.ts";
import { evenTraces, judging, spansIn, spansOf } from "../holding/testing/holder-fixture.ts";
import type { DeliveringDestination } from "../delivery/delivering-destination.ts";
import { deliverySettingsSchema } from "../delivery/delivery-settings.ts";
import { type Journal, type JournalConsumerOptions, openJournal } from "../journal/journal.ts";
import { SimulatedDisk } from "../journal/simulated-disk.ts";
import { logs } from "../testing/batches.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import type { DestinationSpec, GraphSpec, PipelineSpec, ProcessorSpec } from "./graph-spec.ts";
import { RunningPipeline } from "./running-pipeline.ts";

const PIPELINE: PipelineSpec = {
  name: "default",
  receivers: ["otlp"],
  processors: [],
  destinations: ["store", "deaf"],
};

/** It reads nothing; where it is, each record says all that reading it needs. */
const DEAF: DestinationSpec = {
  name: "deaf",
  type: "deaf",
  written: {},
  claims: [],
  delivery: deliverySettingsSchema.parse({}),
  create: () => {
    throw new Error("it is not made");
  },
};

type Decide = typeof evenTraces;

/** A graph whose pipeline holds with such a judge; without one it does not hold. */
function graphOf(decide?: Decide, name = "tail_sample"): [GraphSpec, PipelineSpec] {
  const spec: ProcessorSpec = {
    name,
    type: "tail_sample",
    written: { decide: String(decide) },
    claims: [],
    onError: "pass",
    holds: true,
    create: () => ({ holds: judging(decide), process() {} }),
  };
  const processors = new Map(decide === undefined ? [] : [[name, spec]]);
  const pipeline = { ...PIPELINE, processors: [...processors.keys()] };
  const pipelines = new Map([[PIPELINE.name, pipeline]]);
  const destinations = new Map([[DEAF.name, DEAF]]);
  return [{ receivers: new Map(), processors, destinations, pipelines }, pipeline];
}

class World {
  readonly clock = new FakeClock();
  disk = new SimulatedDisk();
  pipeline!: RunningPipeline;
  readonly givenUp: unknown[] = [];
  /** Journals that cannot be opened, and how many times. */
  readonly unopened = new Map<string, number>();
  /** Journals that are open, and those that were opened while they were. */
  readonly journals = new Set<string>();
  readonly openedTwice: string[] = [];

  async open([graph, spec]: [GraphSpec, PipelineSpec]): Promise<void> {
    const { clock, disk } = this;
    const log = createLogger({ level: "info", clock, sink: () => {} });
    const meters = new ComponentMeters(createMeter());
    const timeWindow = () => ({ oldestMs: 0, newestMs: 1e15 });
    this.pipeline = await RunningPipeline.open(graph, spec, {
      surroundings: { log, clock, meters, random: () => 0.5, timeWindow },
      storeBytesMax: 1 << 30,
      openJournal: (name, consumers) => this.openJournal(name, consumers, disk),
      removeJournal: async (name) => {
        for (const path of disk.paths())
          if (path.startsWith(`/journal/${name}/`)) disk.delete(path);
      },
      heldJournals: async (name) => {
        const folders = disk.paths().map((path) => path.split("/")[2]!);
        const prefix = `${name}.`;
        const held = folders.filter((folder) => folder.startsWith(prefix));
        return [...new Set(held)].map((folder) => folder.slice(prefix.length));
      },
      createStore: () => Promise.resolve({ start: async () => {}, stop: async () => {} }),
      createDelivery: () => ({
        delivering: { start: async () => {}, stop: async () => {} } as DeliveringDestination,
        members: () => undefined,
        forget: () => {},
      }),
      onGivenUp: (rows) => this.givenUp.push(rows),
    });
    await this.pass(this.pipeline.start(graph, spec));
  }

  private async openJournal(
    name: string,
    consumers: readonly JournalConsumerOptions[],
    files: SimulatedDisk,
  ): Promise<Journal> {
    const left = this.unopened.get(name) ?? 0;
    this.unopened.set(name, left - 1);
    if (left > 0) throw new Error("it cannot be opened");
    if (this.journals.has(name)) this.openedTwice.push(name);
    this.journals.add(name);
    const folder = `/journal/${name}`;
    const { clock } = this;
    const journal = await openJournal({
      folder,
      consumers,
      clock,
      files,
      payloadVersion: PAYLOAD_VERSION,
    });
    const close = journal.close.bind(journal);
    journal.close = async () => {
      await close();
      this.journals.delete(name);
    };
    return journal;
  }

  async change([graph, spec]: [GraphSpec, PipelineSpec]): Promise<void> {
    const change = await this.pass(this.pipeline.prepareProcessors(graph, spec));
    change.swap();
    await this.pass(change.finish());
  }

  async bring(...batches: Parameters<typeof this.pipeline.processors.push>[0][]): Promise<void> {
    for (const batch of batches) await this.pass(this.pipeline.processors.push(batch, "default"));
  }

  /** Lets the time go on until it is done. */
  async pass<T>(done: Promise<T>): Promise<T> {
    let isDone = false;
    const mark = (): void => void (isDone = true);
    done.then(mark, mark);
    await this.clock.advanceUntil(() => isDone, 30_000, 50);
    return done;
  }

  /** Names of the spans that the store would get by now. */
  async stored(): Promise<string[]> {
    const spans = await spansIn(this.pipeline.storeConsumer!);
    return spans.map(({ row }) => row.name).toSorted();
  }

  async kill(): Promise<void> {
    this.disk = this.disk.afterKill();
    this.journals.clear();
  }

  /** Has nothing be written to the journal that the destinations read, or something again. */
  refuse(isRefused: boolean): void {
    this.disk.fault = (call, path) =>
      isRefused && call === "write" && path.startsWith("/journal/default/")
        ? { error: "EIO" }
        : undefined;
  }

  /** Whether nothing of the holding is left. */
  get isGone(): boolean {
    const isThere = this.disk.paths().some((path) => path.includes("tail_sample"));
    try {
      this.pipeline.journal.consumer("tail_sample.settled");
      return false;
    } catch {
      return !isThere;
    }
  }

  async wait(ms: number): Promise<void> {
    await this.clock.advanceUntil(() => false, ms);
  }
}

const span = (trace: number, name: string) => spansOf({ trace, name });
const oddTraces: Decide = (traces) => evenTraces(traces).map((weight) => (weight > 0 ? 0 : 1));

describe("a pipeline that holds traces", () => {
  it("holds them until they are decided, and nothing else", async () => {
    const world = new World();
    await world.open(graphOf(evenTraces));
    await world.bring(span(2, "a"), span(3, "x"), logs("shop", { body: "b" }));
    expect(world.pipeline.journal.acceptedRows()).toMatchObject({ logs: 1, traces: 0 });
    expect(world.pipeline.backlogs()).toMatchObject([{ destination: "store", rows: 3 }, {}]);
    const [held] = world.pipeline.held();
    expect(held).toMatchObject({ backlog: { rows: 2 } });
    const { rows, bytes, oldestAgeMs } = held!.backlog;
    expect(world.pipeline.processors.views()[0]!.queue).toEqual({ rows, bytes, oldestAgeMs });
    await world.wait(8_000);
    expect(await world.stored()).toEqual(["a"]);
    const [view] = world.pipeline.processors.views();
    expect(view!.statistics).toMatchObject({ traces_kept: 1, traces_dropped: 1 });
    await world.pass(world.pipeline.stop());
  });

  it("lets another judge decide what waits when its settings change", async () => {
    const world = new World();
    await world.open(graphOf(evenTraces));
    await world.bring(span(2, "a"), span(3, "x"));
    await world.change(graphOf(oddTraces));
    await world.bring(span(4, "b"), span(5, "y"));
    await world.wait(8_000);
    expect(await world.stored()).toEqual(["x", "y"]);
    await world.pass(world.pipeline.stop());
  });

  it("decides what waits when it holds no longer, and begins anew when it holds again", async () => {
    const world = new World();
    await world.open(graphOf(evenTraces));
    await world.bring(span(2, "a"), span(3, "x"));
    await world.change(graphOf());
    expect(await world.stored()).toEqual(["a"]);
    await world.bring(span(5, "y"));
    expect(await world.stored()).toEqual(["a", "y"]);
    await world.change(graphOf(evenTraces));
    await world.bring(span(6, "b"), span(7, "z"));
    expect(await world.stored()).toEqual(["a", "y"]);
    await world.wait(8_000);
    expect(await world.stored()).toEqual(["a", "b", "y"]);
    await world.pass(world.pipeline.stop());
  });

  it("goes on without a holder where a change of the graph is taken back", async () => {
    const world = new World();
    await world.open(graphOf());
    const change = await world.pass(world.pipeline.prepareProcessors(...graphOf(evenTraces)));
    change.swap();
    await world.bring(span(2, "a"), span(3, "x"));
    await world.pass(change.undo());
    await world.bring(span(5, "y"));
    expect(await world.stored()).toEqual(["a", "y"]);
    await world.pass(world.pipeline.stop());
  });

  it("writes what a holder has left that is not there after a restart, whole", async () => {
    const world = new World();
    await world.open(graphOf(evenTraces));
    await world.bring(span(2, "a"), span(3, "x"));
    await world.kill();
    await world.open(graphOf());
    await world.wait(3_000);
    expect(await world.stored()).toEqual(["a", "x"]);
    await world.kill();
    await world.open(graphOf(evenTraces));
    await world.wait(8_000);
    expect(await world.stored()).toEqual(["a", "x"]);
    await world.pass(world.pipeline.stop());
  });

  it("keeps on disk what waits when it stops", async () => {
    const world = new World();
    await world.open(graphOf(evenTraces));
    await world.bring(span(2, "a"), span(3, "x"));
    await world.pass(world.pipeline.stop());
    await world.open(graphOf(evenTraces));
    await world.bring(span(2, "b"));
    await world.wait(8_000);
    expect(await world.stored()).toEqual(["a", "b"]);
    await world.pass(world.pipeline.stop());
  });

  it("leaves nothing of a holder on disk that has nothing left", async () => {
    const world = new World();
    await world.open(graphOf(evenTraces));
    await world.bring(span(2, "a"), span(3, "x"));
    expect(world.isGone).toBe(false);
    await world.change(graphOf());
    expect(await world.stored()).toEqual(["a"]);
    expect(world.isGone).toBe(true);
    await world.pass(world.pipeline.stop());
  });

  it("counts on when its settings change", async () => {
    const world = new World();
    await world.open(graphOf(evenTraces));
    await world.bring(span(2, "a"), span(3, "x"));
    await world.wait(8_000);
    await world.change(graphOf(oddTraces));
    await world.bring(span(4, "y"), span(5, "b"), span(7, "c"));
    await world.wait(8_000);
    const [view] = world.pipeline.processors.views();
    expect(view!.statistics).toMatchObject({ traces_held: 0, traces_kept: 3, traces_dropped: 2 });
    await world.pass(world.pipeline.stop());
  });
});

describe("a holder that cannot go on", () => {
  it("is waited for a while when it goes, and ends in the background", async () => {
    const world = new World();
    await world.open(graphOf(evenTraces));
    await world.bring(span(2, "a"), span(3, "x"));
    world.refuse(true);
    await world.change(graphOf());
    expect(world.pipeline.backlogs()).toMatchObject([{ rows: 2 }, { rows: 2 }]);
    expect(world.isGone).toBe(false);
    world.refuse(false);
    await world.wait(20_000);
    expect(await world.stored()).toEqual(["a"]);
    expect(world.isGone).toBe(true);
    await world.pass(world.pipeline.stop());
  });

  it("is counted with what waits when its pipeline stops before it has ended", async () => {
    const world = new World();
    await world.open(graphOf(evenTraces));
    await world.bring(span(2, "a"), span(3, "x"));
    world.refuse(true);
    await world.change(graphOf());
    await world.pass(world.pipeline.stop());
    expect(world.pipeline.backlogs()).toMatchObject([{ rows: 2 }, { rows: 2 }]);
    await world.kill();
    world.unopened.set("default.tail_sample", 1);
    await world.open(graphOf());
    expect(world.pipeline.backlogs()).not.toMatchObject([{ rows: 0 }, { rows: 0 }]);
    await world.wait(10_000);
    expect(await world.stored()).toEqual(["a", "x"]);
    await world.pass(world.pipeline.stop());
  });

  it("is tried again when it was there before a restart, for as long as it takes", async () => {
    const world = new World();
    await world.open(graphOf(evenTraces));
    await world.bring(span(2, "a"), span(3, "x"));
    await world.kill();
    world.unopened.set("default.tail_sample", 3);
    await world.open(graphOf());
    await world.wait(2_000);
    expect(await world.stored()).toEqual([]);
    await world.wait(20_000);
    expect(await world.stored()).toEqual(["a", "x"]);
    expect(world.isGone).toBe(true);
    await world.pass(world.pipeline.stop());
  });

  it("gives what waits to the one that comes again before it has ended", async () => {
    const world = new World();
    await world.open(graphOf(evenTraces));
    await world.bring(span(2, "a"), span(3, "x"));
    await world.kill();
    world.refuse(true);
    await world.open(graphOf());
    await world.change(graphOf(evenTraces));
    world.refuse(false);
    await world.wait(20_000);
    expect(world.openedTwice).toEqual([]);
    expect(await world.stored()).toEqual(["a"]);
    await world.pass(world.pipeline.stop());
  });

  it("leaves nothing when it could not be opened", async () => {
    const world = new World();
    await world.open(graphOf());
    world.unopened.set("default.tail_sample", 1);
    await expect(world.change(graphOf(evenTraces))).rejects.toThrow("cannot be opened");
    await world.bring(span(3, "x"));
    await world.wait(5_000);
    expect(world.isGone).toBe(true);
    expect(await world.stored()).toEqual(["x"]);
    await world.pass(world.pipeline.stop());
  });

  it("is followed by another when it fails", async () => {
    const world = new World();
    let failures = 0;
    const decide: Decide = (traces) => {
      if (traces.length > 0 && failures < 3) throw new Error(`a fault of ours, ${++failures}`);
      return evenTraces(traces);
    };
    await world.open(graphOf(decide));
    await world.bring(span(2, "a"), span(3, "x"));
    await world.wait(30_000);
    expect(failures).toBe(3);
    expect(await world.stored()).toEqual(["a"]);
    await world.pass(world.pipeline.stop());
  });

  it("is tried again when it cannot begin with other settings", async () => {
    const world = new World();
    await world.open(graphOf(evenTraces));
    await world.bring(span(2, "a"));
    await world.wait(3_000);
    await world.bring(span(5, "x"), span(2, "b"));
    await world.wait(3_000);
    // What was decided is looked up in the output, since a trace waits that came before its last span.
    world.disk.fault = (call, path) =>
      call === "read" && path.startsWith("/journal/default/") ? { error: "EMFILE" } : undefined;
    await world.change(graphOf(oddTraces));
    await world.wait(10_000);
    world.disk.fault = () => undefined;
    await world.bring(span(7, "y"));
    await world.wait(70_000);
    expect(await world.stored()).toEqual(["a", "b", "x", "y"]);
    await world.pass(world.pipeline.stop());
  });
});

describe("a destination that is not there after a restart", () => {
  it("gives up what it had not delivered, which is told once", async () => {
    const world = new World();
    await world.open(graphOf());
    await world.bring(span(2, "a"), logs("shop", { body: "b" }));
    await world.pass(world.pipeline.stop());
    const [graph, spec] = graphOf();
    for (let restart = 0; restart < 2; restart += 1) {
      await world.open([graph, { ...spec, destinations: ["store"] }]);
      await world.pass(world.pipeline.stop());
      expect(world.givenUp).toEqual([{ pipeline: "default", destination: "deaf", rows: 2 }]);
    }
    await world.open(graphOf());
    expect(world.pipeline.backlogs()).toMatchObject([
      { destination: "store", rows: 2 },
      { destination: "deaf", rows: 0 },
    ]);
    await world.pass(world.pipeline.stop());
  });
});
