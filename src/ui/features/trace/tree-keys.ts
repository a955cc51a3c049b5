import type { SpanRow, SpanTree } from "./span-tree.ts";

/** What a key does to the waterfall. */
export type TreeAction =
  | { readonly kind: "select"; readonly row: SpanRow }
  | { readonly kind: "fold"; readonly row: SpanRow }
  | { readonly kind: "unfold"; readonly row: SpanRow };

/**
 * The keys of the ARIA tree pattern: up and down go from row to row, left folds or goes to the parent,
 * right unfolds or goes to the first child.
 */
export function actionOf(
  key: string,
  view: {
    readonly tree: SpanTree;
    /** The rows that are drawn. */
    readonly shown: readonly SpanRow[];
    readonly selected: SpanRow | undefined;
    readonly folded: ReadonlySet<string>;
    /** Rows of a page. */
    readonly page: number;
  },
): TreeAction | undefined {
  const { tree, shown, selected, folded, page } = view;
  const at = selected === undefined ? -1 : shown.indexOf(selected);
  const select = (place: number): TreeAction | undefined => {
    const row = shown[Math.max(0, Math.min(shown.length - 1, place))];
    return row === undefined ? undefined : { kind: "select", row };
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
      return select(shown.length - 1);
    case "ArrowLeft":
    case "ArrowRight":
      return selected === undefined ? select(0) : sideways(key, tree, selected, folded);
    default:
      return undefined;
  }
}

function sideways(
  key: "ArrowLeft" | "ArrowRight",
  tree: SpanTree,
  row: SpanRow,
  folded: ReadonlySet<string>,
): TreeAction | undefined {
  const isFolded = folded.has(row.key);
  const isOpen = row.descendants > 0 && !isFolded;
  if (key === "ArrowRight") {
    if (row.descendants === 0) return undefined;
    return isOpen ? { kind: "select", row: tree.rows[row.index + 1]! } : { kind: "unfold", row };
  }
  if (isOpen) return { kind: "fold", row };
  const parent = tree.rows[row.parent];
  return parent === undefined ? undefined : { kind: "select", row: parent };
}
