import { ExpressionError, nearest, type Place, WEIGHTS } from "./expression-error.ts";
import {
  type Context,
  CONTEXT_NAMES,
  FIELDS,
  isOfOther,
  NUMBERS,
  plainFieldName,
  type Type,
} from "./fields.ts";
import { FUNCTIONS, functionName, type FunctionDefinition, type Parameter } from "./functions.ts";
import { LinearRegex } from "./linear-regex.ts";
import type { ArithmeticOperator, Expression, Key } from "./syntax.ts";
import type { AttributeOwner, TypedExpression } from "./typed.ts";

const NUMERIC: ReadonlySet<Type> = new Set(["int", "double", "number"]);
const OWNERS: ReadonlySet<string> = new Set([
  "attributes",
  "resource.attributes",
  "scope.attributes",
]);

/**
 * Looks up what an expression names, and checks that its types fit the fields of a context.
 *
 * @param source The text that `expression` was parsed from, for messages.
 * @throws ExpressionError at the first place that does not fit.
 */
export function checkExpression(
  expression: Expression,
  source: string,
  context: Context,
): TypedExpression {
  return new Checker(source, context).check(expression);
}

/**
 * As {@link checkExpression}, and it must be a condition: a bool, or a value that may be one. What is not
 * true when it is evaluated counts as false.
 */
export function checkCondition(
  expression: Expression,
  source: string,
  context: Context,
): TypedExpression {
  const checker = new Checker(source, context);
  return checker.condition(expression, "a condition");
}

class Checker {
  private readonly source: string;
  private readonly context: Context;

  constructor(source: string, context: Context) {
    this.source = source;
    this.context = context;
  }

  check(expression: Expression): TypedExpression {
    const { from, to } = expression;
    switch (expression.kind) {
      case "literal": {
        const { type, value } = expression;
        return { kind: "constant", value, type, isNilable: type === "nil", from, to };
      }
      case "regex":
        throw this.error(
          "a regular expression can only be given to is_match and replace",
          expression,
        );
      case "path":
        return this.path(expression);
      case "list": {
        const items = expression.items.map((item) => this.check(item));
        return { kind: "list", items, type: "list", isNilable: false, from, to };
      }
      case "call":
        return this.elements(this.call(expression), expression.keys);
      case "not": {
        const operand = this.condition(expression.operand, "what follows not");
        return { kind: "not", operand, type: "bool", isNilable: false, from, to };
      }
      case "negate":
        return this.negate(expression);
      default:
        return this.operation(expression);
    }
  }

  condition(expression: Expression, what: string): TypedExpression {
    const typed = this.check(expression);
    if (typed.type === "bool" || typed.type === "any") return typed;
    throw this.error(`${what} is true or false; this is ${named(typed.type)}`, typed);
  }

  private path({ name, keys, from, to }: Expression & { readonly kind: "path" }): TypedExpression {
    const number = NUMBERS.get(name);
    if (number !== undefined) {
      const [key] = keys;
      if (key !== undefined) throw this.error(`${name} is a number and has no elements`, key);
      return { kind: "constant", value: number, type: "int", isNilable: false, from, to };
    }
    const plain = plainFieldName(name, this.context);
    const fields = FIELDS[this.context];
    const field = Object.hasOwn(fields, plain) ? fields[plain] : undefined;
    if (field === undefined) throw this.unknownField(name, { from, to });
    if (!OWNERS.has(plain)) {
      const { type, isNilable } = field;
      return this.elements({ kind: "field", name: plain, type, isNilable, from, to }, keys);
    }
    return this.attribute(plain as AttributeOwner, keys, { from, to });
  }

  private attribute(owner: AttributeOwner, keys: readonly Key[], place: Place): TypedExpression {
    const [first, ...rest] = keys;
    if (first === undefined)
      return { kind: "attributes", owner, type: "map", isNilable: false, ...place };
    if (typeof first.value !== "string")
      throw this.error('attributes have names: write attributes["name"]', first);
    const attribute: TypedExpression = {
      kind: "attribute",
      owner,
      key: first.value,
      type: "any",
      isNilable: true,
      ...place,
    };
    return this.elements(attribute, rest);
  }

  private elements(of: TypedExpression, keys: readonly Key[]): TypedExpression {
    let typed = of;
    for (const key of keys) {
      const { type } = typed;
      if (type !== "any" && type !== "list" && type !== "map")
        throw this.error(`${named(type)} has no elements`, key);
      typed = {
        kind: "element",
        of: typed,
        key: key.value,
        type: "any",
        isNilable: true,
        from: of.from,
        to: key.to,
      };
    }
    return typed;
  }

  private unknownField(name: string, place: Place): ExpressionError {
    const fields = Object.keys(FIELDS[this.context]);
    const guess = nearest(plainFieldName(name, this.context), [...fields, ...NUMBERS.keys()]);
    const hint = guess === undefined ? "." : `; did you mean ${guess}?`;
    const reason = `${CONTEXT_NAMES[this.context]} have no field ${JSON.stringify(name)}${hint} They have ${fields.join(", ")}`;
    const known = guess === undefined ? WEIGHTS.unknownField : WEIGHTS.misspelledField;
    const weight = isOfOther(name, this.context) ? WEIGHTS.foreignField : known;
    return new ExpressionError(reason, this.source, place, weight);
  }

  private call({ name, args, from, to }: Expression & { readonly kind: "call" }): TypedExpression {
    const known = functionName(name);
    if (known === undefined) {
      const guess = nearest(name, Object.keys(FUNCTIONS));
      const hint = guess === undefined ? "." : `; did you mean ${guess}?`;
      throw this.error(
        `there is no function ${JSON.stringify(name)}${hint} There are ${Object.keys(FUNCTIONS).join(", ")}`,
        { from, to: from + name.length },
      );
    }
    const definition = FUNCTIONS[known]!;
    this.countArguments(known, definition, args, { from, to });
    let regex: LinearRegex | undefined;
    const typed: TypedExpression[] = [];
    for (const [i, arg] of args.entries()) {
      const parameter = definition.parameters[i] ?? definition.rest!;
      const asRegex = this.regexOf(arg, parameter, known);
      if (asRegex === undefined) typed.push(this.argument(arg, parameter, known));
      else regex = asRegex;
    }
    const isNilable = isNilableCall(definition, typed);
    return {
      kind: "call",
      definition,
      args: typed,
      regex,
      type: resultOf(definition, typed),
      isNilable,
      from,
      to,
    };
  }

  private countArguments(
    name: string,
    { parameters, required = parameters.length, rest, example }: FunctionDefinition,
    args: readonly Expression[],
    place: Place,
  ): void {
    const isTooMany = rest === undefined && args.length > parameters.length;
    if (args.length >= required && !isTooMany) return;
    const most = rest === undefined ? parameters.length : "more";
    const wanted = required === most ? String(required) : `${required} to ${most}`;
    throw this.error(`${name} takes ${wanted} values, and has ${args.length}: ${example}`, place);
  }

  /** The regular expression that an argument is; undefined where it is none and need not be. */
  private regexOf(arg: Expression, parameter: Parameter, name: string): LinearRegex | undefined {
    const isPattern = parameter === "pattern";
    if (!isPattern && parameter !== "needle") return undefined;
    try {
      if (arg.kind === "regex") return new LinearRegex(arg.pattern, arg.flags);
      if (!isPattern) return undefined;
      if (arg.kind === "literal" && arg.type === "string") return new LinearRegex(arg.value);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw this.error(error.message, arg);
    }
    throw this.error(`the pattern of ${name} is written out, as /…/ or in quotes`, arg);
  }

  private argument(arg: Expression, parameter: Parameter, name: string): TypedExpression {
    const typed = this.check(arg);
    if (!fits(typed.type, parameter))
      throw this.error(
        `${name} takes ${WANTED[parameter]} here; this is ${named(typed.type)}`,
        typed,
      );
    if (typed.type !== "duration" || (parameter !== "text" && parameter !== "needle")) return typed;
    const { from, to, isNilable } = typed;
    return { kind: "duration-text", operand: typed, type: "string", isNilable, from, to };
  }

  private negate({ operand, from, to }: Expression & { readonly kind: "negate" }): TypedExpression {
    const typed = this.check(operand);
    const { type } = typed;
    const isFit = NUMERIC.has(type) || type === "duration" || type === "any";
    if (!isFit) throw this.error(`- takes a number; this is ${named(type)}`, typed);
    const result = type === "any" ? "number" : type;
    return { kind: "negate", operand: typed, type: result, isNilable: true, from, to };
  }

  private operation(
    expression: Expression & { readonly kind: "arithmetic" | "compare" | "logic" | "in" },
  ): TypedExpression {
    const { from, to } = expression;
    const base = { type: "bool", isNilable: false, from, to } as const;
    switch (expression.kind) {
      case "logic": {
        const { operator } = expression;
        const left = this.condition(expression.left, `what stands before ${operator}`);
        const right = this.condition(expression.right, `what follows ${operator}`);
        return { kind: "logic", operator, left, right, ...base };
      }
      case "compare": {
        const { operator } = expression;
        const left = this.check(expression.left);
        const right = this.check(expression.right);
        this.comparable(operator, left, right, expression);
        return { kind: "compare", operator, left, right, ...base };
      }
      case "in": {
        const left = this.check(expression.left);
        const items = expression.items.map((item) => this.check(item));
        for (const item of items) this.comparable("==", left, item, item);
        return { kind: "in", left, items, ...base };
      }
      default: {
        const { operator } = expression;
        const left = this.check(expression.left);
        const right = this.check(expression.right);
        const type = this.arithmeticType(operator, left, right, expression);
        return { kind: "arithmetic", operator, left, right, type, isNilable: true, from, to };
      }
    }
  }

  private comparable(
    operator: string,
    left: TypedExpression,
    right: TypedExpression,
    place: Place,
  ): void {
    const isOrder = operator !== "==" && operator !== "!=";
    for (const [side, other] of [
      [left, right],
      [right, left],
    ] as const) {
      if (side.type === "nil") this.comparableToNil(isOrder, operator, other, place);
      if (isOrder && (side.type === "list" || side.type === "map"))
        throw this.error(`${named(side.type)} has no order: ${operator} cannot compare it`, side);
      if (side.type === "duration" && other.type !== "duration" && other.type !== "nil")
        throw this.error(
          `a duration is compared with a duration, such as 250ms; this is ${named(other.type)}`,
          other,
        );
    }
    const [a, b] = [familyOf(left.type), familyOf(right.type)];
    if (a === b || a === undefined || b === undefined) return;
    throw this.error(`${named(left.type)} is never equal to ${named(right.type)}`, place);
  }

  private comparableToNil(
    isOrder: boolean,
    operator: string,
    other: TypedExpression,
    place: Place,
  ): void {
    if (isOrder) throw this.error(`nil has no order: ${operator} with it is always false`, place);
    if (other.isNilable) return;
    const hint = other.type === "string" ? ': compare it with ""' : "";
    throw this.error(`this is never nil${hint}`, other);
  }

  private arithmeticType(
    operator: ArithmeticOperator,
    left: TypedExpression,
    right: TypedExpression,
    place: Place,
  ): Type {
    for (const side of [left, right]) {
      const isFit = NUMERIC.has(side.type) || side.type === "duration" || side.type === "any";
      if (isFit) continue;
      const hint =
        side.type === "string" && operator === "+" ? "; texts are joined by concat(a, b)" : "";
      throw this.error(`${operator} takes numbers; this is ${named(side.type)}${hint}`, side);
    }
    if (left.type === "duration" || right.type === "duration")
      return this.durationType(operator, left.type, right.type, place);
    if (operator === "/" || left.type === "double" || right.type === "double") return "double";
    return left.type === "int" && right.type === "int" ? "int" : "number";
  }

  /** Durations are added and compared with their like, and multiplied and divided by numbers. */
  private durationType(operator: ArithmeticOperator, left: Type, right: Type, place: Place): Type {
    const areBoth = left === right;
    if (areBoth && operator === "/") return "double";
    if (areBoth && operator !== "*") return "duration";
    const isScaled = operator === "*" || (operator === "/" && left === "duration");
    if (!areBoth && isScaled) return "duration";
    throw this.error(`${named(left)} ${operator} ${named(right)} is nothing`, place);
  }

  private error(reason: string, place: Place): ExpressionError {
    return new ExpressionError(reason, this.source, place);
  }
}

/** The types of one family can be equal; undefined for what may be anything. */
function familyOf(type: Type): Type | undefined {
  if (NUMERIC.has(type)) return "number";
  return type === "any" || type === "nil" ? undefined : type;
}

function named(type: Type): string {
  switch (type) {
    case "any":
      return "a value of any type";
    case "nil":
      return "nil";
    case "int":
      return "an int";
    case "regex":
      return "a regular expression";
    default:
      return `a ${type}`;
  }
}

const WANTED: Readonly<Record<Parameter, string>> = {
  text: "a text",
  int: "an int",
  duration: "a duration",
  any: "a value",
  pattern: "a pattern",
  needle: "a text or a pattern",
};

function fits(type: Type, parameter: Parameter): boolean {
  if (type === "nil") return parameter === "any";
  switch (parameter) {
    case "int":
      return NUMERIC.has(type) || type === "any";
    case "duration":
      return type === "duration";
    default:
      return true;
  }
}

function isNilableCall(definition: FunctionDefinition, args: readonly TypedExpression[]): boolean {
  if (definition.result === "bool") return false;
  if (definition.result === "first") return args.every((arg) => arg.isNilable);
  if (definition.mayFail === true) return true;
  return definition.takesNil !== true && args.some((arg) => arg.isNilable);
}

function resultOf({ result }: FunctionDefinition, args: readonly TypedExpression[]): Type {
  if (result !== "first") return result;
  const types = new Set(args.map(({ type }) => type).filter((type) => type !== "nil"));
  const [only = "nil"] = types;
  if (types.size <= 1) return only;
  return [...types].every((type) => NUMERIC.has(type)) ? "number" : "any";
}
