import { join } from "node:path";
import { LINE_SERVICE } from "./reload-sources.ts";

/** What of the graph the steps change. */
export interface Graph {
  /** What all of it writes to, and reads from. */
  readonly folder: string;
  /** Of the receiver for events: one and the other. */
  readonly ports: readonly [number, number];
  port: 0 | 1;
  path: string;
  filterName: string;
  filterDrops: string;
  extra: boolean;
  waitMs: number;
  second: boolean;
  pollMs: number;
  order: "failover" | "round_robin";
  /** How long traces are held; undefined while they are not. */
  heldMs: number | undefined;
}

export interface Step {
  readonly what: string;
  /** As the server counts it. */
  readonly result: "applied" | "invalid" | "failed";
  readonly change: (graph: Graph, number: number) => void;
  /** What is written in the place of the graph. */
  readonly text?: string;
}

function applied(what: string, change: Step["change"]): Step {
  return { what, result: "applied", change };
}

function invalid(what: string, text: string): Step {
  return { what, result: "invalid", change: () => {}, text };
}

/** One after the other, and again from the first. */
export const STEPS: readonly Step[] = [
  applied("a filter has another name", (graph, number) => {
    graph.filterName = `filter/n${number}`;
  }),
  applied("a destination more", (graph) => {
    graph.extra = true;
  }),
  applied("a receiver takes another path", (graph, number) => {
    graph.path = `/events/${number}`;
  }),
  invalid("a file that is no YAML", "destinations: [ {"),
  applied("traces are held", (graph) => {
    graph.heldMs = 300;
  }),
  applied("a destination has other settings", (graph, number) => {
    graph.waitMs = 1_000 + number;
  }),
  applied("a second pipeline, with a store", (graph) => {
    graph.second = true;
  }),
  applied("a receiver of files looks at another pace", (graph, number) => {
    graph.pollMs = 50 + (number % 50);
  }),
  applied("a filter has other settings", (graph, number) => {
    graph.filterDrops = `nothing has this text ${number}`;
  }),
  applied("a receiver listens elsewhere", (graph) => {
    graph.port = graph.port === 0 ? 1 : 0;
  }),
  invalid("a destination that nobody knows", "destinations: { carrier_pigeon: {} }"),
  applied("traces are held for longer", (graph) => {
    graph.heldMs = 400;
  }),
  applied("a group takes turns, or not", (graph) => {
    graph.order = graph.order === "failover" ? "round_robin" : "failover";
  }),
  applied("a destination less", (graph) => {
    graph.extra = false;
  }),
  applied("traces are held no more", (graph) => {
    graph.heldMs = undefined;
  }),
  applied("the second pipeline is gone", (graph) => {
    graph.second = false;
  }),
];

export function firstGraph(folder: string, ports: Graph["ports"]): Graph {
  return {
    folder,
    ports,
    port: 0,
    path: "/events/0",
    filterName: "filter/n0",
    filterDrops: "nothing has this text",
    extra: false,
    waitMs: 1_000,
    second: false,
    pollMs: 50,
    order: "failover",
    heldMs: undefined,
  };
}

/** Where events are posted to. */
export function eventsUrl({ ports, port, path }: Graph): string {
  return `http://127.0.0.1:${ports[port]}${path}`;
}

/** The folder of the file that is followed. */
export function linesFolder({ folder }: Pick<Graph, "folder">): string {
  return join(folder, "lines");
}

/** Destinations that are there all the time, with the files that each writes. */
export const LASTING = {
  "jsonl/kept": ["kept.jsonl"],
  "group/pair": ["first.jsonl", "other.jsonl"],
} as const;

/** As JSON, which YAML is too. */
export function textOf(graph: Graph): string {
  const { filterName, filterDrops, heldMs, second, extra, pollMs, order } = graph;
  const written = (name: string) => ({ outputPath: join(graph.folder, name), rotateDaily: false });
  const [kept] = LASTING["jsonl/kept"];
  const [first, other] = LASTING["group/pair"];
  return JSON.stringify({
    receivers: {
      http_json: { endpoint: `127.0.0.1:${graph.ports[graph.port]}`, path: graph.path },
      file: { folder: linesFolder(graph), pollMs, resource: { "service.name": LINE_SERVICE } },
      ...(second ? { "http_json/second": { endpoint: "127.0.0.1:0" } } : {}),
    },
    processors: {
      [filterName]: { dropPatterns: [filterDrops] },
      ...(heldMs === undefined ? {} : { tail_sample: heldFor(heldMs) }),
      // Rows of the load would be stored twice, rightly.
      ...(second ? { "filter/events": { dropPatterns: ["event [0-9]+"] } } : {}),
    },
    destinations: {
      "jsonl/kept": { ...written(kept), delivery: { retryDelay: graph.waitMs } },
      "jsonl/first": written(first),
      "jsonl/other": written(other),
      "group/pair": { order, members: ["jsonl/first", "jsonl/other"] },
      ...(extra ? { "jsonl/extra": written("extra.jsonl") } : {}),
    },
    pipelines: {
      default: {
        receivers: ["otlp", "http_json", "file"],
        processors: [filterName, ...(heldMs === undefined ? [] : ["tail_sample"])],
        destinations: ["store", ...Object.keys(LASTING), ...(extra ? ["jsonl/extra"] : [])],
      },
      ...(second
        ? {
            second: {
              receivers: ["http_json/second", "http_json"],
              processors: ["filter/events"],
              destinations: ["store"],
            },
          }
        : {}),
    },
  });
}

/** Every trace is kept, once it was held. */
function heldFor(decisionWait: number) {
  return { decisionWait, policies: [{ name: "all", type: "always_sample" }] };
}
