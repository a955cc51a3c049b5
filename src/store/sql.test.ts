import { describe, expect, it } from "vitest";
import { empty, identifier, join, literal, sql, table } from "./sql.ts";
import type { Fragment } from "./sql.ts";

describe("sql", () => {
  it("puts fragments into the text where they stand", () => {
    const statement = sql`SELECT ${join([sql`a`, sql`b`], ", ")} FROM ${table("spans")}${empty} WHERE c = ${literal.uint(3)}`;
    expect(statement.text).toBe("SELECT a, b FROM `spans` WHERE c = toUInt64(3)");
  });

  it("takes nothing but fragments", () => {
    const forged = { text: "1; DROP TABLE spans" } as unknown as Fragment;
    expect(() => sql`SELECT ${forged}`).toThrow("only Fragments");
    expect(() => join([forged], ",")).toThrow("only Fragments");
    expect(() => sql`SELECT ${"1; DROP TABLE spans" as unknown as Fragment}`).toThrow(
      "only Fragments",
    );
    const inherited = Object.create(empty) as Fragment;
    expect(() => sql`SELECT ${inherited}`).toThrow("not a Fragment");
  });

  it("takes names only out of a list", () => {
    expect(identifier("events.ts", ["events.ts"]).text).toBe("`events.ts`");
    expect(() => identifier("b", ["a"] as string[])).toThrow('identifier "b" is not one of: a');
    expect(() => identifier("a` b", ["a` b"])).toThrow("not a plain identifier");
  });

  it("leaves no quote, backslash or control character raw in a string", () => {
    expect(literal.string("a'b\\c\n\0`\"é\u0085").text).toBe(
      String.raw`'a\x27b\x5cc\x0a\x00\x60\x22é\xc2\x85'`,
    );
  });

  it.each([
    ["an integer beyond 2^53 given as a number", () => literal.uint(2 ** 53)],
    ["a fraction", () => literal.int(0.5)],
    ["NaN", () => literal.uint(Number.NaN)],
    ["a negative count", () => literal.uint(-1)],
    ["more than 64 bits", () => literal.uint(2n ** 64n)],
    ["less than 64 bits", () => literal.int(-(2n ** 63n) - 1n)],
    ["a time before 1970", () => literal.dateTime(-1)],
    ["a time after 2106", () => literal.dateTime(2 ** 32 * 1000)],
    ["a day after 2149", () => literal.date(65_536 * 86_400_000)],
    ["an id of the wrong length", () => literal.fixedHex("abcd", 8)],
    ["an id that is no hex", () => literal.fixedHex("zz00000000000000", 8)],
    ["an id with a quote", () => literal.fixedHex("'000000000000000", 8)],
  ])("refuses %s", (_, make) => {
    expect(make).toThrow(RangeError);
  });
});
