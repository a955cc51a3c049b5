import { isIP } from "node:net";
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

const SERVICE_HOST = /_SERVICE_HOST$/;
const SERVICE_PORT = /_SERVICE_PORT(_[A-Z0-9_]+)?$/;
const LINK = /_PORT(_\d+_(TCP|UDP|SCTP))?$/;
const LINK_PART = /_PORT_\d+_(TCP|UDP|SCTP)_(PROTO|PORT|ADDR)$/;

/**
 * Whether a variable is what Kubernetes tells every container of a namespace about a service there, and one
 * called `sightglass` or `sightglass-…` is usual. Both the name and the value must be of that form, so that a
 * misspelt setting is still found. See "Discovering services, environment variables" of its documentation.
 */
export function isServiceVariable(variable: string, value: string): boolean {
  if (SERVICE_HOST.test(variable)) return isIP(value) !== 0;
  if (SERVICE_PORT.test(variable)) return /^\d{1,5}$/.test(value);
  if (LINK_PART.test(variable)) return /^(tcp|udp|sctp|\d{1,5})$/.test(value) || isIP(value) !== 0;
  return LINK.test(variable) && /^(tcp|udp|sctp):\/\//.test(value);
}
