import { describe, expect, it } from "vitest";
import { alignPoints, type AlignedLine, gridOf } from "./aligned-lines.ts";
import { evaluateFormula } from "./evaluate-formula.ts";
import { queriesOf } from "./formula-node.ts";
import { parseFormula } from "./parse-formula.ts";

const line = (labels: Record<string, string>, ...values: (number | null)[]): AlignedLine => ({
  labels,
  values,
});

/** The values of a formula's only line, over `steps` values. */
function valuesOf(text: string, queries: Record<string, AlignedLine[]> = {}, steps = 1): unknown {
  const lines = linesOf(text, queries, steps);
  expect(lines).toHaveLength(1);
  return (lines as AlignedLine[])[0]!.values;
}

function linesOf(text: string, queries: Record<string, AlignedLine[]>, steps: number): unknown {
  const parsed = parseFormula(text);
  if (!parsed.ok) return parsed.errors;
  const result = evaluateFormula(parsed.formula, new Map(Object.entries(queries)), steps);
  return result.ok ? result.lines : result.errors;
}

describe("a formula", () => {
  it.each([
    ["1 + 2 * 3", 7],
    ["(1 + 2) * 3", 9],
    ["10 - 4 - 3", 3],
    ["100 / 10 / 5", 2],
    ["2 ^ 3 ^ 2", 512],
    ["-2 ^ 2", -4],
    ["10 ^ -2", 0.01],
    ["7 % 4 + --1", 4],
    ["+3", 3],
    [" .5e1\t", 5],
    ["clamp(12, 0, 10) + clamp_min(-5, 1) + clamp_max(5, 2)", 13],
    ["max(1, 5, 3) - min(4, 2)", 3],
    ["round(2.4) + ceil(2.1) + floor(2.9) + abs(-1)", 8],
    ["sqrt(16) + log2(8) + log10(1000) + ln(exp(1))", 11],
  ])("%s is %d", (text, value) => {
    expect((valuesOf(text) as number[])[0]).toBeCloseTo(value, 9);
  });

  it.each([
    ["", "A formula is missing", 0, 0],
    ["a +", "ends too early", 3, 3],
    ["a b", '"b" does not go on a formula', 2, 3],
    ["a $ b", '"$" has no meaning', 2, 3],
    ["(a + b", '")" is missing at the end', 6, 6],
    ["rate(a)", '"rate" is no function', 0, 4],
    ["abs(a, b)", "abs takes 1 value, not 2", 0, 9],
    ["clamp(a)", "clamp takes 3 values, not 1", 0, 8],
    ["a * * b", "is missing before", 4, 5],
    ["1e999", "too large a number", 0, 5],
    ["🙂", "has no meaning", 0, 1],
    [`${"(".repeat(100)}a`, "nested too deep", 32, 33],
    ["a".repeat(2_000), "at most 1000 characters", 1_000, 2_000],
    ["constructor(a)", "is no function", 0, 11],
  ])("%j is told what is wrong, and where", (text, message, from, to) => {
    const parsed = parseFormula(text);
    expect(parsed).toMatchObject({ ok: false, errors: [{ at: { from, to } }] });
    expect(parsed.ok ? "" : parsed.errors[0]!.message).toContain(message);
  });

  it("knows the queries that it uses", () => {
    const parsed = parseFormula("b / (a + b) + max(c, -d)");
    expect(parsed.ok && queriesOf(parsed.formula)).toEqual(["a", "b", "c", "d"]);
  });
});

describe("values", () => {
  it("that are missing, or would have no end, make a gap", () => {
    const queries = { a: [line({}, 1, null, 4, 0)], b: [line({}, 2, 2, 0, 0)] };
    expect(valuesOf("a / b", queries, 4)).toEqual([0.5, null, null, null]);
    expect(valuesOf("sqrt(-a)", { a: [line({}, 4)] })).toEqual([null]);
    expect(valuesOf("fill(a / b, 0)", queries, 4)).toEqual([0.5, 0, 0, 0]);
  });

  it("are followed along a line", () => {
    const queries = { a: [line({}, 1, 3, null, 6, 7)] };
    expect(valuesOf("delta(a)", queries, 5)).toEqual([null, 2, null, null, 1]);
    expect(valuesOf("cumulative(a)", queries, 5)).toEqual([1, 4, null, 10, 17]);
    expect(valuesOf("moving_avg(a, 2)", queries, 5)).toEqual([1, 2, 3, 6, 6.5]);
    expect(linesOf("moving_avg(a, 0.5)", queries, 5)).toMatchObject([{ at: { from: 14, to: 17 } }]);
    expect(linesOf("moving_avg(a, a)", queries, 5)).toMatchObject([{ at: { from: 14, to: 15 } }]);
  });
});

describe("lines", () => {
  const a = [
    line({ service: "cart", host: "1" }, 1),
    line({ service: "cart", host: "2" }, 2),
    line({ service: "web", host: "1" }, 3),
  ];

  it("of the same labels belong together; those without a partner are left out", () => {
    const b = [line({ host: "1", service: "cart" }, 10), line({ host: "9", service: "web" }, 20)];
    expect(linesOf("a / b", { a, b }, 1)).toEqual([line({ service: "cart", host: "1" }, 0.1)]);
  });

  it("take the one that has the values of fewer labels, on either side", () => {
    const b = [line({ service: "cart" }, 10), line({ service: "web" }, 30)];
    const expected = [
      line({ service: "cart", host: "1" }, 0.1),
      line({ service: "cart", host: "2" }, 0.2),
      line({ service: "web", host: "1" }, 0.1),
    ];
    expect(linesOf("a / b", { a, b }, 1)).toEqual(expected);
    expect(linesOf("1 / (b / a)", { a, b }, 1)).toEqual(expected);
  });

  it("all take a line without labels, and a number", () => {
    expect(linesOf("a / sum(a) * 60", { a }, 1)).toMatchObject([
      { values: [10] },
      { values: [20] },
      { values: [30] },
    ]);
    expect(linesOf("a * 2", { a }, 1)).toMatchObject([
      { values: [2] },
      { values: [4] },
      { values: [6] },
    ]);
  });

  it("that are grouped by different labels are refused, with what to do", () => {
    const b = [line({ zone: "x" }, 1)];
    expect(linesOf("a / b", { a, b }, 1)).toMatchObject([
      { message: expect.stringContaining('grouped by "zone"') as string, at: { from: 0, to: 5 } },
    ]);
  });

  it("become one by sum, avg, min, max and count", () => {
    const all = { a: [...a, line({ service: "x", host: "y" }, null)] };
    expect(
      linesOf("sum(a) + avg(a) * 10 + min(a) * 100 + max(a) * 1000 + count(a) * 10000", all, 1),
    ).toEqual([line({}, 6 + 20 + 100 + 3_000 + 30_000)]);
  });

  it("of a query that is not there are told by name", () => {
    expect(linesOf("a + z", { a }, 1)).toMatchObject([
      { message: "There is no query z; there are a", at: { from: 4, to: 5 } },
    ]);
  });

  it("of a query without any give none", () => {
    expect(linesOf("a / b", { a, b: [] }, 1)).toEqual([]);
  });

  it("are refused when there are too many values to work out", () => {
    const many = Array.from({ length: 500 }, (_, host) => line({ host: String(host) }, 1));
    expect(linesOf("a + a", { a: many }, 11_000)).toMatchObject([
      { message: expect.stringContaining("too many values") as string },
    ]);
  });
});

describe("points", () => {
  it("are put in the steps that all queries of a range share", () => {
    const grid = gridOf(65_000, 245_000, 60_000);
    expect(grid).toEqual({ firstMs: 60_000, stepMs: 60_000, count: 4 });
    const points = [
      [0, 9],
      [60_000, 1],
      [180_000, 3],
      [240_000, Number.NaN],
      [300_000, 9],
    ] as const;
    expect(alignPoints(points, grid)).toEqual([1, null, 3, null]);
  });
});
