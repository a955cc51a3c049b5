import { posix } from "node:path";

/**
 * Says which names below a folder match one of some patterns, and none of others. In a pattern `*`
 * stands for any part of a name, `**` for any folders, `{a,b}` for either, and `?` and `[ab]` for one
 * character.
 */
export function filePatterns(
  include: readonly string[],
  exclude: readonly string[],
): (path: string) => boolean {
  return (path) =>
    include.some((pattern) => posix.matchesGlob(path, pattern)) &&
    !exclude.some((pattern) => posix.matchesGlob(path, pattern));
}

/** Whether patterns reach into folders within the folder. */
export function isDeep(include: readonly string[]): boolean {
  return include.some((pattern) => pattern.includes("/"));
}
