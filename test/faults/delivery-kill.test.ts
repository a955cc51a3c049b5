import { expect, it } from "vitest";
import { judge, killDeliveries } from "./delivery-kill.ts";
import { DELIVERY_SIDES } from "./delivery-sides.ts";

// Of each: two kills under load, and one while it starts. Fifty rounds: npm run bench faults.
const PLAN = { rounds: 3, earlyEvery: 3, seed: 1 };

it.each(Object.keys(DELIVERY_SIDES))(
  "kill -9 in the middle of deliveries, %s: each acknowledged row arrives once, or is refused",
  { timeout: 240_000 },
  async (side) => {
    const report = await killDeliveries({ side, ...PLAN });
    expect(report).toMatchObject({ lost: 0, duplicated: 0, unwanted: 0, miscounted: 0 });
    // Nothing lost of nothing would prove nothing.
    expect(report.acknowledged).toBeGreaterThan(200);
    const refuses = side !== "s3" && side !== "tail_sample";
    expect(report.deadLetters > 0).toBe(refuses);
  },
);

it("tells rows that are lost, repeated, unwanted and miscounted", () => {
  const isWanted = (id: string): boolean => id !== "poison";
  const counts = { accepted: 5, stored: 3, dropped: 1, deadLetters: 1 };
  expect(judge({ isWanted }, ["a", "b", "poison"], ["a", "a", "poison"], counts)).toEqual({
    acknowledged: 3,
    arrived: 2,
    deadLetters: 1,
    lost: 1,
    duplicated: 1,
    unwanted: 1,
    miscounted: 2,
  });
});
