import { expect, it } from "vitest";
import { splitStatements } from "./statements.ts";

it("splits at semicolons, but not in quotes and comments", () => {
  const text =
    "-- one; two\nSELECT ';', \"a;b\", `c;d` /* e; f */ - 1;\n\nSELECT 'it''s; \\'; -- no' -- end;\n;;";
  expect(splitStatements(text)).toEqual([
    "SELECT ';', \"a;b\", `c;d`  - 1",
    "SELECT 'it''s; \\'; -- no'",
  ]);
});

it("finds no statement in nothing but comments", () => {
  expect(splitStatements("-- a\n/* b; */\n;")).toEqual([]);
});
