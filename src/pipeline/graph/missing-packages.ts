import { installHint, type OptionalPackage, type ReadVariable } from "../optional-packages.ts";
import type { GraphSpec } from "./graph-spec.ts";
import type { GraphProblem } from "./parse-graph.ts";

/** Where a graph is to run: its environment, and the packages that are there. */
export interface Installation {
  readonly variable: ReadVariable;
  readonly isInstalled: (packageName: string) => boolean;
}

/** Components that need a package which is not there: found before anything starts. */
export function findMissingPackages(graph: GraphSpec, installation: Installation): GraphProblem[] {
  const problems: GraphProblem[] = [];
  for (const kind of ["receivers", "processors", "destinations"] as const)
    for (const [name, { packages }] of graph[kind])
      for (const needed of packages?.(installation.variable) ?? [])
        if (!installation.isInstalled(needed.name)) problems.push(problemOf([kind, name], needed));
  return problems;
}

function problemOf(path: readonly string[], needed: OptionalPackage): GraphProblem {
  return {
    path,
    found: `no package "${needed.name}"`,
    allowed: `${needed.instead}, or that package. ${installHint(needed)}`,
  };
}
