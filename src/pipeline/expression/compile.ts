import { Buffer } from "node:buffer";
import { Binding, type Read, type RowForm, type Shared, type Source } from "./binding.ts";
import type { Context } from "./fields.ts";
import { printDuration } from "./print.ts";
import { attributeEquals, readAttribute, readAttributes } from "./read-attributes.ts";
import { type FieldReader, readField } from "./read-fields.ts";
import type { CompareOperator } from "./syntax.ts";
import type { TypedCall, TypedExpression } from "./typed.ts";
import { areEqual, calculate, compares, elementOf, isNumber, textOf, type Value } from "./value.ts";

/** A compiled expression: bound to a batch (or resource, scope, series) it is evaluated on each of its rows. */
export interface Compiled<T> {
  /** To be called first, and again when the batch was changed. */
  readonly bind: (source: Source) => void;
  /** @param row A row of the source; `~row` for one of a metric batch's histograms; 0 for an object. */
  readonly evaluate: Read<T>;
}

/** Compiles a condition: what is not true is false. */
export function compileTest(
  expression: TypedExpression,
  context: Context,
  form: RowForm = "columns",
): Compiled<boolean> {
  const compiler = new Compiler(context, form);
  const evaluate = compiler.test(expression);
  return { bind: (source) => compiler.binding.bind(source), evaluate };
}

export function compileValue(expression: TypedExpression, context: Context): Compiled<Value> {
  const compiler = new Compiler(context);
  const evaluate = compiler.value(expression);
  return { bind: (source) => compiler.binding.bind(source), evaluate };
}

/** A part of an expression while it is compiled. */
interface Part<T> {
  readonly read: Read<T>;
  /**
   * What decides its value: `constant` is none, `row` is each row by itself; else what rows share. Parts of one
   * kind are evaluated once for all rows that share it.
   */
  readonly level: "constant" | "row" | Shared;
  readonly readNumber?: Read<number> | undefined;
  /** Whether it is so fast that remembering it gains nothing. */
  readonly isTrivial?: boolean;
}

class Compiler {
  readonly binding: Binding;

  constructor(context: Context, form: RowForm = "columns") {
    this.binding = new Binding(context, form);
  }

  test(expression: TypedExpression): Read<boolean> {
    return this.remembered(this.testPart(expression)).read;
  }

  value(expression: TypedExpression): Read<Value> {
    return this.remembered(this.valuePart(expression)).read;
  }

  /** The part as it is read where its neighbours are of another level. */
  private remembered<T>(part: Part<T>): Part<T> {
    const { read, level } = part;
    if (part.isTrivial === true || level === "row") return part;
    if (level !== "constant") return { level, read: this.binding.once(level, read) };
    const value = read(0);
    return { level, read: () => value };
  }

  /** Puts parts together: those of another level than the whole are remembered by themselves. */
  private joined<T>(parts: readonly Part<T>[]): { reads: Read<T>[]; level: Part<T>["level"] } {
    const level = commonLevel(parts);
    const reads = parts.map((part) => (part.level === level ? part : this.remembered(part)).read);
    return { reads, level };
  }

  private testPart(expression: TypedExpression): Part<boolean> {
    switch (expression.kind) {
      case "not": {
        const { read, level } = this.testPart(expression.operand);
        return { level, read: (row) => !read(row) };
      }
      case "logic": {
        const parts = [this.testPart(expression.left), this.testPart(expression.right)];
        const { reads, level } = this.joined(parts);
        const [left, right] = reads as [Read<boolean>, Read<boolean>];
        const isAnd = expression.operator === "and";
        const read: Read<boolean> = isAnd
          ? (row) => left(row) && right(row)
          : (row) => left(row) || right(row);
        return { level, read };
      }
      case "compare":
        return this.comparison(expression);
      case "in":
        return this.membership(expression);
      default: {
        const { read, level } = this.valuePart(expression);
        return { level, read: (row) => read(row) === true };
      }
    }
  }

  private comparison(expression: TypedExpression & { readonly kind: "compare" }): Part<boolean> {
    const { operator, left, right } = expression;
    const isEquality = operator === "==" || operator === "!=";
    if (isEquality && right.kind === "constant") {
      const equals = this.equalsText(left, right.value);
      if (equals !== undefined)
        return { level: "row", read: operator === "==" ? equals : (row) => !equals(row) };
    }
    const parts = [this.valuePart(left), this.valuePart(right)];
    const [a, b] = parts.map(({ readNumber }) => readNumber);
    const { reads, level } = this.joined(parts);
    if (a !== undefined && b !== undefined) return { level, read: comparedNumbers(operator, a, b) };
    const [readLeft, readRight] = reads as [Read<Value>, Read<Value>];
    return { level, read: (row) => compares(operator, readLeft(row), readRight(row)) };
  }

  /** The quick way to compare an attribute with a text. */
  private equalsText(left: TypedExpression, value: Value): Read<boolean> | undefined {
    const isFit = left.kind === "attribute" && typeof value === "string" && value.isWellFormed();
    if (!isFit) return undefined;
    return attributeEquals(this.binding, left.owner, left.key, Buffer.from(value));
  }

  private membership(expression: TypedExpression & { readonly kind: "in" }): Part<boolean> {
    const left = this.valuePart(expression.left);
    const items = expression.items.map((item) => this.valuePart(item));
    const { reads, level } = this.joined([left, ...items]);
    const [read, ...others] = reads as [Read<Value>, ...Read<Value>[]];
    const texts = expression.items.map((item) => (item.kind === "constant" ? item.value : null));
    if (texts.every((text) => typeof text === "string")) {
      const set: ReadonlySet<Value> = new Set(texts);
      return { level, read: (row) => set.has(read(row)) };
    }
    return {
      level,
      read: (row) => {
        const value = read(row);
        return others.some((other) => areEqual(value, other(row)));
      },
    };
  }

  private valuePart(expression: TypedExpression): Part<Value> {
    switch (expression.kind) {
      case "constant": {
        const { value } = expression;
        const readNumber = typeof value === "number" ? () => value : undefined;
        return { level: "constant", read: () => value, readNumber, isTrivial: true };
      }
      case "field":
        return ofField(readField(this.binding, expression.name));
      case "attribute":
        return ofField(readAttribute(this.binding, expression.owner, expression.key));
      case "attributes":
        return ofField(readAttributes(this.binding, expression.owner));
      case "element": {
        const { read, level } = this.valuePart(expression.of);
        const { key } = expression;
        return { level, read: (row) => elementOf(read(row), key) };
      }
      case "list": {
        const { reads, level } = this.joined(expression.items.map((item) => this.valuePart(item)));
        return { level, read: (row) => reads.map((read) => read(row)) };
      }
      case "call":
        return this.call(expression);
      case "duration-text": {
        const { read, level } = this.valuePart(expression.operand);
        return { level, read: (row) => durationText(read(row)) };
      }
      case "negate": {
        const { read, level } = this.valuePart(expression.operand);
        return { level, read: (row) => negated(read(row)) };
      }
      case "arithmetic": {
        const { operator, left, right } = expression;
        const { reads, level } = this.joined([this.valuePart(left), this.valuePart(right)]);
        const [a, b] = reads as [Read<Value>, Read<Value>];
        return { level, read: (row) => calculate(operator, a(row), b(row)) };
      }
      default:
        return this.testPart(expression);
    }
  }

  private call({ definition, args, regex }: TypedCall): Part<Value> {
    const { parameters, takesNil = false, result } = definition;
    const textual = parameters.filter((parameter) => parameter !== "pattern");
    const { reads, level } = this.joined(args.map((arg) => this.valuePart(arg)));
    const readers = reads.map((read, i) => {
      const isText = textual[i] === "text" || textual[i] === "needle";
      return isText && args[i]!.type !== "string" ? (row: number) => textOf(read(row)) : read;
    });
    const apply = regex === undefined ? definition.apply! : applied(definition.applyRegex!, regex);
    const onNil = result === "bool" ? false : null;
    return { level, read: called(apply, readers, takesNil ? undefined : onNil) };
  }
}

function applied<R>(
  apply: (regex: R, ...args: Value[]) => Value,
  regex: R,
): (...args: Value[]) => Value {
  return (...args) => apply(regex, ...args);
}

/** @param onNil What a nil argument makes of the call; undefined where the function takes nil. */
function called(
  apply: (...args: Value[]) => Value,
  args: readonly Read<Value>[],
  onNil: Value | undefined,
): Read<Value> {
  const [first, second] = args;
  if (onNil !== undefined && args.length === 1)
    return (row) => {
      const a = first!(row);
      return a === null ? onNil : apply(a);
    };
  if (onNil !== undefined && args.length === 2)
    return (row) => {
      const a = first!(row);
      if (a === null) return onNil;
      const b = second!(row);
      return b === null ? onNil : apply(a, b);
    };
  return (row) => {
    const values = args.map((read) => read(row));
    return onNil !== undefined && values.includes(null) ? onNil : apply(...values);
  };
}

function ofField({ read, shared, readNumber }: FieldReader): Part<Value> {
  return { read, level: shared ?? "row", readNumber };
}

/** What decides the value of a whole that these are the parts of. */
function commonLevel(parts: readonly Part<unknown>[]): Part<unknown>["level"] {
  let common: Part<unknown>["level"] = "constant";
  for (const { level } of parts) {
    if (level === "constant" || level === common) continue;
    if (common !== "constant") return "row";
    common = level;
  }
  return common;
}

function comparedNumbers(
  operator: CompareOperator,
  a: Read<number>,
  b: Read<number>,
): Read<boolean> {
  switch (operator) {
    case "==":
      return (row) => a(row) === b(row);
    case "!=":
      return (row) => a(row) !== b(row);
    case "<":
      return (row) => a(row) < b(row);
    case "<=":
      return (row) => a(row) <= b(row);
    case ">":
      return (row) => a(row) > b(row);
    default:
      return (row) => a(row) >= b(row);
  }
}

function negated(value: Value): Value {
  return isNumber(value) ? calculate("-", 0, value) : null;
}

function durationText(value: Value): Value {
  return typeof value === "number" ? printDuration(value) : null;
}
