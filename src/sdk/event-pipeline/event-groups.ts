import { GROUP_TYPE } from "#pipeline/graph/destination-groups.ts";
import type { GraphProblem } from "#pipeline/graph/parse-graph.ts";
import type { GraphEntry } from "./component-types.ts";

/** A destination of a pipeline in code. */
export interface NamedDestination {
  /** Its name in the graph. */
  readonly name: string;
  /** What people call it, and groups too. */
  readonly shown: string;
  readonly entry: GraphEntry;
  readonly component: { readonly enabled: boolean };
}

/**
 * The groups among the destinations of a pipeline in code. A group names its members as people call them;
 * in the graph they are named otherwise, and stand in no pipeline themselves.
 */
export class EventGroups {
  private readonly destinations: readonly NamedDestination[];
  private readonly groups: readonly NamedDestination[];

  constructor(destinations: readonly NamedDestination[]) {
    this.destinations = destinations;
    this.groups = destinations.filter(
      ({ entry, component }) => entry.type === GROUP_TYPE && component.enabled,
    );
  }

  /** The name in the graph of the group that a destination is a member of. */
  groupOf(name: string): string | undefined {
    return this.groups.find((group) => this.membersOf(group).includes(name))?.name;
  }

  /** The settings of a destination as they stand in a configuration. */
  settingsOf(destination: NamedDestination): GraphEntry["settings"] {
    const { settings } = destination.entry;
    return this.groups.includes(destination) && writtenMembers(destination) !== undefined
      ? { ...settings, members: this.membersOf(destination) }
      : settings;
  }

  /** What is wrong with who is in which group. */
  problems(): GraphProblem[] {
    return this.groups.flatMap((group) =>
      (writtenMembers(group) ?? []).flatMap((shown) => {
        const problem = this.problemOf(shown);
        const path = ["destinations", group.name, "members"];
        return problem === undefined ? [] : [{ path, ...problem }];
      }),
    );
  }

  /** Names in the graph. One that is not enabled is left out, as it is of the pipeline. */
  private membersOf(group: NamedDestination): string[] {
    return (writtenMembers(group) ?? []).flatMap((shown) =>
      this.called(shown).flatMap(({ name, component }) => (component.enabled ? [name] : [])),
    );
  }

  private problemOf(shown: string): Omit<GraphProblem, "path"> | undefined {
    const [found, another] = this.called(shown);
    const names = this.members.map((one) => one.shown);
    if (found === undefined)
      return { found: `"${shown}"`, allowed: names.join(", "), known: names };
    if (another !== undefined)
      return {
        found: `"${shown}", of which there are several`,
        allowed: "names of one destination",
      };
    if (found.entry.customFilter === undefined) return undefined;
    return { found: `"${shown}" with a customFilter`, allowed: "the group's" };
  }

  private called(shown: string): readonly NamedDestination[] {
    return this.members.filter((one) => one.shown === shown);
  }

  /** All that may be in a group. */
  private get members(): readonly NamedDestination[] {
    return this.destinations.filter(({ entry }) => entry.type !== GROUP_TYPE);
  }
}

/** Undefined where that is not a list of names, which the graph says. */
function writtenMembers({ entry }: NamedDestination): readonly string[] | undefined {
  const { members } = entry.settings;
  const isList = Array.isArray(members) && members.every((one) => typeof one === "string");
  return isList ? members : undefined;
}
