import type { ServiceResource } from "#api/contract/services.ts";

/** A version that a service began to run within a range. */
export interface Deploy {
  readonly version: string;
  /** Unix milliseconds of its first span. */
  readonly atMs: number;
}

/** As many as a chart can name. */
const DEPLOYS_MAX = 12;

/**
 * The versions that came up within the range, oldest first: those whose first span comes after the first of
 * another version. What ran from the start is no deployment, nor is an instance more of the same version.
 */
export function deploysOf(resources: readonly ServiceResource[]): Deploy[] {
  const firstSeen = new Map<string, number>();
  for (const { attributes, firstSpan } of resources) {
    const version = attributes["service.version"];
    if (typeof version !== "string" || version === "" || firstSpan === null) continue;
    const atMs = Date.parse(firstSpan);
    firstSeen.set(version, Math.min(firstSeen.get(version) ?? atMs, atMs));
  }
  const versions = [...firstSeen].map(([version, atMs]): Deploy => ({ version, atMs }));
  const inOrder = versions.toSorted((left, right) => left.atMs - right.atMs);
  return withoutOldest(inOrder).slice(-DEPLOYS_MAX);
}

/** Versions that were all there within the first minute ran side by side, from before the range. */
const SAME_START_MS = 60_000;

function withoutOldest(inOrder: readonly Deploy[]): readonly Deploy[] {
  const start = inOrder[0]?.atMs ?? 0;
  return inOrder.filter(({ atMs }) => atMs - start > SAME_START_MS);
}
