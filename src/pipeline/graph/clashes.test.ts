import { describe, expect, it } from "vitest";
import type { Claim } from "../claims.ts";
import { deliverySettingsSchema } from "../delivery/delivery-settings.ts";
import { findClashes } from "./clashes.ts";
import type { DestinationSpec, GraphSpec, ReceiverSpec } from "./graph-spec.ts";

const unmade = (): never => {
  throw new Error("nothing is made");
};

function graphOf(
  receivers: Record<string, Claim[]>,
  destinations: Record<string, Claim[]> = {},
  pipelines: Record<string, readonly string[]> = {},
): GraphSpec {
  const spec = (name: string, claims: Claim[]) => ({ name, type: name, written: {}, claims });
  return {
    receivers: new Map(
      Object.entries(receivers).map(([name, claims]): [string, ReceiverSpec] => [
        name,
        { ...spec(name, claims), create: unmade },
      ]),
    ),
    processors: new Map(),
    destinations: new Map(
      Object.entries(destinations).map(([name, claims]): [string, DestinationSpec] => [
        name,
        {
          ...spec(name, claims),
          create: unmade,
          delivery: deliverySettingsSchema.parse({}),
        },
      ]),
    ),
    pipelines: new Map(
      Object.entries(pipelines).map(([name, names]) => [
        name,
        { name, receivers: ["otlp"], processors: [], destinations: names },
      ]),
    ),
  };
}

const at = (port: number, host = "127.0.0.1") => ({ host, port });
const tcp = (port: number, host?: string): Claim => ({ kind: "tcp", address: at(port, host) });
const udp = (port: number): Claim => ({ kind: "udp", address: at(port) });
const http = (port: number, path: string, host?: string): Claim => ({
  kind: "http",
  address: at(port, host),
  paths: [path],
});
const write = (path: string): Claim => ({ kind: "write", path });
const read = (folder: string): Claim => ({
  kind: "read",
  folder,
  reads: (path) => path.endsWith(".log"),
});

describe("receivers", () => {
  it.each([
    ["one port", tcp(1), tcp(1)],
    ["one port for all addresses and for one", tcp(1), tcp(1, "0.0.0.0")],
    ["one port, HTTP or not", tcp(1), http(1, "/a")],
    ["one port for HTTP at two addresses", http(1, "/a"), http(1, "/b", "0.0.0.0")],
    ["one path at one address", http(1, "/a"), http(1, "/a")],
    ["one port for datagrams", udp(1), udp(1)],
  ])("clash over %s", (_, one, other) => {
    const problems = findClashes(graphOf({ a: [one], b: [other] }), []);
    expect(problems).toMatchObject([{ path: ["receivers", "b"] }]);
    expect(problems[0]!.found).toContain("receivers.a");
  });

  it.each([
    ["other ports", tcp(1), tcp(2)],
    ["any free port", tcp(0), tcp(0)],
    ["other addresses of the machine", tcp(1), tcp(1, "10.0.0.1")],
    ["datagrams and connections", udp(1), tcp(1)],
    ["other paths at one address", http(1, "/a"), http(1, "/b")],
  ])("do not clash with %s", (_, one, other) => {
    expect(findClashes(graphOf({ a: [one], b: [other] }), [])).toEqual([]);
  });

  it("clash with what is no component", () => {
    const taken = [{ setting: "http.endpoint", address: at(4319) }];
    expect(findClashes(graphOf({ a: [http(4319, "/a")] }), taken)).toMatchObject([
      {
        path: ["receivers", "a"],
        found: "127.0.0.1:4319, which is the address of http.endpoint too",
      },
    ]);
  });
});

describe("destinations", () => {
  it("clash over a file, however it is written", () => {
    const graph = graphOf({}, { a: [write("/out/x.log")], b: [write("/out/../out/x.log")] });
    expect(findClashes(graph, [])).toMatchObject([{ path: ["destinations", "b"] }]);
  });

  it("clash with a receiver that reads what they write", () => {
    const receivers = { in: [read("/var/out")] };
    const of = (path: string) => findClashes(graphOf(receivers, { out: [write(path)] }), []);
    expect(of("/var/out/x.log")).toMatchObject([
      { path: ["destinations", "out"], found: "a file that receivers.in reads" },
    ]);
    expect(of("/var/out/x.json")).toEqual([]);
    expect(of("/var/outer/x.log")).toEqual([]);
    expect(of("/var/x.log")).toEqual([]);
  });

  it("that write a file are in one pipeline only", () => {
    const destinations = { file: [write("/x")], far: [] };
    const pipelines = { default: ["store", "file", "far"], audit: ["file", "far"] };
    expect(findClashes(graphOf({}, destinations, pipelines), [])).toMatchObject([
      { path: ["destinations", "file"], allowed: "one pipeline for each file" },
    ]);
  });
});
