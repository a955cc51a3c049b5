import { Buffer, isUtf8 } from "node:buffer";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ATTRIBUTE_TYPES } from "#core/attributes.ts";
import { detectors } from "./detect/detectors.ts";
import { FieldRedactor } from "./field-redactor.ts";
import { FieldRules } from "./field-rules.ts";
import { NO_MEANING } from "./key-meaning.ts";
import { OwnPatterns } from "./own-patterns.ts";
import { MODES, replacing } from "./replacement.ts";
import { found } from "./testing/found.ts";
import { piece } from "./testing/pieces.ts";
import { TextRedactor } from "./text-redactor.ts";

const text = fc
  .array(piece, { maxLength: 20 })
  .map((pieces) => Buffer.from(pieces.join("")).toString("utf8"));

/**
 * With a sign between parts that none of them goes on over. Without one, what stands in the place of a match can
 * show what was hidden behind it: of `123-45-6789::1` only the number is found, and then `::1`.
 */
const parted = fc
  .array(piece, { maxLength: 20 })
  .map((pieces) => Buffer.from(pieces.join(" | ")).toString("utf8"));

function redactorOf(mode: (typeof MODES)[number]): TextRedactor {
  return new TextRedactor({
    detectors: detectors(),
    patterns: new OwnPatterns([]),
    replace: replacing(mode, "salt"),
    onMatch: () => {},
  });
}

function redacted(redactor: TextRedactor, given: string): string {
  const bytes = Buffer.from(given);
  const result = redactor.redact(bytes, 0, bytes.length, NO_MEANING);
  expect(isUtf8(result ?? bytes)).toBe(true);
  return result?.toString("utf8") ?? given;
}

test.each(MODES)(
  "%s: the result is UTF-8, and redacting it again changes nothing where a sign parts the matches",
  (mode) => {
    const redactor = redactorOf(mode);
    fc.assert(
      fc.property(parted, (given) => {
        const once = redacted(redactor, given);
        expect(redacted(redactor, once)).toBe(once);
      }),
    );
  },
);

test("nothing outside of matches is changed", () => {
  const redactor = redactorOf("remove");
  fc.assert(
    fc.property(text, (given) => {
      const bytes = Buffer.from(given);
      let expected = "";
      let done = 0;
      for (const { start, end } of found(given)) {
        expected += `${bytes.toString("utf8", done, start)}[REDACTED]`;
        done = end;
      }
      expect(redacted(redactor, given)).toBe(expected + bytes.toString("utf8", done));
    }),
  );
});

const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: "small" },
    text,
    fc.constantFrom(4_111_111_111_111_111, 1, 5_551_234_567, -3.5, true, null),
    fc.array(tie("any"), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.constantFrom("password", "phone", "a.b"), text), tie("any"), {
      maxKeys: 4,
    }),
  ),
})).any;

test("JSON stays JSON with the same keys, and what is left as it was has the same bytes", () => {
  const fields = new FieldRedactor(new FieldRules(undefined, []), redactorOf("mask"), () => {});
  const field = fields.field("value");
  fc.assert(
    fc.property(value, (given) => {
      const json = JSON.stringify(JSON.parse(JSON.stringify(given).toWellFormed()));
      for (const type of [ATTRIBUTE_TYPES.kvlist, ATTRIBUTE_TYPES.string]) {
        if (type === ATTRIBUTE_TYPES.string && !json.startsWith("{")) continue;
        const result = fields.redactText(field, type, json) ?? json;
        expect(shapeOf(JSON.parse(result))).toEqual(shapeOf(JSON.parse(json)));
      }
    }),
  );
});

/** Keys and nesting, without the values. */
function shapeOf(given: unknown): unknown {
  if (Array.isArray(given)) return given.map(shapeOf);
  if (typeof given !== "object" || given === null)
    return typeof given === "number" ? "string" : typeof given;
  return Object.entries(given).map(([key, inner]) => [key, shapeOf(inner)]);
}
