import type { Answers } from "./answers.ts";
import { checkoutTrace, traceSummaries } from "./checkout-trace.ts";

export const filledTraces = () =>
  ({
    searchTraces: { data: traceSummaries(30), nextCursor: "older" },
    getTrace: checkoutTrace,
  }) satisfies Answers;

export const emptyTraces = (): Answers => ({
  searchTraces: { data: [], nextCursor: null },
  getTrace: { ...checkoutTrace, spans: [] },
});
