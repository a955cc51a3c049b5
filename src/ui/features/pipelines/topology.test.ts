import { expect, it } from "vitest";
import { intoJournal, layOut, type PipelineView } from "./topology.ts";

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

it.each([2_000, 900, 300])(
  "places components as rows pass them, none over another, in %i",
  (room) => {
    const { nodes, width, height } = layOut(pipeline, room, () => FLOW);
    expect(width).toBeLessThanOrEqual(room);
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
  },
);

it.each([2_000, 900])(
  "draws each way that rows take in %i, with what is given before the journal and taken after it",
  (room) => {
    const { edges } = layOut(pipeline, room, () => FLOW);
    const drawn = edges.map(({ id, rate, isTroubled }) => `${id} ${rate} ${isTroubled}`);
    expect(new Set(drawn)).toEqual(
      new Set([
        "receiver:otlp processor:redact 5 false",
        "receiver:syslog processor:redact 5 false",
        "processor:redact processor:sample 5 false",
        "processor:sample journal: 5 false",
        "journal: destination:store 7 true",
        "journal: destination:webhook 7 true",
        "journal: destination:s3 7 true",
      ]),
    );
  },
);

it("draws one way from stage to stage where all are below each other", () => {
  const { edges } = layOut(pipeline, 300, () => FLOW);
  expect(edges.map(({ id }) => id)).toEqual([
    "receiver:syslog processor:redact",
    "processor:redact processor:sample",
    "processor:sample journal:",
    "journal: destination:store",
  ]);
});

it("draws a pipeline without receivers or destinations, too", () => {
  const bare = { ...pipeline, receivers: [], processors: [], destinations: [] };
  expect(layOut(bare, 900, () => FLOW)).toMatchObject({ nodes: [{ kind: "journal" }], edges: [] });
});

it("tells what the last processor lets through to the journal, or what the receivers take", () => {
  const rates: Readonly<Record<string, number>> = {
    "receiver:otlp": 100,
    "receiver:syslog": 20,
    "processor:redact": 120,
    "processor:sample": 12,
  };
  const flowOf = (id: string) => ({ in: 0, out: rates[id] ?? 0, isTroubled: false });
  expect(intoJournal(pipeline, flowOf)).toBe(12);
  expect(intoJournal({ ...pipeline, processors: [] }, flowOf)).toBe(120);
});
