import type { Place } from "./expression-error.ts";

export type ArithmeticOperator = "+" | "-" | "*" | "/" | "%";
export type CompareOperator = "==" | "!=" | "<" | "<=" | ">" | ">=";
export type LogicOperator = "and" | "or";

/** A value that stands in the source. A duration is in nanoseconds. */
export type Literal =
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "int"; readonly value: number | bigint }
  | { readonly type: "double" | "duration"; readonly value: number }
  | { readonly type: "bool"; readonly value: boolean }
  | { readonly type: "nil"; readonly value: null };

/** A key in brackets behind a field or call: `["http.route"]`, `[0]`. */
export interface Key extends Place {
  readonly value: string | number;
}

/** An expression as it was written; names are not looked up yet. */
export type Expression = Place &
  (
    | ({ readonly kind: "literal" } & Literal)
    | { readonly kind: "regex"; readonly pattern: string; readonly flags: string }
    /** A field such as `resource.attributes["a"]`, or the name of a number such as `SPAN_KIND_SERVER`. */
    | { readonly kind: "path"; readonly name: string; readonly keys: readonly Key[] }
    | { readonly kind: "list"; readonly items: readonly Expression[] }
    /** Keys take an element of what the function gives: `split(name, " ")[0]`. */
    | {
        readonly kind: "call";
        readonly name: string;
        readonly args: readonly Expression[];
        readonly keys: readonly Key[];
      }
    | { readonly kind: "not"; readonly operand: Expression }
    | { readonly kind: "negate"; readonly operand: Expression }
    | {
        readonly kind: "arithmetic";
        readonly operator: ArithmeticOperator;
        readonly left: Expression;
        readonly right: Expression;
      }
    | {
        readonly kind: "compare";
        readonly operator: CompareOperator;
        readonly left: Expression;
        readonly right: Expression;
      }
    | {
        readonly kind: "logic";
        readonly operator: LogicOperator;
        readonly left: Expression;
        readonly right: Expression;
      }
    | { readonly kind: "in"; readonly left: Expression; readonly items: readonly Expression[] }
  );

/** One change of a row: `set(attributes["team"], "shop") where name == "GET /cart"`. */
export interface Statement extends Place {
  readonly editor: string;
  /** Where the editor's name stands. */
  readonly editorPlace: Place;
  readonly args: readonly Expression[];
  readonly where: Expression | undefined;
}
