import fc from "fast-check";
import { expect, it } from "vitest";
import { anyText } from "#core/testing/attribute-inputs.ts";
import { wellFormedJson } from "./well-formed-json.ts";

it("is the JSON of the value with whole characters, and otherwise as it was", () => {
  const piece = fc.oneof(anyText, fc.constantFrom("\\ud83d", "\\\\ud83d", "\\", '"', "\ud83d"));
  const text = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(""));
  fc.assert(
    fc.property(text, text, (key, value) => {
      const json = wellFormedJson({ [key]: [value] });
      expect(json.isWellFormed()).toBe(true);
      const parsed = Object.entries(JSON.parse(json) as Record<string, string[]>);
      expect(parsed).toEqual([[key.toWellFormed(), [value.toWellFormed()]]]);
    }),
  );
});
