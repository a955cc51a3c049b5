import { relative, resolve, sep } from "node:path";
import { type Address, formatAddress } from "#core/address.ts";
import type { Claim } from "../claims.ts";
import type { DestinationSpec, GraphSpec } from "./graph-spec.ts";
import type { GraphProblem } from "./parse-graph.ts";

/** A claim with where it was made. */
interface Claimed {
  readonly path: readonly string[];
  readonly claim: Claim;
}

/** An address that is taken by what is no component, such as the API. */
export interface TakenAddress {
  /** For people: the setting, such as `http.endpoint`. */
  readonly setting: string;
  readonly address: Address;
}

/**
 * Finds components that want the same of the machine: each is told at the later of the two. Files that a
 * destination writes and a receiver reads would go round for ever.
 */
export function findClashes(graph: GraphSpec, taken: readonly TakenAddress[]): GraphProblem[] {
  const claimed: Claimed[] = taken.map(({ setting, address }) => ({
    path: setting.split("."),
    claim: { kind: "tcp", address },
  }));
  const problems: GraphProblem[] = [];
  for (const kind of ["receivers", "destinations"] as const)
    for (const [name, { claims }] of graph[kind])
      for (const claim of claims) {
        const one = { path: [kind, name], claim };
        const other = claimed.find((earlier) => isClash(earlier.claim, claim));
        if (other !== undefined) problems.push(problemOf(one, other));
        claimed.push(one);
      }
  return [...problems, ...writtenTwice(graph)];
}

/** There is one of a destination in each pipeline that names it. */
function writtenTwice({ destinations, pipelines }: GraphSpec): GraphProblem[] {
  const problems: GraphProblem[] = [];
  for (const [name, { claims }] of destinations) {
    const users = [...pipelines.values()].filter((one) =>
      one.destinations.some((used) => used === name || isMember(name, destinations.get(used))),
    );
    if (users.length < 2 || !claims.some(({ kind }) => kind === "write")) continue;
    problems.push({
      path: ["destinations", name],
      found: `a destination that writes a file, in ${users.length} pipelines (${users.map((user) => user.name).join(", ")})`,
      allowed: "one pipeline for each file",
    });
  }
  return problems;
}

function isMember(name: string, group: DestinationSpec | undefined): boolean {
  return group?.members?.some((member) => member.name === name) === true;
}

function isClash(one: Claim, other: Claim): boolean {
  if (one.kind === "write" && other.kind === "write")
    return resolve(one.path) === resolve(other.path);
  if (one.kind === "write" && other.kind === "read") return isRead(one.path, other);
  if (one.kind === "read" && other.kind === "write") return isRead(other.path, one);
  if (!("address" in one) || !("address" in other) || !isSameAddress(one.address, other.address))
    return false;
  if (one.kind === "udp" || other.kind === "udp") return one.kind === other.kind;
  if (one.kind !== "http" || other.kind !== "http") return true;
  // Of one address its text is the key by which receivers share a listener.
  const isShared = formatAddress(one.address) === formatAddress(other.address);
  return !isShared || one.paths.some((path) => other.paths.includes(path));
}

function isRead(written: string, { folder, reads }: Extract<Claim, { kind: "read" }>): boolean {
  const path = relative(resolve(folder), resolve(written));
  const isBelow = path !== "" && path !== ".." && !path.startsWith(`..${sep}`);
  return isBelow && reads(path.split(sep).join("/"));
}

const ANY_HOST: ReadonlySet<string> = new Set(["0.0.0.0", "::"]);

function isSameAddress(one: Address, other: Address): boolean {
  if (one.port === 0 || one.port !== other.port) return false;
  return one.host === other.host || ANY_HOST.has(one.host) || ANY_HOST.has(other.host);
}

function problemOf({ path, claim }: Claimed, other: Claimed): GraphProblem {
  const owner = other.path.join(".");
  if (claim.kind === "write" && other.claim.kind === "read") {
    const allowed = "a file that no receiver reads: its rows would come in again, for ever";
    return { path, found: `a file that ${owner} reads`, allowed };
  }
  if (claim.kind === "write")
    return { path, found: `the file of ${owner} too`, allowed: "a file of its own" };
  if (claim.kind === "read")
    return {
      path,
      found: `a file that ${owner} writes`,
      allowed: "files that no destination writes",
    };
  const text = formatAddress(claim.address);
  if (claim.kind === "http" && other.claim.kind === "http") {
    const paths = claim.paths.join(", ");
    const found = `${text} with ${paths}, where ${owner} is too`;
    return { path, found, allowed: "an address or a path of its own" };
  }
  return {
    path,
    found: `${text}, which is the address of ${owner} too`,
    allowed: "an address of its own",
  };
}
