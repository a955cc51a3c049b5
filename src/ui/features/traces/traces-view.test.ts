import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DifferenceFinding } from "#api/contract/trace-views.ts";
import { findingFigures, findingWords, searchFieldOf } from "./difference-words.ts";
import {
  boxOfText,
  differenceParameters,
  listParameters,
  textOfBox,
  type TracesView,
} from "./traces-view.ts";

const view: TracesView = {
  q: "service:cart",
  range: { kind: "absolute", fromMs: 1_700_000_000_000, toMs: 1_700_003_600_000 },
  isRoots: true,
  box: { fromMs: 1_700_000_600_000, toMs: 1_700_001_200_000, minMs: 107.634, maxMs: 430.54 },
  onlyFailed: false,
  facets: [],
};

describe("a box in an address", () => {
  test("is the same again", () => {
    const ms = fc.integer({ min: 1_000_000_000_000, max: 4_000_000_000_000 });
    const duration = fc.double({ min: 0.001, max: 1e7, noNaN: true });
    fc.assert(
      fc.property(ms, fc.nat(1e9), duration, duration, (fromMs, length, a, b) => {
        const [minMs, maxMs] = [Math.min(a, b), Math.max(a, b) * 1.01 + 1];
        const box = boxOfText(textOfBox({ fromMs, toMs: fromMs + length + 1, minMs, maxMs }))!;
        expect([box.fromMs, box.toMs]).toEqual([fromMs, fromMs + length + 1]);
        expect(box.minMs / minMs).toBeCloseTo(1, 5);
        expect(box.maxMs / maxMs).toBeCloseTo(1, 5);
      }),
    );
  });

  test("is none where the text is something else, or empty of time or durations", () => {
    for (const text of [
      undefined,
      "",
      "1-2",
      "1700000000000-1600000000000_1-2",
      "1600000000000-1700000000000_2-2",
    ])
      expect(boxOfText(text)).toBeUndefined();
  });
});

describe("the questions of the page", () => {
  test("compare the box with all that the search finds, and list what is in it", () => {
    expect(differenceParameters(view, 0)).toEqual({
      from: "2023-11-14T22:13:20.000Z",
      to: "2023-11-14T23:13:20.000Z",
      q: "service:cart",
      spans: "roots",
      selectFrom: "2023-11-14T22:23:20.000Z",
      selectTo: "2023-11-14T22:33:20.000Z",
      selectMinMs: "107.634",
      selectMaxMs: "430.54",
      selectStatus: undefined,
    });
    expect(listParameters(view, 0)).toMatchObject({
      from: "2023-11-14T22:23:20.000Z",
      minDurationMs: "107.634",
      spans: "roots",
    });
  });

  test("ask for no differences while nothing is selected", () => {
    expect(differenceParameters({ ...view, box: undefined }, 0)).toBeUndefined();
    expect(differenceParameters({ ...view, box: undefined, onlyFailed: true }, 0)).toMatchObject({
      selectStatus: "error",
    });
  });
});

const told = (finding: DifferenceFinding, selected: number, others: number): string => {
  const share = (value: number) => ({ traces: value, of: 100, share: value / 100 });
  const words = findingWords({
    finding,
    selection: share(selected),
    baseline: share(others),
    lift: null,
    score: 1,
    chance: 0,
    examples: [],
  });
  return words.map((piece) => (typeof piece === "string" ? piece : piece.name)).join("");
};

const pay = { service: "payment", operation: "charge" };

describe("a finding in words", () => {
  test("says what is so in the selection", () => {
    const zone = { kind: "attribute", service: "cart", level: "resource", key: "zone" } as const;
    const way = {
      ...pay,
      kind: "calls",
      callee: { service: "ledger", operation: "book" },
    } as const;
    expect([
      told({ ...zone, value: "b" }, 90, 10),
      told({ ...zone, value: "b" }, 10, 90),
      told({ ...zone, above: 12.5 }, 90, 10),
      told({ ...pay, kind: "error" }, 40, 0),
      told({ ...pay, kind: "time", selectionMs: 40, baselineMs: 4 }, 90, 10),
      told({ ...pay, kind: "network", selectionMs: 4, baselineMs: 40 }, 90, 10),
      told({ ...way, selectionCalls: 0, baselineCalls: 1 }, 90, 10),
      told({ ...way, selectionCalls: 3, baselineCalls: 1 }, 90, 10),
      told({ ...pay, kind: "log", severity: 17, text: "declined" }, 0, 60),
    ]).toEqual([
      "zone is b on cart",
      "zone is not b on cart",
      "zone above 12.5 on cart",
      "Errors begin at charge of payment",
      "payment itself is slower, most at charge",
      "Faster on the way to or from payment, most at charge",
      "charge of payment no longer calls book of ledger",
      "charge of payment calls more often book of ledger",
      "payment does not log declined",
    ]);
  });

  test("has the figures that say how far and how surely", () => {
    const share = { traces: 9, of: 10, share: 0.9 };
    const of = { selection: share, baseline: { ...share, share: 0.1 }, score: 1, examples: [] };
    const time = {
      ...pay,
      kind: "time",
      selectionMs: 40,
      baselineMs: 4,
      shareOfExtra: 0.5,
    } as const;
    expect(findingFigures({ ...of, finding: time, lift: 9, chance: 0.001 })).toBe(
      "4.00 ms → 40.0 ms a span · 50.0% of the extra time · 1 in 1,000 by chance",
    );
    const error = { ...pay, kind: "error" } as const;
    expect(findingFigures({ ...of, finding: error, lift: 9, chance: 1e-9 })).toBe(
      "9.0× as frequent · less than 1 in a million by chance",
    );
  });

  test("becomes terms of a search where it can", () => {
    expect(searchFieldOf({ ...pay, kind: "error" })).toEqual([
      { field: "service", value: "payment" },
      { field: "operation", value: "charge" },
      { field: "status", value: "error" },
    ]);
    expect(searchFieldOf({ ...pay, kind: "log", severity: 9, text: "x" })).toBeUndefined();
  });
});
