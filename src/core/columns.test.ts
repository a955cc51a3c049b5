import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AttributesColumn, DictionaryColumn, IntColumn, StringColumn } from "./columns.ts";

function texts(column: StringColumn | DictionaryColumn): string[] {
  return Array.from({ length: column.rows }, (_, row) => column.text(row));
}

describe("IntColumn", () => {
  it("keeps its numbers while it grows, and gives much memory back at a reset", () => {
    const column = new IntColumn();
    for (let i = 0; i < 300_000; i++) column.push(i - 100);
    expect(column.values.slice(0, column.length)).toEqual(
      Int32Array.from({ length: 300_000 }, (_, i) => i - 100),
    );
    column.reset();
    expect([column.length, column.values.length]).toEqual([0, 64]);
  });
});

describe("StringColumn", () => {
  it("reads back every text, whatever its length and bytes, mended where it is not UTF-8", () => {
    const column = new StringColumn();
    const text = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.string({ unit: "grapheme", maxLength: 100 }).map((t) => new TextEncoder().encode(t)),
    );
    fc.assert(
      fc.property(fc.array(text, { maxLength: 20 }), (rows) => {
        column.reset();
        for (const bytes of rows) {
          const padded = Buffer.concat([Buffer.from("é"), bytes, Buffer.from("é")]);
          column.push(padded, 2, 2 + bytes.length);
        }
        const mended = rows.map((bytes) => Buffer.from(bytes).toString("utf8"));
        expect(texts(column)).toEqual(mended);
        // The bytes themselves are mended, not only what is read of them.
        const written = mended.map((text, row) =>
          Buffer.compare(
            Buffer.from(text),
            column.data.bytes.subarray(
              column.ends.values[row]! - Buffer.byteLength(text),
              column.ends.values[row],
            ),
          ),
        );
        expect(written).toEqual(rows.map(() => 0));
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  it.each([63, 64, 127, 128, 16_383, 16_384])("reads back a text of %d bytes", (length) => {
    const column = new StringColumn();
    column.push(Buffer.alloc(length, "a"), 0, length);
    column.pushText("é".repeat(length));
    column.pushEmpty();
    expect(texts(column)).toEqual(["a".repeat(length), "é".repeat(length), ""]);
  });

  it("is laid out as Native wants it: each text with its length before it", () => {
    const column = new StringColumn();
    column.pushText("ab");
    column.pushEmpty();
    column.pushBytes(Buffer.from([0xff]), 0, 1);
    expect([...column.data.view()]).toEqual([2, 0x61, 0x62, 0, 1, 0xff]);
    expect([column.start(0), column.start(1), column.start(2)]).toEqual([0, 3, 4]);
  });

  it("writes a number of any count of digits in decimal", () => {
    const column = new StringColumn();
    const numbers = [0, 9, 10, 99, 2 ** 31 - 1];
    for (let power = 10; power < 2 ** 31; power *= 10) numbers.push(power - 1, power, power + 1);
    for (const number of numbers) column.pushUint(number);
    expect(texts(column)).toEqual(numbers.map(String));
  });
});

describe("DictionaryColumn", () => {
  it("gives equal texts one number, mended ones included", () => {
    const column = new DictionaryColumn();
    for (const bytes of [[0x61], [0xff], [0xef, 0xbf, 0xbd], [0x61], []])
      column.push(Buffer.from(bytes), 0, bytes.length);
    column.pushText("a");
    expect(texts(column)).toEqual(["a", "\ufffd", "\ufffd", "a", "", "a"]);
    expect([...column.dictionary.keys.view()]).toEqual([1, 0x61, 3, 0xef, 0xbf, 0xbd, 0]);
    expect(Array.from(column.numbers.values.subarray(0, column.rows))).toEqual([0, 1, 1, 0, 2, 0]);
    column.reset();
    expect([column.rows, column.dictionary.size]).toEqual([0, 0]);
  });
});

describe("AttributesColumn", () => {
  it("tells where each row's attributes begin, empty rows included", () => {
    const column = new AttributesColumn();
    for (const count of [2, 0, 1]) {
      for (let i = 0; i < count; i++) {
        column.keys.pushText(`k${i}`);
        column.values.pushText("v");
        column.types.u8(0x73);
      }
      column.endRow();
    }
    expect([0, 1, 2, 3].map((row) => column.start(row))).toEqual([0, 2, 2, 3]);
    column.reset();
    expect([column.rows, column.keys.rows, column.values.rows, column.types.length]).toEqual([
      0, 0, 0, 0,
    ]);
  });
});
