import fc from "fast-check";
import { expect, test } from "vitest";
import { LANES_MAX, layOutFlame, neighbourOf, rowAt, rowsWithin } from "./flame-layout.ts";
import { testSpan, testTree } from "./test-outline.ts";

const tree = testTree([
  testSpan("a", null, 0, { ms: 100 }),
  testSpan("b", "a", 10, { ms: 30 }),
  testSpan("c", "a", 20, { ms: 50 }),
  testSpan("d", "c", 25, { ms: 5 }),
  testSpan("e", "a", 80, { ms: 10 }),
]);
const layout = layOutFlame(tree);
const row = (key: string) => tree.byKey.get(key)!;

test("children hang under their parent, and those that run at once under each other", () => {
  expect(layout.lanes.map((lane) => lane.map(({ key }) => key))).toEqual([
    ["a"],
    ["b", "e"],
    ["c"],
    ["d"],
  ]);
});

test("finds what runs at a moment, and what is near it", () => {
  const lane = layout.lanes[1]!;
  expect(rowsWithin(lane, 0, 5)).toEqual({ first: 0, end: 0 });
  expect(rowsWithin(lane, 30, 85)).toEqual({ first: 0, end: 2 });
  expect(rowAt(lane, 15, 0)).toBe(row("b"));
  expect(rowAt(lane, 60, 0)).toBeUndefined();
  expect(rowAt(lane, 78, 5)).toBe(row("e"));
});

test("goes by the arrows to parent, first child, and along the lane", () => {
  const go = (key: string, from: string) => neighbourOf(key, row(from), tree, layout)?.key;
  expect(go("ArrowUp", "d")).toBe("c");
  expect(go("ArrowDown", "a")).toBe("b");
  expect(go("ArrowRight", "b")).toBe("e");
  expect(go("ArrowLeft", "e")).toBe("b");
  expect(go("ArrowLeft", "b")).toBeUndefined();
  expect(go("ArrowDown", "d")).toBeUndefined();
  expect(go("Home", "d")).toBe("a");
  expect(go("x", "d")).toBeUndefined();
});

test("has every span once, below its parent, and never two in one place", () => {
  const spans = fc
    .array(fc.tuple(fc.nat(1_000), fc.nat(500), fc.nat(30)), { maxLength: 60 })
    .map((given) =>
      given.map(([startMs, ms, parent], place) =>
        testSpan(String(place), place === 0 ? null : String(Math.min(parent, place - 1)), startMs, {
          ms,
        }),
      ),
    );
  fc.assert(
    fc.property(spans, (given) => {
      const { rows } = testTree(given);
      const { lanes, laneOf } = layOutFlame(testTree(given));
      expect(lanes.flat()).toHaveLength(rows.length);
      const children = rows.filter(({ parent }) => parent !== -1);
      for (const { index, parent } of children)
        expect(laneOf[index]!).toBeGreaterThan(laneOf[parent]!);
      for (const lane of lanes) {
        for (const [place, next] of lane.slice(1).entries()) {
          const before = lane[place]!;
          expect(before.offsetMs + before.durationMs).toBeLessThanOrEqual(next.offsetMs);
        }
      }
    }),
  );
});

test("has no more lanes than it may, however many spans run at once", () => {
  const many = Array.from({ length: 3_000 }, (_, place) =>
    testSpan(String(place), place === 0 ? null : "0", 0, { ms: 10 }),
  );
  expect(layOutFlame(testTree(many)).lanes).toHaveLength(LANES_MAX);
});
