import type { SpanRow, SpanTree } from "./span-tree.ts";

/**
 * The rows of a text: those that have it in service, operation, kind or status, whatever its case, whose id
 * begins with it, and those that the server has found it in (`byContent`, span ids).
 */
export function findRows(
  tree: SpanTree,
  text: string,
  byContent: ReadonlySet<string>,
): readonly SpanRow[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return [];
  // Names repeat: each is looked at once.
  const known = new Map<string, boolean>();
  const has = (name: string): boolean => {
    let found = known.get(name);
    if (found === undefined) {
      found = name.toLowerCase().includes(wanted);
      known.set(name, found);
    }
    return found;
  };
  return tree.rows.filter(
    ({ service, name, kind, status, spanId }) =>
      has(service) ||
      has(name) ||
      kind === wanted ||
      status === wanted ||
      (wanted.length >= 4 && spanId.startsWith(wanted)) ||
      byContent.has(spanId),
  );
}

/** The next of `rows` after a place, or before it, around the ends. */
export function nextFound(
  rows: readonly SpanRow[],
  from: number,
  direction: "next" | "previous",
): SpanRow | undefined {
  if (direction === "next") return rows.find(({ index }) => index > from) ?? rows[0];
  return rows.findLast(({ index }) => index < from) ?? rows.at(-1);
}
