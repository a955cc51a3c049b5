import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { GraphWorld } from "./testing/graph-world.ts";

let world: GraphWorld;
beforeEach(() => {
  world = new GraphWorld();
});
afterEach(() => world.end());

const LINE = { receivers: { line: { port: 1 } } };

describe("destinations of a graph that is changed", () => {
  it("that are new get what comes from then on", async () => {
    await world.start({ ...LINE, destinations: { "keep/a": { to: "a" } } });
    await world.bring("line", "1");
    await world.apply({
      ...LINE,
      destinations: { "keep/a": { to: "a" }, "keep/b": { to: "b" } },
    });
    await world.bring("line", "2");
    expect(await world.until("a", 2)).toEqual(["1", "2"]);
    expect(await world.until("b", 1)).toEqual(["2"]);
  });

  it("can read what was encoded while there was none that needs rows", async () => {
    await world.start(LINE);
    // Of the same resource: the second record alone would not say what it is.
    await world.bring("line", "1");
    await world.apply({ ...LINE, destinations: { keep: { to: "a" } } });
    await world.bring("line", "2");
    await world.bring("line", "3");
    expect(await world.until("a", 2)).toEqual(["2", "3"]);
    expect(world.records.filter(({ level }) => level === "error")).toEqual([]);
  });

  it("with other settings go on where they were, without a row lost or repeated", async () => {
    await world.start({ ...LINE, destinations: { keep: { to: "a" } } });
    world.dead.add("a");
    await world.bring("line", "1");
    await world.bring("line", "2");
    await world.apply({ ...LINE, destinations: { keep: { to: "b" } } });
    await world.bring("line", "3");
    expect(await world.until("b", 3)).toEqual(["1", "2", "3"]);
    expect(world.got("a")).toEqual([]);
    await world.apply({
      ...LINE,
      destinations: { keep: { to: "b", delivery: { retryDelay: 7 } } },
    });
    await world.bring("line", "4");
    expect(await world.until("b", 4)).toEqual(["1", "2", "3", "4"]);
  });

  it("that are removed deliver what they can; what is left is given up and said", async () => {
    const destinations = { "keep/a": { to: "a" }, "keep/b": { to: "b" } };
    await world.start({ ...LINE, destinations });
    world.dead.add("b");
    await world.bring("line", "1");
    await world.bring("line", "2");
    await world.apply(LINE);
    expect(world.got("a")).toEqual(["1", "2"]);
    expect(world.givenUp).toEqual([{ pipeline: "default", destination: "keep/b", rows: 2 }]);
    // Of the same name it is another one.
    world.dead.clear();
    await world.apply({ ...LINE, destinations });
    await world.bring("line", "3");
    expect(await world.until("b", 1)).toEqual(["3"]);
  });
});

describe("processors of a graph that is changed", () => {
  it("are kept, with what they remember, where their settings are the same", async () => {
    await world.start({ ...LINE, processors: { "mark/a": { with: "x" } } });
    await world.bring("line", "1");
    await world.apply({
      ...LINE,
      processors: { "mark/b": { with: "y" }, "mark/a": { with: "x" } },
    });
    await world.bring("line", "2");
    expect(world.told).toEqual(["mark/a x 1", "mark/b started", "mark/b y 1", "mark/a x 2"]);
    expect(world.graph.main.processors.counts()).toEqual([
      { name: "mark/b", rowsIn: 1, rowsOut: 1, failures: 0 },
      { name: "mark/a", rowsIn: 2, rowsOut: 2, failures: 0 },
    ]);
  });

  it("with other settings are exchanged: the new one starts before the old one stops", async () => {
    await world.start({ ...LINE, processors: { mark: { with: "x" } } });
    await world.apply({ ...LINE, processors: { mark: { with: "y" } } });
    await world.bring("line", "1");
    expect(world.told).toEqual(["mark started", "mark stopped", "mark y 1"]);
  });

  it("leave everything as it was when one cannot start", async () => {
    const before = { ...LINE, processors: { "mark/a": { with: "x" } } };
    await world.start(before);
    const wrong = {
      ...LINE,
      processors: { "mark/b": { with: "y" }, "mark/c": { with: "z", fails: true } },
      destinations: { keep: { to: "a" } },
    };
    await expect(world.apply(wrong)).rejects.toThrow("it cannot start");
    await world.bring("line", "1");
    expect(world.told).toEqual([
      "mark/b started",
      "mark/b stopped",
      "mark/c stopped",
      "mark/a x 1",
    ]);
    expect(world.graph.spec.processors.has("mark/a")).toBe(true);
    expect(world.got("a")).toEqual([]);
  });
});

describe("the condition of a destination", () => {
  const given = (when: string) => ({
    ...LINE,
    destinations: { keep: { to: "a", when } },
  });

  it("that is changed is that of the rows which wait, too", async () => {
    await world.start(given('body == "1"'));
    world.dead.add("a");
    await world.bring("line", "1");
    await world.bring("line", "2");
    await world.apply(given('body == "2"'));
    world.dead.delete("a");
    await world.bring("line", "3");
    await world.bring("line", "2");
    expect(await world.until("a", 2)).toEqual(["2", "2"]);
    const [destination] = world.graph.main.destinations;
    expect(destination!.statistics).toMatchObject({ rowsDelivered: 2, rowsSkipped: 2 });
    expect(destination!.live().queue.rows).toBe(0);
  });
});

describe("receivers of a graph that is changed", () => {
  it("stop before another takes their port", async () => {
    await world.start(LINE);
    await world.apply({ receivers: { "line/other": { port: 1 } } });
    expect(world.told).toEqual(["receiver line stopped", "receiver line/other started"]);
    await world.bring("line/other", "1");
  });

  it("that are gone let go of the pipelines they brought data to", async () => {
    await world.start(LINE);
    expect(world.graph.fanOut("line").targets).toHaveLength(1);
    await world.apply({});
    expect(world.graph.fanOut("line").targets).toEqual([]);
    expect(world.graph.fanOut("otlp").targets).toHaveLength(1);
  });

  it("of HTTP are there before their former selves leave", async () => {
    await world.start({ receivers: { line: { port: 1, path: "/a" } } });
    await world.apply({ receivers: { line: { port: 1, path: "/b" } } });
    expect(world.told).toEqual(["receiver line started", "receiver line stopped"]);
    expect(world.graph.receivers.views()).toHaveLength(1);
  });

  it("are started again when another cannot take their place, and the rest is put back too", async () => {
    const before = {
      receivers: { "line/a": { port: 1 }, "line/b": { port: 2 } },
      processors: { mark: { with: "x" } },
      destinations: { keep: { to: "a" } },
    };
    await world.start(before);
    world.ports.set(3, "somebody else");
    const wrong = {
      receivers: { "line/a": { port: 3 }, "line/b": { port: 4 } },
      processors: { mark: { with: "y" } },
      destinations: { keep: { to: "b" }, "keep/more": { to: "c" } },
    };
    await expect(world.apply(wrong)).rejects.toMatchObject({ code: "port_in_use" });
    expect([...world.ports]).toEqual(
      expect.arrayContaining([
        [1, "line/a"],
        [2, "line/b"],
      ]),
    );
    world.told.length = 0;
    await world.bring("line/a", "1");
    expect(world.told).toEqual(["mark x 1"]);
    expect(await world.until("a", 1)).toEqual(["1"]);
    expect([world.got("b"), world.got("c")]).toEqual([[], []]);
    expect(() => world.journals.get("default")!.consumer("keep.more")).toThrow("no consumer");
    // And it is the graph of before that is compared with.
    expect(world.graph.compare(world.specOf(before))).toEqual([]);
  });
});

describe("several pipelines", () => {
  const ONE = { receivers: ["otlp", "line"], destinations: ["store", "keep/a"] };
  const graph = (pipelines: Record<string, unknown>, more: Record<string, unknown> = {}) => ({
    ...LINE,
    destinations: { "keep/a": { to: "a" }, ...more },
    pipelines,
  });
  const B = { "keep/b": { to: "b" } };

  it("each get a copy of what a receiver brings that is in both", async () => {
    const second = { receivers: ["line"], processors: ["hide"], destinations: ["keep/b"] };
    await world.start({ ...graph({ default: ONE, second }, B), processors: { hide: {} } });
    await world.bring("line", "1");
    await world.apply(graph({ default: ONE, second: { ...second, processors: [] } }, B));
    await world.bring("line", "2");
    expect(await world.until("a", 2)).toEqual(["1", "2"]);
    expect(await world.until("b", 1)).toEqual(["2"]);
  });

  it("come and go with a graph, each with a store of its own or none", async () => {
    await world.start(graph({ default: ONE }));
    const second = { receivers: ["line"], destinations: ["keep/b", "store"] };
    await world.apply(graph({ default: ONE, second }, B));
    await world.bring("line", "1");
    expect(world.graph.pipelines.map(({ name }) => name)).toEqual(["default", "second"]);
    expect(world.journals.get("second")!.acceptedRows().logs).toBe(1);
    await world.apply(graph({ default: ONE }));
    expect(world.removed).toEqual(["second"]);
    expect(world.told).toEqual(["store of second started", "store of second stopped"]);
    expect(world.got("b")).toEqual(["1"]);
    await world.bring("line", "2");
    expect(await world.until("a", 2)).toEqual(["1", "2"]);
  });

  it("that cannot start leave nothing behind", async () => {
    await world.start(graph({ default: ONE }));
    const second = { receivers: ["line"], destinations: ["keep/b"] };
    const wrong = graph({ default: ONE, second }, { "keep/b": { to: "b", fails: true } });
    await expect(world.apply(wrong)).rejects.toThrow("it cannot start");
    expect(world.graph.pipelines.map(({ name }) => name)).toEqual(["default"]);
    await world.bring("line", "1");
    expect(world.journals.get("second")!.acceptedRows().logs).toBe(0);
  });
});
