import { expect, test } from "vitest";
import { logText } from "./log-text.ts";

test.each([
  ["plain text", "plain text"],
  ['{"level":"info","msg":"cart loaded","user":7}', "cart loaded"],
  ['{"message":"failed"}', "failed"],
  ['{"user":7}', '{"user":7}'],
  ["{broken", "{broken"],
  [{ message: "of a map" }, "of a map"],
  [{ a: [1] }, '{"a":[1]}'],
  [12, "12"],
  [null, "order.placed"],
])("the record %j says %s", (body, text) => {
  expect(logText({ body, eventName: "order.placed" })).toBe(text);
});
