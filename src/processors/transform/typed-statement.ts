import type { Signal } from "#core/signal.ts";
import { checkCondition, checkExpression } from "#pipeline/expression/check.ts";
import { ExpressionError, nearest, type Place } from "#pipeline/expression/expression-error.ts";
import type { Context } from "#pipeline/expression/fields.ts";
import type { Expression, Statement } from "#pipeline/expression/syntax.ts";
import type { AttributeOwner, TypedExpression } from "#pipeline/expression/typed.ts";

/** What a statement changes: an attribute, all attributes of an owner, or a field. */
export type Target =
  | { readonly kind: "attribute"; readonly owner: AttributeOwner; readonly key: string }
  | { readonly kind: "attributes"; readonly owner: AttributeOwner }
  | { readonly kind: "field"; readonly name: SettableField };

export type Edit =
  | { readonly kind: "set"; readonly value: TypedExpression }
  | { readonly kind: "delete" }
  /** The target is the new key, `from` the one that it has. */
  | { readonly kind: "rename"; readonly from: string }
  | { readonly kind: "keep_keys"; readonly keys: readonly string[] };

/** A statement whose names are looked up and whose types fit a signal. */
export interface TypedStatement {
  /** What it is evaluated on: rows, or the resource, scope or series that rows share. */
  readonly context: Context;
  readonly target: Target;
  readonly edit: Edit;
  readonly where: TypedExpression | undefined;
}

/** The fields that can be set, and whether they are texts, numbers or anything. */
const SETTABLE = {
  name: "text",
  "status.message": "text",
  "status.code": "number",
  body: "any",
  severity_text: "text",
  severity_number: "number",
  event_name: "text",
  "metric.name": "text",
  "metric.description": "text",
  "metric.unit": "text",
} as const;
export type SettableField = keyof typeof SETTABLE;

/** What each editor does with its two places, by name. */
const EDITORS: Readonly<Record<string, { readonly count: number; readonly example: string }>> = {
  set: { count: 2, example: 'set(attributes["team"], "shop")' },
  copy: { count: 2, example: 'copy(resource.attributes["host.name"], attributes["host"])' },
  rename: {
    count: 2,
    example: 'rename(attributes["http.method"], attributes["http.request.method"])',
  },
  delete: { count: 1, example: 'delete(attributes["password"])' },
  delete_key: { count: 2, example: 'delete_key(attributes, "password")' },
  keep_keys: { count: 2, example: 'keep_keys(attributes, ["http.route", "user.id"])' },
};

/**
 * Looks up what a statement names, for the rows of a signal.
 *
 * @param source The text that it was parsed from, for messages.
 * @throws ExpressionError at the first place that does not fit.
 */
export function checkStatement(
  statement: Statement,
  source: string,
  signal: Signal,
): TypedStatement {
  return new StatementChecker(statement, source, signal).check();
}

class StatementChecker {
  private readonly statement: Statement;
  private readonly source: string;
  private readonly signal: Signal;

  constructor(statement: Statement, source: string, signal: Signal) {
    this.statement = statement;
    this.source = source;
    this.signal = signal;
  }

  check(): TypedStatement {
    const { editor, editorPlace, args } = this.statement;
    const known = Object.hasOwn(EDITORS, editor) ? EDITORS[editor] : undefined;
    if (known === undefined) {
      const guess = nearest(editor, Object.keys(EDITORS));
      const hint = guess === undefined ? "." : `; did you mean ${guess}?`;
      throw this.error(
        `there is no statement ${JSON.stringify(editor)}${hint} There are ${Object.keys(EDITORS).join(", ")}`,
        editorPlace,
      );
    }
    const { count, example } = known;
    if (args.length !== count)
      throw this.error(`${editor} takes ${count}, and has ${args.length}: ${example}`, editorPlace);
    const [first, second] = args;
    return this.edited(editor, first!, second);
  }

  private edited(
    editor: string,
    first: Expression,
    second: Expression | undefined,
  ): TypedStatement {
    switch (editor) {
      case "set":
        return this.set(first, second!);
      case "copy":
        return this.set(second!, first);
      case "rename":
        return this.rename(first, second!);
      case "delete":
        return this.typed(this.attribute(first), () => ({ kind: "delete" }));
      case "delete_key": {
        const { owner } = this.attributes(first);
        const [key] = this.keys([second!]);
        return this.typed({ kind: "attribute", owner, key: key! }, () => ({ kind: "delete" }));
      }
      default: {
        const target = this.attributes(first);
        if (second!.kind !== "list") throw this.error("the keys are a list in brackets", second!);
        const keys = this.keys(second!.items);
        return this.typed(target, () => ({ kind: "keep_keys", keys }));
      }
    }
  }

  private set(into: Expression, from: Expression): TypedStatement {
    const target = this.target(into);
    if (target.kind === "attributes")
      throw this.error('one attribute is set at a time: write attributes["name"]', into);
    const wanted = target.kind === "field" ? SETTABLE[target.name] : "any";
    return this.typed(target, (context) => {
      const value = checkExpression(from, this.source, context);
      this.settable(value, wanted);
      return { kind: "set", value };
    });
  }

  private settable(value: TypedExpression, wanted: "text" | "number" | "any"): void {
    const { type } = value;
    if (type === "duration")
      throw this.error("a duration is set as a number: write milliseconds(…)", value);
    const isNumber = type === "int" || type === "double" || type === "number" || type === "any";
    if (wanted === "number" && !isNumber)
      throw this.error(`this is set to a number; what follows is a ${type}`, value);
    const isStructured = type === "list" || type === "map";
    if (wanted === "text" && isStructured)
      throw this.error(`this is set to a text; what follows is a ${type}`, value);
  }

  private rename(first: Expression, second: Expression): TypedStatement {
    const from = this.attribute(first);
    const target = this.attribute(second);
    if (from.owner !== target.owner)
      throw this.error("an attribute is renamed in its place: use copy and delete", second);
    return this.typed(target, () => ({ kind: "rename", from: from.key }));
  }

  private typed(target: Target, edit: (context: Context) => Edit): TypedStatement {
    const context = contextOf(target, this.signal);
    const { where } = this.statement;
    return {
      context,
      target,
      edit: edit(context),
      where: where === undefined ? undefined : checkCondition(where, this.source, context),
    };
  }

  private target(place: Expression): Target {
    const typed = checkExpression(place, this.source, this.signal);
    switch (typed.kind) {
      case "attribute":
        return { kind: "attribute", owner: typed.owner, key: typed.key };
      case "attributes":
        return { kind: "attributes", owner: typed.owner };
      case "field":
        if (isSettable(typed.name)) return { kind: "field", name: typed.name };
        break;
      case "element":
        throw this.error("only a whole attribute or body can be changed, not a part of it", place);
      default:
    }
    throw this.error(
      `this cannot be changed; what can are attributes, and ${Object.keys(SETTABLE).join(", ")}`,
      place,
    );
  }

  private attribute(place: Expression): Target & { readonly kind: "attribute" } {
    const target = this.target(place);
    if (target.kind === "attribute") return target;
    throw this.error('this is for one attribute, such as attributes["name"]', place);
  }

  private attributes(place: Expression): Target & { readonly kind: "attributes" } {
    const target = this.target(place);
    if (target.kind === "attributes") return target;
    throw this.error(
      "this is for all attributes: attributes, resource.attributes or scope.attributes",
      place,
    );
  }

  private keys(items: readonly Expression[]): string[] {
    return items.map((item) => {
      if (item.kind === "literal" && item.type === "string") return item.value;
      throw this.error("a key is written out, in quotes", item);
    });
  }

  private error(reason: string, place: Place): ExpressionError {
    return new ExpressionError(reason, this.source, place);
  }
}

function isSettable(name: string): name is SettableField {
  return Object.hasOwn(SETTABLE, name);
}

/** What many rows share can only be changed by what they share. */
function contextOf(target: Target, signal: Signal): Context {
  if (target.kind === "field") return signal === "metrics" ? "series" : signal;
  switch (target.owner) {
    case "resource.attributes":
      return "resource";
    case "scope.attributes":
      return "scope";
    default:
      return signal === "metrics" ? "series" : signal;
  }
}
