import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { logs, manySpans } from "#pipeline/testing/batches.ts";
import { ATTRIBUTE_TYPES } from "./attributes.ts";
import { StringColumn } from "./columns.ts";
import {
  attributeIndex,
  AttributeKey,
  attributeText,
  attributeType,
  idAt,
  listedAttribute,
  millisecondsAt,
  resourceAttribute,
  scopeOfRow,
  serviceOfRow,
  textEquals,
} from "./row-access.ts";
import { spanRow } from "./row-views.ts";

describe("row access", () => {
  it("finds the attribute that a row has, and none that it has not", () => {
    const batch = logs(
      "shop",
      { body: "x", attributes: { a: "1", b: "2" } },
      { body: "y" },
      { body: "z", attributes: { b: "3" } },
    );
    const [a, b, c] = ["a", "b", "c"].map((text) => new AttributeKey(text));
    const texts = (key: AttributeKey) => [0, 1, 2].map((row) => attributeText(batch, row, key));
    expect(texts(a!)).toEqual(["1", undefined, undefined]);
    expect(texts(b!)).toEqual(["2", undefined, "3"]);
    expect(texts(c!)).toEqual([undefined, undefined, undefined]);
    expect([0, 1, 2].map((row) => attributeIndex(batch, row, b!))).toEqual([1, -1, 2]);
    expect(attributeType(batch, 2, b!)).toBe(ATTRIBUTE_TYPES.string);
    expect(attributeType(batch, 1, b!)).toBeUndefined();
  });

  it("finds a key in any batch, whatever its number there", () => {
    const key = new AttributeKey("k");
    const batch = logs("shop");
    for (const before of [0, 3, 1, 0, 5]) {
      batch.reset();
      for (let i = 0; i < before; i++) {
        batch.attributes.keys.pushText(`other${i}`);
        batch.attributes.values.pushText("");
      }
      batch.attributes.keys.pushText("k");
      batch.attributes.values.pushText("v");
      batch.attributes.endRow();
      expect(attributeIndex(batch, 0, key)).toBe(before);
      batch.reset();
      batch.attributes.endRow();
      expect(attributeIndex(batch, 0, key)).toBe(-1);
    }
  });

  it("reads where a row came from, its ids and times", () => {
    const batch = manySpans(2);
    expect(serviceOfRow(batch, 1)).toBe("shop");
    expect(resourceAttribute(batch, 1, "service.name")?.value).toBe("shop");
    expect(resourceAttribute(batch, 1, "none")).toBeUndefined();
    expect(scopeOfRow(batch, 0).name).toBe("library");
    expect(idAt(batch.spanId, 1, 8)).toBe("0000000000000002");
    expect(idAt(batch.parentSpanId, 1, 8)).toBe("");
    expect(idAt(batch.traceId, 0, 16)).toBe(spanRow(batch, 0).traceId);
    expect(millisecondsAt(batch.duration, 1)).toBe(1);
    expect(millisecondsAt(batch.time, 0)).toBe(Number(spanRow(batch, 0).time) / 1e6);
    expect(listedAttribute([], "a")).toBeUndefined();
  });

  it("compares texts by their bytes", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: "grapheme", maxLength: 200 }), { minLength: 1 }),
        fc.nat(),
        (texts, at) => {
          const column = new StringColumn();
          for (const text of texts) column.pushText(text);
          const sought = Buffer.from(texts[at % texts.length]!);
          expect(texts.map((_, row) => textEquals(column, row, sought))).toEqual(
            texts.map((text) => Buffer.from(text).equals(sought)),
          );
        },
      ),
    );
  });
});
