import { z } from "zod";
import { type Signal, SIGNALS } from "#core/signal.ts";
import { expressionProblem, forSignals } from "#pipeline/expression/condition.ts";
import { parseStatement } from "#pipeline/expression/parser.ts";
import { checkStatement, type TypedStatement } from "./typed-statement.ts";

const STATEMENTS_MAX = 256;

const statement = z.string().superRefine((source, context) => {
  const problem = expressionProblem(() => statementsOf(source));
  if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
});

/**
 * What a statement is for each signal that has the fields which it names.
 *
 * @throws ExpressionError when it fits none.
 */
export function statementsOf(source: string): Partial<Record<Signal, TypedStatement>> {
  const parsed = parseStatement(source);
  return forSignals(SIGNALS, (signal) => checkStatement(parsed, source, signal));
}

export const settings = z.strictObject({
  statements: z
    .array(statement)
    .min(1)
    .max(STATEMENTS_MAX)
    .describe(
      "What to do with each row, in this order: `set(place, value)`, `copy(from, to)`, `rename(from, to)`, `delete(attribute)`, `keep_keys(attributes, [keys])`, each with `where` and a condition if it is not for all rows. A place is an attribute (of the row, its `resource` or `scope`), `name`, `status.code`, `status.message`, `body`, `severity_number`, `severity_text`, `event_name`, `metric.name`, `metric.description` or `metric.unit`. A statement is for the signals that have the fields which it names; these may begin with `span.`, `log.` or `datapoint.` to say which. What rows share (resources, scopes, and of metrics all but the value) can only be changed by what they share. A value of nil changes nothing.",
    )
    .meta({
      examples: [
        [
          'set(attributes["team"], "shop") where starts_with(attributes["url.path"], "/cart")',
          'set(span.name, replace(span.name, /\\d+/, "{id}"))',
          'delete(resource.attributes["process.command_args"])',
        ],
      ],
    }),
});

export type TransformSettings = z.output<typeof settings>;
