import { describe, expect, it } from "vitest";
import { parseSearch } from "#core/search/parse-search.ts";
import type { SearchNode, SearchSignal } from "#core/search/search-node.ts";
import { CASE_LOGS, CASE_SPANS, LOG_CASES, SPAN_CASES } from "#core/search/testing/search-cases.ts";
import { logBatch, spanBatch } from "../testing/case-batches.ts";
import { BatchView } from "./batch-view.ts";
import { compileSearch } from "./compile-search.ts";
import type { RowTest, SearchedBatch } from "./row-test.ts";

function parsed(text: string, signal: SearchSignal): SearchNode | undefined {
  const result = parseSearch(text, signal);
  if (!result.ok) throw new Error(result.errors.map(({ message }) => message).join("; "));
  return result.search;
}

function found(test: RowTest, batch: SearchedBatch): number[] {
  const verdict = test.bind(batch, new BatchView());
  const rows = Array.from({ length: batch.rows }, (_, row) => row);
  if (verdict === "some") return rows.filter((row) => test.matches(row));
  return verdict === "all" ? rows : [];
}

/** The names of the rows that are found in a batch of all of them, and in a batch of each alone. */
function names<T>(
  rows: Readonly<Record<string, T>>,
  batchOf: (rows: readonly T[]) => SearchedBatch,
  test: RowTest,
): { together: string[]; alone: string[] } {
  const entries = Object.entries(rows);
  const together = found(test, batchOf(Object.values(rows))).map((row) => entries[row]![0]);
  const alone = entries.filter(([, row]) => found(test, batchOf([row])).length === 1);
  return { together, alone: alone.map(([name]) => name) };
}

describe("a search among rows that come in", () => {
  it.each(SPAN_CASES)("finds spans: $search", ({ search, finds }) => {
    const test = compileSearch(parsed(search, "traces"), "traces");
    const expected = [...finds];
    expect(names(CASE_SPANS, spanBatch, test)).toEqual({ together: expected, alone: expected });
  });

  it.each(LOG_CASES)("finds log records: $search", ({ search, finds }) => {
    const test = compileSearch(parsed(search, "logs"), "logs");
    const expected = [...finds];
    expect(names(CASE_LOGS, logBatch, test)).toEqual({ together: expected, alone: expected });
  });

  it("is asked of one batch after another, whatever the one before had", () => {
    const test = compileSearch(parsed("card -zone:eu-1", "logs"), "logs");
    const { mute, declined, slow, health } = CASE_LOGS;
    for (const [rows, expected] of [
      [[mute, declined], [0]],
      [[declined, slow], []],
      [
        [health, mute, mute],
        [1, 2],
      ],
      [[declined], []],
    ] as const)
      expect(found(test, logBatch(rows))).toEqual(expected);
  });

  it("decides on a batch as a whole by what its rows share", () => {
    const test = compileSearch(parsed("service:checkout card", "logs"), "logs");
    const { mute, declined } = CASE_LOGS;
    expect(test.bind(logBatch([mute]), new BatchView())).toBe("none");
    expect(test.bind(logBatch([declined]), new BatchView())).toBe("all");
  });

  it("of a field that only other rows have finds nothing", () => {
    const test = compileSearch(parsed("status:error", "traces"), "logs");
    expect(found(test, logBatch(Object.values(CASE_LOGS)))).toEqual([]);
  });
});
