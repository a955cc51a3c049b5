import type { ServiceMapAnswer } from "#api/contract/services.ts";
import { describe, expect, test } from "vitest";
import { layOut, type MapLayout } from "./layout.ts";
import {
  type CardSize,
  cardSize,
  edgeWidth,
  isWithin,
  layoutRequest,
  type MapShape,
  shapeOf,
} from "./map-graph.ts";

function answer(services: readonly string[], calls: readonly string[]): ServiceMapAnswer {
  const figures = { requestsPerSecond: 1, errorRate: 0, p95Ms: 1 };
  return {
    nodes: services.map((service) => ({ service, isExternal: false, ...figures })),
    data: calls.map((call) => {
      const [source = "", target = ""] = call.split(">");
      return { source, target, requests: 1, errors: 0, ...figures };
    }),
    omitted: { services: 0, calls: 0 },
  };
}

const shape = (services: readonly string[], calls: readonly string[]): MapShape =>
  shapeOf(answer(services, calls));

const CARD = cardSize(shape([], []));

/** Pairs of services whose cards lie on each other. */
function overlaps({ nodes }: MapLayout, card: CardSize = CARD): string[] {
  return nodes.flatMap((one, index) =>
    nodes.slice(index + 1).flatMap((other, next) => {
      const isApart =
        Math.abs(one.x - other.x) >= card.width || Math.abs(one.y - other.y) >= card.height;
      return isApart ? [] : [`${index} and ${index + 1 + next}`];
    }),
  );
}

/** Whether every card and line lies within the map. */
function isWhole({ width, height, nodes, edges }: MapLayout): boolean {
  const points = [...nodes, ...edges.flatMap(({ points, label }) => [...points, label])];
  return points.every(({ x, y }) => x >= 0 && y >= 0 && x <= width && y <= height);
}

describe("a map", () => {
  test("has callers left of what they call, and the same place for the same map", () => {
    const one = layOut(layoutRequest(shape(["web", "cart", "db"], ["web>cart", "cart>db"])));
    const other = layOut(layoutRequest(shape(["db", "web", "cart"], ["cart>db", "web>cart"])));
    const [cart, db, web] = one.nodes;
    expect(web!.x).toBeLessThan(cart!.x);
    expect(cart!.x).toBeLessThan(db!.x);
    expect(other).toEqual(one);
  });

  test("bears cycles, and draws no call of a service to itself", () => {
    const cyclic = shape(["a", "b", "c"], ["a>b", "b>c", "c>a", "b>a", "b>b"]);
    expect(cyclic.calls).toHaveLength(4);
    const layout = layOut(layoutRequest(cyclic));
    expect(layout.edges.every(({ points }) => points.length >= 2)).toBe(true);
    expect(overlaps(layout)).toEqual([]);
    expect(isWhole(layout)).toBe(true);
  });

  test("has services without calls in rows below", () => {
    const alone = Array.from({ length: 30 }, (_, n) => `job-${String(n).padStart(2, "0")}`);
    const layout = layOut(layoutRequest(shape([...alone, "web", "cart"], ["web>cart"])));
    expect(overlaps(layout)).toEqual([]);
    expect(isWhole(layout)).toBe(true);
    const [cart, web] = [layout.nodes[0]!, layout.nodes.at(-1)!];
    const lowest = Math.max(cart.y, web.y);
    expect(layout.nodes.slice(1, -1).every(({ y }) => y > lowest + CARD.height / 2)).toBe(true);
    expect(overlaps(layOut(layoutRequest(shape(alone, []))))).toEqual([]);
  });

  test("takes any name for a service", () => {
    const names = ["__proto__", "constructor", "", "a\u0000b", "\ud83d"];
    const calls = answer(names, []).nodes.slice(1);
    const hostile = shapeOf({
      ...answer(names, []),
      data: calls.map(({ service }) => ({
        ...answer(["x"], ["x>x"]).data[0]!,
        source: "__proto__",
        target: service,
      })),
    });
    expect(hostile.calls).toHaveLength(4);
    expect(overlaps(layOut(layoutRequest(hostile)))).toEqual([]);
  });

  test("leaves out calls whose ends are not on it", () => {
    expect(shape(["a"], ["a>b", "c>a"]).calls).toEqual([]);
  });

  test("of 300 services with 900 calls is laid out without two on one place", () => {
    const services = Array.from({ length: 300 }, (_, n) => `s${n}`);
    const calls = services.flatMap((service, n) =>
      [n * 2 + 1, n * 2 + 2, (n * 7 + 13) % 300].map((to) => `${service}>s${to % 300}`),
    );
    const large = shape(services, [...new Set(calls)]);
    const request = layoutRequest(large);
    expect(request.edges.length).toBeGreaterThan(800);
    expect(request.edges.filter(({ isRouted }) => isRouted).length).toBeLessThanOrEqual(400);
    const layout = layOut(request);
    expect(overlaps(layout, cardSize(large))).toEqual([]);
    expect(isWhole(layout)).toBe(true);
  });
});

describe("a layout", () => {
  const before = shape(["a", "b", "c"], ["a>b", "b>c"]);

  test("stays while nothing new comes to the map", () => {
    expect(isWithin(shape(["a", "b", "c"], ["b>c"]), before)).toBe(true);
    expect(isWithin(shape(["a", "b"], ["a>b"]), before)).toBe(true);
  });

  test("is made anew for a new service or call", () => {
    expect(isWithin(shape(["a", "b", "c", "d"], ["a>b", "b>c"]), before)).toBe(false);
    expect(isWithin(shape(["a", "b", "c"], ["a>b", "b>a"]), before)).toBe(false);
  });
});

test("draws busy calls thicker than rare ones, within bounds", () => {
  expect(edgeWidth(0, 100)).toBe(1);
  expect(edgeWidth(0.01, 1_000)).toBeLessThan(1.3);
  expect(edgeWidth(1_000, 1_000)).toBe(5.5);
  expect(edgeWidth(20, 1_000)).toBeGreaterThan(edgeWidth(2, 1_000));
});
