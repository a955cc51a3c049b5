import fc from "fast-check";
import { expect, test } from "vitest";
import { fit, fitting } from "./fuzzy.ts";

const best = (typed: string, ...texts: string[]): string[] =>
  fitting(typed, texts, (text) => text, 10);

test("a beginning fits better than a word, a word better than what is inside one", () => {
  expect(best("art", "cart", "the art", "artifact", "zebra")).toEqual([
    "artifact",
    "the art",
    "cart",
  ]);
});

test("letters in their order fit when no text has them together", () => {
  expect(best("chkout", "checkout", "cart")).toEqual(["checkout"]);
  expect(best("nwyrk", "America/New_York", "Europe/London")).toEqual(["America/New_York"]);
  expect(fit("tc", "traces")).toBeUndefined();
});

test("words fit in any order", () => {
  expect(best("york america", "America/New_York", "America/Lima")).toEqual(["America/New_York"]);
});

test("of two that fit alike the shorter comes first, and all come in their order for nothing typed", () => {
  expect(best("log", "Logs of a service", "Logs")).toEqual(["Logs", "Logs of a service"]);
  expect(best("  ", "b", "a")).toEqual(["b", "a"]);
});

test("a text fits itself and each of its words", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.string(), (text, more) => {
      return fit(text, text) !== undefined && fit(text, `${text} ${more}`) !== undefined;
    }),
  );
});
