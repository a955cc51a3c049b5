import { expect, test } from "vitest";
import { selfTimes } from "./self-time.ts";
import { BOX, boxesOf, groupLinks, lineBetween, serviceGraph } from "./service-graph.ts";
import { testSpan, testTree } from "./test-outline.ts";

const tree = testTree([
  testSpan("1", null, 0, { service: "web", ms: 100 }),
  testSpan("2", "1", 1, { service: "web", ms: 90 }),
  testSpan("3", "2", 2, { service: "cart", ms: 30 }),
  testSpan("4", "3", 3, { service: "db", ms: 10 }),
  testSpan("5", "2", 40, { service: "cart", ms: 20, status: "error" }),
  testSpan("6", "5", 41, { service: "web", ms: 5 }),
  testSpan("7", "2", 70, { service: "db", ms: 10 }),
]);
const graph = serviceGraph(tree, selfTimes(tree));

test("has each service once, where the shortest way from the root finds it", () => {
  expect(
    graph.nodes.map(({ service, spans, errors, level }) => [service, spans, errors, level]),
  ).toEqual([
    ["web", 3, 0, 0],
    ["cart", 2, 1, 1],
    ["db", 2, 0, 1],
  ]);
  expect(graph.nodes[1]).toMatchObject({ selfMs: 35, row: { key: "3" } });
});

test("has the calls from service to service, back again too, and none within one", () => {
  expect(
    graph.edges.map(({ source, target, calls, errors, totalMs }) => [
      `${source} → ${target}`,
      calls,
      errors,
      totalMs,
    ]),
  ).toEqual([
    ["web → cart", 2, 1, 50],
    ["cart → db", 1, 0, 10],
    ["cart → web", 1, 0, 5],
    ["web → db", 1, 0, 10],
  ]);
});

test("puts links to one operation together, and those whose span is not stored", () => {
  const span = {
    service: "mail",
    name: "send",
    startTime: "",
    durationMs: 1,
    status: "ok",
  } as const;
  const link = { traceId: "a".repeat(32), spanId: "b".repeat(16) };
  const groups = groupLinks(
    [
      { ...link, ofSpanId: "3", span },
      { ...link, ofSpanId: "4", span },
      { ...link, ofSpanId: "x", span: null },
    ],
    tree,
  );
  expect(groups.map(({ service, links, ends }) => [service, links.length, ends])).toEqual([
    ["mail", 2, ["cart", "db"]],
    [undefined, 1, []],
  ]);
});

test("stands in columns, and no box in the place of another", () => {
  const { boxes, width, height } = boxesOf([["a"], ["b", "c", "d"]]);
  expect(boxes.get("a")).toEqual({ x: 0, y: BOX.height + BOX.gapY });
  expect(boxes.get("d")).toEqual({ x: BOX.width + BOX.gapX, y: 2 * (BOX.height + BOX.gapY) });
  expect([width, height]).toEqual([2 * BOX.width + BOX.gapX, 3 * BOX.height + 2 * BOX.gapY]);
  const line = lineBetween(boxes.get("a")!, boxes.get("b")!);
  expect(line.path).toMatch(/^M176 /);
  expect(line.middle).toEqual({ x: 176 + BOX.gapX / 2, y: (85 + 23) / 2 });
  expect(lineBetween(boxes.get("d")!, boxes.get("b")!).path).toMatch(/^M348 124C/);
});
