import { expect, test } from "vitest";
import { formatFolded, parseFolded } from "./folded.ts";
import { ancestors, childrenOf, nextError, unfoldedRows, type SpanTree } from "./span-tree.ts";
import { testSpan, testTree } from "./test-outline.ts";
import { timeTicks } from "./time-ticks.ts";
import type { TraceLog } from "./trace-queries.ts";
import { actionOf, type TreeAction, type TreeItem } from "./tree-keys.ts";

/** The rows as indented names. */
const drawn = (tree: SpanTree): string[] =>
  tree.rows.map(({ depth, name }) => `${"-".repeat(depth)}${name}`);

const shop = testTree([
  testSpan("b", "a", 10, { ms: 5, status: "error" }),
  testSpan("a", null, 0, { ms: 100 }),
  testSpan("d", "c", 60, { ms: 70 }),
  testSpan("c", "a", 50, { ms: 20 }),
]);

test("puts children under their parents, by their starts, whatever their order", () => {
  expect(drawn(shop)).toEqual(["a", "-b", "-c", "--d"]);
  expect(shop.rows.map(({ descendants }) => descendants)).toEqual([3, 0, 1, 0]);
  expect(shop.rows.map(({ errorsBelow }) => errorsBelow)).toEqual([1, 0, 0, 0]);
});

test("lasts from the first start to the last end, which a child may set", () => {
  expect(shop.durationMs).toBe(130);
  expect(shop.rows.map(({ offsetMs }) => offsetMs)).toEqual([0, 10, 50, 60]);
});

test("keeps a span whose parent is not there, and says so", () => {
  const tree = testTree([testSpan("a", null, 0), testSpan("x", "lost", 5), testSpan("y", "x", 6)]);
  expect(drawn(tree)).toEqual(["a", "x", "-y"]);
  expect(tree.rows.map(({ isOrphan }) => isOrphan)).toEqual([false, true, false]);
});

test("is named after the first span without a parent, whatever starts before it", () => {
  const late = [testSpan("x", "lost", 0), testSpan("a", null, 5), testSpan("b", null, 9)];
  expect(testTree(late).root?.name).toBe("a");
  expect(testTree([testSpan("x", "lost", 0), testSpan("y", "x", 6)]).root?.name).toBe("x");
  const cycle = [testSpan("x", "lost", 5), testSpan("c", "d", 0), testSpan("d", "c", 1)];
  expect(testTree(cycle).root?.name).toBe("x");
  expect(testTree([]).root).toBeUndefined();
});

test("keeps the spans of a cycle, each once", () => {
  const tree = testTree([testSpan("a", "b", 0), testSpan("b", "a", 1), testSpan("s", "s", 2)]);
  expect(drawn(tree).toSorted((left, right) => left.localeCompare(right))).toEqual([
    "-b",
    "a",
    "s",
  ]);
});

test("tells spans apart that have the same id", () => {
  const tree = testTree([testSpan("a", null, 0), testSpan("b", "a", 1), testSpan("b", "a", 2)]);
  expect(tree.rows.map(({ key }) => key)).toEqual(["a", "b", "b~2"]);
});

test("knows the children of a row, the moments within it and what it links to", () => {
  const link = { traceId: "b".repeat(32), spanId: "c".repeat(16) };
  const events = [
    { name: "retry", atMs: 12 },
    { name: "exception", atMs: 14 },
  ];
  const tree = testTree([
    testSpan("a", null, 0, { ms: 50 }),
    testSpan("b", "a", 10, { events, links: [link] }),
    testSpan("c", "b", 11),
    testSpan("d", "a", 20),
  ]);
  expect([...childrenOf(tree, tree.rows[0]!)].map(({ key }) => key)).toEqual(["b", "d"]);
  expect(tree.byKey.get("b")?.moments).toEqual([
    { name: "retry", offsetMs: 12 },
    { name: "exception", offsetMs: 14 },
  ]);
  expect(tree.links).toEqual([{ row: tree.byKey.get("b"), ...link }]);
});

test("folds away what is below a row", () => {
  const shown = (...folded: string[]) =>
    unfoldedRows(shop, new Set(folded)).map(({ name }) => name);
  expect(shown()).toEqual(["a", "b", "c", "d"]);
  expect(shown("c")).toEqual(["a", "b", "c"]);
  expect(shown("c", "a")).toEqual(["a"]);
});

test("goes from error to error and round again", () => {
  expect(nextError(shop, -1)?.key).toBe("b");
  expect(nextError(shop, 1)?.key).toBe("b");
  expect(nextError(testTree([testSpan("a", null, 0)]), -1)).toBeUndefined();
  expect(ancestors(shop, shop.rows[3]!).map(({ key }) => key)).toEqual(["c", "a"]);
});

test("is made of nothing too", () => {
  expect(testTree([])).toMatchObject({ rows: [], durationMs: 0, failed: [], services: [] });
});

test("keeps the folded spans in the address, those that can be, and not without end", () => {
  expect([...parseFolded("00f0.ab~2.<img>..zz")]).toEqual(["00f0", "ab~2"]);
  expect(formatFolded(new Set())).toBeUndefined();
  const many = new Set(Array.from({ length: 1_000 }, (_, index) => index.toString(16)));
  expect(parseFolded(formatFolded(many)).size).toBe(200);
});

test("answers the keys of a tree", () => {
  const press = (key: string, at: number | undefined, ...folded: string[]) => {
    const open = new Set(folded);
    const items = unfoldedRows(shop, open);
    const place = at === undefined ? -1 : items.indexOf(shop.rows[at]!);
    const action = actionOf(key, { tree: shop, items, at: place, folded: open, page: 2 });
    return action === undefined ? "" : `${action.kind} ${nameOf(action)}`;
  };
  expect(press("ArrowDown", undefined)).toBe("select a");
  expect(press("ArrowDown", 1)).toBe("select c");
  expect(press("ArrowDown", 3)).toBe("select d");
  expect(press("ArrowUp", 0)).toBe("select a");
  expect(press("PageDown", 0)).toBe("select c");
  expect(press("End", 0)).toBe("select d");
  expect(press("Home", 3)).toBe("select a");
  expect(press("ArrowRight", 0)).toBe("select b");
  expect(press("ArrowRight", 0, "a")).toBe("unfold a");
  expect(press("ArrowRight", 1)).toBe("");
  expect(press("ArrowLeft", 2)).toBe("fold c");
  expect(press("ArrowLeft", 2, "c")).toBe("select a");
  expect(press("ArrowLeft", 0, "a")).toBe("");
  expect(press("x", 0)).toBe("");
});

test("goes by the keys through the log records under a span, and back to it", () => {
  const log = { spanId: "b" } as TraceLog;
  const items = shop.rows.flatMap((row): TreeItem[] =>
    row.key === "b" ? [row, { log, of: row }] : [row],
  );
  const press = (key: string, at: number): string => {
    const action = actionOf(key, { tree: shop, items, at, folded: new Set(), page: 2 });
    return action === undefined ? "" : `${action.kind} ${nameOf(action)}`;
  };
  expect(press("ArrowDown", 1)).toBe("select log of b");
  expect(press("ArrowDown", 2)).toBe("select c");
  expect(press("ArrowUp", 3)).toBe("select log of b");
  expect(press("ArrowLeft", 2)).toBe("select b");
  expect(press("ArrowRight", 2)).toBe("");
});

function nameOf(action: TreeAction): string {
  if (action.kind !== "select") return action.row.key;
  return "log" in action.item ? `log of ${action.item.of.key}` : action.item.key;
}

test("has round moments on the axis", () => {
  expect(timeTicks(412.6, 5)).toEqual([0, 100, 200, 300, 400]);
  expect(timeTicks(0.05, 3)).toEqual([0, 0.02, 0.04]);
  expect(timeTicks(0, 5)).toEqual([0]);
});
