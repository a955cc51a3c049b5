import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SCROLL_HEIGHT_MAX, scrolled, scrollHeight, topOf } from "./scaled-scroll.ts";

const LONG = { content: 24_000_000, view: 800 };
const SHORT = { content: 24_000, view: 800 };

describe("scrolled", () => {
  it("is the element's own place in a list that fits into one", () => {
    expect(scrollHeight(SHORT)).toBe(24_000);
    expect(scrolled({ offset: 0, top: 0 }, 5_000, SHORT).offset).toBe(5_000);
    expect(topOf(5_000, SHORT)).toBeCloseTo(5_000);
  });

  it("moves a long list by the wheel's own pixels", () => {
    expect(scrollHeight(LONG)).toBe(SCROLL_HEIGHT_MAX);
    const from = { offset: 12_000_000, top: topOf(12_000_000, LONG) };
    expect(scrolled(from, from.top + 100, LONG).offset).toBe(12_000_100);
    expect(scrolled(from, from.top - 100, LONG).offset).toBe(11_999_900);
  });

  it("goes through all of a long list by the bar", () => {
    const half = (SCROLL_HEIGHT_MAX - 800) / 2;
    expect(scrolled({ offset: 0, top: 0 }, half, LONG).offset).toBeCloseTo((24_000_000 - 800) / 2);
  });

  it("reaches both ends, and never goes beyond them", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 40_000_000 }),
        fc.integer({ min: 1, max: 4_000 }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 20 }),
        (content, view, places) => {
          const size = { content, view };
          const topMax = Math.max(0, scrollHeight(size) - view);
          const offsetMax = Math.max(0, content - view);
          let place = { offset: 0, top: 0 };
          for (const share of places) {
            place = scrolled(place, share * topMax, size);
            expect(place.offset).toBeGreaterThanOrEqual(0);
            expect(place.offset).toBeLessThanOrEqual(offsetMax);
          }
          expect(scrolled(place, topMax, size).offset).toBe(offsetMax);
          expect(scrolled(place, 0, size).offset).toBe(0);
        },
      ),
    );
  });
});
