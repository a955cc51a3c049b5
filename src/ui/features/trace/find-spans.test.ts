import { expect, test } from "vitest";
import { findRows, nextFound } from "./find-spans.ts";
import { testSpan, testTree } from "./test-outline.ts";

const tree = testTree([
  testSpan("00a1", null, 0, { name: "GET /cart", service: "web", kind: "server" }),
  testSpan("00a2", "00a1", 1, { name: "SELECT", service: "Cart-DB", status: "error" }),
  testSpan("00a3", "00a1", 2, { name: "render", service: "web" }),
]);
const found = (text: string, ...byContent: string[]) =>
  findRows(tree, text, new Set(byContent)).map(({ key }) => key);

test.each([
  ["cart", ["00a1", "00a2"]],
  ["  CART ", ["00a1", "00a2"]],
  ["error", ["00a2"]],
  ["server", ["00a1"]],
  ["00a3", ["00a3"]],
  ["00", []],
  ["nothing", []],
  ["", []],
])("finds %s in names, kind, status and id", (text, keys) => {
  expect(found(text)).toEqual(keys);
});

test("adds what the server found in attributes, in the order of the trace", () => {
  expect(found("render", "00a2")).toEqual(["00a2", "00a3"]);
});

test("goes from one to the next and back, around the ends", () => {
  const rows = findRows(tree, "web", new Set());
  expect(nextFound(rows, -1, "next")?.key).toBe("00a1");
  expect(nextFound(rows, 0, "next")?.key).toBe("00a3");
  expect(nextFound(rows, 2, "next")?.key).toBe("00a1");
  expect(nextFound(rows, 2, "previous")?.key).toBe("00a1");
  expect(nextFound(rows, 0, "previous")?.key).toBe("00a3");
  expect(nextFound([], 0, "next")).toBeUndefined();
});
