import type { ServiceChange } from "#api/contract/changes.ts";

/** One change, or the same change of several services at about the same time, which is one story. */
export interface ChangeGroup {
  readonly change: ServiceChange;
  /** The services of it, that of `change` first. */
  readonly services: readonly string[];
}

/** From so many services on a change is told once for all of them. */
const TOGETHER_MIN = 4;
/** What began so close together began together. */
const TOGETHER_MS = 5 * 60_000;

/** The changes in their order, those of many services at once put together at the place of the first. */
export function changeGroups(changes: readonly ServiceChange[]): readonly ChangeGroup[] {
  const groups: ServiceChange[][] = [];
  for (const change of changes) {
    const group = groups.find(([first]) => first !== undefined && isAlike(first, change));
    if (group === undefined) groups.push([change]);
    else group.push(change);
  }
  const kept = groups.flatMap((group) =>
    group.length >= TOGETHER_MIN ? [group] : group.map((one) => [one]),
  );
  return kept
    .map((group) => ({ change: group[0]!, services: group.map(({ service }) => service) }))
    .toSorted((a, b) => changes.indexOf(a.change) - changes.indexOf(b.change));
}

function isAlike(one: ServiceChange, other: ServiceChange): boolean {
  return (
    one.kind === other.kind &&
    one.isWorse === other.isWorse &&
    Math.abs(Date.parse(one.since) - Date.parse(other.since)) <= TOGETHER_MS
  );
}
