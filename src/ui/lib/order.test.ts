import { expect, test } from "vitest";
import { directionOf, nextOrder, ordered, parseOrder } from "./order.ts";

const COLUMNS = ["service", "requests", "p95Ms"] as const;
const parse = (text: string | undefined) =>
  parseOrder(text, COLUMNS, { column: "requests", descending: true });

const SHOP = [
  { service: "cart", requests: 5, p95Ms: 9 },
  { service: "Auth", requests: 7, p95Ms: 1 },
  { service: "pay", requests: 5, p95Ms: 40 },
];
const names = (text: string | undefined): string[] => {
  const { column, descending } = parse(text);
  const by = (row: (typeof SHOP)[number]): string | number => row[column];
  return ordered(SHOP, { descending, by, name: ({ service }) => service }).map(
    ({ service }) => service,
  );
};

test("orders as it is by itself where the address says nothing, equals by name", () => {
  expect(names(undefined)).toEqual(["Auth", "cart", "pay"]);
  expect(names("nonsense")).toEqual(["Auth", "cart", "pay"]);
});

test("orders as the address says", () => {
  expect(names("-p95Ms")).toEqual(["pay", "cart", "Auth"]);
  expect(names("p95Ms")).toEqual(["Auth", "cart", "pay"]);
  expect(names("-service")).toEqual(["pay", "cart", "Auth"]);
});

test("starts numbers with the largest and names with A, and turns round at the second click", () => {
  expect(nextOrder(parse(undefined), "p95Ms", true)).toBe("-p95Ms");
  expect(nextOrder(parse("-p95Ms"), "p95Ms", true)).toBe("p95Ms");
  expect(nextOrder(parse("p95Ms"), "service", false)).toBe("service");
});

test("says the direction at the column that is ordered by, and at no other", () => {
  expect(directionOf(parse("p95Ms"), "p95Ms")).toBe("ascending");
  expect(directionOf(parse("-p95Ms"), "p95Ms")).toBe("descending");
  expect(directionOf(parse("p95Ms"), "service")).toBeUndefined();
});
