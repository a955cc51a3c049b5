import type { Answers } from "./answers.ts";
import { traceSummaries } from "./checkout-trace.ts";

export const filledTraces = () =>
  ({
    searchTraces: { data: traceSummaries(30), nextCursor: "older" },
  }) satisfies Answers;

export const emptyTraces = (): Answers => ({
  searchTraces: { data: [], nextCursor: null },
});
