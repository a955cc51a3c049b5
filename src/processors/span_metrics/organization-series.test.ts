import { expect, it } from "vitest";
import { OrganizationSeries } from "./organization-series.ts";
import { settings } from "./settings.ts";
import type { SeriesTally } from "./span-tally.ts";

/** A share of so many places. */
function shareOf(places: number) {
  return {
    left: places,
    take(): boolean {
      if (this.left === 0) return false;
      this.left -= 1;
      return true;
    },
    give(entries: number): void {
      this.left += entries;
    },
  };
}

const tally = (key: string): SeriesTally => ({
  key,
  resource: [],
  labels: [],
  values: [1],
  weights: [1],
  examples: new Map(),
});

it("spans are in the overflow where all organizations together have no room for another series", () => {
  const share = shareOf(1);
  const series = new OrganizationSeries(settings.parse({}), share, 0n);
  const counted = ["a", "b", "a", "c"].map((key) => series.add(tally(key), 0));
  expect(counted).toEqual([true, false, true, false]);
  expect(series.size).toBe(2);
});

it.each(["delta", "cumulative"] as const)(
  "%s series give their room back when they end",
  (temporality) => {
    const share = shareOf(2);
    const series = new OrganizationSeries(
      settings.parse({ temporality, expiration: 1_000 }),
      share,
      0n,
    );
    for (const key of ["a", "b", "c"]) series.add(tally(key), 0);
    expect(share.left).toBe(0);
    series.take(1n, 1_000);
    expect([series.size, share.left]).toEqual([0, 2]);
  },
);
