import fc from "fast-check";
import { expect, test } from "vitest";
import { hasFailed, unfoldedRows } from "./span-tree.ts";
import { testSpan, testTree } from "./test-outline.ts";

const ids = fc.constantFrom("a", "b", "c", "d", "e", "f", "g");
const spans = fc.array(
  fc
    .tuple(ids, fc.option(ids), fc.nat(1_000), fc.nat(500), fc.boolean())
    .map(([id, parent, startMs, ms, failed]) =>
      testSpan(id, parent, startMs, { ms, status: failed ? "error" : "ok" }),
    ),
  { maxLength: 40 },
);

test("draws every span once, after its parent, whatever ids and parents they have", () => {
  fc.assert(
    fc.property(spans, (given) => {
      const { rows, failed, durationMs, byKey } = testTree(given);
      const drawn = rows.map(({ spanId, offsetMs, durationMs: ms }) => [spanId, offsetMs, ms]);
      const wanted = given.map(({ spanId, startMs, durationMs: ms }) => [spanId, startMs, ms]);
      expect(drawn.map(String).toSorted()).toEqual(wanted.map(String).toSorted());
      expect(byKey.size).toBe(given.length);
      expect(failed).toHaveLength(given.filter(({ status }) => status === "error").length);
      for (const [index, row] of rows.entries()) {
        expect(row.index).toBe(index);
        expect(row.parent).toBeLessThan(index);
        expect(row.depth).toBe(row.parent === -1 ? 0 : rows[row.parent]!.depth + 1);
        expect(row.offsetMs + row.durationMs).toBeLessThanOrEqual(durationMs);
        const below = rows.slice(index + 1, index + 1 + row.descendants);
        expect(below.every(({ depth }) => depth > row.depth)).toBe(true);
        expect(row.errorsBelow).toBe(below.filter(hasFailed).length);
        expect(rows[index + 1 + row.descendants]?.depth ?? 0).toBeLessThanOrEqual(row.depth);
      }
    }),
  );
});

test("shows, however rows are folded, just those with nothing folded above them", () => {
  fc.assert(
    fc.property(spans, fc.array(ids), (given, foldedIds) => {
      const tree = testTree(given);
      const folded = new Set<string>(foldedIds);
      const isHidden = (row: (typeof tree.rows)[number]): boolean => {
        const parent = tree.rows[row.parent];
        return parent !== undefined && (folded.has(parent.key) || isHidden(parent));
      };
      expect(unfoldedRows(tree, folded)).toEqual(tree.rows.filter((row) => !isHidden(row)));
    }),
  );
});

test("takes a chain deeper than any call stack", () => {
  const chain = Array.from({ length: 30_000 }, (_, index) =>
    testSpan(String(index), index === 0 ? null : String(index - 1), 0),
  );
  expect(testTree(chain).depthMax).toBe(29_999);
});
