import fc from "fast-check";
import { expect, it } from "vitest";
import { hasWords, searchWords } from "#core/search/search-words.ts";
import { logs } from "../../testing/batches.ts";
import { BatchView } from "./batch-view.ts";
import { BodyTest } from "./text-test.ts";

/** Short, and of few letters, so that much is found; lengths around what takes two bytes as a prefix. */
const piece = fc.constantFrom("a", "B", "b", "ab", "é", "É", "1", "-", ".", " ", "/", "😀");
const body = fc
  .tuple(fc.array(piece, { maxLength: 12 }), fc.constantFrom("", " ".repeat(120), ".".repeat(140)))
  .map(([pieces, filling]) => pieces.join("") + filling);
const searched = fc.array(piece, { minLength: 1, maxLength: 4 }).map((pieces) => pieces.join(""));

it("finds in the columns what is found in the texts", () => {
  fc.assert(
    fc.property(fc.array(body, { minLength: 1, maxLength: 8 }), searched, (bodies, text) => {
      const words = searchWords(text);
      const batch = logs("shop", ...bodies.map((one) => ({ body: one })));
      const test = new BodyTest(words);
      const verdict = test.bind(batch, new BatchView());
      const found = bodies.map((_, row) =>
        verdict === "some" ? test.matches(row) : verdict === "all",
      );
      expect(found).toEqual(bodies.map((one) => hasWords(one, words)));
    }),
  );
});
