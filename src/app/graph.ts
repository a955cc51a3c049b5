import type { SectionProblem } from "#config/draft.ts";
import { BUILT_IN, DEFAULT_PIPELINE, type GraphSpec } from "#pipeline/graph/graph-spec.ts";
import { parseGraph, type ParsedGraph, type WrittenGraph } from "#pipeline/graph/parse-graph.ts";
import { loadComponents } from "./components.ts";

/** Judges the sections of components of a configuration. */
export async function readGraph(written: WrittenGraph): Promise<ParsedGraph> {
  const parsed = parseGraph(written, await loadComponents(written));
  if (!parsed.success) return parsed;
  const problems = beyondThisRelease(parsed.graph);
  return problems.length === 0 ? parsed : { success: false, problems };
}

/** One pipeline, which has what the API, the probe and own telemetry go through. */
function beyondThisRelease({ pipelines }: GraphSpec): SectionProblem[] {
  const problems: SectionProblem[] = [];
  for (const { name, receivers, destinations } of pipelines.values()) {
    if (name !== DEFAULT_PIPELINE)
      problems.push({
        path: ["pipelines", name],
        found: "another pipeline",
        allowed: `one pipeline, with the name ${DEFAULT_PIPELINE}`,
      });
    for (const [kind, names, needed] of [
      ["receivers", receivers, BUILT_IN.receivers],
      ["destinations", destinations, BUILT_IN.destinations],
    ] as const)
      for (const one of needed)
        if (!names.includes(one))
          problems.push({
            path: ["pipelines", name, kind],
            found: `a list without ${one}`,
            allowed: `a list that has ${one}`,
          });
  }
  return problems;
}
