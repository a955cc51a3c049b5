import type { Place } from "../search/search-node.ts";

/** An operator between two values. */
export type FormulaOperator = "+" | "-" | "*" | "/" | "%" | "^";

/** A formula over the lines of named queries, as it was parsed; `at` is where each part stands in the text. */
export type FormulaNode =
  | { readonly kind: "number"; readonly value: number; readonly at: Place }
  | { readonly kind: "query"; readonly name: string; readonly at: Place }
  | { readonly kind: "negate"; readonly of: FormulaNode; readonly at: Place }
  | {
      readonly kind: "binary";
      readonly operator: FormulaOperator;
      readonly left: FormulaNode;
      readonly right: FormulaNode;
      readonly at: Place;
    }
  | {
      readonly kind: "call";
      readonly name: FormulaFunction;
      readonly args: readonly FormulaNode[];
      readonly at: Place;
    };

/** What is wrong with a formula, and where. */
export interface FormulaError {
  readonly message: string;
  readonly at: Place;
}

/** How many values each function takes. */
export const FORMULA_FUNCTIONS = {
  abs: [1, 1],
  ceil: [1, 1],
  floor: [1, 1],
  round: [1, 1],
  sqrt: [1, 1],
  exp: [1, 1],
  ln: [1, 1],
  log2: [1, 1],
  log10: [1, 1],
  clamp: [3, 3],
  clamp_min: [2, 2],
  clamp_max: [2, 2],
  fill: [2, 2],
  min: [1, 8],
  max: [1, 8],
  sum: [1, 1],
  avg: [1, 1],
  count: [1, 1],
  delta: [1, 1],
  cumulative: [1, 1],
  moving_avg: [2, 2],
} as const satisfies Record<string, readonly [min: number, max: number]>;

export type FormulaFunction = keyof typeof FORMULA_FUNCTIONS;

/** The names of the queries that a formula uses, each once. */
export function queriesOf(node: FormulaNode): string[] {
  const found = new Set<string>();
  const pending = [node];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (next.kind === "query") found.add(next.name);
    else if (next.kind === "negate") pending.push(next.of);
    else if (next.kind === "binary") pending.push(next.left, next.right);
    else if (next.kind === "call") pending.push(...next.args);
  }
  return [...found].toSorted();
}
