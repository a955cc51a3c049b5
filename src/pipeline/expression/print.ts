import { DURATION_UNITS } from "./lexer.ts";
import type { Expression, Key, Literal, Statement } from "./syntax.ts";

/** How tightly each kind binds; a looser operand is put in parentheses. */
const BINDING = { or: 1, and: 2, not: 3, comparison: 4, sum: 5, product: 6, unary: 7, primary: 8 };

/** The expression in its canonical form: parsing that gives the equal expression. */
export function printExpression(expression: Expression): string {
  switch (expression.kind) {
    case "literal":
      return printLiteral(expression);
    case "regex":
      return `/${expression.pattern.replaceAll(/\\.|\//g, (part) => (part === "/" ? "\\/" : part))}/${expression.flags}`;
    case "path":
      return expression.name + printKeys(expression.keys);
    case "list":
      return `[${printItems(expression.items)}]`;
    case "call":
      return `${expression.name}(${printItems(expression.args)})${printKeys(expression.keys)}`;
    case "not":
      return `not ${operand(expression.operand, BINDING.not)}`;
    case "negate":
      return `-${operand(expression.operand, BINDING.unary)}`;
    case "in":
      return `${operand(expression.left, BINDING.sum)} in [${printItems(expression.items)}]`;
    default:
      return printOperation(expression);
  }
}

/** See {@link printExpression}. */
export function printStatement({ editor, args, where }: Statement): string {
  const condition = where === undefined ? "" : ` where ${printExpression(where)}`;
  return `${editor}(${printItems(args)})${condition}`;
}

function printOperation(
  expression: Expression & { readonly kind: "arithmetic" | "compare" | "logic" },
): string {
  const binding = bindingOf(expression);
  const isChained = expression.kind !== "compare";
  const left = operand(expression.left, isChained ? binding : binding + 1);
  return `${left} ${expression.operator} ${operand(expression.right, binding + 1)}`;
}

function printItems(items: readonly Expression[]): string {
  return items.map(printExpression).join(", ");
}

function printKeys(keys: readonly Key[]): string {
  return keys.map(({ value }) => `[${JSON.stringify(value)}]`).join("");
}

function operand(expression: Expression, bindingMin: number): string {
  const text = printExpression(expression);
  const isNumber = bindingMin === BINDING.unary && expression.kind === "literal";
  return bindingOf(expression) < bindingMin || isNumber ? `(${text})` : text;
}

function bindingOf(expression: Expression): number {
  switch (expression.kind) {
    case "logic":
      return BINDING[expression.operator];
    case "not":
      return BINDING.not;
    case "compare":
    case "in":
      return BINDING.comparison;
    case "arithmetic":
      return "+-".includes(expression.operator) ? BINDING.sum : BINDING.product;
    case "negate":
      return BINDING.unary;
    default:
      return BINDING.primary;
  }
}

function printLiteral(literal: Literal): string {
  switch (literal.type) {
    case "string":
      return JSON.stringify(literal.value);
    case "double":
      return printDouble(literal.value);
    case "duration":
      return printDuration(literal.value);
    case "nil":
      return "nil";
    default:
      return String(literal.value);
  }
}

function printDouble(value: number): string {
  const text = Object.is(value, -0) ? "-0" : String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

/** In the largest unit that gives a whole number. */
export function printDuration(nanoseconds: number): string {
  for (const [unit, size] of Object.entries(DURATION_UNITS))
    if (nanoseconds !== 0 && nanoseconds % size === 0) return `${nanoseconds / size}${unit}`;
  return `${nanoseconds}ns`;
}
