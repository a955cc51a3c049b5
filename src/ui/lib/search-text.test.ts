import { expect, test } from "vitest";
import { oneOf, parseSearch, stringifySearch, texts } from "./search-text.ts";

test("writes plain names and values, and reads them back", () => {
  const search = { range: "6h", service: 'a&b=c "d" ?#', status: undefined, empty: "" };
  const text = stringifySearch(search);
  expect(text).toBe("?range=6h&service=a%26b%3Dc+%22d%22+%3F%23");
  expect(parseSearch(text)).toEqual({ range: "6h", service: 'a&b=c "d" ?#' });
  expect(stringifySearch({})).toBe("");
});

test("keeps a name that comes several times as a list", () => {
  const search = { attribute: ["a=1", "b=2"], service: "cart" };
  expect(stringifySearch(search)).toBe("?attribute=a%3D1&attribute=b%3D2&service=cart");
  expect(parseSearch(stringifySearch(search))).toEqual(search);
  expect(texts(["x", 3, "", "y", "z"], 2)).toEqual(["x", "y"]);
  expect(texts(undefined, 2)).toBeUndefined();
});

test("does not let an address reach a prototype", () => {
  const search = parseSearch("?__proto__=x&constructor=y");
  expect(Object.getPrototypeOf(search)).toBe(Object.prototype);
  expect(Object.keys(search)).toEqual(["__proto__", "constructor"]);
});

test("ignores what is not one of the values", () => {
  expect(oneOf("6h", ["1h", "6h"])).toBe("6h");
  expect(oneOf("7h", ["1h", "6h"])).toBeUndefined();
});
