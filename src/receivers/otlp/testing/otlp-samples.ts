import fc from "fast-check";
import { ATTRIBUTE_TYPES, type Attribute, textOfDouble } from "#core/attributes.ts";

/** A value as OTLP/JSON has it, with what the columns must keep of it. */
interface ValueSample {
  readonly json: unknown;
  readonly value: string;
  readonly type: number;
}

const text = fc.string({ unit: "grapheme", maxLength: 100 });
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const smallInt = fc.integer({ min: 0, max: 2 ** 31 - 1 }).map(BigInt);

/** Scalars, and arrays and kvlists of strings: what is inside them is a test of its own. */
const value: fc.Arbitrary<ValueSample> = fc.oneof(
  text.map((v) => ({ json: { stringValue: v }, value: v, type: ATTRIBUTE_TYPES.string })),
  fc.oneof(int64, smallInt).map((v) => ({ json: { intValue: String(v) }, value: String(v), type: ATTRIBUTE_TYPES.int })),
  fc.double().map((v) => ({
    json: { doubleValue: Number.isFinite(v) ? v : String(v) },
    value: textOfDouble(v),
    type: ATTRIBUTE_TYPES.double,
  })),
  fc.boolean().map((v) => ({ json: { boolValue: v }, value: String(v), type: ATTRIBUTE_TYPES.bool })),
  fc.uint8Array({ maxLength: 60 }).map((v) => {
    const base64 = Buffer.from(v).toString("base64");
    return { json: { bytesValue: base64 }, value: base64, type: ATTRIBUTE_TYPES.bytes };
  }),
  fc.array(text, { maxLength: 4 }).map((v) => ({
    json: { arrayValue: { values: v.map((stringValue) => ({ stringValue })) } },
    value: JSON.stringify(v),
    type: ATTRIBUTE_TYPES.array,
  })),
  fc.dictionary(fc.stringMatching(/^[a-z_]{1,12}$/), text, { maxKeys: 4 }).map((v) => ({
    json: {
      kvlistValue: { values: Object.entries(v).map(([key, stringValue]) => ({ key, value: { stringValue } })) },
    },
    value: JSON.stringify(v),
    type: ATTRIBUTE_TYPES.kvlist,
  })),
  fc.constant({ json: {}, value: "", type: ATTRIBUTE_TYPES.empty }),
);

/** Attributes as they are sent and as they must be kept: in the order of sending, each key once. */
export interface AttributeSample {
  readonly json: readonly unknown[];
  readonly kept: readonly Attribute[];
}

export const attributes: fc.Arbitrary<AttributeSample> = fc
  .uniqueArray(fc.tuple(fc.string({ unit: "grapheme", minLength: 1, maxLength: 30 }), value), {
    maxLength: 8,
    selector: ([key]) => key,
  })
  .map((entries) => ({
    json: entries.map(([key, { json }]) => ({ key, value: json })),
    kept: entries.map(([key, { value: kept, type }]) => ({ key, value: kept, type })),
  }));

export const idHex = (bytes: 8 | 16): fc.Arbitrary<string> =>
  fc
    .uint8Array({ minLength: bytes, maxLength: bytes })
    .filter((id) => id.some((byte) => byte !== 0))
    .map((id) => Buffer.from(id).toString("hex"));

/** A time of the years 2001 to 2262, in Unix nanoseconds. */
export const nanoseconds: fc.Arbitrary<bigint> = fc.bigInt({ min: 10n ** 18n, max: 2n ** 63n - 1n });

export const name = fc.string({ unit: "grapheme", maxLength: 60 });

/** Lets every time through. */
export const ANY_TIME = { oldestMs: 0, newestMs: Number.MAX_SAFE_INTEGER };
