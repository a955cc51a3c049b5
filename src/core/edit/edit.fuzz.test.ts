import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GroupEncoder } from "#pipeline/group-encoder.ts";
import { DECODERS } from "#receivers/otlp/testing/decoder-under-test.ts";
import { REQUESTS } from "#receivers/otlp/testing/request-samples.ts";
import { ATTRIBUTE_TYPES, type Attribute } from "../attributes.ts";
import type { Batch } from "../batch.ts";
import { systemClock } from "../clock.ts";
import type { DictionaryColumn, StringColumn } from "../columns.ts";
import { ROW_LIMITS } from "../limits.ts";
import type { LogBatch } from "../log-batch.ts";
import { rowsOfRecord } from "../native/record-rows.ts";
import { encodeOtlp } from "../otlp/encode.ts";
import { AttributeKey } from "../row-access.ts";
import { logRow, spanRow } from "../row-views.ts";
import type { SpanBatch } from "../span-batch.ts";
import { type EditableRows, editAttributes } from "./edit-attributes.ts";
import {
  keptElements,
  rewriteAttributeValues,
  rewriteDictionary,
  rewriteStrings,
  type Rows,
} from "./rewrite-text.ts";

type RowBatch = SpanBatch | LogBatch;

/** A row's attributes, and how many it lost. */
interface AttributeList {
  list: Attribute[];
  dropped: number;
}

/** Ways in which a text becomes another; undefined leaves it. */
const RULES: readonly ((text: string) => string | undefined)[] = [
  () => undefined,
  () => "",
  (text) => (text.length % 2 === 0 ? `${text}!` : undefined),
  (text) => (text.length > 3 ? "é€😀".repeat(30) : undefined),
  (text) => text.slice(1),
];
/** Half a surrogate pair, which the last rule may leave, is mended in the column. */
const rule = fc.constantFrom(...RULES).map(
  (rewrite): ((text: string) => string | undefined) =>
    (text) =>
      rewrite(text)?.toWellFormed(),
);

type AttributeOperation =
  | { readonly kind: "set"; readonly key: string; readonly value: string; readonly type: number }
  | { readonly kind: "delete"; readonly key: string }
  | { readonly kind: "rename"; readonly key: string; readonly to: string };

const keyText = fc.oneof(
  fc.constantFrom("new", "other", "service.name", "__proto__", "constructor", "toString"),
  fc.constantFrom("", "k".repeat(ROW_LIMITS.attributeKeyBytesMax + 1)),
  fc.string({ unit: "grapheme", maxLength: 2 }),
);
const operation: fc.Arbitrary<AttributeOperation> = fc.oneof(
  fc.record({
    kind: fc.constant("set" as const),
    key: keyText,
    value: fc.string({ unit: "grapheme", maxLength: 100 }),
    type: fc.constantFrom(...Object.values(ATTRIBUTE_TYPES)),
  }),
  fc.record({ kind: fc.constant("delete" as const), key: keyText }),
  fc.record({ kind: fc.constant("rename" as const), key: keyText, to: keyText }),
);

const isUsable = (key: string): boolean =>
  key !== "" && Buffer.byteLength(key) <= ROW_LIMITS.attributeKeyBytesMax;

/** What an operation makes of a list. */
function operate(row: AttributeList, op: AttributeOperation): void {
  const at = row.list.findIndex(({ key }) => key === op.key);
  if (op.kind === "delete") {
    if (at >= 0) row.list.splice(at, 1);
  } else if (op.kind === "set") {
    const { key, value, type } = op;
    if (at >= 0) row.list[at] = { key, value, type };
    else if (isUsable(key)) row.list.push({ key, value, type });
    else row.dropped++;
  } else if (at >= 0 && !isUsable(op.to)) {
    row.list.splice(at, 1);
    row.dropped++;
  } else if (at >= 0) {
    row.list[at] = { ...row.list[at]!, key: op.to };
    row.list = row.list.filter(({ key }, i) => i === at || key !== op.to);
  }
}

function apply(target: EditableRows, rows: Rows, operations: readonly AttributeOperation[]): void {
  const keys = new Map<string, AttributeKey>();
  const keyOf = (text: string): AttributeKey => {
    const known = keys.get(text) ?? new AttributeKey(text);
    keys.set(text, known);
    return known;
  };
  editAttributes(target, rows, (row) => {
    for (const op of operations) {
      if (op.kind === "set") row.set(keyOf(op.key), op.value, op.type);
      else if (op.kind === "delete") row.delete(keyOf(op.key));
      else row.rename(keyOf(op.key), keyOf(op.to));
    }
  });
}

const textAt = (rewritten: (text: string) => string | undefined, asBytes: boolean) => {
  return (bytes: Buffer, from: number, to: number): string | Buffer | undefined => {
    const text = rewritten(bytes.toString("utf8", from, to));
    return text !== undefined && asBytes ? Buffer.from(text) : text;
  };
};

/** A column of a batch with the list that its rows are in, and which of them belong to kept rows. */
interface Nest {
  readonly target: EditableRows;
  readonly rows: Rows;
}

const nestsOf = (batch: RowBatch): Nest[] =>
  batch.signal === "logs"
    ? [{ target: batch, rows: batch.selection }]
    : [
        { target: batch, rows: batch.selection },
        { target: batch.events, rows: keptElements(batch.eventEnds, batch.selection) },
        { target: batch.links, rows: keptElements(batch.linkEnds, batch.selection) },
      ];

function stringsOf(batch: RowBatch): [StringColumn, Rows][] {
  if (batch.signal === "logs") return [[batch.body, batch.selection]];
  return [
    [batch.statusMessage, batch.selection],
    [batch.traceState, undefined],
    [batch.links.traceState, keptElements(batch.linkEnds, batch.selection)],
  ];
}

function dictionariesOf(batch: RowBatch): [DictionaryColumn, Rows][] {
  const { selection } = batch;
  if (batch.signal === "logs")
    return [
      [batch.severityText, selection],
      [batch.eventName, undefined],
    ];
  return [
    [batch.name, selection],
    [batch.events.name, keptElements(batch.eventEnds, selection)],
  ];
}

const textsOf = (column: { rows: number; text(row: number): string }): string[] =>
  Array.from({ length: column.rows }, (_, row) => column.text(row));

function listsOf({ target: { attributes, droppedAttributes } }: Nest): AttributeList[] {
  return Array.from({ length: attributes.rows }, (_, row) => ({
    list: Array.from(
      { length: attributes.ends.values[row]! - attributes.start(row) },
      (_value, i) => {
        const at = attributes.start(row) + i;
        const [key, value] = [attributes.keys.text(at), attributes.values.text(at)];
        return { key, value, type: attributes.types.bytes[at]! };
      },
    ),
    dropped: droppedAttributes?.bytes.readUInt32LE(row * 4) ?? 0,
  }));
}

const isKept = (rows: Rows, row: number): boolean => rows === undefined || rows.has(row);

function viewsOf(batch: RowBatch): unknown[] {
  const view = (row: number): unknown =>
    batch.signal === "logs" ? logRow(batch, row) : spanRow(batch, row);
  return Array.from({ length: batch.rows }, (_, row) => row)
    .filter((row) => batch.selection.has(row))
    .map(view);
}

/** The rows that the journal would have of a batch. */
function encodedRows(batch: Batch): unknown[] {
  const encoder = new GroupEncoder("default", systemClock);
  encoder.selfContained = true;
  const { payload } = encoder.encode([batch]);
  return Array.from(rowsOfRecord(batch.signal, payload), ({ row }) => row.row);
}

const inOrder = (rows: readonly unknown[]): string[] =>
  rows
    .map((row) =>
      JSON.stringify(row, (_, value: unknown) => (typeof value === "bigint" ? `${value}n` : value)),
    )
    .toSorted();

// A case makes an encoder, which is large.
const numRuns = Math.ceil((fc.readConfigureGlobal().numRuns ?? 100) / 4);

const sample = (signal: "traces" | "logs") =>
  fc.record({ request: REQUESTS[signal], dropped: fc.array(fc.nat(12), { maxLength: 4 }) });
type Sample = ReturnType<typeof sample> extends fc.Arbitrary<infer T> ? T : never;

function batchOf({ request, dropped }: Sample): RowBatch {
  const decoder = DECODERS[request.signal]();
  decoder.decode(encodeOtlp(request.signal, request.json));
  const batch = decoder.batch as RowBatch;
  for (const row of dropped) if (row < batch.rows) batch.selection.drop(row);
  return batch;
}

describe.each(["traces", "logs"] as const)("an edited batch of %s", (signal) => {
  it("has the texts that each was rewritten to", () => {
    fc.assert(
      fc.property(sample(signal), rule, fc.boolean(), (given, rewritten, asBytes) => {
        const batch = batchOf(given);
        for (const [column, rows] of stringsOf(batch)) {
          const before = textsOf(column);
          const expected = before.map((text, row) =>
            isKept(rows, row) ? (rewritten(text) ?? text) : text,
          );
          const changes = before.filter(
            (text, row) => isKept(rows, row) && rewritten(text) !== undefined,
          );
          expect(rewriteStrings(column, rows, textAt(rewritten, asBytes))).toBe(changes.length);
          expect(textsOf(column)).toEqual(expected);
        }
        for (const [column, rows] of dictionariesOf(batch)) {
          const before = textsOf(column);
          const expected = before.map((text, row) =>
            isKept(rows, row) ? (rewritten(text) ?? text) : text,
          );
          const changes = before.filter(
            (text, row) => isKept(rows, row) && rewritten(text) !== undefined,
          );
          expect(rewriteDictionary(column, rows, rewritten)).toBe(changes.length);
          expect(textsOf(column)).toEqual(expected);
        }
        expect(inOrder(encodedRows(batch))).toEqual(inOrder(viewsOf(batch)));
      }),
      { numRuns },
    );
  });

  it("has the attribute values that each was rewritten to", () => {
    fc.assert(
      fc.property(sample(signal), rule, fc.boolean(), (given, rewritten, asBytes) => {
        const batch = batchOf(given);
        for (const nest of nestsOf(batch)) {
          const { target, rows } = nest;
          const expected = listsOf(nest).map(({ list, dropped }, row) => ({
            list: isKept(rows, row) ? list.map((one) => rewrittenValue(one, rewritten)) : list,
            dropped,
          }));
          rewriteAttributeValues(target.attributes, rows, textAt(rewritten, asBytes));
          expect(listsOf(nest)).toEqual(expected);
        }
        expect(inOrder(encodedRows(batch))).toEqual(inOrder(viewsOf(batch)));
      }),
      { numRuns },
    );
  });

  it("has the attributes that were set, deleted and renamed, each key once", () => {
    const operations = fc.array(fc.array(operation, { maxLength: 4 }), { maxLength: 3 });
    fc.assert(
      fc.property(sample(signal), operations, (given, passes) => {
        const batch = batchOf(given);
        for (const nest of nestsOf(batch)) {
          const expected = listsOf(nest);
          for (const pass of passes) {
            apply(nest.target, nest.rows, pass);
            expected.forEach((row, index) => {
              if (isKept(nest.rows, index)) for (const op of pass) operate(row, op);
            });
          }
          const counted = nest.target.droppedAttributes !== undefined;
          const saturated = expected.map(({ list, dropped }) => ({
            list,
            dropped: counted ? Math.min(dropped, 2 ** 32 - 1) : 0,
          }));
          expect(listsOf(nest)).toEqual(saturated);
        }
        expect(inOrder(encodedRows(batch))).toEqual(inOrder(viewsOf(batch)));
      }),
      { numRuns },
    );
  });
});

function rewrittenValue(
  attribute: Attribute,
  rewritten: (text: string) => string | undefined,
): Attribute {
  const value = rewritten(attribute.value);
  if (value === undefined) return attribute;
  const { array, kvlist, string } = ATTRIBUTE_TYPES;
  const isJson = attribute.type === array || attribute.type === kvlist;
  return { ...attribute, value, type: isJson ? attribute.type : string };
}
