import { expect, test } from "vitest";
import { ATTRIBUTE_TYPES } from "#core/attributes.ts";
import { LogBuilder } from "#core/build/log-builder.ts";
import type { AttributesColumn } from "#core/columns.ts";
import { UnchangedValues } from "./unchanged-values.ts";

function columnOf(...rows: Readonly<Record<string, string | number>>[]): AttributesColumn {
  const builder = new LogBuilder({ observedNs: 1n, window: { oldestMs: 0, newestMs: 1e15 } });
  builder.group({});
  for (const attributes of rows) builder.add({ attributes });
  return builder.finish(1).attributes;
}

/** The entries, by their numbers, that are known after all before them were added. */
function knownOf(column: AttributesColumn, unchanged = new UnchangedValues()): number[] {
  const known: number[] = [];
  unchanged.begin(column);
  for (let i = 0; i < column.values.rows; i++) {
    const isKnown = unchanged.has(i, column.values.textStart(i), column.values.ends.values[i]!);
    if (isKnown) known.push(i);
    else unchanged.add(i);
  }
  return known;
}

test("a value is known again under its key, with others between", () => {
  const column = columnOf({ a: "one" }, { a: "two" }, { a: "one" }, { b: "one" }, { a: "two" });
  expect(knownOf(column)).toEqual([2, 4]);
});

test("what differs in one byte, or in its type, is another", () => {
  const long = "x".repeat(100);
  const column = columnOf(
    { a: long },
    { a: `${long.slice(0, 10)}y${long.slice(11)}` },
    { a: long },
  );
  // The second has the place of the first where both have one place: then the third is not known, and no more.
  expect(knownOf(column)).not.toContain(1);
  const typed = columnOf({ a: "12345678" }, { a: 12_345_678 });
  expect(typed.types.bytes[1]).toBe(ATTRIBUTE_TYPES.int);
  expect(knownOf(typed)).toEqual([]);
});

test("nothing is known of another column, nor of long or empty values", () => {
  const unchanged = new UnchangedValues();
  knownOf(columnOf({ a: "one" }), unchanged);
  expect(knownOf(columnOf({ a: "one" }), unchanged)).toEqual([]);
  const column = columnOf({ a: "x".repeat(257) }, { a: "x".repeat(257) }, { a: "" }, { a: "" });
  expect(knownOf(column)).toEqual([]);
});
