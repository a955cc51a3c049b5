import { describe, expect, it } from "vitest";
import { termState, withoutTerm, withTerm } from "./search-terms.ts";

describe("withTerm", () => {
  it.each([
    ["", "service", "cart", {}, "service:cart"],
    ["status:error", "service", "cart", {}, "status:error service:cart"],
    ["service:cart", "service", "cart", {}, "service:cart"],
    ["service:cart a", "service", "web", {}, "a service:web"],
    ["service:cart a", "service", "web", { isAny: true }, "service:(cart OR web) a"],
    ["service:cart", "service", "cart", { isAny: true }, "service:cart"],
    ["-service:cart", "service", "cart", {}, "service:cart"],
    ["service:cart", "service", "cart", { isNot: true }, "-service:cart"],
    ["service:cart", "service", "web", { isNot: true }, "service:cart -service:web"],
    ["", "http.route", "/a b", {}, 'http.route:"/a b"'],
    ["", "status", "x", { isAttribute: true }, "attr.status:x"],
    ["", "level", "warn", {}, "severity:warn"],
    ["a OR b", "service", "cart", {}, "(a OR b) service:cart"],
    ['a "b', "service", "cart", {}, 'a "b service:cart'],
  ])("adds to %j what %s and %s say: %o", (q, field, value, options, expected) => {
    expect(withTerm(q, field, value, options)).toBe(expected);
  });
});

describe("withoutTerm", () => {
  it.each([
    ["service:cart a", "service", "cart", {}, "a"],
    ["service:(cart OR web)", "service", "cart", {}, "service:web"],
    ["-service:cart a", "service", "cart", { isNot: true }, "a"],
    ["service:cart", "service", "web", {}, "service:cart"],
  ])("takes out of %j what %s and %s say", (q, field, value, options, expected) => {
    expect(withoutTerm(q, field, value, options)).toBe(expected);
  });
});

describe("termState", () => {
  it.each([
    ["service:cart", "in"],
    ["service:(cart OR web)", "in"],
    ["-service:cart", "out"],
    ["service:web", undefined],
    ["service:cart OR a", undefined],
    ["(", undefined],
  ])("reads in %j that the service cart is %s", (q, expected) => {
    expect(termState(q, "service", "cart")).toBe(expected);
  });
});
