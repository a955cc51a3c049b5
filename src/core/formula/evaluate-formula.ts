import { FORMULA_LIMITS } from "../limits.ts";
import type { AlignedLine } from "./aligned-lines.ts";
import type {
  FormulaError,
  FormulaFunction,
  FormulaNode,
  FormulaOperator,
} from "./formula-node.ts";
import { FormulaFault } from "./parse-formula.ts";

export type FormulaResult =
  | { readonly ok: true; readonly lines: readonly AlignedLine[] }
  | { readonly ok: false; readonly errors: readonly FormulaError[] };

/**
 * The lines of a formula over the aligned lines of its queries, all of `steps` values. Which lines belong
 * together, and what missing values do, stands in docs/formats/formulas.md.
 */
export function evaluateFormula(
  formula: FormulaNode,
  queries: ReadonlyMap<string, readonly AlignedLine[]>,
  steps: number,
): FormulaResult {
  try {
    const found = new Evaluation(queries, steps).of(formula);
    const lines = found.lines ?? [
      { labels: {}, values: Array.from({ length: steps }, () => found.value) },
    ];
    return { ok: true, lines };
  } catch (error) {
    if (error instanceof FormulaFault) return { ok: false, errors: [error.error] };
    throw error;
  }
}

/** A part of a formula: one number for all steps, or lines that are told apart by `keys`. */
type Part =
  | { readonly value: number | null; readonly lines?: undefined }
  | { readonly keys: readonly string[]; readonly lines: readonly AlignedLine[] };

type Values = readonly (number | null)[];

class Evaluation {
  readonly #queries: ReadonlyMap<string, readonly AlignedLine[]>;
  readonly #steps: number;
  #valuesLeft: number = FORMULA_LIMITS.valuesMax;

  constructor(queries: ReadonlyMap<string, readonly AlignedLine[]>, steps: number) {
    this.#queries = queries;
    this.#steps = steps;
  }

  of(node: FormulaNode): Part {
    switch (node.kind) {
      case "number":
        return { value: node.value };
      case "query":
        return this.#query(node);
      case "negate":
        return this.#each([this.of(node.of)], ([value]) => negated(value!), node);
      case "binary":
        return this.#each(
          [this.of(node.left), this.of(node.right)],
          ([left, right]) => operated(node.operator, left!, right!),
          node,
        );
      case "call":
        return this.#call(node);
    }
  }

  #query({ name, at }: FormulaNode & { kind: "query" }): Part {
    const lines = this.#queries.get(name);
    if (lines === undefined) {
      const names = [...this.#queries.keys()].toSorted().join(", ");
      throw new FormulaFault(
        `There is no query ${name}${names === "" ? "" : `; there are ${names}`}`,
        at,
      );
    }
    return { keys: Object.keys(lines[0]?.labels ?? {}).toSorted(), lines };
  }

  #call(node: FormulaNode & { kind: "call" }): Part {
    const parts = node.args.map((arg) => this.of(arg));
    const [first] = parts as [Part];
    const overLines = OVER_LINES[node.name];
    if (overLines !== undefined && parts.length === 1) {
      if (first.lines === undefined) return first;
      this.#spend(first.lines.length, node);
      return { keys: [], lines: [{ labels: {}, values: this.#across(first.lines, overLines) }] };
    }
    const overSteps = OVER_STEPS[node.name];
    if (overSteps !== undefined) {
      const count = parts[1]?.lines === undefined ? (parts[1]?.value ?? 1) : Number.NaN;
      if (!(Number.isInteger(count) && count >= 1)) {
        throw new FormulaFault(
          "How many steps is a whole number from 1",
          node.args[1]?.at ?? node.at,
        );
      }
      if (first.lines === undefined) return first;
      this.#spend(first.lines.length, node);
      const lines = first.lines.map(({ labels, values }) => ({
        labels,
        values: overSteps(values, count),
      }));
      return { keys: first.keys, lines };
    }
    return this.#each(parts, EACH[node.name]!, node);
  }

  /** One value of all lines, step by step; lines without a value are passed over. */
  #across(lines: readonly AlignedLine[], combine: (values: readonly number[]) => number): Values {
    return Array.from({ length: this.#steps }, (_, step) => {
      const values = lines.flatMap(({ values: all }) => all[step] ?? []);
      return values.length === 0 ? null : finite(combine(values));
    });
  }

  /**
   * Applies `apply` to the values of the same step. The part with the most keys gives the lines; the others must
   * be told apart by some of its keys, and each line takes the one that has the same values of those.
   */
  #each(parts: readonly Part[], apply: (values: Values) => number | null, node: FormulaNode): Part {
    const base = parts.reduce((most, part) =>
      keysOf(part).length > keysOf(most).length || most.lines === undefined ? part : most,
    );
    if (base.lines === undefined) {
      return { value: apply(parts.map((part) => (part.lines === undefined ? part.value : null))) };
    }
    const partners = parts.map((part) => partnersOf(part, base.keys, node));
    this.#spend(base.lines.length * parts.length, node);
    const lines = base.lines.flatMap((line) => {
      const columns = partners.map((partner) => partner(line));
      if (columns.includes(undefined)) return [];
      // One row for all steps: there are very many.
      const row: (number | null)[] = columns.map(() => null);
      const values = Array.from({ length: this.#steps }, (_, step) => {
        for (const [place, column] of columns.entries()) row[place] = valueAt(column, step);
        return apply(row);
      });
      return [{ labels: line.labels, values }];
    });
    return { keys: base.keys, lines };
  }

  #spend(lines: number, { at }: FormulaNode): void {
    this.#valuesLeft -= lines * this.#steps;
    if (this.#valuesLeft < 0) {
      throw new FormulaFault(
        "The formula has too many values to work out: choose fewer lines or a longer step",
        at,
      );
    }
  }
}

function keysOf(part: Part): readonly string[] {
  return part.lines === undefined ? [] : part.keys;
}

/** Finds the values, or the one number, that a part gives a line with the keys of the base; undefined for none. */
function partnersOf(
  part: Part,
  baseKeys: readonly string[],
  node: FormulaNode,
): (line: AlignedLine) => Values | number | null | undefined {
  if (part.lines === undefined) return () => part.value;
  const { keys, lines } = part;
  const strange = keys.find((key) => !baseKeys.includes(key));
  if (strange !== undefined) {
    const all = baseKeys.map((key) => JSON.stringify(key)).join(", ");
    throw new FormulaFault(
      `One side is grouped by ${JSON.stringify(strange)}, the other by ${all}: group both alike, or one of them by part of the other's keys`,
      node.at,
    );
  }
  const byLabels = new Map(lines.map((line) => [labelsText(line, keys), line.values]));
  return (line) => byLabels.get(labelsText(line, keys));
}

function valueAt(column: Values | number | null | undefined, step: number): number | null {
  if (typeof column === "number") return column;
  return column?.[step] ?? null;
}

function labelsText({ labels }: AlignedLine, keys: readonly string[]): string {
  return JSON.stringify(keys.map((key) => labels[key]));
}

/** Null for what is no number with an end. */
function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function negated(value: number | null): number | null {
  return value === null ? null : -value;
}

function operated(
  operator: FormulaOperator,
  left: number | null,
  right: number | null,
): number | null {
  if (left === null || right === null) return null;
  switch (operator) {
    case "+":
      return finite(left + right);
    case "-":
      return finite(left - right);
    case "*":
      return finite(left * right);
    case "/":
      return finite(left / right);
    case "%":
      return finite(left % right);
    case "^":
      return finite(left ** right);
  }
}

/** A function of numbers, null where one of them is. */
const of =
  (apply: (...values: number[]) => number) =>
  (values: Values): number | null =>
    values.includes(null) ? null : finite(apply(...(values as number[])));

/** Step by step and line by line. */
const EACH: { readonly [Name in FormulaFunction]?: (values: Values) => number | null } = {
  abs: of(Math.abs),
  ceil: of(Math.ceil),
  floor: of(Math.floor),
  round: of(Math.round),
  sqrt: of(Math.sqrt),
  exp: of(Math.exp),
  ln: of(Math.log),
  log2: of(Math.log2),
  log10: of(Math.log10),
  clamp: of((value, low, high) => Math.max(low!, Math.min(high!, value!))),
  clamp_min: of((value, low) => Math.max(low!, value!)),
  clamp_max: of((value, high) => Math.min(high!, value!)),
  fill: ([value, otherwise]) => value ?? otherwise ?? null,
  min: of(Math.min),
  max: of(Math.max),
};

/** All lines of a step as one; with several values, `min` and `max` go step by step instead. */
const OVER_LINES: { readonly [Name in FormulaFunction]?: (values: readonly number[]) => number } = {
  sum: total,
  avg: (values) => total(values) / values.length,
  min: (values) => values.reduce((least, value) => Math.min(least, value)),
  max: (values) => values.reduce((most, value) => Math.max(most, value)),
  count: (values) => values.length,
};

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** Along a line; `count` is the second value. */
const OVER_STEPS: {
  readonly [Name in FormulaFunction]?: (values: Values, count: number) => Values;
} = {
  delta: (values) =>
    values.map((value, step) =>
      operated("-", value, step === 0 ? null : (values[step - 1] ?? null)),
    ),
  cumulative: (values) => {
    let sum = 0;
    return values.map((value) => (value === null ? null : finite((sum += value))));
  },
  moving_avg: (values, count) => {
    let sum = 0;
    let present = 0;
    return values.map((value, step) => {
      const leaving = step >= count ? (values[step - count] ?? null) : null;
      if (leaving !== null) [sum, present] = [sum - leaving, present - 1];
      if (value !== null) [sum, present] = [sum + value, present + 1];
      return present === 0 ? null : finite(sum / present);
    });
  },
};
