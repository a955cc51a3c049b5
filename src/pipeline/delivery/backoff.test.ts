import { expect, it } from "vitest";
import { backoffMs } from "./backoff.ts";

const settings = { retryDelay: 1_000, retryBackoff: 2, retryDelayMax: 30_000 };

it("doubles the longest wait from retry to retry, up to the bound", () => {
  const longest = [1, 2, 3, 4, 5, 6, 7, 1_000, 5_000].map((retry) =>
    backoffMs(retry, settings, () => 1),
  );
  expect(longest).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 30_000]);
});

it("waits a random part of it", () => {
  expect(backoffMs(3, settings, () => 0)).toBe(0);
  expect(backoffMs(3, settings, () => 0.25)).toBe(1_000);
});
