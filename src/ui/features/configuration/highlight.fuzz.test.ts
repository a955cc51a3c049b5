import fc from "fast-check";
import { expect, it } from "vitest";
import { highlight } from "./highlight.ts";

it("leaves no character of a text out, whatever the text is", () => {
  const piece = fc.constantFrom(
    '"',
    "'",
    "\\",
    "#",
    ":",
    " ",
    "\n",
    "${",
    "}",
    "a",
    "-",
    "1",
    "[",
    "\u202e",
  );
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(piece).map((all) => all.join("")),
  );
  fc.assert(
    fc.property(text, (given) => {
      expect(
        highlight(given)
          .map((one) => one.text)
          .join(""),
      ).toBe(given);
    }),
  );
});

it("knows keys, texts, numbers, comments and references", () => {
  const found = (text: string) =>
    highlight(text)
      .filter(({ kind }) => kind !== "plain" && kind !== "mark")
      .map(({ kind, text: one }) => `${kind} ${one}`);
  expect(
    found('webhook/far: # why\n  url: "https://x/#a"\n  retries: 3\n  token: ${env:T}'),
  ).toEqual([
    "key webhook/far",
    "comment # why",
    "key url",
    'string "https://x/#a"',
    "key retries",
    "number 3",
    "key token",
    "reference ${env:T}",
  ]);
  expect(found('{ "a": [1, true, "b"] }')).toEqual([
    'key "a"',
    "number 1",
    "number true",
    'string "b"',
  ]);
});

it("reads a long line without an end in a moment", () => {
  const text = `a: ${'"x\\'.repeat(50_000)}`;
  const startMs = performance.now();
  highlight(text);
  expect(performance.now() - startMs).toBeLessThan(1_000);
});
