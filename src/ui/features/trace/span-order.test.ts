import { expect, test } from "vitest";
import { selfTimes } from "./self-time.ts";
import {
  nextSpanOrder,
  orderedLines,
  parseSpanOrder,
  tableLines,
  type Grouping,
} from "./span-order.ts";
import { testSpan, testTree } from "./test-outline.ts";

const tree = testTree([
  testSpan("1", null, 0, { name: "GET /", service: "web", ms: 100 }),
  testSpan("2", "1", 10, { name: "SELECT", service: "db", ms: 20, status: "error" }),
  testSpan("3", "1", 40, { name: "SELECT", service: "db", ms: 30 }),
  testSpan("4", "3", 45, { name: "fsync", service: "db", ms: 5 }),
]);

const shown = (sort: string | undefined, grouping?: Grouping): string[] => {
  const lines = tableLines(tree.rows, selfTimes(tree), grouping);
  return orderedLines(lines, parseSpanOrder(sort, grouping)).map(
    ({ row, spans, totalMs, selfMs, errors }) =>
      `${row.key} ${spans} ${totalMs} ${selfMs} ${errors}`,
  );
};

test("has a line for each span, in the order that is asked for", () => {
  expect(shown(undefined)).toEqual(["1 1 100 50 0", "2 1 20 20 1", "3 1 30 25 0", "4 1 5 5 0"]);
  expect(shown("-self").map((line) => line[0])).toEqual(["1", "3", "2", "4"]);
  expect(shown("name").map((line) => line[0])).toEqual(["2", "3", "4", "1"]);
  expect(shown("-errors")[0]).toMatch(/^2/);
});

test("adds up what one service or operation did, and stands for it with its longest span", () => {
  expect(shown(undefined, "service")).toEqual(["1 1 100 50 0", "3 3 55 50 1"]);
  expect(shown("-spans", "operation")).toEqual(["3 2 50 45 1", "1 1 100 50 0", "4 1 5 5 0"]);
});

test("turns the order of a column around, and begins with what is looked for", () => {
  expect(nextSpanOrder({ column: "start", isDescending: false }, "start")).toBe("-start");
  expect(nextSpanOrder({ column: "start", isDescending: false }, "self")).toBe("-self");
  expect(nextSpanOrder({ column: "self", isDescending: true }, "self")).toBe("self");
  expect(nextSpanOrder({ column: "self", isDescending: true }, "name")).toBe("name");
});

test.each(["", "-", "nonsense", "--self"])("is by start for %j in an address", (text) => {
  expect(parseSpanOrder(text)).toEqual({ column: "start", isDescending: false });
});
