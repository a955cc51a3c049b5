import type { Context } from "#pipeline/expression/fields.ts";
import type { TypedExpression } from "#pipeline/expression/typed.ts";
import type { Target, TypedStatement } from "./typed-statement.ts";

/** Statements that are done together, in one go over the rows. */
export interface Pass {
  readonly context: Context;
  /** What they change: `attributes` of rows or a field of them; for what rows share, the context says it. */
  readonly column: string;
  readonly statements: readonly TypedStatement[];
}

/**
 * Puts statements that follow each other into passes. Those of one pass change one column, and none of them reads
 * what an earlier one of it wrote, since reads see the rows as they were before the pass.
 */
export function passesOf(statements: readonly TypedStatement[]): Pass[] {
  const passes: (Pass & { readonly statements: TypedStatement[] })[] = [];
  for (const statement of statements) {
    const { context } = statement;
    const column = statement.target.kind === "field" ? statement.target.name : "attributes";
    const last = passes.at(-1);
    const isSame = last !== undefined && last.context === context && last.column === column;
    if (isSame && !readsWhatWasWritten(statement, last.statements)) last.statements.push(statement);
    else passes.push({ context, column, statements: [statement] });
  }
  return passes;
}

/** A place that is read or written: of the row's attributes one key (or undefined for all of them), or a field. */
interface Place {
  readonly name: string;
  readonly key: string | undefined;
}

function readsWhatWasWritten(
  { where, edit }: TypedStatement,
  before: readonly TypedStatement[],
): boolean {
  const reads: Place[] = [];
  if (where !== undefined) addReads(where, reads);
  if (edit.kind === "set") addReads(edit.value, reads);
  const writes = before.flatMap(writesOf);
  return writes.some((write) => reads.some((read) => isSamePlace(read, write)));
}

function isSamePlace(a: Place, b: Place): boolean {
  return a.name === b.name && (a.key === undefined || b.key === undefined || a.key === b.key);
}

function writesOf({ target, edit }: TypedStatement): Place[] {
  const place = placeOf(target);
  return edit.kind === "rename" ? [place, { ...place, key: edit.from }] : [place];
}

function placeOf(target: Target): Place {
  switch (target.kind) {
    case "field":
      return { name: target.name, key: undefined };
    case "attribute":
      return { name: target.owner, key: target.key };
    default:
      return { name: target.owner, key: undefined };
  }
}

function addReads(expression: TypedExpression, reads: Place[]): void {
  switch (expression.kind) {
    case "field":
      reads.push({ name: expression.name, key: undefined });
      return;
    case "attribute":
      reads.push({ name: expression.owner, key: expression.key });
      return;
    case "attributes":
      reads.push({ name: expression.owner, key: undefined });
      return;
    default:
      for (const part of partsOf(expression)) addReads(part, reads);
  }
}

function partsOf(expression: TypedExpression): readonly TypedExpression[] {
  switch (expression.kind) {
    case "element":
      return [expression.of];
    case "list":
      return expression.items;
    case "call":
      return expression.args;
    case "not":
    case "negate":
    case "duration-text":
      return [expression.operand];
    case "in":
      return [expression.left, ...expression.items];
    case "arithmetic":
    case "compare":
    case "logic":
      return [expression.left, expression.right];
    default:
      return [];
  }
}
