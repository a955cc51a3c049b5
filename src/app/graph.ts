import type { SectionProblem } from "#config/draft.ts";
import type { Settings } from "#config/schema.ts";
import { findClashes, type TakenAddress } from "#pipeline/graph/clashes.ts";
import { findMissingPackages, type Installation } from "#pipeline/graph/missing-packages.ts";
import { BUILT_IN, DEFAULT_PIPELINE, type GraphSpec } from "#pipeline/graph/graph-spec.ts";
import { parseGraph, type ParsedGraph, type WrittenGraph } from "#pipeline/graph/parse-graph.ts";
import { loadComponents } from "./components.ts";
import { thisInstallation } from "./installed-packages.ts";

/** The addresses that are taken by what is no component of a graph. */
export function takenAddresses({ http, receivers }: Settings): TakenAddress[] {
  const { otlp } = receivers;
  return [
    { setting: "http.endpoint", address: http.endpoint },
    { setting: "receivers.otlp.http.endpoint", address: otlp.http.endpoint },
    { setting: "receivers.otlp.grpc.endpoint", address: otlp.grpc.endpoint },
  ];
}

/** Judges the sections of components of a configuration, for where it is to run. */
export async function readGraph(
  written: WrittenGraph,
  taken: readonly TakenAddress[],
  installation: Installation = thisInstallation,
): Promise<ParsedGraph> {
  const parsed = parseGraph(written, await loadComponents(written));
  if (!parsed.success) return parsed;
  const problems = [
    ...lackingProblems(parsed.graph),
    ...findClashes(parsed.graph, taken),
    ...findMissingPackages(parsed.graph, installation),
  ];
  return problems.length === 0 ? parsed : { success: false, problems };
}

const [OTLP] = BUILT_IN.receivers;
const [STORE] = BUILT_IN.destinations;

/** What the API, the probe and own telemetry go through is always there, and what OTLP brings goes somewhere. */
function lackingProblems({ pipelines }: GraphSpec): SectionProblem[] {
  const problems: SectionProblem[] = [];
  const main = pipelines.get(DEFAULT_PIPELINE);
  if (main === undefined)
    problems.push({
      path: ["pipelines"],
      found: `pipelines without ${DEFAULT_PIPELINE}`,
      allowed: `pipelines of which one has the name ${DEFAULT_PIPELINE}`,
    });
  else if (!main.destinations.includes(STORE))
    problems.push({
      path: ["pipelines", DEFAULT_PIPELINE, "destinations"],
      found: `a list without ${STORE}`,
      allowed: `a list that has ${STORE}`,
    });
  if (![...pipelines.values()].some(({ receivers }) => receivers.includes(OTLP)))
    problems.push({
      path: ["pipelines"],
      found: `no pipeline with the receiver ${OTLP}`,
      allowed: `at least one pipeline whose receivers have ${OTLP}`,
    });
  return problems;
}
