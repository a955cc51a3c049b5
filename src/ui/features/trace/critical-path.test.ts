import { expect, test } from "vitest";
import { criticalPath } from "./critical-path.ts";
import { selfTimes } from "./self-time.ts";
import { testSpan, testTree, type TestSpan } from "./test-outline.ts";

/** The path as `name from-to`. */
const pathOf = (...spans: TestSpan[]): string[] =>
  criticalPath(testTree(spans)).segments.map(
    ({ row, startMs, endMs }) => `${row.name} ${startMs}-${endMs}`,
  );

test("of a lone span is the span", () => {
  expect(pathOf(testSpan("a", null, 0, { ms: 10 }))).toEqual(["a 0-10"]);
});

test("goes through children that follow each other, and through the span between them", () => {
  const spans = [
    testSpan("a", null, 0, { ms: 100 }),
    testSpan("b", "a", 10, { ms: 20 }),
    testSpan("c", "a", 50, { ms: 40 }),
  ];
  expect(pathOf(...spans)).toEqual(["a 0-10", "b 10-30", "a 30-50", "c 50-90", "a 90-100"]);
});

// The example of the paper's figure 4: S1 calls S2 and S3 at once, waits for both, and the later decides.
test("goes through the one of two parallel children that ends last, and then before its start", () => {
  const spans = [
    testSpan("S1", null, 0, { ms: 100 }),
    testSpan("S2", "S1", 10, { ms: 30 }),
    testSpan("S3", "S1", 10, { ms: 70 }),
  ];
  expect(pathOf(...spans)).toEqual(["S1 0-10", "S3 10-80", "S1 80-100"]);
});

test("leaves a child out that still ran when the next one of the path began", () => {
  const spans = [
    testSpan("a", null, 0, { ms: 100 }),
    testSpan("early", "a", 0, { ms: 40 }),
    testSpan("over", "a", 30, { ms: 30 }),
    testSpan("late", "a", 50, { ms: 45 }),
  ];
  expect(pathOf(...spans)).toEqual(["early 0-40", "a 40-50", "late 50-95", "a 95-100"]);
});

test("goes down as deep as the work was", () => {
  const spans = [
    testSpan("a", null, 0, { ms: 50 }),
    testSpan("b", "a", 5, { ms: 40 }),
    testSpan("c", "b", 10, { ms: 30 }),
  ];
  expect(pathOf(...spans)).toEqual(["a 0-5", "b 5-10", "c 10-40", "b 40-45", "a 45-50"]);
});

test("counts a child only within its parent, and not at all outside of it", () => {
  const spans = [
    testSpan("a", null, 100, { ms: 50 }),
    testSpan("skewed", "a", 90, { ms: 30 }),
    testSpan("overflows", "a", 140, { ms: 500 }),
    testSpan("after", "a", 200, { ms: 10 }),
    testSpan("before", "a", 10, { ms: 10 }),
  ];
  // The trace begins with the first span, which is not the root.
  expect(pathOf(...spans)).toEqual(["skewed 100-120", "a 120-140", "overflows 140-150"]);
});

test("says the share of each row and service, the largest service first", () => {
  const { byRow, byService, durationMs } = criticalPath(
    testTree([
      testSpan("a", null, 0, { ms: 100, service: "web" }),
      testSpan("b", "a", 10, { ms: 70, service: "store" }),
    ]),
  );
  expect([...byRow]).toEqual([
    [0, 30],
    [1, 70],
  ]);
  expect(byService).toEqual([
    { service: "store", ms: 70 },
    { service: "web", ms: 30 },
  ]);
  expect(durationMs).toBe(100);
});

test("of no trace is nothing", () => {
  expect(criticalPath(testTree([]))).toMatchObject({ segments: [], durationMs: 0 });
});

test("does not count time in which children ran as the span's own, nor any of it twice", () => {
  const tree = testTree([
    testSpan("a", null, 0, { ms: 100 }),
    testSpan("b", "a", 10, { ms: 30 }),
    testSpan("c", "a", 20, { ms: 40 }),
    testSpan("d", "a", 90, { ms: 40 }),
    testSpan("e", "c", 25, { ms: 5 }),
  ]);
  const selfMs = selfTimes(tree);
  expect(selfTimes(tree)).toBe(selfMs);
  expect(tree.rows.map(({ name, index }) => [name, selfMs[index]])).toEqual([
    ["a", 40],
    ["b", 30],
    ["c", 35],
    ["e", 5],
    ["d", 40],
  ]);
});

test("begins at the root, not at an orphan that starts before it", () => {
  const spans = [testSpan("lost one", "lost", 0, { ms: 3 }), testSpan("a", null, 5, { ms: 10 })];
  expect(pathOf(...spans)).toEqual(["a 5-15"]);
});
