import { expect, it } from "vitest";
import { killNine } from "./kill-nine.ts";

it(
  "kill -9 under load, in recovery and at named points loses nothing that was acknowledged and stores nothing twice",
  { timeout: 300_000 },
  async () => {
    const { rounds, verdicts } = await killNine({
      rounds: 2,
      earlyEvery: 2,
      pointRounds: 1,
      seed: 1,
    });
    expect(rounds).toHaveLength(5);
    for (const verdict of verdicts) {
      expect(verdict).toMatchObject({ lost: 0, duplicated: 0, torn: 0 });
      // Nothing lost of nothing would prove nothing.
      expect(verdict.acknowledged).toBeGreaterThan(5_000);
    }
  },
);
