import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { GraphWorld } from "./testing/graph-world.ts";

let world: GraphWorld;
beforeEach(() => {
  world = new GraphWorld();
});

const LINE = { receivers: { line: { port: 1 } } };
const MEMBERS = { "keep/a": { to: "a" }, "keep/b": { to: "b" } };

describe("a group of destinations", () => {
  afterEach(() => world.end());

  it("is one destination of the pipeline: what one member does not take goes to the next", async () => {
    await world.start({
      ...LINE,
      destinations: { ...MEMBERS, "group/both": { members: ["keep/a", "keep/b"] } },
    });
    expect(world.graph.spec.pipelines.get("default")!.destinations).toEqual([
      "store",
      "group/both",
    ]);
    await world.bring("line", "1");
    expect(await world.until("a", 1)).toEqual(["1"]);
    world.dead.add("a");
    await world.bring("line", "2");
    expect(await world.until("b", 1)).toEqual(["2"]);
    expect(world.graph.main.destinations.map(({ name }) => name)).toEqual(["group/both"]);
  });

  it("goes on at its cursor when a member is exchanged", async () => {
    const group = { "group/both": { members: ["keep/a"] } };
    await world.start({ ...LINE, destinations: { "keep/a": { to: "a" }, ...group } });
    world.dead.add("a");
    await world.bring("line", "1");
    await world.apply({ ...LINE, destinations: { "keep/a": { to: "b" }, ...group } });
    expect(await world.until("b", 1)).toEqual(["1"]);
  });
});

describe("a group that is judged", () => {
  afterEach(() => world.discard());

  it.each([
    ["a member that is not there", { "group/x": { members: ["keep/c"] } }, "members"],
    ["a member twice", { "group/x": { members: ["keep/a", "keep/a"] } }, "again"],
    ["a group in a group", { "group/x": { members: ["group/x"] } }, "members"],
    ["no members", { "group/x": { members: [] } }, "at least one destination"],
    ["another order", { "group/x": { order: "any", members: ["keep/a"] } }, "round_robin"],
    ["a wrong name", { "group/X": { members: ["keep/a"] } }, "this name"],
  ])("is refused with %s", (_, group, told) => {
    expect(() => world.specOf({ destinations: { ...MEMBERS, ...group } })).toThrow(told);
  });

  it("is refused with a member that is in a pipeline too", () => {
    const destinations = { ...MEMBERS, group: { members: ["keep/a", "keep/b"] } };
    const main = { receivers: ["otlp"], destinations: ["store", "group", "keep/a"] };
    expect(() => world.specOf({ destinations, pipelines: { default: main } })).toThrow(
      "a member of a group in a pipeline too",
    );
  });
});
