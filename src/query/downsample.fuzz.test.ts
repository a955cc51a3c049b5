import fc from "fast-check";
import { expect, test } from "vitest";
import { downsample } from "./downsample.ts";

const SECOND = 1_000_000_000n;
const RANGE = { fromNs: 1_790_000_000n * SECOND, toNs: 1_790_003_600n * SECOND };

const value = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: -1_000, max: 1_000 }) },
  { weight: 1, arbitrary: fc.constantFrom("NaN", "Infinity", "-Infinity", "9007199254740993") },
);
const line = fc
  .tuple(
    fc.uniqueArray(fc.integer({ min: 0, max: 3_600 }), { minLength: 1, maxLength: 400 }),
    fc.array(value, { minLength: 400, maxLength: 400 }),
  )
  .map(([seconds, values]) =>
    seconds
      .toSorted((a, b) => a - b)
      .map((second, place) => ({
        stepNs: RANGE.fromNs + BigInt(second) * SECOND,
        value: values[place]!,
      })),
  );
const pixels = fc.integer({ min: 2, max: 120 });

test("points stay in order and are never more than the pixels allow", () => {
  fc.assert(
    fc.property(line, pixels, (points, width) => {
      for (const [method, most] of [
        ["minmax", 2 * width],
        ["avg", width],
        ["lttb", width],
      ] as const) {
        const kept = downsample(points, { method, pixels: width }, RANGE);
        expect(kept.length).toBeLessThanOrEqual(Math.max(1, Math.min(points.length, most)));
        const times = kept.map(({ stepNs }) => stepNs);
        expect(times).toEqual([...new Set(times)].toSorted((a, b) => (a < b ? -1 : 1)));
      }
    }),
  );
});

test("minmax keeps the least and the greatest value of every pixel, and adds none", () => {
  fc.assert(
    fc.property(line, pixels, (points, width) => {
      const kept = downsample(points, { method: "minmax", pixels: width }, RANGE);
      expect(kept.filter((point) => !points.includes(point))).toEqual([]);
      const pixelOf = ({ stepNs }: { stepNs: bigint }): number =>
        Math.min(width - 1, Math.floor(Number(stepNs - RANGE.fromNs) / (3_600e9 / width)));
      for (let pixel = 0; pixel < width; pixel++) {
        const numbers = (all: readonly { stepNs: bigint; value: number | string }[]): number[] =>
          all
            .filter((point) => pixelOf(point) === pixel)
            .map((point) => Number(point.value))
            .filter((number) => !Number.isNaN(number));
        const [given, left] = [numbers(points), numbers(kept)];
        expect([Math.min(...left), Math.max(...left)]).toEqual([
          Math.min(...given),
          Math.max(...given),
        ]);
      }
    }),
  );
});

test("lttb keeps the first and the last point, and adds none", () => {
  fc.assert(
    fc.property(line, pixels, (points, width) => {
      const kept = downsample(points, { method: "lttb", pixels: width }, RANGE);
      expect(kept[0]).toBe(points[0]);
      expect(kept.at(-1)).toBe(points.at(-1));
      expect(kept.length).toBe(Math.min(points.length, width));
      expect(kept.filter((point) => !points.includes(point))).toEqual([]);
    }),
  );
});

test("a short line is given as it is, whatever the method", () => {
  fc.assert(
    fc.property(line, (points) => {
      for (const method of ["minmax", "avg", "lttb"] as const) {
        expect(downsample(points, { method, pixels: 4_000 }, RANGE)).toBe(points);
      }
    }),
  );
});
