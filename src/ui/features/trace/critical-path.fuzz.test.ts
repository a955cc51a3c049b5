import fc from "fast-check";
import { expect, test } from "vitest";
import { criticalPath } from "./critical-path.ts";
import { selfTimes } from "./self-time.ts";
import { testSpan, testTree } from "./test-outline.ts";

/** Trees of spans in whole nanoseconds, which may overlap their parents in any way. */
const spans = fc
  .array(fc.tuple(fc.nat(1_000_000), fc.nat(400_000), fc.nat(30)), { minLength: 1, maxLength: 60 })
  .map((given) =>
    given.map(([startNs, ns, parent], place) =>
      testSpan(
        String(place),
        place === 0 ? null : String(Math.min(parent, place - 1)),
        place === 0 ? 0 : startNs / 1e6,
        { ms: (place === 0 ? 900_000 : ns) / 1e6 },
      ),
    ),
  );

const nanoseconds = (ms: number): number => Math.round(ms * 1e6);

test("covers the root from its start to its end, without gap or overlap, and only with what ran", () => {
  fc.assert(
    fc.property(spans, (given) => {
      const tree = testTree(given);
      const { segments } = criticalPath(tree);
      const root = tree.root!;
      let atNs = nanoseconds(root.offsetMs);
      for (const { row, startMs, endMs } of segments) {
        expect(nanoseconds(startMs)).toBe(atNs);
        expect(nanoseconds(endMs)).toBeGreaterThan(atNs);
        atNs = nanoseconds(endMs);
        expect(nanoseconds(startMs)).toBeGreaterThanOrEqual(nanoseconds(row.offsetMs));
        expect(atNs).toBeLessThanOrEqual(nanoseconds(row.offsetMs) + nanoseconds(row.durationMs));
      }
      expect(atNs).toBe(nanoseconds(root.offsetMs) + nanoseconds(root.durationMs));
    }),
  );
});

test("gives no span more time of its own than it lasted", () => {
  fc.assert(
    fc.property(spans, (given) => {
      const tree = testTree(given);
      for (const [index, ms] of selfTimes(tree).entries()) {
        expect(ms).toBeGreaterThanOrEqual(0);
        expect(ms).toBeLessThanOrEqual(tree.rows[index]!.durationMs);
      }
    }),
  );
});
