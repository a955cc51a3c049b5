import { describe, expect, it } from "vitest";
import { SeenToday } from "./seen-today.ts";

const shop = { name: "shop" };
const cart = { name: "cart" };

describe("SeenToday", () => {
  it("has an item written once by the group that sees it first", () => {
    const seen = new SeenToday<object>();
    expect([seen.see(shop, 1), seen.see(cart, 1), seen.see(shop, 1)]).toEqual([true, true, false]);
    expect(seen.takeFresh()).toEqual([
      { item: shop, day: 1 },
      { item: cart, day: 1 },
    ]);
    expect(seen.takeFresh()).toEqual([]);
  });

  it("has it written again until a group that wrote it is durable", () => {
    const seen = new SeenToday<object>();
    seen.see(shop, 1);
    const written = seen.takeFresh();
    expect(seen.see(shop, 1)).toBe(true);
    seen.remember(written);
    seen.takeFresh();
    expect(seen.see(shop, 1)).toBe(false);
  });

  it("has it written once more on each new day", () => {
    const seen = new SeenToday<object>();
    seen.see(shop, 1);
    seen.see(shop, 2);
    const written = seen.takeFresh();
    expect(written.map(({ day }) => day)).toEqual([1, 2]);
    seen.remember(written);
    expect(seen.see(shop, 2)).toBe(false);
    expect(seen.see(shop, 3)).toBe(true);
  });

  it("takes another object for another item, whatever its content", () => {
    const seen = new SeenToday<object>();
    seen.see(shop, 1);
    expect(seen.see({ ...shop }, 1)).toBe(true);
  });

  it("tells what a group has that was written earlier, once, and only when asked to", () => {
    const seen = new SeenToday<object>();
    for (const item of [shop, cart]) seen.see(item, 1);
    seen.remember(seen.takeFresh());
    seen.see(shop, 1);
    expect(seen.repeats()).toEqual([]);
    seen.repeating = true;
    for (const item of [shop, shop]) seen.see(item, 1);
    seen.repeat(cart, 1);
    expect(seen.repeats()).toEqual([
      { item: shop, day: 1 },
      { item: cart, day: 1 },
    ]);
    expect(seen.takeFresh()).toEqual([]);
    expect(seen.repeats()).toEqual([]);
  });

  it("does not repeat what the group writes for another day", () => {
    const seen = new SeenToday<object>();
    seen.repeating = true;
    seen.see(shop, 1);
    seen.remember(seen.takeFresh());
    seen.see(shop, 1);
    seen.see(shop, 2);
    expect(seen.repeats()).toEqual([]);
    expect(seen.takeFresh()).toEqual([{ item: shop, day: 2 }]);
  });
});
