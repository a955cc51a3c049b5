import type { GraphSpec } from "#pipeline/graph/graph-spec.ts";
import { findMissingPackages } from "#pipeline/graph/missing-packages.ts";
import { parseGraph } from "#pipeline/graph/parse-graph.ts";
import { cannotBeMade } from "./cannot-be-made.ts";
import { entryOf, type GraphEntry } from "./component-types.ts";
import { type EventComponent, KINDS } from "./event-component.ts";
import type { EventPipelineHost } from "./event-pipeline-host.ts";

/** Components that work by themselves keep what must outlive the process here. */
export const LONE_DIR = "data/event-pipeline/alone";

/** A component judged by itself, outside of any pipeline. */
export interface LoneComponent {
  /** Its name in the graph, which has nothing else. */
  readonly name: string;
  readonly entry: GraphEntry;
  readonly graph: GraphSpec;
}

/** @throws Error with everything that is wrong with its settings. */
export async function judgedAlone(
  component: EventComponent,
  host: EventPipelineHost,
): Promise<LoneComponent> {
  const { kind, type, config } = component;
  const entry = entryOf(kind, type, config);
  const name = `${entry.type}/1`;
  const written = { [KINDS[kind]]: { [name]: entry.settings } };
  const parsed = parseGraph(written, await host.loadComponents(written));
  const problems = parsed.success
    ? findMissingPackages(parsed.graph, host.installation)
    : parsed.problems;
  if (parsed.success && problems.length === 0) return { name, entry, graph: parsed.graph };
  throw cannotBeMade(component.name, problems, (path) =>
    [`${kind} ${component.name}`, ...path.slice(2)].join("."),
  );
}
