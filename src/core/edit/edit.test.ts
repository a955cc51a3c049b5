import { describe, expect, it } from "vitest";
import { GroupEncoder } from "#pipeline/group-encoder.ts";
import { logs, manySpans, points, spans } from "#pipeline/testing/batches.ts";
import { ATTRIBUTE_TYPES, attributesOfRow, Resource, Scope, type Series } from "../attributes.ts";
import type { Batch } from "../batch.ts";
import { systemClock } from "../clock.ts";
import { DictionaryColumn, StringColumn } from "../columns.ts";
import { ROW_LIMITS } from "../limits.ts";
import { rowsOfRecord } from "../native/record-rows.ts";
import { AttributeKey } from "../row-access.ts";
import { exemplarRow, logRow, numberPointRow, spanRow } from "../row-views.ts";
import {
  deleteAttributes,
  editAttributes,
  renameAttribute,
  setAttribute,
} from "./edit-attributes.ts";
import {
  mapResources,
  mapScopes,
  mapSeries,
  withAttribute,
  withoutAttribute,
  withRenamed,
} from "./map-origins.ts";
import { rewriteAttributeValues, rewriteDictionary, rewriteStrings } from "./rewrite-text.ts";

const { string, int, kvlist } = ATTRIBUTE_TYPES;

function columnOf(...texts: string[]): StringColumn {
  const column = new StringColumn();
  for (const text of texts) column.pushText(text);
  return column;
}
const textsOf = (column: StringColumn | DictionaryColumn): string[] =>
  Array.from({ length: column.rows }, (_, row) => column.text(row));
/** The rows that the journal would have of a batch. */
const rowsOf = (batch: Batch) => {
  const encoder = new GroupEncoder("default", systemClock);
  encoder.selfContained = true;
  return Array.from(rowsOfRecord(batch.signal, encoder.encode([batch]).payload), (r) => r.row);
};
const toNothing = (): undefined => undefined;

describe("rewriteStrings", () => {
  it("leaves the very same memory where nothing changes", () => {
    const column = columnOf("a", "b");
    const { bytes } = column.data;
    expect(rewriteStrings(column, undefined, toNothing)).toBe(0);
    expect(column.data.bytes).toBe(bytes);
    expect(textsOf(column)).toEqual(["a", "b"]);
  });

  it("gives the place and number of each text", () => {
    const column = columnOf("", "ab", "c".repeat(300));
    const seen: [string, number][] = [];
    rewriteStrings(column, undefined, (bytes, from, to, index) => {
      seen.push([bytes.toString("utf8", from, to), index]);
      return undefined;
    });
    expect(seen).toEqual([
      ["", 0],
      ["ab", 1],
      ["c".repeat(300), 2],
    ]);
  });

  it("changes nothing when the rewriting throws", () => {
    const column = columnOf("a", "b", "c");
    const rewrite = (_: Buffer, __: number, ___: number, index: number): string => {
      if (index === 2) throw new Error("no");
      return "changed";
    };
    expect(() => rewriteStrings(column, undefined, rewrite)).toThrow("no");
    expect(textsOf(column)).toEqual(["a", "b", "c"]);
    expect(rewriteStrings(column, undefined, () => "x")).toBe(3);
    expect(textsOf(column)).toEqual(["x", "x", "x"]);
  });

  it("may be used within itself", () => {
    const [outer, inner] = [columnOf("a", "b"), columnOf("1", "2", "3")];
    rewriteStrings(outer, undefined, () => {
      rewriteStrings(inner, undefined, (bytes, from, to) => `${bytes.toString("utf8", from, to)}+`);
      return "x";
    });
    expect(textsOf(outer)).toEqual(["x", "x"]);
    expect(textsOf(inner)).toEqual(["1++", "2++", "3++"]);
  });

  it("cuts what is too long between two characters, and mends what is not UTF-8", () => {
    const column = columnOf("a", "b", "c");
    const texts = ["é".repeat(10), Buffer.from("é".repeat(10)), Buffer.from([0x61, 0xff])];
    rewriteStrings(column, undefined, (_, __, ___, index) => texts[index], 5);
    expect(textsOf(column)).toEqual(["éé", "éé", "a\ufffd"]);
  });

  it("keeps no large memory for the next edit", () => {
    const large = columnOf("x".repeat(9_000_000));
    rewriteStrings(large, undefined, () => "y");
    const small = columnOf("a");
    for (let i = 0; i < 8; i++) rewriteStrings(small, undefined, () => "b");
    expect(small.data.bytes.length).toBeLessThan(100_000);
  });

  it("passes dropped rows by", () => {
    const batch = logs("shop", { body: "a" }, { body: "b" });
    batch.selection.drop(0);
    expect(rewriteStrings(batch.body, batch.selection, () => "x")).toBe(1);
    expect(textsOf(batch.body)).toEqual(["a", "x"]);
  });
});

describe("rewriteDictionary", () => {
  it("rewrites each distinct text once, and counts rows", () => {
    const column = new DictionaryColumn();
    for (const text of ["a", "b", "a", "c", "a"]) column.pushText(text);
    const seen: string[] = [];
    const changed = rewriteDictionary(column, undefined, (text) => {
      seen.push(text);
      return text === "a" ? "c" : undefined;
    });
    expect([changed, seen]).toEqual([3, ["a", "b", "c"]]);
    expect(textsOf(column)).toEqual(["c", "b", "c", "c", "c"]);
    expect(column.dictionary.size).toBe(2);
    column.pushText("a");
    column.pushText("b");
    expect(textsOf(column).slice(5)).toEqual(["a", "b"]);
  });

  it("leaves the texts of dropped rows, where others with the same are rewritten", () => {
    const batch = spans("shop", ...["a", "b", "a"].map((name) => ({ spanId: "1", name })));
    batch.selection.drop(1);
    batch.selection.drop(2);
    const seen: string[] = [];
    const changed = rewriteDictionary(batch.name, batch.selection, (text) => {
      seen.push(text);
      return "c";
    });
    expect([changed, seen]).toEqual([1, ["a"]]);
    expect(textsOf(batch.name)).toEqual(["c", "b", "a"]);
  });
});

describe("rewriteAttributeValues", () => {
  it("makes strings of numbers, and leaves the type of JSON", () => {
    const batch = logs("shop", { body: "x" });
    editAttributes(batch, undefined, (row) => {
      row.set(new AttributeKey("card"), "4111111111111111", int);
      row.set(new AttributeKey("user"), '{"mail":"a@b.c"}', kvlist);
      row.set(new AttributeKey("port"), "80", int);
    });
    const rewrite = (bytes: Buffer, from: number, to: number, index: number) => {
      const key = batch.attributes.keys.text(index);
      const text = bytes.toString("utf8", from, to);
      return key === "port" ? undefined : text.replaceAll(/[0-9]{12}|a@/g, "*");
    };
    expect(rewriteAttributeValues(batch.attributes, batch.selection, rewrite)).toBe(2);
    expect(attributesOfRow(batch.attributes, 0)).toEqual([
      { key: "card", value: "*1111", type: string },
      { key: "user", value: '{"mail":"*b.c"}', type: kvlist },
      { key: "port", value: "80", type: int },
    ]);
  });
});

describe("editAttributes", () => {
  const key = new AttributeKey("k");
  const attributes = (batch: Batch & { signal: "traces" | "logs" }, row: number) =>
    attributesOfRow(batch.attributes, row).map((a) => [a.key, a.value]);

  it("sets, renames and deletes, and leaves rows alone that have nothing of it", () => {
    const batch = manySpans(3, (row) => (row === 1 ? { a: "1", b: "2", c: "3" } : { z: "0" }));
    const keyOf = (text: string): AttributeKey => new AttributeKey(text);
    expect(renameAttribute(batch, undefined, keyOf("a"), keyOf("c"))).toBe(1);
    expect(deleteAttributes(batch, undefined, [keyOf("b"), keyOf("none")])).toBe(1);
    expect(attributes(batch, 1)).toEqual([["c", "1"]]);
    expect(setAttribute(batch, undefined, keyOf("z"), "9", string)).toBe(3);
    expect([0, 1, 2].map((row) => attributes(batch, row))).toEqual([
      [["z", "9"]],
      [
        ["c", "1"],
        ["z", "9"],
      ],
      [["z", "9"]],
    ]);
    expect(deleteAttributes(batch, undefined, [keyOf("not there")])).toBe(0);
  });

  it("lets a row be read before and after it was changed", () => {
    const batch = logs("shop", { body: "x", attributes: { a: "1", b: "2" } });
    editAttributes(batch, undefined, (row) => {
      const read = () =>
        Array.from({ length: row.count }, (_, i) => [row.keyText(i), row.text(i), row.type(i)]);
      expect(read()).toEqual([
        ["a", "1", string],
        ["b", "2", string],
      ]);
      expect([row.isChanged, row.indexOf(new AttributeKey("b")), row.indexOf(key)]).toEqual([
        false,
        1,
        -1,
      ]);
      row.set(key, Buffer.from("new"), int);
      row.deleteAt(0);
      row.setAt(0, "two", kvlist);
      expect(row.isChanged).toBe(true);
      expect(read()).toEqual([
        ["b", "two", kvlist],
        ["k", "new", int],
      ]);
    });
    expect(attributesOfRow(batch.attributes, 0)).toEqual([
      { key: "b", value: "two", type: kvlist },
      { key: "k", value: "new", type: int },
    ]);
  });

  it("refuses what a row cannot take, and counts it", () => {
    const full = Object.fromEntries(
      Array.from({ length: ROW_LIMITS.attributesMax }, (_, i) => [`key${i}`, "v"]),
    );
    const batch = logs("shop", { body: "x", attributes: full }, { body: "y" });
    expect(setAttribute(batch, undefined, key, "new", string)).toBe(1);
    setAttribute(batch, undefined, new AttributeKey(""), "new", string);
    const tooLong = new AttributeKey("k".repeat(ROW_LIMITS.attributeKeyBytesMax + 1));
    renameAttribute(batch, undefined, new AttributeKey("key0"), tooLong);
    expect([0, 1].map((row) => logRow(batch, row).droppedAttributes)).toEqual([3, 1]);
    expect(attributes(batch, 0)).toHaveLength(ROW_LIMITS.attributesMax - 1);
    expect(attributes(batch, 1)).toEqual([["k", "new"]]);
    expect(setAttribute(batch, undefined, key, "fits now", string)).toBe(2);
  });

  it("cuts a value that is too long", () => {
    const batch = logs("shop", { body: "x" });
    setAttribute(batch, undefined, key, "é".repeat(ROW_LIMITS.attributeValueBytesMax), string);
    expect(logRow(batch, 0).attributes[0]!.value).toBe(
      "é".repeat(ROW_LIMITS.attributeValueBytesMax / 2),
    );
  });

  it("changes nothing when the edit throws", () => {
    const batch = logs("shop", { body: "x" }, { body: "y" });
    const edit = (): void => {
      editAttributes(batch, undefined, (row, index) => {
        row.set(key, "v", string);
        if (index === 1) throw new Error("no");
      });
    };
    expect(edit).toThrow("no");
    expect([0, 1].map((row) => attributes(batch, row))).toEqual([[], []]);
  });

  it("edits the attributes of exemplars", () => {
    const batch = points("shop", { metric: "a", exemplar: "1" }, { metric: "b" });
    setAttribute(batch.exemplars, undefined, key, "v", string);
    renameAttribute(
      batch.exemplars,
      undefined,
      new AttributeKey("exemplar"),
      new AttributeKey("e"),
    );
    const edited = [
      { key: "e", value: "1", type: string },
      { key: "k", value: "v", type: string },
    ];
    expect(exemplarRow(batch, 0).attributes).toEqual(edited);
    expect(rowsOf(batch)).toMatchObject([
      { row: { exemplars: [{ attributes: edited }] } },
      { row: { exemplars: [] } },
    ]);
  });
});

describe("mapped origins", () => {
  const other = new Resource([{ key: "service.name", value: "other", type: string }]);
  const scope = new Scope("mapped", "1");
  it("are those of the rows, also once they are encoded", () => {
    const batch = spans("shop", { spanId: "1" }, { spanId: "2" });
    mapResources(batch, () => other);
    mapScopes(batch, () => scope);
    expect(spanRow(batch, 1)).toMatchObject({ resource: other, scope });
    expect(rowsOf(batch)).toMatchObject([
      { row: { resource: { service: "other", id: other.id }, scope: { name: "mapped" } } },
      { row: { resource: { service: "other", id: other.id }, scope: { name: "mapped" } } },
    ]);
  });

  it("make one series of a series, whichever the batch", () => {
    const batch = points("shop", { metric: "a", attributes: { l: "1" } }, { metric: "b" });
    const before = [...batch.series];
    const mapBoth = (): Series[] => {
      mapResources(batch, () => other);
      mapScopes(batch, () => scope);
      return [...batch.series];
    };
    const after = mapBoth();
    expect(numberPointRow(batch, 0).series).toMatchObject({ resource: other, scope });
    expect(after.map(({ metric, attributes }) => [metric, attributes])).toEqual(
      before.map(({ metric, attributes }) => [metric, attributes]),
    );
    expect(mapBoth().every((series, i) => series === after[i])).toBe(true);
    mapSeries(batch, (series) => before[after.indexOf(series)]!);
    expect(batch.series).toEqual(before);
    expect(mapBoth().every((series, i) => series === after[i])).toBe(true);
    expect(batch.seriesNumber(after[1]!)).toBe(1);
    expect(rowsOf(batch)).toHaveLength(2);
  });

  it("are not those of runs and series of which no row is left", () => {
    const batch = spans("shop", { spanId: "1" }, { spanId: "2" });
    batch.selection.drop(1);
    batch.groups.split((row) => batch.selection.has(row));
    mapResources(batch, () => other);
    expect([0, 1].map((row) => spanRow(batch, row).resource.service)).toEqual(["other", "shop"]);
    const metrics = points("shop", { metric: "a" }, { metric: "b" });
    metrics.numbers.selection.drop(0);
    mapResources(metrics, () => other);
    expect(metrics.series.map(({ resource }) => resource.service)).toEqual(["shop", "other"]);
  });

  it("are as they were when the mapping throws", () => {
    const batch = spans("shop", { spanId: "1" });
    const fail = (): never => {
      throw new Error("no");
    };
    expect(() => mapResources(batch, fail)).toThrow("no");
    expect(spanRow(batch, 0).resource.service).toBe("shop");
  });
});

describe("a list of attributes", () => {
  const of = (...pairs: [string, string][]) =>
    pairs.map(([key, value]) => ({ key, value, type: string }));
  const list = of(["a", "1"], ["b", "2"]);

  it("has one set in its place or at its end", () => {
    expect(withAttribute(list, { key: "a", value: "9", type: int })[0]).toEqual({
      key: "a",
      value: "9",
      type: int,
    });
    expect(withAttribute(list, of(["c", "3"])[0]!)).toEqual(of(["a", "1"], ["b", "2"], ["c", "3"]));
  });

  it("is the same list where nothing changes", () => {
    expect(withAttribute(list, list[0]!)).toBe(list);
    expect(withAttribute(list, of(["", "3"])[0]!)).toBe(list);
    expect(withoutAttribute(list, "c")).toBe(list);
    expect(withRenamed(list, "c", "d")).toBe(list);
    expect(withRenamed(list, "a", "")).toBe(list);
    expect(withRenamed(list, "a", "a")).toBe(list);
    const full = Array.from({ length: ROW_LIMITS.attributesMax }, (_, i) => of([`${i}`, ""])[0]!);
    expect(withAttribute(full, of(["c", "3"])[0]!)).toBe(full);
  });

  it("has one renamed in its place, instead of the one that had the key", () => {
    expect(withRenamed(list, "a", "b")).toEqual(of(["b", "1"]));
    expect(withRenamed(list, "b", "c")).toEqual(of(["a", "1"], ["c", "2"]));
    expect(withoutAttribute(list, "a")).toEqual(of(["b", "2"]));
  });
});
