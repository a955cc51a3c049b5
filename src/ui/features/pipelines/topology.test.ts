import { expect, it } from "vitest";
import { layOut, type PipelineView } from "./topology.ts";

function named(...names: readonly string[]): never[] {
  return names.map((name) => ({ name })) as never[];
}

const FLOW = { in: 7, out: 5, isTroubled: true };

const pipeline: PipelineView = {
  name: "default",
  receivers: named("otlp", "syslog"),
  processors: named("redact", "sample"),
  destinations: named("store", "webhook", "s3"),
};

it("places components from left to right as rows pass them, none over another", () => {
  const { nodes, width, height } = layOut(pipeline, () => FLOW);
  expect(nodes.map(({ id }) => id)).toEqual([
    "receiver:otlp",
    "receiver:syslog",
    "processor:redact",
    "processor:sample",
    "journal:",
    "destination:store",
    "destination:webhook",
    "destination:s3",
  ]);
  for (const [i, a] of nodes.entries()) {
    expect([a.x >= 0, a.y >= 0, a.x + a.width <= width, a.y + a.height <= height]).not.toContain(
      false,
    );
    for (const b of nodes.slice(i + 1)) {
      const apart =
        a.x + a.width <= b.x ||
        b.x + b.width <= a.x ||
        a.y + a.height <= b.y ||
        b.y + b.height <= a.y;
      expect(apart, `${a.id} and ${b.id}`).toBe(true);
    }
  }
});

it("draws each way that rows take, with what is given before the journal and taken after it", () => {
  const { edges } = layOut(pipeline, () => FLOW);
  expect(edges.map(({ id, rate, isTroubled }) => [id, rate, isTroubled])).toEqual([
    ["receiver:otlp processor:redact", 5, false],
    ["receiver:syslog processor:redact", 5, false],
    ["processor:redact processor:sample", 5, false],
    ["processor:sample journal:", 5, false],
    ["journal: destination:store", 7, true],
    ["journal: destination:webhook", 7, true],
    ["journal: destination:s3", 7, true],
  ]);
});

it("draws a pipeline without receivers or destinations, too", () => {
  const bare = { ...pipeline, receivers: [], processors: [], destinations: [] };
  expect(layOut(bare, () => FLOW)).toMatchObject({ nodes: [{ kind: "journal" }], edges: [] });
});
