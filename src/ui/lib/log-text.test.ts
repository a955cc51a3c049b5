import { describe, expect, it } from "vitest";
import { lineText, valueText } from "./log-text.ts";

describe("lineText", () => {
  it.each([
    ["plain", "plain"],
    ["\u001b[31mred\u001b[0m text", "red text"],
    [{ a: 1 }, '{"a":1}'],
    [7, "7"],
    ['{"level":"info","msg":"GET /cart","n":1}', "GET /cart"],
    [{ message: "paid", n: 1 }, "paid"],
    ['{"msg":', '{"msg":'],
    ['{"msg":7}', '{"msg":7}'],
  ])("says of the body %j in a line %j", (body, line) => {
    expect(lineText({ body, eventName: "" })).toBe(line);
  });

  it("is the name of an event without a body", () => {
    expect(lineText({ body: null, eventName: "user.login" })).toBe("user.login");
  });
});

it("has no text of a value that is not there, and JSON of one that is not plain", () => {
  expect([null, "", true, [1], { a: null }].map(valueText)).toEqual([
    "",
    "",
    "true",
    "[1]",
    '{"a":null}',
  ]);
});
