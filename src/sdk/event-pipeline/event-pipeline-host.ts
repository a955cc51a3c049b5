import type { ComponentRegistry } from "#pipeline/graph/registry.ts";
import type { WrittenGraph } from "#pipeline/graph/parse-graph.ts";
import type { Installation } from "#pipeline/graph/missing-packages.ts";
import type { RunningGraph } from "#pipeline/graph/running-graph.ts";
import type { Surroundings } from "#pipeline/graph/surroundings.ts";
import type { Clock } from "#core/clock.ts";
import type { TimeWindow } from "#core/rejections.ts";
import type { EventComponentKind } from "./event-component.ts";

/** What a component warns of in its log, where there is no other way to hear of it. */
export interface ComponentWarning {
  /** Undefined for a source or a processor: which of them, its name tells. */
  readonly kind: "destination" | undefined;
  /** Its name in the graph; undefined where it is about none in particular. */
  readonly component: string | undefined;
  readonly error: Error;
}

export type OnWarning = (warning: ComponentWarning) => void;

/** What an event pipeline is given by the program that it is part of. */
export interface EventPipelineHost {
  readonly clock: Clock;
  /** The types of a graph. */
  types(kind: EventComponentKind): readonly string[];
  loadComponents(written: WrittenGraph): Promise<ComponentRegistry>;
  readonly installation: Installation;
  /** Makes a graph that keeps in `folder` what must outlive the process. Opens nothing yet. */
  createGraph(folder: string, onWarning: OnWarning): RunningGraph;
  /** What a component that works by itself is given. */
  surroundings(onWarning: OnWarning): Surroundings;
  /** The times that events may have now. */
  timeWindow(): TimeWindow;
}
