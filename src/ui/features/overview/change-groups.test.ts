import type { ServiceChange } from "#api/contract/changes.ts";
import { expect, test } from "vitest";
import { changeGroups } from "./change-groups.ts";

const change = (service: string, part: Partial<ServiceChange> = {}): ServiceChange => ({
  service,
  kind: "throughput",
  isWorse: true,
  before: 6,
  now: 1,
  since: "2026-11-21T12:00:00.000000000Z",
  evidence: 9,
  score: 1,
  ...part,
});

const told = (...changes: ServiceChange[]): string[] =>
  changeGroups(changes).map(({ change: { kind }, services }) => `${kind}: ${services.join(" ")}`);

test("the same change of many services at once is told once, at the place of its first", () => {
  const errors = change("payment", { kind: "errors" });
  const many = ["a", "b", "c", "d"].map((service) => change(service));
  expect(told(many[0]!, errors, ...many.slice(1))).toEqual([
    "throughput: a b c d",
    "errors: payment",
  ]);
});

test("a change of a few services, or at other times, is told of each", () => {
  expect(told(change("a"), change("b"), change("c"))).toHaveLength(3);
  const later = { since: "2026-11-21T12:30:00.000000000Z" };
  const [now, then] = [
    ["a", "b"],
    ["c", "d"],
  ];
  expect(
    told(...now.map((one) => change(one)), ...then.map((one) => change(one, later))),
  ).toHaveLength(4);
});
