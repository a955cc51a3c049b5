import fc from "fast-check";
import { expect, it } from "vitest";
import { FakeClock } from "../testing/fake-clock.ts";
import { RateWindow } from "./rate-window.ts";
import { TokenBucket } from "./token-bucket.ts";

it("a bucket never lets more through than its rate and what it holds, and always what it promised", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.double({ min: 0.1, max: 1_000, noNaN: true }),
      fc.array(fc.tuple(fc.integer({ min: 1, max: 3_000 }), fc.integer({ min: 0, max: 3_000 })), {
        minLength: 1,
        maxLength: 30,
      }),
      async (perSecond, steps) => {
        const clock = new FakeClock();
        const bucket = new TokenBucket(perSecond, clock);
        let taken = 0;
        let largest = 0;
        for (const [count, pauseMs] of steps) {
          const waitMs = bucket.take(count);
          await clock.advance(waitMs);
          expect(waitMs === 0 ? 0 : bucket.take(count)).toBe(0);
          taken += count;
          largest = Math.max(largest, count);
          const allowed = Math.max(1, perSecond) + (clock.monotonicMs() / 1_000) * perSecond;
          // The last may be more than the bucket holds: the debt is waited for afterwards.
          expect(taken - count).toBeLessThanOrEqual(allowed + largest + 1e-6);
          await clock.advance(pauseMs);
        }
      },
    ),
    { numRuns: 50 },
  );
});

it("a window tells the rate of the last ten seconds, whatever came before", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(100), fc.integer({ min: 0, max: 4_000 })), { maxLength: 20 }),
      async (steps) => {
        const clock = new FakeClock();
        const window = new RateWindow(clock);
        const added: { second: number; count: number }[] = [];
        for (const [count, pauseMs] of steps) {
          window.add(count);
          added.push({ second: Math.floor(clock.monotonicMs() / 1_000), count });
          await clock.advance(pauseMs);
          const now = Math.floor(clock.monotonicMs() / 1_000);
          if (now === 0) continue;
          const counted = added.filter(({ second }) => second < now && second >= now - 10);
          const sum = counted.reduce((all, one) => all + one.count, 0);
          expect(window.perSecond()).toBeCloseTo(sum / Math.min(10, now), 9);
        }
      },
    ),
    { numRuns: 50 },
  );
});
