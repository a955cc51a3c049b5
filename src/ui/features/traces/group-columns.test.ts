import type { GroupsAnswer } from "#api/contract/trace-views.ts";
import { expect, test } from "vitest";
import { groupsTable } from "./group-columns.ts";

const group = {
  value: "cart",
  count: 400,
  errors: 4,
  errorRate: 0.01,
  p50Ms: 1,
  p95Ms: 2,
  p99Ms: 3,
};

test("a file of groups says what part of the range they were counted in", () => {
  const answer = { data: [group], scanned: { share: 0.25 } } as GroupsAnswer;
  expect(groupsTable(answer, "service")).toEqual([
    ["service", "count", "errorRate", "p50Ms", "p95Ms", "p99Ms", "countedShare"],
    [["cart", 400, 0.01, 1, 2, 3, 0.25]],
  ]);
});
