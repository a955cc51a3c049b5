import { describe, expect, it } from "vitest";
import { CARDINALITY_LIMITS, Organizations } from "./organizations.ts";

const LIMIT = 100_000;
const { valuesPerOrganizationMax, valuesMax } = CARDINALITY_LIMITS;

/** Sends different values of attributes of an organization, until it may have no more. */
function fill(organizations: Organizations, org: string, window = 0): number {
  let admitted = 0;
  for (let name = 0; ; name++) {
    const values = organizations.of(org, window).of("spans", `key${name}`, LIMIT, window)!;
    for (let i = 0; i < LIMIT / 2; i++) {
      if (!values.admits(`${i}`, window)) return admitted;
      admitted++;
    }
  }
}

describe("organizations", () => {
  it("have a share of the values each, and those silent for longest are forgotten for others", () => {
    const organizations = new Organizations();
    for (const org of ["a", "b", "c"]) {
      expect(fill(organizations, org)).toBe(valuesPerOrganizationMax);
    }
    organizations.of("b", 0);
    expect(organizations.values).toBe(2 * valuesPerOrganizationMax);
    expect(organizations.values).toBeLessThanOrEqual(valuesMax);
    expect(organizations.count).toBe(2);
    expect(organizations.limited(0).length).toBeGreaterThan(0);
    // The first is new again: what it had is gone, and it may have as much as before.
    expect(fill(organizations, "a")).toBe(valuesPerOrganizationMax);
  });

  it("get places back from values that did not come in the last window", () => {
    const organizations = new Organizations();
    expect(fill(organizations, "a")).toBe(valuesPerOrganizationMax);
    const values = (window: number) =>
      organizations.of("a", window).of("spans", "key0", LIMIT, window)!;
    expect(values(1).admits("0", 1)).toBe(true);
    expect(values(2).admits("0", 2)).toBe(true);
    // Those of the other key too, which has not come since.
    expect(organizations.values).toBe(1);
  });
});
