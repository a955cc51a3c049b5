import fc from "fast-check";
import { expect, it } from "vitest";
import { lineDiff } from "./line-diff.ts";

const text = fc
  .array(fc.constantFrom("a", "b", "c", "", "  d: 1"), { maxLength: 12 })
  .map((lines) => lines.map((line) => `${line}\n`).join(""));

it("has all lines of both texts in order, and none as changed where the texts are the same", () => {
  fc.assert(
    fc.property(text, text, (before, after) => {
      const diff = lineDiff(before, after);
      const of = (kind: "added" | "removed"): string =>
        diff
          .filter((line) => line.kind !== kind)
          .map((line) => `${line.text}\n`)
          .join("");
      expect(of("added")).toBe(before);
      expect(of("removed")).toBe(after);
      expect(diff.every(({ kind }) => kind === "same")).toBe(before === after);
      for (const { before: one, after: other, kind } of diff)
        expect([one !== undefined, other !== undefined]).toEqual([
          kind !== "added",
          kind !== "removed",
        ]);
    }),
  );
});

it("shows a changed line as one removed and one added, and the rest as it is", () => {
  expect(
    lineDiff("a: 1\nb: 2\nc: 3\n", "a: 1\nb: 4\nc: 3\n").map(({ kind, text: line }) => [
      kind,
      line,
    ]),
  ).toEqual([
    ["same", "a: 1"],
    ["removed", "b: 2"],
    ["added", "b: 4"],
    ["same", "c: 3"],
  ]);
});
