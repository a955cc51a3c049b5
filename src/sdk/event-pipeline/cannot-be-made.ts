import type { GraphProblem } from "#pipeline/graph/parse-graph.ts";

/** Why something cannot be made: everything that is wrong, each with its place in the program's own words. */
export function cannotBeMade(
  name: string,
  problems: readonly GraphProblem[],
  placeOf: (path: readonly string[]) => string,
): Error {
  const lines = problems.map(
    ({ path, found, allowed }) =>
      `${placeOf(path)}: ${found === undefined ? "" : `${found}; `}allowed: ${allowed}`,
  );
  return new Error(`${name} cannot be made:\n${lines.join("\n")}`);
}
