import { useDeferredValue, useMemo } from "react";
import { findRows } from "./find-spans.ts";
import type { SpanRow, SpanTree } from "./span-tree.ts";
import { useContentMatches } from "./trace-queries.ts";

const NONE: ReadonlySet<string> = new Set();

/** What a text finds in a trace: by names at once, by attributes and events when the server has answered. */
export function useFind(
  traceId: string,
  tree: SpanTree,
  text: string,
): {
  readonly isLooking: boolean;
  readonly rows: readonly SpanRow[];
  readonly indexes: ReadonlySet<number>;
  readonly isAsking: boolean;
} {
  const content = useContentMatches(traceId, text);
  // Typing stays fluent in a trace of a hundred thousand spans.
  const wanted = useDeferredValue(text);
  // What was found by another text is nothing to this one.
  const spanIds = content.text === wanted.trim() ? content.spanIds : NONE;
  const rows = useMemo(() => findRows(tree, wanted, spanIds), [tree, wanted, spanIds]);
  const indexes = useMemo(() => new Set(rows.map(({ index }) => index)), [rows]);
  return { isLooking: text.trim() !== "", rows, indexes, isAsking: content.isAsking };
}
