import fc from "fast-check";
import type { AttributeInput } from "../build/attribute-input.ts";
import { ROW_LIMITS } from "../limits.ts";

/** Plain values for attributes and bodies, and the same as OTLP/JSON has them. */

/** Text with every kind of character, halves of surrogate pairs among them. */
const character = fc.oneof(
  { weight: 8, arbitrary: fc.string({ unit: "grapheme", minLength: 1, maxLength: 1 }) },
  { weight: 1, arbitrary: fc.constantFrom("\ud83d", "\ude00", "\0", '"', "\\", "é", "€", "😀") },
);
export const anyText = fc.string({ unit: character, maxLength: 30 });

/** Text about as long as may be kept, of characters of one to four bytes. */
export const textNear = (bytes: number): fc.Arbitrary<string> =>
  fc
    .tuple(fc.constantFrom("a", "é", "€", "😀", "\ud83d"), fc.integer({ min: -3, max: 3 }), anyText)
    .map(([unit, more, end]) => {
      const width = Buffer.byteLength(unit);
      return "b".repeat(bytes % width) + unit.repeat(Math.floor(bytes / width) + more) + end;
    });

const scalar: fc.Arbitrary<AttributeInput> = fc.oneof(
  anyText,
  fc.double(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.constantFrom(-0, 2 ** 53, -(2 ** 53), 1e21, Number.NaN, Infinity),
  fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }),
  fc.constantFrom(2n ** 63n - 1n, 2n ** 63n, -(2n ** 63n), -(2n ** 63n) - 1n),
  fc.boolean(),
  fc.constant(null),
  fc.uint8Array({ maxLength: 20 }),
);

const key = fc.oneof(
  { weight: 6, arbitrary: anyText },
  { weight: 1, arbitrary: fc.constantFrom("__proto__", "constructor", "toString", "7", "") },
);

/** An object with these fields of its own, `__proto__` included. */
const objectOf = (entries: readonly (readonly [string, AttributeInput])[]): AttributeInput =>
  Object.fromEntries(entries);

const nestedOf = (value: fc.Arbitrary<AttributeInput>): fc.Arbitrary<AttributeInput> =>
  fc.oneof(
    fc.array(value, { maxLength: 4 }),
    fc.array(fc.tuple(key, value), { maxLength: 4 }).map(objectOf),
  );

/** A value of any type, nested up to three deep. */
export const anyInput: fc.Arbitrary<AttributeInput> = fc.oneof(
  { weight: 6, arbitrary: scalar },
  {
    weight: 2,
    arbitrary: nestedOf(fc.oneof(scalar, nestedOf(fc.oneof(scalar, nestedOf(scalar))))),
  },
  {
    weight: 1,
    arbitrary: fc.oneof(
      textNear(ROW_LIMITS.attributeValueBytesMax),
      textNear(ROW_LIMITS.attributeValueBytesMax).map((text) => [text, 1]),
      textNear(ROW_LIMITS.attributeValueBytesMax - 10).map((text) => ({ [text]: [text] })),
      fc.uint8Array({ minLength: 24_570, maxLength: 24_580 }),
    ),
  },
);

/** Keys that repeat and are too long now and then, and more of them than a row may have. */
export const anyAttributes: fc.Arbitrary<readonly (readonly [string, AttributeInput])[]> = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.array(
      fc.tuple(
        fc.oneof({ weight: 9, arbitrary: key }, { weight: 1, arbitrary: textNear(512) }),
        anyInput,
      ),
      { maxLength: 6 },
    ),
  },
  {
    weight: 1,
    arbitrary: fc
      .integer({ min: 126, max: 131 })
      .map((count) => Array.from({ length: count }, (_, i) => [`key ${i % 129}`, i] as const)),
  },
);

/** A value as OTLP/JSON has it. */
export function otlpValue(value: AttributeInput): unknown {
  if (value === null) return {};
  switch (typeof value) {
    case "string":
      return { stringValue: value };
    case "boolean":
      return { boolValue: value };
    case "number":
      if (Number.isSafeInteger(value) && !Object.is(value, -0)) return { intValue: String(value) };
      return { doubleValue: Number.isFinite(value) ? value : String(value) };
    case "bigint":
      return BigInt.asIntN(64, value) === value
        ? { intValue: String(value) }
        : { stringValue: String(value) };
    default:
      return otlpObject(value);
  }
}

function otlpObject(value: AttributeInput & object): unknown {
  if (value instanceof Uint8Array) return { bytesValue: Buffer.from(value).toString("base64") };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(otlpValue) } };
  return { kvlistValue: { values: otlpAttributes(Object.entries(value)) } };
}

/** Attributes as OTLP/JSON has them. */
export function otlpAttributes(
  attributes: readonly (readonly [string, AttributeInput])[],
): { key: string; value: unknown }[] {
  return attributes.map(([name, value]) => ({ key: name, value: otlpValue(value) }));
}
