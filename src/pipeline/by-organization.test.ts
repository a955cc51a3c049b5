import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByOrganization, type OrganizationShare } from "./by-organization.ts";

/** What remembers as much as its share gives it. */
class Remembered {
  entries = 0;
  private readonly share: OrganizationShare;

  constructor(share: OrganizationShare) {
    this.share = share;
  }

  add(count: number): number {
    let added = 0;
    for (; added < count && this.share.take(); added += 1) this.entries += 1;
    return added;
  }

  drop(count: number): void {
    const dropped = Math.min(count, this.entries);
    this.entries -= dropped;
    this.share.give(dropped);
  }
}

const LIMITS = { organizationsMax: 3, entriesMax: 10, makesRoom: true };

function organizations(limits: Partial<typeof LIMITS> & { entriesPerOrganizationMax?: number }) {
  const forgotten: Remembered[] = [];
  const known = new ByOrganization({
    ...LIMITS,
    ...limits,
    make: (share) => new Remembered(share),
    onForgotten: (one) => void forgotten.push(one),
  });
  return { known, forgotten };
}

describe("what is remembered by organization", () => {
  it("is forgotten of the one that was silent for longest, for one too many", () => {
    const { known, forgotten } = organizations({});
    const [a, b] = ["a", "b", "c"].map((org) => known.of(org));
    expect(known.of("a")).toBe(a);
    known.of("d");
    expect(forgotten).toEqual([b]);
    expect(["a", "b", "c", "d"].map((org) => known.has(org))).toEqual([true, false, true, true]);
  });

  it("is forgotten of the others, those silent for longest first, where there is no room for more", () => {
    const { known, forgotten } = organizations({});
    const [a, b, c] = ["a", "b", "c"].map((org) => known.of(org));
    expect([a!.add(4), b!.add(4), c!.add(4)]).toEqual([4, 4, 4]);
    expect(forgotten).toEqual([a]);
    expect(known.entries).toBe(8);
    expect(c!.add(20)).toBe(6);
    expect(forgotten).toEqual([a, b]);
    expect([known.size, known.entries]).toEqual([1, 10]);
  });

  it("is not more than an organization may have alone", () => {
    const { known } = organizations({ entriesPerOrganizationMax: 3 });
    expect(known.of("a").add(5)).toBe(3);
    known.of("a").drop(1);
    expect(known.of("a").add(5)).toBe(1);
  });

  it("is not forgotten where there is no room for more and none is to be made", () => {
    const { known, forgotten } = organizations({ makesRoom: false });
    expect([known.of("a").add(6), known.of("b").add(6)]).toEqual([6, 4]);
    known.delete("a");
    expect(known.of("b").add(6)).toBe(6);
    expect(forgotten).toEqual([]);
  });

  it("gives nothing back once it was forgotten", () => {
    const { known } = organizations({});
    const a = known.of("a");
    a.add(5);
    known.delete("a");
    a.drop(5);
    expect(a.add(1)).toBe(0);
    expect(known.entries).toBe(0);
  });

  it("is never more than all may have, and is what they have", () => {
    const step = fc.record({
      org: fc.constantFrom("a", "b", "c", "d", "e"),
      add: fc.nat(8),
      drop: fc.nat(8),
    });
    const property = fc.property(fc.array(step), fc.boolean(), (steps, makesRoom) => {
      const { known } = organizations({ makesRoom });
      for (const { org, add, drop } of steps) {
        const one = known.of(org);
        one.add(add);
        one.drop(drop);
        const counted = known.values().reduce((sum, { entries }) => sum + entries, 0);
        expect(known.entries).toBe(counted);
        expect(counted).toBeLessThanOrEqual(LIMITS.entriesMax);
        expect(known.size).toBeLessThanOrEqual(LIMITS.organizationsMax);
      }
    });
    fc.assert(property, { seed: 13, numRuns: 300 });
  });
});
