import { expect, test } from "vitest";
import { arrowHead, edgePath } from "./edge-path.ts";

test("ends a line before its arrow", () => {
  const points = [
    { x: 0, y: 0 },
    { x: 100, y: 0 },
  ];
  expect(edgePath(points, 8)).toBe("M0 0L92 0");
  expect(arrowHead(points, 10)).toBe("M100 0L90 4.5L90 -4.5Z");
});

test("rounds the corners of a line and goes to its very end", () => {
  const points = [
    { x: 0, y: 0 },
    { x: 50, y: 40 },
    { x: 100, y: 40 },
    { x: 150, y: 0 },
  ];
  expect(edgePath(points, 0)).toBe("M0 0Q50 40 75 40Q100 40 150 0");
});

test("draws nothing of a line without length", () => {
  expect(edgePath([], 8)).toBe("");
  expect(edgePath([{ x: 1, y: 1 }], 8)).toBe("");
  expect(arrowHead([{ x: 1, y: 1 }], 8)).toBe("");
  expect(
    arrowHead(
      [
        { x: 1, y: 1 },
        { x: 1, y: 1 },
      ],
      10,
    ),
  ).toBe("M1 1L-9 5.5L-9 -3.5Z");
});
