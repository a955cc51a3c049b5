import { expect, it } from "vitest";
import { engineArguments } from "./engine-arguments.ts";

it("gives the caches together no more than a third of the memory", () => {
  const sizes = engineArguments(640_000_000, 2)
    .filter((argument) => argument.includes("cache"))
    .map((argument) => Number(argument.split("=")[1]));
  expect(sizes.length).toBeGreaterThan(8);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(640_000_000 / 3);
});

it.each([
  [1, 2],
  [2, 2],
  [8, 4],
  [64, 8],
])("on %i processors merges with %i threads", (processors, threads) => {
  expect(engineArguments(640_000_000, processors)).toContain(`--background_pool_size=${threads}`);
});
