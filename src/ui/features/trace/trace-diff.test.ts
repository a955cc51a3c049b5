import fc from "fast-check";
import { expect, test } from "vitest";
import { testSpan, testTree } from "./test-outline.ts";
import { diffTraces } from "./trace-diff.ts";

const told = (rows: ReturnType<typeof diffTraces>): string[] =>
  rows.map(
    ({ depth, name, here, there, moreMs }) =>
      `${"-".repeat(depth)}${name} ${here?.spans ?? 0}/${there?.spans ?? 0} ${moreMs}`,
  );

const named = (name: string) => ({ name });

test("puts the same calls beside each other, and those of one trace alone at their place", () => {
  const here = testTree([
    testSpan("1", null, 0, { ...named("GET /"), ms: 100 }),
    testSpan("2", "1", 10, { ...named("load"), ms: 40 }),
    testSpan("3", "2", 12, { ...named("SELECT"), ms: 30 }),
    testSpan("4", "1", 60, { ...named("retry"), ms: 20, status: "error" }),
  ]);
  const there = testTree([
    testSpan("a", null, 0, { ...named("GET /"), ms: 60 }),
    testSpan("b", "a", 10, { ...named("load"), ms: 15 }),
    testSpan("c", "b", 12, { ...named("cache"), ms: 5 }),
  ]);
  const rows = diffTraces(here, there);
  expect(told(rows)).toEqual([
    "GET / 1/1 40",
    "-load 1/1 25",
    "--SELECT 1/0 30",
    "--cache 0/1 -5",
    "-retry 1/0 20",
  ]);
  expect(rows[4]?.here).toMatchObject({ errors: 1, selfMs: 20 });
});

test("adds up the calls of one operation under one path", () => {
  const calls = (count: number) =>
    testTree([
      testSpan("0", null, 0, { ...named("GET /"), ms: 100 }),
      ...Array.from({ length: count }, (_, place) =>
        testSpan(String(place + 1), "0", place * 10, { ...named("SELECT"), ms: 4 }),
      ),
    ]);
  expect(told(diffTraces(calls(9), calls(2)))).toEqual(["GET / 1/1 0", "-SELECT 9/2 28"]);
});

test("of another service or under another parent is another path", () => {
  const here = testTree([testSpan("1", null, 0, { ...named("x"), service: "web" })]);
  const there = testTree([testSpan("1", null, 0, { ...named("x"), service: "api" })]);
  expect(told(diffTraces(here, there))).toEqual(["x 1/0 1", "x 0/1 -1"]);
});

test("counts every span of both once, and finds no difference of a trace to itself", () => {
  const trees = fc
    .array(fc.tuple(fc.constantFrom("a", "b", "c"), fc.nat(20), fc.nat(9)), { maxLength: 30 })
    .map((given) =>
      testTree(
        given.map(([name, ms, parent], place) =>
          testSpan(String(place), place === 0 ? null : String(Math.min(parent, place - 1)), place, {
            ms,
            name,
          }),
        ),
      ),
    );
  fc.assert(
    fc.property(trees, trees, (here, there) => {
      const rows = diffTraces(here, there);
      const spans = (side: "here" | "there") =>
        rows.reduce((sum, row) => sum + (row[side]?.spans ?? 0), 0);
      expect([spans("here"), spans("there")]).toEqual([here.rows.length, there.rows.length]);
      for (const row of diffTraces(here, here)) expect(row.moreMs).toBe(0);
    }),
  );
});
