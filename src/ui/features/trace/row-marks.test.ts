import { expect, test } from "vitest";
import type { PathSegment } from "./critical-path.ts";
import { momentMarks, pathMarks } from "./row-marks.ts";
import { testSpan, testTree } from "./test-outline.ts";

const row = testTree([testSpan("a", null, 0, { ms: 1_000 })]).root!;
const WHOLE = { startMs: 0, durationMs: 1_000 };

/** A segment each other millisecond. */
const combs: PathSegment[] = Array.from({ length: 500 }, (_, place) => ({
  row,
  startMs: 2 * place,
  endMs: 2 * place + 1,
}));

test("the path of a row is drawn as far as the axis reaches, its last segments too", () => {
  expect(pathMarks(combs, { startMs: 990, durationMs: 10 })).toEqual(
    [0, 20, 40, 60, 80].map((left) => ({ left, width: 10 })),
  );
  const cut = [{ row, startMs: 0, endMs: 1_000 }];
  expect(pathMarks(cut, { startMs: 400, durationMs: 200 })).toEqual([{ left: 0, width: 100 }]);
  expect(pathMarks(cut, { startMs: 2_000, durationMs: 200 })).toEqual([]);
});

test("segments that nothing visible parts are one mark", () => {
  const [all, ...rest] = pathMarks(combs, { startMs: 0, durationMs: 1_000_000 });
  expect([all?.left, rest.length]).toEqual([0, 0]);
  expect(all?.width).toBeCloseTo(0.0999, 6);
  expect(pathMarks(combs, { startMs: 0, durationMs: 800 })).toHaveLength(400);
});

test("moments are drawn as far as the axis reaches, the last of many too, one of those on one place", () => {
  const moments = Array.from({ length: 1_000 }, (_, place) => ({
    name: `m${place}`,
    offsetMs: place,
  }));
  expect(momentMarks(moments, { startMs: 995, durationMs: 100 })).toEqual(
    [995, 996, 997, 998, 999].map((at) => ({ name: `m${at}`, left: at - 995 })),
  );
  const drawn = momentMarks(moments, WHOLE);
  expect(drawn.length).toBeLessThanOrEqual(251);
  expect(drawn[0]).toEqual({ name: "m0", left: 0 });
});
