import type { ServiceChange } from "#api/contract/changes.ts";
import type { ServiceSummary } from "#api/contract/services.ts";
import { expect, test } from "vitest";
import { serviceTiles, telling } from "./service-tiles.ts";

const service = (name: string, requests: number, errorRate: number): ServiceSummary => ({
  service: name,
  requests,
  requestsPerSecond: requests / 3_600,
  errors: requests * errorRate,
  errorRate,
  avgMs: 1,
  p50Ms: 1,
  p95Ms: 1,
  p99Ms: 1,
});

const worse = (name: string, kind: ServiceChange["kind"], now: number): ServiceChange => ({
  service: name,
  kind,
  isWorse: true,
  before: 0,
  now,
  since: "2026-11-21T12:00:00.000000000Z",
  evidence: 9,
  score: 2,
});

test("services in trouble come first, then the busiest, and Sightglass itself not at all", () => {
  const tiles = serviceTiles(
    [
      service("web", 900, 0),
      service("cart", 1_000, 0.002),
      service("payment", 10, 0.2),
      service("sightglass", 5_000, 0),
      service("search", 20, 0.001),
    ],
    [worse("search", "latency", 900)],
    [],
  );
  expect(tiles.map((tile) => [tile.service.service, tile.health])).toEqual([
    ["payment", "failing"],
    ["search", "degraded"],
    ["cart", "good"],
    ["web", "good"],
  ]);
});

test("a service that began to fail is not hidden by its mean over the range", () => {
  const [failing] = serviceTiles(
    [service("cart", 9_000, 0.008)],
    [worse("cart", "errors", 0.4)],
    [],
  );
  expect(failing?.health).toBe("failing");
  const [gone] = serviceTiles([service("cart", 9_000, 0)], [worse("cart", "gone", 0)], []);
  expect(gone?.health).toBe("silent");
});

test("a tile draws what became worse, else the requests", () => {
  const series = {
    service: "cart",
    requestsPerSecond: [1, 2],
    errorRate: [0, 0.4],
    p50Ms: [1, 1],
    p95Ms: [1, 9],
    p99Ms: [1, 9],
  };
  const tile = (change: ServiceChange[]) =>
    serviceTiles([service("cart", 9, 0)], change, [series])[0]!;
  expect(telling(tile([])).values).toEqual([1, 2]);
  expect(telling(tile([worse("cart", "errors", 0.4)])).values).toEqual([0, 0.4]);
  expect(telling(tile([worse("cart", "latency", 9)])).values).toEqual([1, 9]);
});
