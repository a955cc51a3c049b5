import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { countsQuestion, newestQuestion } from "./use-log-list.ts";

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("sessionStorage", { getItem: () => null, setItem: () => {} });
  vi.stubGlobal("fetch", () => Promise.resolve(Response.json({ data: [] })));
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** Answers that are kept after a page has asked for thirty ranges, one after the other. */
async function keptAfter(isMoving: boolean): Promise<number> {
  const queries = new QueryClient();
  const of = (toMs: number) => ({ q: "card", range: { fromMs: 0, toMs }, isMoving });
  const counts = new QueryObserver(queries, countsQuestion(of(1), 20));
  const newest = new QueryObserver(queries, newestQuestion(of(1)));
  const leaves = [counts.subscribe(() => {}), newest.subscribe(() => {})];
  for (let toMs = 2; toMs <= 30; toMs++) {
    await vi.advanceTimersByTimeAsync(2_000);
    counts.setOptions(countsQuestion(of(toMs), 20));
    newest.setOptions(newestQuestion(of(toMs)));
  }
  await vi.advanceTimersByTimeAsync(1);
  expect([counts.getCurrentResult().isSuccess, newest.getCurrentResult().isSuccess]).toEqual([
    true,
    true,
  ]);
  const kept = queries.getQueryCache().getAll().length;
  for (const leave of leaves) leave();
  queries.clear();
  return kept;
}

test("of a range that moves only the newest answers are kept", async () => {
  expect(await keptAfter(true)).toBe(2);
});

test("those of a range that stands still are there again on the way back", async () => {
  expect(await keptAfter(false)).toBe(60);
});
