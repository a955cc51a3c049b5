import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Dictionary } from "./dictionary.ts";

/** Few different strings, so that most are met again. */
const word = fc.oneof(
  fc.uint8Array({ maxLength: 3 }),
  fc.uint8Array({ maxLength: 20 }),
  fc.constantFrom("", "a", "ab", "abcd", "abcde", "service.name").map((text) => Buffer.from(text)),
);

describe("Dictionary", () => {
  it("numbers byte strings as a Map would, in the order of their first arrival", () => {
    const dictionary = new Dictionary();
    fc.assert(
      fc.property(fc.array(word, { maxLength: 200 }), (words) => {
        dictionary.reset();
        const model = new Map<string, number>();
        for (const bytes of words) {
          const key = Buffer.from(bytes).toString("hex");
          expect(dictionary.find(bytes, 0, bytes.length)).toBe(model.get(key) ?? -1);
          if (!model.has(key)) model.set(key, model.size);
          expect(dictionary.number(bytes, 0, bytes.length)).toBe(model.get(key));
        }
        expect(dictionary.size).toBe(model.size);
        for (const [key, number] of model) {
          const start = dictionary.start(number);
          const length = dictionary.byteLength(number);
          expect(dictionary.keys.bytes.toString("hex", start, start + length)).toBe(key);
        }
      }),
    );
  });
});
