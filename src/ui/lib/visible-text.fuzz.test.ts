import fc from "fast-check";
import { expect, test } from "vitest";
import { cut, pieces, visible } from "./visible-text.ts";

const anyText = fc.string({
  unit: fc.oneof(
    fc.string({ unit: "binary", minLength: 1 }),
    fc.constantFrom("\u202e", "\u200d", "\ud83d", "\n", "👩"),
  ),
});

test("what is made visible has nothing hidden left, and is the same when made visible again", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const shown = visible(text);
      expect(visible(shown)).toBe(shown);
      expect(shown).not.toMatch(/\p{Cc}|\p{Bidi_Control}|\p{Cs}/u);
    }),
  );
});

test("loses no character: marks and plain pieces together are as many as there were", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const count = pieces(text).reduce(
        (sum, piece) => sum + (piece.kind === "mark" ? 1 : Array.from(piece.text).length),
        0,
      );
      expect(count).toBe(Array.from(text).length);
    }),
  );
});

test("a cut text is a beginning that ends between characters", () => {
  fc.assert(
    fc.property(anyText, fc.nat(20), (text, length) => {
      const beginning = cut(text, length + 1);
      expect(text.startsWith(beginning)).toBe(true);
      expect(beginning.length).toBeLessThanOrEqual(length + 1);
    }),
  );
});
