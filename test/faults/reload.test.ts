import { expect, it } from "vitest";
import { ACKNOWLEDGED_ROWS_MIN, reloadUnderLoad, SOURCE_ROWS_MIN } from "./reload.ts";
import { STEPS } from "./reload-graph.ts";

it(
  "changes of the graph under load, one of each kind, lose no row, repeat none and refuse none",
  { timeout: 300_000 },
  async () => {
    const { reloads, verdicts, counted, refused } = await reloadUnderLoad({
      reloads: STEPS.length,
      seed: 1,
    });
    expect(reloads).toHaveLength(STEPS.length);
    expect(refused).toBe(0);
    for (const verdict of verdicts) {
      expect(verdict).toMatchObject({ lost: 0, duplicated: 0, torn: 0 });
      // Nothing lost of nothing would prove nothing.
      expect(verdict.acknowledged).toBeGreaterThan(ACKNOWLEDGED_ROWS_MIN);
    }
    expect(counted).toHaveLength(4);
    for (const one of counted) {
      expect(one).toMatchObject({ lost: 0, repeated: 0 });
      expect(one.acknowledged).toBeGreaterThan(SOURCE_ROWS_MIN);
    }
  },
);
