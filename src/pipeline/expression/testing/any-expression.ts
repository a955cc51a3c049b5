import fc from "fast-check";
import type { Expression, Key, Literal, Statement } from "../syntax.ts";

// Expressions of any shape that the grammar has, whether or not their names and types make sense.

const place = { from: 0, to: 0 };

const literal: fc.Arbitrary<Literal> = fc.oneof(
  fc
    .oneof(
      fc.string(),
      fc.string({ unit: "binary" }),
      fc.constantFrom('"', "\\", "\n", "\u2028", "'"),
    )
    .map((value) => ({ type: "string" as const, value })),
  fc.maxSafeInteger().map((value) => ({ type: "int" as const, value: value + 0 })),
  fc
    .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    .filter((value) => !Number.isSafeInteger(Number(value)))
    .map((value) => ({ type: "int" as const, value })),
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .map((value) => ({ type: "double" as const, value })),
  fc.maxSafeInteger().map((value) => ({ type: "duration" as const, value: value + 0 })),
  fc.boolean().map((value) => ({ type: "bool" as const, value })),
  fc.constant({ type: "nil" as const, value: null }),
);

const name = fc.constantFrom(
  "name",
  "attributes",
  "resource.attributes",
  "a.b_1.C",
  "SPAN_KIND_SERVER",
);
const key: fc.Arbitrary<Key> = fc
  .oneof(fc.string(), fc.nat())
  .map((value) => ({ value, ...place }));
const keys = fc.array(key, { maxLength: 2 });

const regex: fc.Arbitrary<Expression> = fc
  .tuple(
    fc.constantFrom("a", "^GET /x", "\\d+", "[/]", "a\\\\", "é|😀"),
    fc.constantFrom("", "i", "ms"),
  )
  .map(([pattern, flags]) => ({ kind: "regex", pattern, flags, ...place }));

const { expression } = fc.letrec<{ expression: Expression; items: Expression[] }>((tie) => ({
  items: fc.array(tie("expression"), { maxLength: 3 }),
  expression: fc.oneof(
    { maxDepth: 5, depthSize: "small" },
    literal.map((value) => ({ kind: "literal" as const, ...value, ...place })),
    fc
      .tuple(name, keys)
      .map(([text, path]) => ({ kind: "path" as const, name: text, keys: path, ...place })),
    regex,
    tie("items").map((items) => ({ kind: "list" as const, items, ...place })),
    fc
      .tuple(fc.constantFrom("lower", "is_match", "IsMatch", "f"), tie("items"), keys)
      .map(([text, args, path]) => ({
        kind: "call" as const,
        name: text,
        args,
        keys: path,
        ...place,
      })),
    tie("expression").map((operand) => ({ kind: "not" as const, operand, ...place })),
    tie("expression").map((operand) => ({ kind: "negate" as const, operand, ...place })),
    fc
      .tuple(fc.constantFrom("+", "-", "*", "/", "%"), tie("expression"), tie("expression"))
      .map(([operator, left, right]) => ({
        kind: "arithmetic" as const,
        operator,
        left,
        right,
        ...place,
      })),
    fc
      .tuple(
        fc.constantFrom("==", "!=", "<", "<=", ">", ">="),
        tie("expression"),
        tie("expression"),
      )
      .map(([operator, left, right]) => ({
        kind: "compare" as const,
        operator,
        left,
        right,
        ...place,
      })),
    fc
      .tuple(fc.constantFrom("and", "or"), tie("expression"), tie("expression"))
      .map(([operator, left, right]) => ({
        kind: "logic" as const,
        operator,
        left,
        right,
        ...place,
      })),
    fc
      .tuple(tie("expression"), tie("items"))
      .map(([left, items]) => ({ kind: "in" as const, left, items, ...place })),
  ),
}));

export const anyExpression: fc.Arbitrary<Expression> = expression;

export const anyStatement: fc.Arbitrary<Statement> = fc
  .record({
    editor: fc.constantFrom("set", "delete", "keep_keys"),
    args: fc.array(expression, { maxLength: 3 }),
    where: fc.option(expression, { nil: undefined }),
  })
  .map((statement) => ({ ...statement, editorPlace: place, ...place }));
