import { describe, expect, it } from "vitest";
import { PAYLOAD_VERSION } from "#core/native/payload.ts";
import { ComponentMeters } from "#telemetry/component-meters.ts";
import { createLogger } from "#telemetry/log.ts";
import { createMeter } from "#telemetry/meter.ts";
import { evenTraces, judging, spansIn, spansOf } from "../holding/testing/holder-fixture.ts";
import { openJournal } from "../journal/journal.ts";
import { SimulatedDisk } from "../journal/simulated-disk.ts";
import { logs } from "../testing/batches.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import type { GraphSpec, PipelineSpec, ProcessorSpec } from "./graph-spec.ts";
import { RunningPipeline } from "./running-pipeline.ts";

const PIPELINE: PipelineSpec = {
  name: "default",
  receivers: ["otlp"],
  processors: [],
  destinations: ["store"],
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
  return [{ receivers: new Map(), processors, destinations: new Map(), pipelines }, pipeline];
}

class World {
  readonly clock = new FakeClock();
  disk = new SimulatedDisk();
  pipeline!: RunningPipeline;

  async open([graph, spec]: [GraphSpec, PipelineSpec]): Promise<void> {
    const { clock, disk } = this;
    const log = createLogger({ level: "info", clock, sink: () => {} });
    const meters = new ComponentMeters(createMeter());
    const timeWindow = () => ({ oldestMs: 0, newestMs: 1e15 });
    this.pipeline = await RunningPipeline.open(graph, spec, {
      surroundings: { log, clock, meters, random: () => 0.5, timeWindow },
      storeBytesMax: 1 << 30,
      openJournal: (name, consumers) =>
        openJournal({
          folder: `/journal/${name}`,
          consumers,
          clock,
          files: disk,
          payloadVersion: PAYLOAD_VERSION,
        }),
      heldJournals: async (name) => {
        const folders = disk.paths().map((path) => path.split("/")[2]!);
        const prefix = `${name}.`;
        const held = folders.filter((folder) => folder.startsWith(prefix));
        return [...new Set(held)].map((folder) => folder.slice(prefix.length));
      },
      createStore: () => Promise.resolve({ start: async () => {}, stop: async () => {} }),
      createDelivery: () => {
        throw new Error("there is no other destination");
      },
      onGivenUp: () => {},
    });
    await this.pass(this.pipeline.start(graph, spec));
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
    expect(world.pipeline.backlogs()).toMatchObject([{ destination: "store", rows: 3 }]);
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
});
