import { describe, expect, it } from "vitest";
import { ATTRIBUTE_TYPES } from "#core/attributes.ts";
import { SightglassError } from "#core/errors.ts";
import { REQUEST_LIMITS, ROW_LIMITS } from "#core/limits.ts";
import { rowsOf } from "./testing/batch-rows.ts";
import { DECODERS } from "./testing/decoder-under-test.ts";
import {
  attribute,
  double,
  field,
  request,
  span,
  varint,
  varintField,
} from "./testing/protobuf.ts";

type Bytes = Parameters<typeof field>[1];
const ATTRIBUTES = 9;

/** The only attribute of the only span, whose value is the message of these fields. */
function decodeValue(...value: readonly Bytes[]) {
  const decoder = DECODERS.traces();
  decoder.decode(request(span(attribute(ATTRIBUTES, "k", ...value))));
  return rowsOf(decoder.batch).spans[0]!.attributes[0];
}

const arrays = (depth: number, innermost: Buffer): Buffer => {
  let value = innermost;
  for (let i = 0; i < depth; i++) value = field(5, field(1, value));
  return value;
};
const kvlists = (depth: number, innermost: Buffer): Buffer => {
  let value = innermost;
  for (let i = 0; i < depth; i++) value = field(6, field(1, field(1, "k"), field(2, value)));
  return value;
};

describe("AnyValue", () => {
  it.each([
    [0n, "0"],
    [127n, "127"],
    [128n, "128"],
    [2n ** 28n - 1n, "268435455"],
    [2n ** 28n, "268435456"],
    [2n ** 31n, "2147483648"],
    [2n ** 32n, "4294967296"],
    [2n ** 53n + 1n, "9007199254740993"],
    [2n ** 63n - 1n, "9223372036854775807"],
    [-1n, "-1"],
    [-(2n ** 63n), "-9223372036854775808"],
  ])("keeps the integer %s exactly", (sent, value) => {
    expect(decodeValue(varintField(3, sent))).toMatchObject({ value, type: ATTRIBUTE_TYPES.int });
  });

  it("reads an integer in more bytes than it needs", () => {
    expect(decodeValue([0x18, 0x85, 0x80, 0x00])).toMatchObject({ value: "5" });
    expect(decodeValue([0x18, 0x85, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00])).toMatchObject({
      value: "5",
    });
  });

  it.each([
    [[1], "true"],
    [[0], "false"],
    [varint(2 ** 32), "true"],
    [varint(-1), "true"],
  ])("takes any bool but 0 as true (%j)", (sent, value) => {
    expect(decodeValue([0x10, ...sent])).toMatchObject({ value, type: ATTRIBUTE_TYPES.bool });
  });

  it.each([
    [0, "0"],
    [-0, "-0"],
    [0.1, "0.1"],
    [5e-324, "5e-324"],
    [Number.MAX_VALUE, "1.7976931348623157e+308"],
    [Number.NaN, "NaN"],
    [-Infinity, "-Infinity"],
  ])("keeps the double %s", (sent, value) => {
    expect(decodeValue(double(4, sent))).toMatchObject({ value, type: ATTRIBUTE_TYPES.double });
  });

  it("takes the last of several values, and none but unknown fields as empty", () => {
    const text = field(1, "text");
    expect(decodeValue(varintField(3, 7), text)).toMatchObject({ value: "text" });
    expect(decodeValue(text, varintField(3, 7))).toMatchObject({ value: "7" });
    expect(decodeValue(text, varintField(99, 1))).toMatchObject({ value: "text" });
    expect(decodeValue(varintField(99, 1), varintField(3, 7))).toMatchObject({ value: "7" });
    const empty = { value: "", type: ATTRIBUTE_TYPES.empty };
    expect(decodeValue(varintField(99, 1))).toMatchObject(empty);
    expect(decodeValue()).toMatchObject(empty);
  });

  it("tells an empty text, bytes, array and kvlist from no value", () => {
    expect(decodeValue(field(1))).toMatchObject({ value: "", type: ATTRIBUTE_TYPES.string });
    expect(decodeValue(field(7))).toMatchObject({ value: "", type: ATTRIBUTE_TYPES.bytes });
    expect(decodeValue(field(5))).toMatchObject({ value: "[]", type: ATTRIBUTE_TYPES.array });
    expect(decodeValue(field(6))).toMatchObject({ value: "{}", type: ATTRIBUTE_TYPES.kvlist });
  });

  it("mends text that is not UTF-8, in keys and within arrays too", () => {
    expect(decodeValue(field(1, [0x41, 0xff, 0x42]))).toMatchObject({ value: "A\ufffdB" });
    expect(decodeValue(field(5, field(1, field(1, [0xc3]))))).toMatchObject({
      value: '["\ufffd"]',
    });
    const decoder = DECODERS.traces();
    decoder.decode(request(span(attribute(ATTRIBUTES, [0x6b, 0xff], field(1, "v")))));
    expect(rowsOf(decoder.batch).spans[0]!.attributes[0]!.key).toBe("k\ufffd");
  });

  it("keeps keys and values with control characters and zero bytes", () => {
    expect(decodeValue(field(1, "a\u0000\n\u001bb"))).toMatchObject({ value: "a\u0000\n\u001bb" });
    const nested = field(6, field(1, field(1, "\u0000"), field(2, field(1, "\n"))));
    expect(decodeValue(nested)).toMatchObject({ value: String.raw`{"\u0000":"\n"}` });
  });

  it("keeps __proto__ as a key like any other, at every level", () => {
    const nested = field(6, field(1, field(1, "__proto__"), field(2, field(1, "x"))));
    const value = (decodeValue(nested) as { value: string }).value;
    expect(value).toBe('{"__proto__":"x"}');
    expect(Object.keys(JSON.parse(value) as object)).toEqual(["__proto__"]);
    const decoder = DECODERS.traces();
    decoder.decode(request(span(attribute(ATTRIBUTES, "__proto__", field(1, "x")))));
    expect(rowsOf(decoder.batch).spans[0]!.attributes[0]).toMatchObject({ key: "__proto__" });
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });

  it.each([
    ["arrays", arrays],
    ["kvlists", kvlists],
  ])("keeps %s within each other up to the limit, and refuses deeper ones", (_, nest) => {
    const deepest = decodeValue(nest(REQUEST_LIMITS.depthMax, varintField(3, 1)));
    expect((deepest as { value: string }).value).toContain("1");
    expect(() => decodeValue(nest(REQUEST_LIMITS.depthMax + 1, varintField(3, 1)))).toThrow(
      expect.objectContaining({
        code: "bad_payload",
        message: expect.stringContaining(`more than ${REQUEST_LIMITS.depthMax} values`) as string,
      }),
    );
    expect(() => decodeValue(nest(500, field(1, "x")))).toThrow(SightglassError);
  });

  it("cuts an array and a kvlist at the limit of a value, as long as the whole text would be", () => {
    const items = Array.from({ length: 50_000 }, (_, i) => `item ${i}`);
    const array = decodeValue(field(5, ...items.map((item) => field(1, field(1, item)))));
    const whole = JSON.stringify(items);
    expect(array).toMatchObject({ value: whole.slice(0, ROW_LIMITS.attributeValueBytesMax) });
    const kvlist = decodeValue(
      field(6, ...items.map((item) => field(1, field(1, item), field(2, varintField(3, 1))))),
    );
    const text = JSON.stringify(Object.fromEntries(items.map((item) => [item, 1])));
    expect(kvlist).toMatchObject({ value: text.slice(0, ROW_LIMITS.attributeValueBytesMax) });
  });

  it("cuts a long text within an array between characters", () => {
    const long = "é".repeat(ROW_LIMITS.attributeValueBytesMax);
    const { value } = decodeValue(field(5, field(1, field(1, `x${long}`)))) as { value: string };
    expect(Buffer.byteLength(value)).toBeLessThanOrEqual(ROW_LIMITS.attributeValueBytesMax);
    expect(Buffer.byteLength(value)).toBeGreaterThan(ROW_LIMITS.attributeValueBytesMax - 2);
    expect(value).toMatch(/^\["xé+$/);
  });

  it("cuts bytes so that what is left is base64", () => {
    const bytes = Buffer.alloc(ROW_LIMITS.attributeValueBytesMax, 0xab);
    const { value } = decodeValue(field(7, bytes)) as { value: string };
    expect(value).toHaveLength(ROW_LIMITS.attributeValueBytesMax);
    expect(bytes.toString("base64").startsWith(value)).toBe(true);
  });

  it("cuts what is not UTF-8 at the limit, not before", () => {
    const bytes = Buffer.alloc(ROW_LIMITS.attributeValueBytesMax + 10, 0x80);
    const { value } = decodeValue(field(1, bytes)) as { value: string };
    expect(value).toBe("\ufffd".repeat(ROW_LIMITS.attributeValueBytesMax));
  });

  it.each([
    ["a text without a length", [0x0a]],
    ["an integer without a byte", [0x18]],
    ["a bool without a byte", [0x10]],
    ["a double without a byte", [0x21]],
    ["an unknown field without a byte", [0x48]],
    ["an unknown field of eight bytes with seven", [0x49, 1, 2, 3, 4, 5, 6, 7]],
    ["an unknown field of four bytes with three", [0x4d, 1, 2, 3]],
    ["an unknown field that is longer than its value", [0x4a, 5, 0x41]],
    ["text that is longer than its value", [0x0a, 5, 0x41]],
    ["an integer that does not end", [0x18, 0x80, 0x80]],
    ["an integer of eleven bytes", [0x18, ...Array<number>(10).fill(0xff), 1]],
    ["a double of seven bytes", [0x21, 1, 2, 3, 4, 5, 6, 7]],
    ["bytes that are longer than their value", [0x3a, 2, 0]],
    ["an array that is longer than its value", [0x2a, 9, 0x0a]],
    ["an element that is longer than its array", [0x2a, 2, 0x0a, 9]],
    ["a value in a kvlist that is longer than it", [0x32, 4, 0x0a, 2, 0x12, 9]],
    ["a start of a group", [0x0b]],
    ["field number 0", [0x02, 0]],
    ["a length of 2^32", [0x0a, 0x80, 0x80, 0x80, 0x80, 0x10]],
    ["a length in six bytes", [0x0a, 0x81, 0x80, 0x80, 0x80, 0x80, 0x00, 0x41]],
  ])("refuses %s, says where, and leaves nothing in the columns", (_, value) => {
    const decoder = DECODERS.traces();
    const good = request(span(attribute(ATTRIBUTES, "good", field(1, "v"))));
    // Bytes follow that a careless reader would take for the rest of the value.
    const bad = request(
      span(attribute(ATTRIBUTES, "first", field(1, "v"))),
      span(attribute(ATTRIBUTES, "k", field(1, "v")), attribute(ATTRIBUTES, "bad", value)),
      span(attribute(ATTRIBUTES, "last", field(1, "a text of some length"))),
    );
    expect(() => decoder.decode(bad)).toThrow(
      expect.objectContaining({
        code: "bad_payload",
        message: expect.stringMatching(/^protobuf: .* at byte \d+$/) as string,
      }),
    );
    decoder.decode(good);
    const fresh = DECODERS.traces();
    fresh.decode(good);
    expect(rowsOf(decoder.batch)).toEqual(rowsOf(fresh.batch));
  });
});

describe("attributes of a row", () => {
  it("leaves out an empty key and one over the limit, and counts them as dropped", () => {
    const keys = [
      "",
      "k".repeat(ROW_LIMITS.attributeKeyBytesMax + 1),
      "k".repeat(ROW_LIMITS.attributeKeyBytesMax),
    ];
    const decoder = DECODERS.traces();
    decoder.decode(request(span(...keys.map((key) => attribute(ATTRIBUTES, key, field(1, "v"))))));
    const row = rowsOf(decoder.batch).spans[0]!;
    expect(row.attributes.map(({ key }) => key)).toEqual([keys[2]]);
    expect(row.droppedAttributes).toBe(2);
  });

  it("keeps a key without a value as an empty value", () => {
    const decoder = DECODERS.traces();
    decoder.decode(request(span(field(ATTRIBUTES, field(1, "k")))));
    expect(rowsOf(decoder.batch).spans[0]!.attributes).toEqual([
      { key: "k", value: "", type: ATTRIBUTE_TYPES.empty },
    ]);
  });

  it("takes the last of a key or value that stands twice, in whatever order they stand", () => {
    const [key, other] = [field(1, "k"), field(1, "x")];
    const [value, first] = [field(2, field(1, "v")), field(2, field(1, "first"))];
    const unknown = field(3, field(1, "v"));
    const attributes = [
      [key, first, value],
      [value, key],
      [other, value, key],
      [key, unknown],
      [unknown, key, value],
    ];
    const rows = attributes.map((fields) => {
      const decoder = DECODERS.traces();
      decoder.decode(request(span(field(ATTRIBUTES, ...fields))));
      return rowsOf(decoder.batch).spans[0]!.attributes.map((a) => `${a.key}=${a.value}`);
    });
    expect(rows).toEqual([["k=v"], ["k=v"], ["k=v"], ["k="], ["k=v"]]);
  });
});
