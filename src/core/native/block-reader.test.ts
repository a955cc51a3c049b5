import { describe, expect, it } from "vitest";
import { ByteWriter } from "../bytes.ts";
import { AttributesColumn, DictionaryColumn, IntColumn, StringColumn } from "../columns.ts";
import { ListColumn } from "../metric-batch.ts";
import { BlockReader } from "./block-reader.ts";
import { ColumnWriter, nestedParts } from "./column-writer.ts";

/** A batch of three rows with a column of each kind. */
function sample() {
  const [fixed, absent, optional, ids] = [1, 2, 3, 4].map(() => new ByteWriter());
  const [text, name, attributes] = [
    new StringColumn(),
    new DictionaryColumn(),
    new AttributesColumn(),
  ];
  const [list, ends, nested] = [new ListColumn(), new IntColumn(), new AttributesColumn()];
  for (const row of [0, 1, 2]) {
    fixed!.u64(row, 1);
    absent!.u8(row === 1 ? 1 : 0);
    optional!.f64(row / 2);
    ids!.u64(row, 0xab);
    text.pushText(["", "ä", "x".repeat(200)][row]!);
    name.pushText(["a", "b", "a"][row]!);
    for (const column of [attributes, nested]) {
      for (let i = 0; i < row; i++) {
        column.keys.pushText(`key-${i}`);
        column.values.pushText(`value-${row}`);
        column.types.u8(0x73);
      }
      column.endRow();
    }
    for (let i = 0; i < row; i++) list.data.f64(i + 0.5);
    list.endRow();
    ends.push([1, 1, 3][row]!);
  }
  return {
    fixed: fixed!,
    absent: absent!,
    optional: optional!,
    ids: ids!,
    text,
    name,
    attributes,
    list,
    ends,
    nested,
  };
}

/** A block of columns of every kind: of one batch's rows. */
function blockOf(batch = sample()): Buffer {
  const writer = new ColumnWriter(new ByteWriter());
  const parts = [{ batch, runs: [0, 3] }];
  const inner = nestedParts(parts, (b) => b.ends);
  writer.begin(10, 3);
  writer.fixed("fixed", "UInt64", parts, 8, (b) => b.fixed);
  writer.nullable(
    "optional",
    parts,
    (b) => b.optional,
    (b) => b.absent,
  );
  writer.fixed("id", "FixedString(8)", parts, 8, (b) => b.ids);
  writer.strings("text", parts, (b) => b.text);
  writer.dictionary("name", parts, (b) => b.name);
  writer.attributes("attrs", "attr_types", parts, (b) => b.attributes);
  writer.lists("list", "Float64", parts, (b) => b.list);
  const offsets = (): void => writer.arrayOffsets(parts, (b) => b.ends);
  writer.array("nested.attrs", "Map(LowCardinality(String), String)", offsets, () =>
    writer.attributeElements(inner, (b) => b.nested),
  );
  writer.array("nested.attr_types", "String", offsets, () =>
    writer.attributeTypes(inner, (b) => b.nested),
  );
  return writer.out.copy();
}

/** All that a block holds, as plain data. */
function contents(block: Uint8Array): unknown {
  const reader = new BlockReader("t", block, 3, 10);
  const fixed = reader.fixed("fixed", "UInt64");
  const optional = reader.nullable("optional");
  const ids = reader.ids("id", 8);
  const text = reader.strings("text");
  const name = reader.dictionary("name");
  const attributes = reader.attributes("attrs", "attr_types");
  const list = reader.lists("list", "Float64");
  const nested = reader.attributesArray("nested.attrs", "nested.attr_types");
  reader.end();
  return [0, 1, 2].map((row) => [
    fixed[row],
    optional.at(row),
    ids.hex(row),
    text.text(row),
    name.text(row),
    attributes.of(row).map(({ key, value }) => `${key}=${value}`),
    list.of(row),
    nested.elements.of(row).length,
    nested.ends[row],
  ]);
}

const BLOCK = blockOf();

/** The block with other bytes where `column` begins its data, `offset` bytes on. */
function changed(column: string, type: string, offset: number, bytes: readonly number[]): Buffer {
  const header = Buffer.concat(
    [column, type].map((t) => Buffer.from([t.length, ...Buffer.from(t)])),
  );
  const block = Buffer.from(BLOCK);
  const at = block.indexOf(header);
  expect(at).toBeGreaterThan(0);
  block.set(bytes, at + header.length + offset);
  return block;
}

const MAP = "Map(LowCardinality(String), String)";
const LOW = "LowCardinality(String)";
const DAMAGED: readonly (readonly [string, Buffer, RegExp])[] = [
  [
    "other columns",
    Buffer.concat([Buffer.from([9]), BLOCK.subarray(1)]),
    /9 columns instead of 10/,
  ],
  ["other rows", Buffer.from([10, 4]), /4 rows instead of 3/],
  ["a length without an end", Buffer.alloc(20, 0xff), /a length is too large/],
  [
    "another name",
    changed("fixed", "UInt64", -8, [0x78]),
    /column fixed, byte 3: "fixex" instead of fixed/,
  ],
  [
    "another type",
    changed("fixed", "UInt64", -1, [0x31]),
    /column fixed, .*"UInt61" instead of UInt64/,
  ],
  ["a text beyond the end", changed("text", "String", 0, [0xff, 0x7f]), /column text, .* are left/],
  ["other keys", changed("name", LOW, 0, [2]), /column name, .*keys of version 2/],
  ["other flags", changed("name", LOW, 8, [3]), /column name, .*flags 1539 of keys/],
  ["too many keys", changed("name", LOW, 16, [4]), /column name, .*4 keys of 3 values/],
  ["a number of 64 bits", changed("name", LOW, 22, [1]), /column name, .*a number is too large/],
  ["other values", changed("name", LOW, 28, [2]), /column name, .*2 numbers of keys instead of 3/],
  ["a key that is not there", changed("name", LOW, 37, [2]), /column name, .*key 2 of 2 keys/],
  ["a falling end", changed("attrs", MAP, 16, [4]), /column attrs, .*an end of 3 after one of 4/],
  [
    "types too many",
    changed("attr_types", "String", 0, [1]),
    /column attr_types, .*1 types of 0 attributes in row 0/,
  ],
  [
    "arrays that differ",
    changed("nested.attr_types", "Array(String)", 0, [0]),
    /row 0 has arrays of different lengths/,
  ],
  ["bytes at the end", Buffer.concat([BLOCK, Buffer.from("xyz")]), /3 bytes too many/],
];

describe("BlockReader", () => {
  it("reads what ColumnWriter wrote, wherever the bytes begin", () => {
    const expected = [
      [2n ** 32n, 0, "00000000ab000000", "", "a", [], [], 0, 1],
      [2n ** 32n + 1n, null, "01000000ab000000", "ä", "b", ["key-0=value-1"], [0.5], 1, 1],
      [
        2n ** 32n + 2n,
        1,
        "02000000ab000000",
        "x".repeat(200),
        "a",
        ["key-0=value-2", "key-1=value-2"],
        [0.5, 1.5],
        2,
        3,
      ],
    ];
    for (const offset of [0, 1, 3]) {
      const at = Buffer.concat([Buffer.alloc(offset), BLOCK]).subarray(offset);
      expect(contents(at)).toEqual(expected);
    }
  });

  it.each(DAMAGED)("says what is wrong, and where: %s", (_, block, message) => {
    expect(() => contents(block)).toThrow(RangeError);
    expect(() => contents(block)).toThrow(message);
  });

  it("refuses a block that is cut off anywhere", () => {
    for (let length = 0; length < BLOCK.length; length++)
      expect(() => contents(BLOCK.subarray(0, length))).toThrow(RangeError);
  });

  it("takes no memory for rows that the block has no bytes for", () => {
    const writer = new ByteWriter();
    const rows = 2 ** 32 - 1;
    writer.varint(1);
    writer.varint(rows);
    writer.text("text");
    writer.text("String");
    const open = (): BlockReader => new BlockReader("t", writer.copy(), rows, 1);
    expect(() => open().strings("text")).toThrow(/4294967295 bytes are needed, but 0 are left/);
  });
});
