import type { ChangesAnswer } from "#api/contract/changes.ts";
import type { Answers } from "./answers.ts";

const changes: ChangesAnswer = {
  comparedFrom: "2026-11-21T07:14:00.000000000Z",
  isComparable: true,
  changes: [
    {
      service: "payment",
      kind: "errors",
      isWorse: true,
      before: 0.002,
      now: 0.0812,
      since: "2026-11-21T09:02:00.000000000Z",
      evidence: 31.4,
      score: 3.2,
    },
    {
      service: "storefront",
      kind: "latency",
      isWorse: true,
      before: 96.1,
      now: 402.7,
      since: "2026-11-21T09:03:00.000000000Z",
      evidence: 12.1,
      score: 1.6,
    },
    {
      service: "search",
      kind: "latency",
      isWorse: false,
      before: 210.4,
      now: 131,
      since: "2026-11-21T08:40:00.000000000Z",
      evidence: 6.3,
      score: 0.2,
    },
    {
      service: "catalog",
      kind: "throughput",
      isWorse: false,
      before: 61.2,
      now: 112,
      since: "2026-11-21T08:31:00.000000000Z",
      evidence: 9.9,
      score: 0.15,
    },
  ],
  newOperations: [
    {
      service: "cart",
      operations: 4,
      spans: 1_204,
      examples: ["POST /cart/merge", "GET /cart/v2"],
    },
  ],
};

export const filledChanges = () => ({ getChanges: changes }) satisfies Answers;

export const emptyChanges = (): Answers => ({
  getChanges: { ...changes, isComparable: false, changes: [], newOperations: [] },
});
