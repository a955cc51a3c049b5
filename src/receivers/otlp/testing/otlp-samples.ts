import fc from "fast-check";
import { ATTRIBUTE_TYPES, type Attribute, textOfDouble } from "#core/attributes.ts";

/** A value as OTLP/JSON has it, with what the columns must keep of it. */
export interface ValueSample {
  readonly json: unknown;
  readonly value: string;
  readonly type: number;
}

const text = fc.string({ unit: "grapheme", maxLength: 100 });
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const smallInt = fc.integer({ min: 0, max: 2 ** 31 - 1 }).map(BigInt);
const integer = fc.oneof(int64, smallInt);

/** A double as OTLP/JSON has it. */
export const jsonDouble = (v: number): unknown => (Number.isFinite(v) ? v : String(v));
const base64 = (v: Uint8Array): string => Buffer.from(v).toString("base64");

/** A value inside an array or kvlist, with its JSON text. */
interface NestedSample {
  readonly json: unknown;
  readonly text: string;
}
const isSafe = (v: bigint): boolean => Number.isSafeInteger(Number(v));

const nested = fc.letrec<{ any: NestedSample; array: NestedSample; kvlist: NestedSample }>(
  (tie) => ({
    any: fc.oneof(
      { depthSize: "small" },
      text.map((v) => ({ json: { stringValue: v }, text: JSON.stringify(v) })),
      integer.map((v) => ({ json: { intValue: String(v) }, text: isSafe(v) ? `${v}` : `"${v}"` })),
      fc.double().map((v) => ({
        json: { doubleValue: jsonDouble(v) },
        text: Number.isFinite(v) ? textOfDouble(v) : `"${v}"`,
      })),
      fc.boolean().map((v) => ({ json: { boolValue: v }, text: String(v) })),
      fc.uint8Array({ maxLength: 20 }).map((v) => ({
        json: { bytesValue: base64(v) },
        text: `"${base64(v)}"`,
      })),
      fc.constant({ json: {}, text: "null" }),
      tie("array"),
      tie("kvlist"),
    ),
    array: fc.array(tie("any"), { maxLength: 4 }).map((values) => ({
      json: { arrayValue: { values: values.map((v) => v.json) } },
      text: `[${values.map((v) => v.text).join(",")}]`,
    })),
    kvlist: fc.array(fc.tuple(text, tie("any")), { maxLength: 4 }).map((entries) => ({
      json: { kvlistValue: { values: entries.map(([key, { json }]) => ({ key, value: json })) } },
      text: `{${entries.map(([key, v]) => `${JSON.stringify(key)}:${v.text}`).join(",")}}`,
    })),
  }),
);

/** A value of any type that an attribute or a log body can have. */
export const value: fc.Arbitrary<ValueSample> = fc.oneof(
  text.map((v) => ({ json: { stringValue: v }, value: v, type: ATTRIBUTE_TYPES.string })),
  integer.map((v) => ({
    json: { intValue: String(v) },
    value: String(v),
    type: ATTRIBUTE_TYPES.int,
  })),
  fc.double().map((v) => ({
    json: { doubleValue: jsonDouble(v) },
    value: textOfDouble(v),
    type: ATTRIBUTE_TYPES.double,
  })),
  fc.boolean().map((v) => ({
    json: { boolValue: v },
    value: String(v),
    type: ATTRIBUTE_TYPES.bool,
  })),
  fc.uint8Array({ maxLength: 60 }).map((v) => ({
    json: { bytesValue: base64(v) },
    value: base64(v),
    type: ATTRIBUTE_TYPES.bytes,
  })),
  nested.array.map((v) => ({ json: v.json, value: v.text, type: ATTRIBUTE_TYPES.array })),
  nested.kvlist.map((v) => ({ json: v.json, value: v.text, type: ATTRIBUTE_TYPES.kvlist })),
  fc.constant({ json: {}, value: "", type: ATTRIBUTE_TYPES.empty }),
);

/** Attributes as they are sent and as they must be kept: in the order of sending, each key once. */
export interface AttributeSample {
  readonly json: readonly unknown[];
  readonly kept: readonly Attribute[];
}

const key = fc.oneof(
  { weight: 9, arbitrary: fc.string({ unit: "grapheme", minLength: 1, maxLength: 30 }) },
  { weight: 1, arbitrary: fc.constantFrom("__proto__", "constructor", "toString", "service.name") },
);

export const attributes: fc.Arbitrary<AttributeSample> = fc
  .uniqueArray(fc.tuple(key, value), { maxLength: 8, selector: ([k]) => k })
  .map((entries) => ({
    json: entries.map(([k, { json }]) => ({ key: k, value: json })),
    kept: entries.map(([k, { value: kept, type }]) => ({ key: k, value: kept, type })),
  }));

export const idHex = (bytes: 8 | 16): fc.Arbitrary<string> =>
  fc
    .uint8Array({ minLength: bytes, maxLength: bytes })
    .filter((id) => id.some((byte) => byte !== 0))
    .map((id) => Buffer.from(id).toString("hex"));

/** Times in Unix nanoseconds. */
export type Times = fc.Arbitrary<bigint>;

/** A time of the years 2001 to 2262. */
export const nanoseconds: Times = fc.bigInt({
  min: 10n ** 18n,
  max: 2n ** 63n - 1n,
});

export const name = fc.string({ unit: "grapheme", maxLength: 60 });

/** Lets every time through. */
export const ANY_TIME = { oldestMs: 0, newestMs: Number.MAX_SAFE_INTEGER };
