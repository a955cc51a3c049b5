import { expect, test } from "vitest";
import { isRanged, NAV, sectionOf } from "./nav.ts";

test("a page belongs to the section whose path it lies below", () => {
  expect(sectionOf("/")?.title).toBe("Overview");
  expect(sectionOf("/services/cart")?.title).toBe("Services");
  expect(sectionOf("/servicesx")).toBeUndefined();
  expect(sectionOf("/no/such/page")).toBeUndefined();
});

test("a list of traces looks at the range, one trace does not", () => {
  expect(isRanged("/traces")).toBe(true);
  expect(isRanged("/traces/0123")).toBe(false);
  expect(isRanged("/services/cart")).toBe(true);
  expect(isRanged("/settings")).toBe(false);
});

test("each page has a key of its own", () => {
  expect(new Set(NAV.map(({ key }) => key)).size).toBe(NAV.length);
});
