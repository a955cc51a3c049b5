import { SightglassError } from "#core/errors.ts";
import {
  conceal,
  hiddenAt,
  type HiddenBy,
  type LiveComponent,
  NOTHING_HIDDEN,
} from "../live/live-component.ts";
import type { FanOut } from "./fan-out.ts";
import { changeText, type GraphChange, graphChanges } from "./graph-changes.ts";
import { BUILT_IN, DEFAULT_PIPELINE, type GraphSpec, type PipelineSpec } from "./graph-spec.ts";
import type { ProcessorChange } from "./running-processors.ts";
import { type PipelineParts, RunningPipeline } from "./running-pipeline.ts";
import { RunningReceivers } from "./running-receivers.ts";
import { UndoList } from "./undo-list.ts";

export interface GraphParts extends PipelineParts {
  /** A folder in which each receiver has one of its own. */
  readonly receiversFolder: string;
  /** A pipeline is open, and about to be started. */
  onOpened(pipeline: RunningPipeline): void;
  /**
   * A pipeline was stopped because the graph has it no longer, and its journal is closed. What is left of
   * it on disk is the caller's to remove.
   */
  onRemoved(pipeline: RunningPipeline): Promise<void>;
}

/**
 * A graph that works, and can be made another while it does. What is the same in both goes on untouched,
 * with all that it remembers; no row is lost on the way, and none is refused that would not have been.
 *
 * @example
 * const graph = new RunningGraph(parts);
 * await graph.open(spec);
 * await graph.start();
 * await graph.startReceivers();
 * const changes = await graph.apply(otherSpec); // or throws, and then nothing has changed
 */
export class RunningGraph {
  readonly receivers: RunningReceivers;
  private readonly parts: GraphParts;
  private readonly running = new Map<string, RunningPipeline>();
  private graph: GraphSpec | undefined;
  private changing: Promise<unknown> = Promise.resolve();
  private stopped: Promise<void> | undefined;

  constructor(parts: GraphParts) {
    this.parts = parts;
    this.receivers = new RunningReceivers(parts.receiversFolder, parts.surroundings);
  }

  /** What runs. */
  get spec(): GraphSpec {
    if (this.graph === undefined) throw new RangeError("the graph is not open yet");
    return this.graph;
  }

  get pipelines(): readonly RunningPipeline[] {
    return [...this.running.values()];
  }

  /** The pipeline that is always there. */
  get main(): RunningPipeline {
    return this.running.get(DEFAULT_PIPELINE)!;
  }

  /** What is seen of the components of a pipeline; none where it is not there. */
  live(pipeline: string): LiveComponent[] {
    const spec = this.spec.pipelines.get(pipeline);
    const running = this.running.get(pipeline);
    if (spec === undefined || running === undefined) return [];
    const receivers = spec.receivers.map((name): LiveComponent => {
      const { samples } = this.fanOut(name).tap;
      const hiddenBy = this.hiddenAtReceiver(this.spec, name);
      return { kind: "receiver", name, samples, hiddenBy };
    });
    const destinations = running.destinations.map(({ name, statistics }): LiveComponent => {
      const { samples } = statistics;
      return { kind: "destination", name, samples, hiddenBy: NOTHING_HIDDEN };
    });
    const stores = spec.destinations
      .filter((name) => BUILT_IN.destinations.some((one) => one === name))
      .map((name): LiveComponent => {
        const { samples } = running.tap;
        return { kind: "destination", name, samples, hiddenBy: NOTHING_HIDDEN };
      });
    return [...receivers, ...running.processors.live(), ...stores, ...destinations];
  }

  /** Where what a receiver brings goes, be it built in. */
  fanOut(receiver: string): FanOut {
    return this.receivers.fanOut(receiver);
  }

  /** Opens the journals. Starts nothing. */
  async open(graph: GraphSpec): Promise<void> {
    this.graph = graph;
    for (const spec of graph.pipelines.values()) await this.openOne(graph, spec);
    this.route(graph);
  }

  /** Starts destinations and processors; receivers that are built in may bring data from then on. */
  async start(): Promise<void> {
    for (const spec of this.spec.pipelines.values())
      await this.running.get(spec.name)!.start(this.spec, spec);
  }

  /** @throws SightglassError of the first that cannot start. */
  startReceivers(): Promise<void> {
    return this.oneByOne(() => this.receivers.change(this.spec, this.undoList()));
  }

  /**
   * Makes the graph another one, and resolves with what that changed. One change is made at a time.
   *
   * @throws what the first component said that could not start; then all is as it was before.
   */
  apply(next: GraphSpec): Promise<readonly GraphChange[]> {
    return this.oneByOne(() => this.change(next));
  }

  /** What `apply` would change. */
  compare(next: GraphSpec): GraphChange[] {
    return graphChanges(this.spec, next);
  }

  /** Takes nothing new from receivers that are not built in. Never rejects. */
  async stopReceivers(): Promise<void> {
    await this.changing;
    await this.receivers.stopAll();
  }

  /** Writes what waits, lets the destinations deliver within their budgets, closes the journals. Idempotent. */
  stop(): Promise<void> {
    this.stopped ??= this.stopAll();
    return this.stopped;
  }

  private oneByOne<T>(run: () => Promise<T>): Promise<T> {
    const done = this.changing.then(run);
    this.changing = done.catch(() => {});
    return done;
  }

  private async stopAll(): Promise<void> {
    await this.changing;
    await Promise.all(this.pipelines.map((pipeline) => pipeline.stop()));
  }

  private async change(next: GraphSpec): Promise<readonly GraphChange[]> {
    if (this.stopped !== undefined) throw new SightglassError("stopping", "Sightglass is stopping");
    const before = this.spec;
    const changes = graphChanges(before, next);
    const undo = this.undoList();
    const processors: ProcessorChange[] = [];
    try {
      await this.add(next, undo);
      for (const [pipeline, spec] of this.kept(next)) {
        const change = await pipeline.prepareProcessors(next, spec);
        undo.add(() => change.undo());
        processors.push(change);
      }
      undo.add(async () => this.route(before));
      for (const change of processors) change.swap();
      this.route(next);
      for (const [pipeline, spec] of this.kept(next))
        await pipeline.changeDestinations(next, spec, undo);
      await this.receivers.change(next, undo);
    } catch (error) {
      await undo.run();
      throw error;
    }
    this.graph = next;
    await this.finish(next, processors);
    const { log } = this.parts.surroundings;
    if (changes.length > 0)
      log.info("The graph was changed", { changes: changes.map(changeText).join("; ") });
    return changes;
  }

  /** Ends what the graph has no more. Never rejects. */
  private async finish(next: GraphSpec, processors: readonly ProcessorChange[]): Promise<void> {
    await this.receivers.finishChange();
    this.receivers.forgetOthers(receiversOf(next));
    for (const change of processors) await change.finish();
    const ended = this.pipelines.filter(({ name }) => !next.pipelines.has(name));
    await Promise.all([
      ...ended.map((pipeline) => this.remove(pipeline)),
      ...this.kept(next).map(([pipeline, spec]) => pipeline.endDestinations(next, spec)),
    ]);
  }

  /** The pipelines that are in both graphs, with what each is to be. */
  private kept(next: GraphSpec): (readonly [RunningPipeline, PipelineSpec])[] {
    return this.pipelines.flatMap((pipeline) => {
      const spec = next.pipelines.get(pipeline.name);
      return spec === undefined ? [] : [[pipeline, spec] as const];
    });
  }

  private async add(next: GraphSpec, undo: UndoList): Promise<void> {
    for (const spec of next.pipelines.values()) {
      if (this.running.has(spec.name)) continue;
      const pipeline = await this.openOne(next, spec);
      undo.add(() => this.remove(pipeline));
      await pipeline.start(next, spec);
    }
  }

  private async openOne(graph: GraphSpec, spec: PipelineSpec): Promise<RunningPipeline> {
    const pipeline = await RunningPipeline.open(graph, spec, this.parts);
    this.running.set(spec.name, pipeline);
    this.parts.onOpened(pipeline);
    return pipeline;
  }

  private async remove(pipeline: RunningPipeline): Promise<void> {
    this.running.delete(pipeline.name);
    const { log } = this.parts.surroundings;
    try {
      await pipeline.stop();
      await this.parts.onRemoved(pipeline);
    } catch (error) {
      log.error("A pipeline was not removed as it should", { pipeline: pipeline.name, error });
    }
  }

  /** Has what each receiver brings go to the pipelines that name it. */
  private route(graph: GraphSpec): void {
    const specs = [...graph.pipelines.values()];
    for (const name of receiversOf(graph)) {
      const own = specs.filter(({ receivers }) => receivers.includes(name));
      const fanOut = this.fanOut(name);
      fanOut.targets = own.map((spec) => this.running.get(spec.name)!.processors.push);
      conceal(fanOut.tap, this.hiddenAtReceiver(graph, name));
    }
  }

  /** What a receiver brings is hidden when a pipeline that gets it redacts. */
  private hiddenAtReceiver({ pipelines, processors }: GraphSpec, receiver: string): HiddenBy {
    if (this.parts.surroundings.unredactedSamples === true) return NOTHING_HIDDEN;
    const after = [...pipelines.values()]
      .filter(({ receivers }) => receivers.includes(receiver))
      .flatMap(
        (spec) =>
          hiddenAt(
            spec.processors.map((one) => processors.get(one)!),
            -1,
          ).after,
      );
    return { before: [], after: [...new Set(after)] };
  }

  private undoList(): UndoList {
    return new UndoList((error) =>
      this.parts.surroundings.log.error("A part of a change could not be put back", { error }),
    );
  }
}

/** Those that bring data to a pipeline, be they built in. */
function receiversOf({ pipelines }: GraphSpec): Set<string> {
  return new Set([...pipelines.values()].flatMap(({ receivers }) => receivers));
}
