import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { Processor, Receiver } from "../component.ts";
import { parseGraph, type WrittenGraph } from "./parse-graph.ts";
import {
  type ComponentRegistry,
  type KnownComponents,
  register,
  type Registered,
} from "./registry.ts";

const receiver: Receiver = { start: () => Promise.resolve(), stop: () => Promise.resolve() };
const processor: Processor = { process() {} };
const signals = { logs: "stable" } as const;
function known<C, T>(components: readonly Registered<C, T>[]): KnownComponents<C, T> {
  return {
    types: components.map(({ type }) => type),
    get: (type) => components.find((component) => component.type === type),
  };
}
const registry: ComponentRegistry = {
  receivers: known([
    register({
      type: "lines",
      summary: "Reads lines.",
      signals,
      settings: z.strictObject({ port: z.int({ error: "a port" }).default(1) }),
      create: () => receiver,
    }),
  ]),
  processors: known([
    register({
      type: "mark",
      summary: "Marks rows.",
      signals,
      settings: z.strictObject({ with: z.string({ error: "a text" }) }),
      create: () => processor,
    }),
    register({
      type: "hide",
      summary: "Hides values.",
      signals,
      settings: z.strictObject({}),
      onError: "refuse",
      create: () => processor,
    }),
    register({
      type: "hold",
      summary: "Holds traces.",
      signals,
      settings: z.strictObject({}),
      holds: true,
      create: () => processor,
    }),
  ]),
  destinations: known([
    register({
      type: "sink",
      summary: "Takes rows.",
      signals,
      settings: z.strictObject({ url: z.string({ error: "a URL" }) }),
      create: () => ({
        bounds: { rowsMax: 10, bytesMax: 1_000, waitMsMax: 1 },
        send: () => Promise.resolve(),
      }),
    }),
  ]),
};

function problems(written: WrittenGraph): string[] {
  const parsed = parseGraph(written, registry);
  if (parsed.success) throw new Error("the graph was taken");
  return parsed.problems.map(
    ({ path, found, allowed }) => `${path.join(".")}: ${found ?? "-"} / ${allowed}`,
  );
}

function graphOf(written: WrittenGraph) {
  const parsed = parseGraph(written, registry);
  if (!parsed.success) throw new Error(JSON.stringify(parsed.problems));
  return parsed.graph;
}

const whole = {
  receivers: { lines: {}, "lines/second": { port: 2 } },
  processors: { "mark/a": { with: "x" }, hide: { onError: "drop" } },
  destinations: { "sink/far": { url: "u", delivery: { maxRetries: 3 } } },
};

describe("a graph", () => {
  it("without pipelines has one, of everything in the order in which it is written", () => {
    expect([...graphOf(whole).pipelines.values()]).toEqual([
      {
        name: "default",
        receivers: ["otlp", "lines", "lines/second"],
        processors: ["mark/a", "hide"],
        destinations: ["store", "sink/far"],
      },
    ]);
    expect([...graphOf({}).pipelines.values()]).toEqual([
      { name: "default", receivers: ["otlp"], processors: [], destinations: ["store"] },
    ]);
  });

  it("has the pipelines that are written", () => {
    const pipelines = {
      edge: { receivers: ["lines", "lines/second"], destinations: ["sink/far"] },
      main: { receivers: ["otlp"], processors: ["hide", "mark/a"], destinations: ["store"] },
    };
    const graph = graphOf({ ...whole, pipelines });
    expect(graph.pipelines.get("main")).toEqual({ name: "main", ...pipelines.main });
    expect(graph.pipelines.get("edge")).toMatchObject({ processors: [] });
  });

  it("has the conditions of destinations, a group's for all its members", () => {
    const when = "severity_number >= SEVERITY_NUMBER_ERROR";
    const graph = graphOf({
      destinations: {
        "sink/slack": { url: "u", when },
        "sink/a": { url: "u" },
        group: { members: ["sink/a"], when: "true" },
      },
    });
    const conditions = [...graph.destinations.values()].map(({ name, when: one }) => [name, one]);
    expect(conditions).toEqual([
      ["sink/slack", when],
      ["sink/a", undefined],
      ["group", "true"],
    ]);
    const member = { "sink/a": { url: "u", when }, group: { members: ["sink/a"] } };
    expect(problems({ destinations: member })).toEqual([
      "destinations.sink/a.when: - / none: it is a member of group",
    ]);
  });

  it("has no destination with a condition that cannot be", () => {
    const [problem, ...others] = problems({
      destinations: { sink: { url: "u", when: "severity > 3" } },
    });
    expect(problem).toContain("destinations.sink.when: - / ");
    expect(problem).toContain('"severity"');
    expect(others).toEqual([]);
  });

  it("has what holds traces as the last processor, without a condition", () => {
    const graph = graphOf({ processors: { hide: {}, hold: {} } });
    expect(graph.processors.get("hold")).toMatchObject({ holds: true });
    expect(graph.processors.get("hide")).not.toHaveProperty("holds");
    expect(problems({ processors: { hold: {}, hide: {} } })).toEqual([
      'pipelines.default.processors.0: "hold" before hide / a processor that holds traces as the last one',
    ]);
    expect(problems({ processors: { hold: { when: 'name == "a"' } } })).toEqual([
      "processors.hold.when: - / none: it holds whole traces",
    ]);
  });

  it("fills in how a destination is delivered to, and what becomes of a failed batch", () => {
    const graph = graphOf(whole);
    expect(graph.destinations.get("sink/far")!.delivery).toMatchObject({
      maxRetries: 3,
      retryBackoff: 2,
    });
    expect(graph.processors.get("mark/a")!.onError).toBe("pass");
    expect(graph.processors.get("hide")!.onError).toBe("drop");
    expect(graphOf({ processors: { hide: null } }).processors.get("hide")!.onError).toBe("refuse");
  });

  it("has the conditions under which processors are given rows", () => {
    const graph = graphOf({ processors: { hide: { when: 'name == "a"' }, "hide/all": {} } });
    expect(graph.processors.get("hide")).toMatchObject({ when: 'name == "a"', written: {} });
    expect(graph.processors.get("hide/all")).not.toHaveProperty("when");
    expect(problems({ processors: { hide: { when: "nam == 1" } } })).toEqual([
      expect.stringMatching(/^processors\.hide\.when: - \/ .*nam/s),
    ]);
    expect(problems({ processors: { hide: { when: 1 } } })).toHaveLength(1);
  });

  it("tells everything that is wrong with it, each with its place", () => {
    const found = problems({
      receivers: { lines: { port: "x" }, tail: {}, "lines/": {} },
      processors: { "mark/a": { wit: "x" }, hide: { onError: "stop" } },
      destinations: { sink: { delivery: { retries: 1 } }, "sink/b": [] },
    });
    expect(found).toEqual([
      "receivers.lines.port: - / a port",
      expect.stringMatching(/^receivers\.tail: an unknown component \/ .*the types are lines$/),
      expect.stringMatching(/^receivers\.lines\/: an unknown component/),
      "processors.hide.onError: - / one of pass, drop, refuse",
      "processors.mark/a.with: - / a text",
      "processors.mark/a.wit: an unknown setting / with",
      expect.stringMatching(/^destinations\.sink\.delivery\.retries: an unknown setting \/ maxR/),
      "destinations.sink/b: - / a section of settings",
      "destinations.sink.url: - / a URL",
      "destinations.sink/b.url: - / a URL",
    ]);
  });

  it("says where the settings of delivery stand when they are beside a destination's own", () => {
    const sink = { url: "u", maxRetries: 3, retyDelay: 1 };
    const found = problems({ destinations: { sink, group: { members: [], inFlight: 2 } } });
    expect(found).toEqual([
      "destinations.sink.maxRetries: a setting of delivery / delivery.maxRetries: it stands in the destination's section delivery",
      "destinations.sink.retyDelay: an unknown setting / url",
      "destinations.group.members: - / at least one destination",
      "destinations.group.inFlight: a setting of delivery / delivery.inFlight: it stands in the destination's section delivery",
    ]);
  });

  it("refuses pipelines of names that are not declared, twice in a list, or of nothing", () => {
    expect(
      problems({
        ...whole,
        pipelines: {
          main: { receivers: ["otlp", "line"], processors: ["hide", "hide"], destinations: [] },
          "a b": { receivers: ["lines"], destinations: ["store"], when: "x" },
        },
      }),
    ).toEqual([
      "pipelines.main.destinations: - / at least one destination",
      "pipelines.a b: this name / letters, digits, _ and -, at most 64 of them",
      "pipelines.a b.when: an unknown setting / receivers, processors, destinations",
      "receivers.lines: a component in no pipeline / its name in pipelines.*.receivers",
      "receivers.lines/second: a component in no pipeline / its name in pipelines.*.receivers",
      "processors.mark/a: a component in no pipeline / its name in pipelines.*.processors",
      "processors.hide: a component in no pipeline / its name in pipelines.*.processors",
      "destinations.sink/far: a component in no pipeline / its name in pipelines.*.destinations",
    ]);
    const names = { receivers: ["otlp", "line"], processors: ["hide", "hide"] };
    expect(
      problems({
        processors: { hide: {} },
        pipelines: { main: { ...names, destinations: ["store"] } },
      }),
    ).toEqual([
      "pipelines.main.receivers.1: - / otlp",
      'pipelines.main.processors.1: "hide" again / each name once',
    ]);
  });

  it("has components of names that can be those of files too", () => {
    const longest = `sink/${"a".repeat(51)}`;
    expect(graphOf({ destinations: { [longest]: { url: "u" } } }).destinations.size).toBe(1);
    for (const name of [`${longest}a`, "sink/damaged"])
      expect(problems({ destinations: { [name]: { url: "u" } } })).toEqual([
        expect.stringContaining("of at most 56 characters"),
      ]);
  });

  it("takes no more components than its bound", () => {
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`lines/${i}`, {}]));
    expect(problems({ receivers: many })).toEqual(["receivers: 300 entries / at most 256 entries"]);
  });
});
