import { expect, test } from "vitest";
import { testSpan, testTree } from "./test-outline.ts";
import { formatZoom, zoomedBy, zoomRange } from "./zoom.ts";

const tree = testTree([
  testSpan("00a1", null, 0, { ms: 200 }),
  testSpan("00a2", "00a1", 50, { ms: 20 }),
]);

test("is the time of a row, or a stretch between two moments", () => {
  expect(zoomRange(tree, "00a2")).toEqual({ startMs: 50, durationMs: 20 });
  expect(zoomRange(tree, "12.5-80")).toEqual({ startMs: 12.5, durationMs: 67.5 });
  expect(zoomRange(tree, "100-9000")).toEqual({ startMs: 100, durationMs: 100 });
});

test.each([undefined, "", "00ff", "80-12", "300-400", "x-y", "1e3-2e3", "-5-10"])(
  "is the whole trace for %s",
  (zoom) => {
    expect(zoomRange(tree, zoom)).toEqual({ startMs: 0, durationMs: 200 });
  },
);

test("is written within the trace, whichever end was first, and read again as it was", () => {
  expect(formatZoom(tree, 80, 12.5)).toBe("12.5-80");
  expect(formatZoom(tree, -40, 260)).toBeUndefined();
  expect(formatZoom(tree, 150, 500)).toBe("150-200");
  expect(zoomRange(tree, formatZoom(tree, 33, 33)).durationMs).toBeCloseTo(0.0002, 6);
});

test("grows and shrinks around a moment", () => {
  expect(zoomedBy({ startMs: 0, durationMs: 100 }, 0.5, 40)).toEqual([20, 70]);
});
