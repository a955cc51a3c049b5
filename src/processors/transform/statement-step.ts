import { type Attribute, ATTRIBUTE_TYPES } from "#core/attributes.ts";
import type { LogBatch } from "#core/log-batch.ts";
import {
  AttributeKey,
  attributeIndex,
  listedAttribute,
  resourceOfRow,
  scopeOfRow,
} from "#core/row-access.ts";
import type { SpanBatch } from "#core/span-batch.ts";
import type { Source } from "#pipeline/expression/binding.ts";
import { type Compiled, compileTest, compileValue } from "#pipeline/expression/compile.ts";
import type { Context } from "#pipeline/expression/fields.ts";
import type { TypedExpression } from "#pipeline/expression/typed.ts";
import { type StoredValue, storedValue } from "./stored-value.ts";
import type { Edit, Target, TypedStatement } from "./typed-statement.ts";

/** A statement that can be done. */
export class StatementStep {
  readonly target: Target;
  readonly edit: Edit;
  private readonly where: Compiled<boolean> | undefined;
  private readonly setTo: Compiled<StoredValue | undefined> | undefined;

  constructor({ context, target, edit, where }: TypedStatement) {
    this.target = target;
    this.edit = edit;
    this.where = where === undefined ? undefined : compileTest(where, context);
    this.setTo = edit.kind === "set" ? compileStored(edit.value, context) : undefined;
  }

  /** To be called before the rows of a batch (or a resource, scope or series) are asked about. */
  bind(source: Source): void {
    this.where?.bind(source);
    this.setTo?.bind(source);
  }

  holds(row: number): boolean {
    return this.where === undefined || this.where.evaluate(row);
  }

  /** What `set` sets; undefined where it is nil, which changes nothing. */
  value(row: number): StoredValue | undefined {
    return this.setTo?.evaluate(row);
  }
}

/** Compiles what is set. An attribute or body that is copied keeps its exact type and text. */
function compileStored(
  value: TypedExpression,
  context: Context,
): Compiled<StoredValue | undefined> {
  const copy = copied(value, context);
  if (copy === undefined) {
    const { bind, evaluate } = compileValue(value, context);
    return { bind, evaluate: (row) => storedValue(evaluate(row), value.type) };
  }
  let bound: Source;
  return {
    bind: (source) => {
      bound = source;
    },
    evaluate: (row) => {
      const stored = copy(bound, row);
      return stored?.type === ATTRIBUTE_TYPES.empty ? undefined : stored;
    },
  };
}

type Copy = (source: Source, row: number) => StoredValue | undefined;

function copied(value: TypedExpression, context: Context): Copy | undefined {
  const hasRows = context === "traces" || context === "logs";
  if (!hasRows) return undefined;
  if (value.kind === "field" && value.name === "body") return copyOfBody;
  if (value.kind !== "attribute") return undefined;
  const { owner, key } = value;
  switch (owner) {
    case "resource.attributes":
      return (source, row) =>
        ofListed(resourceOfRow(source as SpanBatch | LogBatch, row).attributes, key);
    case "scope.attributes":
      return (source, row) =>
        ofListed(scopeOfRow(source as SpanBatch | LogBatch, row).attributes, key);
    default:
      return copyOfAttribute(new AttributeKey(key));
  }
}

function copyOfBody(source: Source, row: number): StoredValue {
  const { body, bodyType } = source as LogBatch;
  return { text: body.text(row), type: bodyType.bytes[row]! };
}

function copyOfAttribute(key: AttributeKey): Copy {
  return (source, row) => {
    const batch = source as SpanBatch | LogBatch;
    const index = attributeIndex(batch, row, key);
    if (index < 0) return undefined;
    const { values, types } = batch.attributes;
    return { text: values.text(index), type: types.bytes[index]! };
  };
}

function ofListed(attributes: readonly Attribute[], key: string): StoredValue | undefined {
  const found = listedAttribute(attributes, key);
  return found === undefined ? undefined : { text: found.value, type: found.type };
}
