import type { SpanRow, SpanTree } from "./span-tree.ts";
import type { TraceLog } from "./trace-queries.ts";

/** A log record of the span above it. */
export interface LogItem {
  readonly log: TraceLog;
  readonly of: SpanRow;
}

/** A line of the waterfall. */
export type TreeItem = SpanRow | LogItem;

/** What a key does to the waterfall. */
export type TreeAction =
  | { readonly kind: "select"; readonly item: TreeItem }
  | { readonly kind: "fold"; readonly row: SpanRow }
  | { readonly kind: "unfold"; readonly row: SpanRow };

/**
 * The keys of the ARIA tree pattern: up and down go from line to line, left folds or goes to the parent,
 * right unfolds or goes to the first child.
 */
export function actionOf(
  key: string,
  view: {
    readonly tree: SpanTree;
    /** The lines that are drawn. */
    readonly items: readonly TreeItem[];
    /** The line of them that the keys are at; -1 for none. */
    readonly at: number;
    readonly folded: ReadonlySet<string>;
    /** Lines of a page. */
    readonly page: number;
  },
): TreeAction | undefined {
  const { tree, items, at, folded, page } = view;
  const select = (place: number): TreeAction | undefined => {
    const item = items[Math.max(0, Math.min(items.length - 1, place))];
    return item === undefined ? undefined : { kind: "select", item };
  };
  switch (key) {
    case "ArrowDown":
      return select(at + 1);
    case "ArrowUp":
      return select(at - 1);
    case "PageDown":
      return select(at + page);
    case "PageUp":
      return select(at - page);
    case "Home":
      return select(0);
    case "End":
      return select(items.length - 1);
    case "ArrowLeft":
    case "ArrowRight": {
      const item = items[at];
      return item === undefined ? select(0) : sideways(key, tree, item, folded);
    }
    default:
      return undefined;
  }
}

function sideways(
  key: "ArrowLeft" | "ArrowRight",
  tree: SpanTree,
  item: TreeItem,
  folded: ReadonlySet<string>,
): TreeAction | undefined {
  if ("log" in item) return key === "ArrowLeft" ? { kind: "select", item: item.of } : undefined;
  const isFolded = folded.has(item.key);
  const isOpen = item.descendants > 0 && !isFolded;
  if (key === "ArrowRight") {
    if (item.descendants === 0) return undefined;
    if (!isOpen) return { kind: "unfold", row: item };
    return { kind: "select", item: tree.rows[item.index + 1]! };
  }
  if (isOpen) return { kind: "fold", row: item };
  const parent = tree.rows[item.parent];
  return parent === undefined ? undefined : { kind: "select", item: parent };
}
