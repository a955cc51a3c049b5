import { foundText, type ConfigProblem } from "./problems.ts";
import type { Environment } from "./references.ts";

/**
 * Variables whose meaning is settled, of which this version can only do what is usual. Whoever sets one to
 * something else expects what would not happen: the start is refused rather than the variable overlooked.
 */
const RESERVED = [
  {
    variable: "SIGHTGLASS_ROLES",
    isUsual: (text: string) => text === "all",
    found: foundText,
    allowed: "all: one process does everything, and with the embedded store no other role can be",
  },
  {
    variable: "SIGHTGLASS_DATABASE_URL",
    isUsual: () => false,
    found: () => "an address",
    allowed: "nothing: there is no state yet that a database of its own would keep",
  },
] as const;

/** What is wrong with variables of the environment that are no settings yet. */
export function reservedProblems(environment: Environment): ConfigProblem[] {
  return RESERVED.flatMap(({ variable, isUsual, found, allowed }) => {
    const text = environment[variable]?.trim() ?? "";
    if (text === "" || isUsual(text)) return [];
    return [{ where: variable, path: "", found: found(text), allowed }];
  });
}
