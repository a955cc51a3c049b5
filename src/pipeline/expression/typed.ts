import type { Place } from "./expression-error.ts";
import type { Type } from "./fields.ts";
import type { FunctionDefinition } from "./functions.ts";
import type { LinearRegex } from "./linear-regex.ts";
import type { ArithmeticOperator, CompareOperator, LogicOperator } from "./syntax.ts";
import type { Value } from "./value.ts";

/** Whose attributes: the row's own (or its series'), or those of its resource or scope. */
export type AttributeOwner = "attributes" | "resource.attributes" | "scope.attributes";

/** What is known of a value before there is a row. */
interface Typed extends Place {
  readonly type: Type;
  readonly isNilable: boolean;
}

/** An expression whose names are looked up and whose types fit: it can be evaluated on any row of its context. */
export type TypedExpression = Typed &
  (
    | { readonly kind: "constant"; readonly value: Value }
    | { readonly kind: "field"; readonly name: string }
    | { readonly kind: "attribute"; readonly owner: AttributeOwner; readonly key: string }
    /** All attributes of the owner, as a map. */
    | { readonly kind: "attributes"; readonly owner: AttributeOwner }
    | {
        readonly kind: "element";
        readonly of: TypedExpression;
        readonly key: string | number;
      }
    | { readonly kind: "list"; readonly items: readonly TypedExpression[] }
    | {
        readonly kind: "call";
        readonly definition: FunctionDefinition;
        readonly args: readonly TypedExpression[];
        /** The second argument, where that is a regular expression; it is not among `args`. */
        readonly regex: LinearRegex | undefined;
      }
    /** The text that a duration is written as, such as `250ms`. */
    | { readonly kind: "duration-text"; readonly operand: TypedExpression }
    | { readonly kind: "not"; readonly operand: TypedExpression }
    | { readonly kind: "negate"; readonly operand: TypedExpression }
    | {
        readonly kind: "arithmetic";
        readonly operator: ArithmeticOperator;
        readonly left: TypedExpression;
        readonly right: TypedExpression;
      }
    | {
        readonly kind: "compare";
        readonly operator: CompareOperator;
        readonly left: TypedExpression;
        readonly right: TypedExpression;
      }
    | {
        readonly kind: "logic";
        readonly operator: LogicOperator;
        readonly left: TypedExpression;
        readonly right: TypedExpression;
      }
    | {
        readonly kind: "in";
        readonly left: TypedExpression;
        readonly items: readonly TypedExpression[];
      }
  );

export type TypedCall = TypedExpression & { readonly kind: "call" };
