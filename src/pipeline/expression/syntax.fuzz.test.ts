import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ExpressionError } from "./expression-error.ts";
import { parseExpression, parseStatement } from "./parser.ts";
import { printExpression, printStatement } from "./print.ts";
import { anyExpression, anyStatement } from "./testing/any-expression.ts";

/** Pieces of expressions in any order: nearly all are wrong, and some are nearly right. */
const piece = fc.constantFrom(
  ...'and or not in where true false nil ( ) [ ] , . + - * / % == != < <= > >= = & "a" "\\n" \'b\' "open /x/i /['.split(
    " ",
  ),
  ...'1 0 9223372036854775808 99999999999999999999 1.5 .5 1e999 250ms 1h30m 5x name attributes ["k"] set(name, is_match( \\ é 😀 \n'.split(
    " ",
  ),
);
const soup = fc.oneof(
  fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(" ")),
  fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join("")),
  fc.string({ unit: "binary", maxLength: 60 }),
);

/** The expression without its places. */
const bare = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (key, part: unknown) => {
      if (key === "from" || key === "to" || key === "editorPlace") return undefined;
      return typeof part === "bigint" ? `${part}n` : Object.is(part, -0) ? "-0" : part;
    }),
  );

function parsedOrError<T>(parse: () => T): T | ExpressionError {
  try {
    return parse();
  } catch (error) {
    if (error instanceof ExpressionError) return error;
    throw error;
  }
}

describe("the parser", () => {
  it("reads what was printed as the equal expression", () => {
    fc.assert(
      fc.property(anyExpression, (expression) => {
        const text = printExpression(expression);
        const parsed = parseExpression(text);
        expect(bare(parsed)).toEqual(bare(expression));
        expect(printExpression(parsed)).toBe(text);
      }),
    );
  });

  it("reads a printed statement as the equal statement", () => {
    fc.assert(
      fc.property(anyStatement, (statement) => {
        expect(bare(parseStatement(printStatement(statement)))).toEqual(bare(statement));
      }),
    );
  });

  it("refuses any text with an error that points into it, or prints it stably", () => {
    fc.assert(
      fc.property(soup, fc.constantFrom(parseExpression, parseStatement), (text, parse) => {
        const parsed = parsedOrError(() => parse(text));
        if (!(parsed instanceof ExpressionError)) {
          const printed = "editor" in parsed ? printStatement(parsed) : printExpression(parsed);
          return isDeepStrictEqual(bare(parse(printed)), bare(parsed));
        }
        const { from, to } = parsed.place;
        return 0 <= from && from <= to && from <= text.length && parsed.message.includes("^");
      }),
    );
  });
});
