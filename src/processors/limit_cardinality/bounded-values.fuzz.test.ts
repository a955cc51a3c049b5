import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BoundedValues } from "./bounded-values.ts";
import { DistinctEstimate } from "./distinct-estimate.ts";

const LIMIT = 3;
const PLACES = 4;

describe("bounded values", () => {
  it("let through at most the limit in a window, always the same, and give every place back", () => {
    const steps = fc.array(
      fc.record({
        value: fc.constantFrom("a", "b", "c", "d", "e", "f"),
        later: fc.constantFrom(0, 0, 0, 0, 1, 2),
      }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(steps, (list) => {
        let taken = 0;
        const budget = {
          take: () => taken < PLACES && ++taken > 0,
          give: (places: number) => {
            taken -= places;
          },
        };
        const values = new BoundedValues(LIMIT, budget, 0);
        let window = 0;
        let before = new Set<string>();
        let admitted = new Set<string>();
        for (const { value, later } of list) {
          if (later > 0) {
            before = later === 1 ? admitted : new Set();
            admitted = new Set();
            window += later;
          }
          const isIn = values.admits(value, window);
          // What was let through in this window or the last one is let through again.
          expect(isIn || !(admitted.has(value) || before.has(value))).toBe(true);
          if (isIn) admitted.add(value);
          expect(admitted.size).toBeLessThanOrEqual(LIMIT);
          expect(taken).toBeLessThanOrEqual(LIMIT);
        }
        values.release();
        expect(taken).toBe(0);
      }),
    );
  });
});

it("the estimate of distinct texts is off by a fifth at most", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20_000 }),
      fc.string({ maxLength: 5 }),
      (count, prefix) => {
        const estimate = new DistinctEstimate();
        for (let i = 0; i < count; i++) estimate.add(`${prefix}${i}`);
        const known = estimate.count;
        for (let i = 0; i < count; i += 7) estimate.add(`${prefix}${i}`);
        expect(estimate.count).toBe(known);
        expect(Math.abs(known - count)).toBeLessThanOrEqual(Math.max(3, count / 5));
      },
    ),
    { numRuns: 40 },
  );
});
