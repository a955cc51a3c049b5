import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SIGNALS } from "#core/signal.ts";
import { checkCondition, checkExpression } from "./check.ts";
import { compileTest, compileValue } from "./compile.ts";
import { compileRowTest } from "./condition.ts";
import { ExpressionError } from "./expression-error.ts";
import { parseExpression } from "./parser.ts";
import { anyBatch, objectOf, rowsOf } from "./testing/any-batch.ts";
import { anySource } from "./testing/any-condition.ts";
import { anyExpression } from "./testing/any-expression.ts";
import { naiveTest, naiveValue } from "./testing/naive.ts";

/** The checked expression; undefined where the parts' types do not fit, which generated ones may not. */
function checked<T>(check: () => T): T | undefined {
  try {
    return check();
  } catch (error) {
    if (error instanceof ExpressionError) return undefined;
    throw error;
  }
}

describe.each(SIGNALS)("an expression on %s", (signal) => {
  const { condition, value } = anySource(signal);
  const batches = fc.array(anyBatch(signal), { minLength: 1, maxLength: 2 });

  it("is true exactly where its plain meaning is, batch after batch", () => {
    let evaluated = 0;
    fc.assert(
      fc.property(condition, batches, (source, list) => {
        const typed = checked(() => checkCondition(parseExpression(source), source, signal));
        if (typed === undefined) return;
        const compiled = compileTest(typed, signal);
        for (const batch of list) {
          compiled.bind(batch);
          // There and back: what is remembered of a row's neighbours may not be taken for the row's.
          for (const row of [...rowsOf(batch), ...rowsOf(batch).toReversed()]) {
            expect(compiled.evaluate(row)).toBe(naiveTest(typed, batch, row));
            evaluated++;
          }
        }
      }),
    );
    expect(evaluated).toBeGreaterThan(100);
  });

  it("is true of a row as an object exactly where it is of the row in its columns", () => {
    let evaluated = 0;
    fc.assert(
      fc.property(condition, anyBatch(signal), (source, batch) => {
        const typed = checked(() => checkCondition(parseExpression(source), source, signal));
        if (typed === undefined) return;
        const [inColumns, ofObjects] = [compileTest(typed, signal), compileRowTest(source)];
        inColumns.bind(batch);
        for (const row of rowsOf(batch)) {
          expect(ofObjects(signal, objectOf(batch, row))).toBe(inColumns.evaluate(row));
          evaluated++;
        }
      }),
    );
    expect(evaluated).toBeGreaterThan(100);
  });

  it("has the value of its plain meaning", () => {
    let evaluated = 0;
    fc.assert(
      fc.property(value, batches, (source, list) => {
        const typed = checked(() => checkExpression(parseExpression(source), source, signal));
        if (typed === undefined) return;
        const compiled = compileValue(typed, signal);
        for (const batch of list) {
          compiled.bind(batch);
          for (const row of rowsOf(batch)) {
            const found = compiled.evaluate(row);
            expect(found).toEqual(naiveValue(typed, batch, row));
            expect(typed.isNilable || found !== null).toBe(true);
            evaluated++;
          }
        }
      }),
    );
    expect(evaluated).toBeGreaterThan(100);
  });

  it("is refused with an error that points at the place, or can be evaluated, whatever it is", () => {
    fc.assert(
      fc.property(anyExpression, anyBatch(signal), (expression, batch) => {
        const typed = checked(() => checkExpression(expression, "", signal));
        if (typed === undefined) return;
        const compiled = compileValue(typed, signal);
        compiled.bind(batch);
        for (const row of rowsOf(batch)) compiled.evaluate(row);
      }),
    );
  });
});
