import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AnyValue, anyValueOfJson } from "./any-value.ts";

/** What a value is as plain JSON, to compare with what `JSON.parse` makes of the same text. */
function plain(value: AnyValue): unknown {
  const { stringValue, boolValue, intValue, doubleValue, arrayValue, kvlistValue } = value;
  if (intValue !== undefined) return Number(intValue);
  if (doubleValue !== undefined) return Number(doubleValue);
  if (arrayValue !== undefined) return arrayValue.values.map(plain);
  if (kvlistValue !== undefined)
    return Object.fromEntries(kvlistValue.values.map((field) => [field.key, plain(field.value)]));
  return stringValue ?? boolValue ?? null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

describe("anyValueOfJson", () => {
  it("reads whatever JSON.parse does, with any spaces between", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(3), (value, spaces) => {
        const text = JSON.stringify(value, null, spaces);
        expect(plain(anyValueOfJson(text)!)).toEqual(JSON.parse(text));
      }),
    );
  });

  it("refuses exactly what JSON.parse refuses", () => {
    const piece = fc.constantFrom(
      ..."[]{},:".split(""),
      '"a"',
      '"\\n"',
      '"\\x"',
      "1",
      "-",
      "0",
      ".5",
      "e3",
      "true",
      "nul",
      " ",
      "\u0000",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const text = pieces.join("");
        const value = anyValueOfJson(text);
        expect(value === undefined ? undefined : plain(value)).toEqual(parsed(text));
      }),
    );
  });

  it("keeps keys in their order, and those that stand there twice", () => {
    expect(anyValueOfJson('{"2":1,"1":-0,"2":1.5,"__proto__":9007199254740993}')).toEqual({
      kvlistValue: {
        values: [
          { key: "2", value: { intValue: "1" } },
          { key: "1", value: { doubleValue: "-0" } },
          { key: "2", value: { doubleValue: 1.5 } },
          { key: "__proto__", value: { doubleValue: 9_007_199_254_740_992 } },
        ],
      },
    });
  });

  it("refuses what is nested too deeply, and never runs out of stack", () => {
    expect(anyValueOfJson("[".repeat(100_000))).toBeUndefined();
    expect(anyValueOfJson(`${"[".repeat(64)}${"]".repeat(64)}`)).toBeDefined();
    expect(anyValueOfJson(`${"[".repeat(66)}${"]".repeat(66)}`)).toBeUndefined();
  });
});
