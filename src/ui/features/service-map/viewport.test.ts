import fc from "fast-check";
import { expect, test } from "vitest";
import { fitted, moved, nearest, SCALE, shown, zoomed } from "./viewport.ts";

const WINDOW = { width: 1_000, height: 600 };

test("shows the whole map in the middle, and does not blow up a small one", () => {
  expect(fitted({ width: 2_000, height: 400 }, WINDOW)).toEqual({ x: 16, y: 203.2, scale: 0.484 });
  const small = fitted({ width: 200, height: 100 }, WINDOW);
  expect(small.scale).toBe(1.2);
  expect(small.x).toBe(380);
  expect(fitted({ width: 0, height: 0 }, WINDOW).scale).toBe(1);
});

test("keeps what is under the pointer there while it zooms", () => {
  const number = fc.double({ min: -2_000, max: 2_000, noNaN: true });
  const factor = fc.double({ min: 0.2, max: 5, noNaN: true });
  fc.assert(
    fc.property(number, number, number, number, factor, (x, y, pointX, pointY, by) => {
      const view = { x, y, scale: 1 };
      const next = zoomed(view, by, { x: pointX, y: pointY });
      expect((pointX - next.x) / next.scale).toBeCloseTo(pointX - x, 3);
      expect((pointY - next.y) / next.scale).toBeCloseTo(pointY - y, 3);
      expect(next.scale).toBeGreaterThanOrEqual(SCALE.min);
      expect(next.scale).toBeLessThanOrEqual(SCALE.max);
    }),
  );
});

test("cannot push the map out of its window", () => {
  const map = { width: 500, height: 300 };
  const view = { x: 0, y: 0, scale: 1 };
  expect(moved(view, { x: 9_999, y: 9_999 }, map, WINDOW)).toMatchObject({ x: 920, y: 520 });
  expect(moved(view, { x: -9_999, y: -9_999 }, map, WINDOW)).toMatchObject({ x: -420, y: -220 });
  expect(moved(view, { x: 10, y: -5 }, map, WINDOW)).toMatchObject({ x: 10, y: -5 });
});

test("moves only as far as needed to show a service", () => {
  const card = { width: 100, height: 50 };
  const view = { x: 0, y: 0, scale: 1 };
  expect(shown(view, { x: 500, y: 300 }, card, WINDOW)).toEqual(view);
  expect(shown(view, { x: 1_100, y: 300 }, card, WINDOW)).toMatchObject({ x: -166, y: 0 });
  expect(shown(view, { x: 500, y: -100 }, card, WINDOW)).toMatchObject({ x: 0, y: 141 });
});

test("goes to the nearest service in the direction of the arrow", () => {
  const places = [
    { x: 0, y: 0 },
    { x: 200, y: 10 },
    { x: 190, y: 300 },
    { x: 0, y: 120 },
    { x: 600, y: 0 },
  ];
  expect(nearest(places, 0, "ArrowRight")).toBe(1);
  expect(nearest(places, 0, "ArrowDown")).toBe(3);
  expect(nearest(places, 1, "ArrowRight")).toBe(4);
  expect(nearest(places, 1, "ArrowLeft")).toBe(0);
  expect(nearest(places, 0, "ArrowLeft")).toBeUndefined();
  expect(nearest(places, 0, "a")).toBeUndefined();
});
