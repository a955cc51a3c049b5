import type { FieldOperator } from "#core/search/search-node.ts";

/** A comparison with a number; NaN is neither less, nor more, nor equal. */
export function comparison(
  operator: Exclude<FieldOperator, "^=" | "exists">,
  bound: number,
): (value: number) => boolean {
  switch (operator) {
    case "=":
      return (value) => value === bound;
    case ">":
      return (value) => value > bound;
    case ">=":
      return (value) => value >= bound;
    case "<":
      return (value) => value < bound;
    case "<=":
      return (value) => value <= bound;
  }
}
