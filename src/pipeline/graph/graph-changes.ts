import { isDeepStrictEqual } from "node:util";
import type {
  DestinationSpec,
  GraphSpec,
  PipelineSpec,
  ProcessorSpec,
  ReceiverSpec,
} from "./graph-spec.ts";

/** One difference between two graphs. */
export interface GraphChange {
  readonly change: "added" | "removed" | "changed";
  readonly kind: "pipeline" | "receiver" | "processor" | "destination";
  readonly name: string;
  /** Where a processor or destination is: in each pipeline there is one of its own. */
  readonly pipeline?: string;
}

export function sameReceiver(one: ReceiverSpec, other: ReceiverSpec): boolean {
  return isDeepStrictEqual(one.written, other.written);
}

export function sameProcessor(one: ProcessorSpec, other: ProcessorSpec): boolean {
  const isSameWay = one.onError === other.onError && one.when === other.when;
  return isSameWay && isDeepStrictEqual(one.written, other.written);
}

export function sameDestination(one: DestinationSpec, other: DestinationSpec): boolean {
  const isSameWay = one.when === other.when && isDeepStrictEqual(one.delivery, other.delivery);
  if (!isSameWay || !isDeepStrictEqual(one.written, other.written)) return false;
  const [members, others] = [one.members ?? [], other.members ?? []];
  return members.every((member, place) => sameDestination(member, others[place]!));
}

/**
 * What has to be done to a graph to make another of it. A pipeline that is added or removed stands for
 * all that is in it but its receivers; it has changed when it has other receivers, or its processors
 * another order.
 */
export function graphChanges(from: GraphSpec, to: GraphSpec): GraphChange[] {
  const changes: GraphChange[] = [];
  changes.push(...entries("receiver", from.receivers, to.receivers, sameReceiver));
  for (const { change, name } of entries("pipeline", from.pipelines, to.pipelines, () => true))
    changes.push({ change, kind: "pipeline", name });
  for (const [name, after] of to.pipelines) {
    const before = from.pipelines.get(name);
    if (before !== undefined) changes.push(...pipelineChanges(from, before, to, after));
  }
  return changes;
}

function pipelineChanges(
  from: GraphSpec,
  before: PipelineSpec,
  to: GraphSpec,
  after: PipelineSpec,
): GraphChange[] {
  const processors = entries(
    "processor",
    picked(from.processors, before.processors),
    picked(to.processors, after.processors),
    sameProcessor,
  );
  const destinations = entries(
    "destination",
    picked(from.destinations, before.destinations),
    picked(to.destinations, after.destinations),
    sameDestination,
  );
  const inside = [...processors, ...destinations, ...builtIn(before, after)];
  const changes = inside.map((one): GraphChange => ({ ...one, pipeline: after.name }));
  const isOtherwise =
    !isDeepStrictEqual(before.receivers.toSorted(), after.receivers.toSorted()) ||
    !isDeepStrictEqual(inBoth(before.processors, after), inBoth(after.processors, before));
  return isOtherwise
    ? [{ change: "changed", kind: "pipeline", name: after.name }, ...changes]
    : changes;
}

/** The store has no entry of its own: that a pipeline has it is all there is to it. */
function builtIn(before: PipelineSpec, after: PipelineSpec): GraphChange[] {
  const [had, has] = [before, after].map(({ destinations }) => destinations.includes("store"));
  if (had === has) return [];
  return [{ change: has === true ? "added" : "removed", kind: "destination", name: "store" }];
}

function inBoth(names: readonly string[], { processors }: PipelineSpec): readonly string[] {
  return names.filter((name) => processors.includes(name));
}

function picked<Spec>(
  specs: ReadonlyMap<string, Spec>,
  names: readonly string[],
): Map<string, Spec> {
  const found = new Map<string, Spec>();
  for (const name of names) {
    const spec = specs.get(name);
    if (spec !== undefined) found.set(name, spec);
  }
  return found;
}

function entries<Spec>(
  kind: GraphChange["kind"],
  from: ReadonlyMap<string, Spec>,
  to: ReadonlyMap<string, Spec>,
  isSame: (one: Spec, other: Spec) => boolean,
): GraphChange[] {
  const changes: GraphChange[] = [];
  for (const name of from.keys())
    if (!to.has(name)) changes.push({ change: "removed", kind, name });
  for (const [name, spec] of to) {
    const before = from.get(name);
    if (before === undefined) changes.push({ change: "added", kind, name });
    else if (!isSame(before, spec)) changes.push({ change: "changed", kind, name });
  }
  return changes;
}

/** For people: `added destination webhook/slack of pipeline default`. */
export function changeText({ change, kind, name, pipeline }: GraphChange): string {
  return `${change} ${kind} ${name}${pipeline === undefined ? "" : ` of pipeline ${pipeline}`}`;
}
