import { z } from "zod";
import { type Signal, SIGNALS } from "#core/signal.ts";
import type { ObjectRow } from "./binding.ts";
import { checkCondition } from "./check.ts";
import { type Compiled, compileTest } from "./compile.ts";
import { ExpressionError } from "./expression-error.ts";
import type { Context } from "./fields.ts";
import { parseExpression } from "./parser.ts";

/**
 * A condition on the rows of a signal, ready to be evaluated. It is always true or false, and never throws.
 *
 * @example
 * const isSlow = compileCondition('duration > 2s and attributes["http.route"] == "/cart"', "traces");
 * isSlow.bind(batch);
 * for (let row = 0; row < batch.rows; row++) if (isSlow.evaluate(row)) …
 *
 * @throws ExpressionError that shows the place, says what was found and what is allowed.
 */
export function compileCondition(source: string, context: Context): Compiled<boolean> {
  return compileTest(checkCondition(parseExpression(source), source, context), context);
}

/**
 * A condition for several signals: compiled for each that has the fields which it names. Rows of the others are
 * none of its business.
 *
 * @throws ExpressionError when it fits none of them.
 */
export function compileConditions(
  source: string,
  signals: readonly Signal[] = SIGNALS,
): Partial<Record<Signal, Compiled<boolean>>> {
  const expression = parseExpression(source);
  return forSignals(signals, (signal) =>
    compileTest(checkCondition(expression, source, signal), signal),
  );
}

/** Whether a row of a signal is one for which a condition is true. It never throws. */
export type RowTest = (signal: Signal, row: ObjectRow) => boolean;

/**
 * A condition on rows that are objects. For those of a signal that has not the fields which it names, it
 * is not true.
 *
 * @throws ExpressionError where it is about the rows of no signal.
 */
export function compileRowTest(source: string): RowTest {
  const expression = parseExpression(source);
  const tests = forSignals(SIGNALS, (signal) =>
    compileTest(checkCondition(expression, source, signal), signal, "objects"),
  );
  return (signal, row) => {
    const test = tests[signal];
    if (test === undefined) return false;
    test.bind(row);
    return test.evaluate(0);
  };
}

/** What can be made for each signal; where it can be for none, throws the error that says most. */
export function forSignals<T>(
  signals: readonly Signal[],
  make: (signal: Signal) => T,
): Partial<Record<Signal, T>> {
  const made: Partial<Record<Signal, T>> = {};
  let farthest: ExpressionError | undefined;
  for (const signal of signals) {
    try {
      made[signal] = make(signal);
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      if (farthest === undefined || saysMore(error, farthest)) farthest = error;
    }
  }
  if (farthest !== undefined && Object.keys(made).length === 0) throw farthest;
  return made;
}

function saysMore(error: ExpressionError, than: ExpressionError): boolean {
  const farther = error.place.from - than.place.from;
  return farther > 0 || (farther === 0 && error.weight > than.weight);
}

/** A setting that is a condition: wrong ones are found when the configuration is read. */
export function conditionSetting(signals: readonly Signal[] = SIGNALS): z.ZodType<string, string> {
  return z.string().superRefine((source, context) => {
    const problem = expressionProblem(() => compileConditions(source, signals));
    if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
  });
}

/** What is wrong with an expression, as a message with its picture; undefined where nothing is. */
export function expressionProblem(compile: () => unknown): string | undefined {
  try {
    compile();
    return undefined;
  } catch (error) {
    if (error instanceof ExpressionError) return error.message;
    throw error;
  }
}
