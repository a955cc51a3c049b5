import type { ServiceSummary } from "#api/contract/services.ts";
import { expect, test } from "vitest";
import { nextOrder, parseOrder, sorted } from "./service-order.ts";

const service = (name: string, requests: number, p95Ms: number): ServiceSummary => {
  const rest = { requestsPerSecond: 0, errors: 0, errorRate: 0, avgMs: 0, p50Ms: 0, p99Ms: 0 };
  return { service: name, requests, p95Ms, ...rest };
};
const shop = [service("cart", 5, 9), service("Auth", 7, 1), service("pay", 5, 40)];
const names = (order: string | undefined) =>
  sorted(shop, parseOrder(order)).map((row) => row.service);

test("puts the busiest first, and equals by name", () => {
  expect(names(undefined)).toEqual(["Auth", "cart", "pay"]);
  expect(names("nonsense")).toEqual(["Auth", "cart", "pay"]);
});

test("sorts as the address says", () => {
  expect(names("-p95Ms")).toEqual(["pay", "cart", "Auth"]);
  expect(names("p95Ms")).toEqual(["Auth", "cart", "pay"]);
  expect(names("-service")).toEqual(["pay", "cart", "Auth"]);
});

test("starts numbers with the largest and names with A, and turns round at the second click", () => {
  expect(nextOrder(parseOrder(undefined), "p99Ms")).toBe("-p99Ms");
  expect(nextOrder(parseOrder("-p99Ms"), "p99Ms")).toBe("p99Ms");
  expect(nextOrder(parseOrder("p99Ms"), "service")).toBe("service");
});
