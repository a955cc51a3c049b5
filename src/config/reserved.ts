import { foundText, type ConfigProblem } from "./problems.ts";

interface Reserved {
  readonly isUsual: (text: string) => boolean;
  readonly found: (text: string) => string;
  readonly allowed: string;
}

/** Variables whose meaning is settled, of which this version can only do what is usual. */
const RESERVED: ReadonlyMap<string, Reserved> = new Map([
  [
    "SIGHTGLASS_ROLES",
    {
      isUsual: (text: string) => text === "all",
      found: foundText,
      allowed: "all: one process does everything, and with the embedded store no other role can be",
    },
  ],
  [
    "SIGHTGLASS_DATABASE_URL",
    {
      isUsual: (text: string) => text === "",
      found: () => "an address",
      allowed: "nothing: there is no state yet that a database of its own would keep",
    },
  ],
]);

/** Whether a variable is known though it is no setting. */
export function isReserved(variable: string): boolean {
  return RESERVED.has(variable);
}

/** What is wrong with the value of a variable that is reserved. It is not repeated where it may be secret. */
export function reservedProblems(variable: string, value: string): ConfigProblem[] {
  const reserved = RESERVED.get(variable);
  if (reserved === undefined || reserved.isUsual(value.trim())) return [];
  const { found, allowed } = reserved;
  return [{ where: variable, path: "", found: found(value), allowed }];
}
