import type { ByteWriter } from "#core/bytes.ts";
import type { DictionaryColumn } from "#core/columns.ts";
import type { AttributeRow } from "#core/edit/attribute-row.ts";
import { editAttributes } from "#core/edit/edit-attributes.ts";
import { rewriteStrings } from "#core/edit/rewrite-text.ts";
import { ROW_LIMITS } from "#core/limits.ts";
import type { LogBatch } from "#core/log-batch.ts";
import { AttributeKey } from "#core/row-access.ts";
import type { SpanBatch } from "#core/span-batch.ts";
import { cutString } from "#core/utf8.ts";
import { SEVERITIES, SPAN_STATUSES } from "#core/vocabulary.ts";
import type { Pass } from "./statement-passes.ts";
import { StatementStep } from "./statement-step.ts";
import type { StoredValue } from "./stored-value.ts";
import type { SettableField } from "./typed-statement.ts";

const SEVERITY_NUMBER_MAX = SEVERITIES.length * 4;
const STATUS_CODE_MAX = SPAN_STATUSES.length - 1;

type RowBatch = SpanBatch | LogBatch;

/** Does the statements of a pass on the rows of a batch. Returns how many rows it changed, or gave the same value. */
export type RunPass<B> = (batch: B) => number;

export function rowPass({ statements, column }: Pass): RunPass<RowBatch> {
  const steps = statements.map((statement) => new StatementStep(statement));
  const run =
    column === "attributes" ? attributesPass(steps) : fieldPass(steps, column as SettableField);
  return (batch) => {
    for (const step of steps) step.bind(batch);
    return run(batch);
  };
}

function attributesPass(steps: readonly StatementStep[]): RunPass<RowBatch> {
  const edits = steps.map((step) => ({ step, edit: attributeEdit(step) }));
  return (batch) =>
    editAttributes(batch, batch.selection, (row, index) => {
      for (const { step, edit } of edits) if (step.holds(index)) edit(row, index, batch);
    });
}

type AttributeEdit = (row: AttributeRow, index: number, batch: RowBatch) => void;

function attributeEdit(step: StatementStep): AttributeEdit {
  const { target, edit } = step;
  const key = new AttributeKey(target.kind === "attribute" ? target.key : "");
  switch (edit.kind) {
    case "set":
      return (row, index) => {
        const value = step.value(index);
        if (value !== undefined) row.set(key, value.text, value.type);
      };
    case "delete":
      return (row) => row.delete(key);
    case "rename": {
      const from = new AttributeKey(edit.from);
      return (row) => row.rename(from, key);
    }
    default: {
      const keys = edit.keys.map((text) => new AttributeKey(text));
      return (row, _, batch) => keepKeys(row, keys, batch);
    }
  }
}

function keepKeys(row: AttributeRow, keys: readonly AttributeKey[], batch: RowBatch): void {
  for (let place = row.count - 1; place >= 0; place--) {
    const number = row.keyNumber(place);
    if (!keys.some((key) => key.numberIn(batch.attributes) === number)) row.deleteAt(place);
  }
}

function fieldPass(steps: readonly StatementStep[], field: SettableField): RunPass<RowBatch> {
  const valueOf = (row: number): StoredValue | undefined => lastValue(steps, row);
  switch (field) {
    case "body":
      return (batch) => setBodies(batch as LogBatch, valueOf);
    case "status.message":
      return (batch) =>
        rewriteStrings(
          (batch as SpanBatch).statusMessage,
          batch.selection,
          (_bytes, _from, _to, row) => valueOf(row)?.text,
          ROW_LIMITS.statusMessageBytesMax,
        );
    case "status.code":
      return (batch) => setNumbers(batch, (batch as SpanBatch).status, STATUS_CODE_MAX, steps);
    case "severity_number":
      return (batch) => setNumbers(batch, (batch as LogBatch).severity, SEVERITY_NUMBER_MAX, steps);
    case "severity_text":
      return (batch) => setTexts(batch, (batch as LogBatch).severityText, valueOf);
    case "event_name":
      return (batch) => setTexts(batch, (batch as LogBatch).eventName, valueOf);
    default:
      return (batch) => setTexts(batch, (batch as SpanBatch).name, valueOf);
  }
}

/** What the last statement sets that holds for the row and has a value. */
function lastValue(steps: readonly StatementStep[], row: number): StoredValue | undefined {
  let last: StoredValue | undefined;
  for (const step of steps) if (step.holds(row)) last = step.value(row) ?? last;
  return last;
}

type ValueOf = (row: number) => StoredValue | undefined;

function setBodies(batch: LogBatch, valueOf: ValueOf): number {
  return rewriteStrings(batch.body, batch.selection, (_bytes, _from, _to, row) => {
    const value = valueOf(row);
    if (value !== undefined) batch.bodyType.bytes[row] = value.type;
    return value?.text;
  });
}

/** A number that the field cannot have changes nothing: what an earlier statement set stays. */
function setNumbers(
  batch: RowBatch,
  column: ByteWriter,
  max: number,
  steps: readonly StatementStep[],
): number {
  let count = 0;
  for (const step of steps) {
    const valueOf: ValueOf = (row) => (step.holds(row) ? step.value(row) : undefined);
    count += forEachValue(batch, valueOf, (row, { text }) => {
      const number = text === "" ? Number.NaN : Number(text);
      const isFit = Number.isInteger(number) && number >= 0 && number <= max;
      if (isFit) column.bytes[row] = number;
      return isFit;
    });
  }
  return count;
}

function setTexts(batch: RowBatch, column: DictionaryColumn, valueOf: ValueOf): number {
  const numbers = new Map<string, number>();
  return forEachValue(batch, valueOf, (row, { text }) => {
    let number = numbers.get(text);
    if (number === undefined) {
      number = column.dictionary.numberOfText(cutString(text, ROW_LIMITS.nameBytesMax));
      numbers.set(text, number);
    }
    column.numbers.values[row] = number;
    return true;
  });
}

function forEachValue(
  batch: RowBatch,
  valueOf: ValueOf,
  set: (row: number, value: StoredValue) => boolean,
): number {
  let count = 0;
  for (let row = 0; row < batch.rows; row++) {
    if (!batch.selection.has(row)) continue;
    const value = valueOf(row);
    if (value !== undefined && set(row, value)) count++;
  }
  return count;
}
