import { afterAll, expect, it } from "vitest";
import { changeText, graphChanges } from "./graph-changes.ts";
import type { WrittenGraph } from "./parse-graph.ts";
import { GraphWorld } from "./testing/graph-world.ts";

const world = new GraphWorld();
afterAll(() => world.discard());

function changes(from: WrittenGraph, to: WrittenGraph): string[] {
  return graphChanges(world.specOf(from), world.specOf(to)).map(changeText);
}

const BASE = {
  receivers: { line: { port: 1 } },
  processors: { "mark/a": { with: "x" }, "mark/b": { with: "y" } },
  destinations: { keep: { to: "a" } },
};
const DEFAULT = {
  receivers: ["otlp", "line"],
  processors: ["mark/a", "mark/b"],
  destinations: ["store", "keep"],
};

it("the same graph written in another order has no changes", () => {
  const other = { ...BASE, pipelines: { default: { ...DEFAULT } } };
  expect(changes(BASE, structuredClone(BASE))).toEqual([]);
  expect(changes(BASE, other)).toEqual([]);
});

it("what is added, removed and changed is told apart", () => {
  const after = {
    receivers: { line: { port: 2 }, "line/b": { port: 3 } },
    processors: { "mark/a": { with: "x" }, "mark/b": { with: "z" } },
    destinations: { "keep/other": { to: "a" } },
  };
  expect(changes(BASE, after)).toEqual([
    "changed receiver line",
    "added receiver line/b",
    "changed pipeline default",
    "changed processor mark/b of pipeline default",
    "removed destination keep of pipeline default",
    "added destination keep/other of pipeline default",
  ]);
});

it("how rows are delivered, and what happens at a failure, are a component's too", () => {
  const after = {
    ...BASE,
    processors: { ...BASE.processors, "mark/a": { with: "x", onError: "drop" } },
    destinations: { keep: { to: "a", delivery: { retryDelay: 5 } } },
  };
  expect(changes(BASE, after)).toEqual([
    "changed processor mark/a of pipeline default",
    "changed destination keep of pipeline default",
  ]);
});

it("which rows a destination is given is a setting of it", () => {
  const destination = (when?: string) => ({
    ...BASE,
    destinations: { keep: { to: "a", ...(when === undefined ? {} : { when }) } },
  });
  const changed = ["changed destination keep of pipeline default"];
  expect(changes(BASE, destination("severity_number > 9"))).toEqual(changed);
  expect(changes(destination("severity_number > 9"), destination("true"))).toEqual(changed);
  expect(changes(destination("true"), BASE)).toEqual(changed);
  expect(changes(destination("true"), destination("true"))).toEqual([]);
});

it("processors in another order change their pipeline", () => {
  const { "mark/a": a, "mark/b": b } = BASE.processors;
  expect(changes(BASE, { ...BASE, processors: { "mark/b": b, "mark/a": a } })).toEqual([
    "changed pipeline default",
  ]);
});

it("a pipeline comes and goes as one", () => {
  const second = { receivers: ["line"], destinations: ["keep"] };
  const after = { ...BASE, pipelines: { default: DEFAULT, second } };
  expect(changes(BASE, after)).toEqual(["added pipeline second"]);
  expect(changes(after, BASE)).toEqual(["removed pipeline second"]);
  const stored = { ...second, destinations: ["keep", "store"] };
  expect(changes(after, { ...after, pipelines: { default: DEFAULT, second: stored } })).toEqual([
    "added destination store of pipeline second",
  ]);
});

it("a group is another one when a member is", () => {
  const grouped = (to: string) => ({
    ...BASE,
    destinations: {
      keep: { to: "a" },
      "keep/b": { to },
      "group/both": { members: ["keep", "keep/b"] },
    },
  });
  expect(changes(grouped("b"), grouped("b"))).toEqual([]);
  expect(changes(grouped("b"), grouped("c"))).toEqual([
    "changed destination group/both of pipeline default",
  ]);
});
