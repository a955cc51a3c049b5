import type { ComponentRegistry } from "#pipeline/graph/registry.ts";
import type { WrittenGraph } from "#pipeline/graph/parse-graph.ts";
import type { Installation } from "#pipeline/graph/missing-packages.ts";
import type { RunningGraph } from "#pipeline/graph/running-graph.ts";
import type { Clock } from "#core/clock.ts";
import type { TimeWindow } from "#core/rejections.ts";
import type { EventComponentKind } from "./event-component.ts";

/** What went wrong at a component while the pipeline works. */
export interface EventPipelineFailure {
  readonly message: string;
  readonly kind: EventComponentKind;
  /** Its name in the graph; undefined where it is about none in particular. */
  readonly component: string | undefined;
  readonly error: string | undefined;
}

/** What an event pipeline is given by the program that it is part of. */
export interface EventPipelineHost {
  readonly clock: Clock;
  /** The types of a graph. */
  types(kind: EventComponentKind): readonly string[];
  loadComponents(written: WrittenGraph): Promise<ComponentRegistry>;
  readonly installation: Installation;
  /** Makes a graph that keeps in `folder` what must outlive the process. Opens nothing yet. */
  createGraph(folder: string, onFailure: (failure: EventPipelineFailure) => void): RunningGraph;
  /** The times that events may have now. */
  timeWindow(): TimeWindow;
}
