/** Which rows of equal height are to be drawn: from `first`, up to but not including `end`. */
export interface RowWindow {
  readonly first: number;
  readonly end: number;
}

/** The rows in view and `overscan` rows beyond each edge, so that a scroll finds them drawn. */
export function rowWindow(view: {
  scrollTop: number;
  height: number;
  rowHeight: number;
  rows: number;
  overscan: number;
}): RowWindow {
  const { scrollTop, height, rowHeight, rows, overscan } = view;
  const first = Math.max(0, Math.min(rows, Math.floor(scrollTop / rowHeight)) - overscan);
  const end = Math.min(rows, Math.ceil((scrollTop + height) / rowHeight) + overscan);
  return { first, end: Math.max(first, end) };
}

/** Where to scroll to so that `row` is in view with a row of room; undefined when it already is. */
export function scrollToShow(
  row: number,
  view: { scrollTop: number; height: number; rowHeight: number },
): number | undefined {
  const { scrollTop, height, rowHeight } = view;
  const top = row * rowHeight;
  if (top < scrollTop + rowHeight) return Math.max(0, top - rowHeight);
  if (top + 2 * rowHeight > scrollTop + height) return top + 2 * rowHeight - height;
  return undefined;
}
