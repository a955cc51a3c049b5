import { describe, expect, it } from "vitest";
import { QUERY_LIMITS } from "#core/limits.ts";
import { RememberedHolders } from "./remembered-holders.ts";

describe("remembered resources", () => {
  it("are those of one organization only", () => {
    const remembered = new RememberedHolders<string>();
    remembered.set("acme", "1", "a", 10);
    expect(remembered.get("acme", "1")).toBe("a");
    expect(remembered.get("other", "1")).toBeUndefined();
  });

  it("are no more than their bounds in number and bytes", () => {
    const remembered = new RememberedHolders<number>();
    const kept = () => ids.filter((id) => remembered.get("acme", id) !== undefined).length;
    const ids = Array.from({ length: QUERY_LIMITS.rememberedHoldersMax + 1 }, (_, i) => `${i}`);
    for (const id of ids) remembered.set("acme", id, 1, 1);
    expect(kept()).toBe(1);

    const big = QUERY_LIMITS.rememberedHolderBytesMax;
    for (const id of ids.slice(0, 1_000)) remembered.set("beta", id, 1, big);
    const bytes = ids.filter((id) => remembered.get("beta", id) !== undefined).length * big;
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThanOrEqual(QUERY_LIMITS.rememberedHoldersBytesMax);
  });

  it("are not those too large to keep", () => {
    const remembered = new RememberedHolders<number>();
    remembered.set("acme", "1", 1, QUERY_LIMITS.rememberedHolderBytesMax + 1);
    expect(remembered.get("acme", "1")).toBeUndefined();
  });
});
