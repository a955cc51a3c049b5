import { expect, it } from "vitest";
import { reloadUnderLoad } from "./reload.ts";

it(
  "ten changes of the graph under load lose no row, repeat none and refuse none",
  { timeout: 300_000 },
  async () => {
    const { reloads, verdicts, kept, refused } = await reloadUnderLoad({ reloads: 10, seed: 1 });
    expect(reloads).toHaveLength(10);
    expect(refused).toBe(0);
    for (const verdict of verdicts) {
      expect(verdict).toMatchObject({ lost: 0, duplicated: 0, torn: 0 });
      // Nothing lost of nothing would prove nothing.
      expect(verdict.acknowledged).toBeGreaterThan(5_000);
    }
    expect(kept).toMatchObject({ lost: 0, repeated: 0 });
    expect(kept.acknowledged).toBeGreaterThan(5_000);
  },
);
