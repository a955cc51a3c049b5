import fc from "fast-check";
import { expect, test } from "vitest";
import { evaluateFormula } from "./evaluate-formula.ts";
import { parseFormula } from "./parse-formula.ts";

const piece = fc.constantFrom(
  ..."a b 1 2.5 + - * / % ^ ( ) , abs( max( sum( moving_avg( fill( . $ _ \u202e".split(" "),
);
const text = fc.oneof(
  fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join("")),
  fc.string({ maxLength: 80, unit: "binary" }),
);

test("any text is a formula, or is told what is wrong at a place within it", () => {
  fc.assert(
    fc.property(text, (given) => {
      const parsed = parseFormula(given);
      const queries = new Map(
        ["a", "b"].map((name) => [name, [{ labels: {}, values: [1, null] }]]),
      );
      const result = parsed.ok ? evaluateFormula(parsed.formula, queries, 2) : parsed;
      const values = "lines" in result ? result.lines.flatMap((line) => line.values) : [];
      expect(values.every((value) => value === null || Number.isFinite(value))).toBe(true);
      const faults = "errors" in result ? result.errors : [];
      expect(faults.length).toBe(result.ok ? 0 : 1);
      const isTold = faults.every(
        ({ message, at }) =>
          message !== "" && at.from >= 0 && at.to >= at.from && at.to <= given.length,
      );
      expect(isTold).toBe(true);
    }),
  );
});

interface Sum {
  readonly text: string;
  readonly value: number;
}
const { sum } = fc.letrec<{ sum: Sum }>((tie) => ({
  sum: fc.oneof(
    { maxDepth: 5 },
    fc.integer({ min: 1, max: 9 }).map((value) => ({ text: String(value), value })),
    fc
      .tuple(tie("sum"), fc.constantFrom("+", "-", "*"), tie("sum"))
      .map(([left, operator, right]) => ({
        text: `(${left.text} ${operator} ${right.text})`,
        value:
          operator === "+"
            ? left.value + right.value
            : operator === "-"
              ? left.value - right.value
              : left.value * right.value,
      })),
  ),
}));

test("a formula of numbers is what they make", () => {
  fc.assert(
    fc.property(sum, ({ text: given, value }) => {
      const parsed = parseFormula(given);
      const result = parsed.ok ? evaluateFormula(parsed.formula, new Map(), 1) : undefined;
      expect(result?.ok === true && result.lines[0]!.values[0]).toBe(value);
    }),
  );
});
