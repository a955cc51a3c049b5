import { expect, it } from "vitest";
import type { AttributeValue } from "#core/attributes.ts";
import { fieldValue } from "./field-values.ts";
import { indexed } from "./testing/index-mapping.ts";

function nested(levels: number): AttributeValue {
  let value: AttributeValue = { end: 1 };
  for (let level = 1; level < levels; level += 1) value = level % 2 === 0 ? { a: value } : [value];
  return value;
}

it("keeps what lies deeper than the engines go as text", () => {
  const mappings = { properties: { attributes: { type: "flattened" } } };
  for (const levels of [1, 15, 16, 17, 60]) {
    const attributes = { key: fieldValue(nested(levels)) };
    expect(() => indexed({ attributes }, mappings, {})).not.toThrow();
    expect(JSON.stringify(attributes)).toContain("end");
  }
  expect(fieldValue(nested(16))).toEqual(nested(16));
  expect(JSON.stringify(fieldValue(nested(17)))).toContain(String.raw`"{\"end\":1}"`);
});
