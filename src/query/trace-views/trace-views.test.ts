import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findDifferences } from "../differences/differences.ts";
import {
  openTelemetryStore,
  type SpanInput,
  type TelemetryStore,
} from "../testing/telemetry-store.ts";
import { planOf } from "./scan-plan.ts";
import { spanFacets } from "./span-facets.ts";
import { spanGroups } from "./span-groups.ts";
import { spanHeatmap } from "./span-heatmap.ts";
import type { SpanSet } from "./span-set.ts";

const SECOND = 1_000_000_000n;
const MS = 1_000_000n;
const T0 = 1_790_000_100n * SECOND;
const RANGE = { fromNs: T0, toNs: T0 + 600n * SECOND - 1n };

let store: TelemetryStore;
const context = (org = "default") => ({ reader: store.reader, org });
const all: SpanSet = { range: RANGE, isRoots: false, search: [] };
const roots: SpanSet = { ...all, isRoots: true };

/** A trace of a web request and the cart that it asks, which in the second half is slow in one zone. */
function traceOf(n: number): SpanInput[] {
  const startNs = T0 + BigInt(n) * 5n * SECOND;
  const zone = n % 3 === 0 ? "b" : "a";
  const isSlow = n >= 60 && zone === "b";
  const trace = (n + 1).toString(16).padStart(32, "0");
  const cartMs = isSlow ? 400n + BigInt(n) : 4n + BigInt(n % 5);
  return [
    {
      trace,
      span: (2 * n + 1).toString(16).padStart(16, "0"),
      service: "web",
      name: "GET /cart",
      startNs,
      durationNs: (cartMs + 6n) * MS,
      weight: 2,
      attributes: { "user.id": `u-${n}`, "http.status": 200 },
      resource: { zone: "edge" },
    },
    {
      trace,
      span: (2 * n + 2).toString(16).padStart(16, "0"),
      parent: (2 * n + 1).toString(16).padStart(16, "0"),
      service: "cart",
      name: "load",
      startNs: startNs + MS,
      durationNs: cartMs * MS,
      status: isSlow && n % 2 === 0 ? "error" : "unset",
      weight: 2,
      attributes: { "http.status": n % 4 === 0 ? 404 : 200 },
      resource: { zone, host: `cart-${zone}` },
    },
  ];
}

beforeAll(async () => {
  store = await openTelemetryStore();
  await store.spans([
    ...Array.from({ length: 120 }, (_, n) => traceOf(n)).flat(),
    { org: "other", trace: "f".repeat(32), span: "f".repeat(16), service: "theirs", startNs: T0 },
  ]);
});
afterAll(() => store.close());

describe("facets", () => {
  it("count spans by their weights, and those that failed", async () => {
    const { total, errors, facets } = await spanFacets(context(), all, []);
    expect([total, errors]).toEqual([480, 20]);
    expect(facets.map(({ field }) => field)).toEqual(["service", "operation", "status", "kind"]);
    expect(facets[0]!.values).toEqual([
      { value: "cart", count: 240, errors: 20 },
      { value: "web", count: 240, errors: 0 },
    ]);
  });

  it("count attributes of spans and of their resources, without those that lack them", async () => {
    const { facets } = await spanFacets(context(), all, ["http.status", "host", "absent"]);
    const values = facets
      .slice(4)
      .map((facet) => facet.values.map((one) => [one.value, one.count]));
    expect(values).toEqual([
      [
        ["200", 420],
        ["404", 60],
      ],
      [
        ["cart-a", 160],
        ["cart-b", 80],
      ],
      [],
    ]);
  });

  it("of roots count the first span of each trace only", async () => {
    const { total, facets } = await spanFacets(context(), roots, []);
    expect(total).toBe(240);
    expect(facets[1]!.values.map(({ value }) => value)).toEqual(["GET /cart"]);
  });

  it("are those of one organization", async () => {
    const { facets } = await spanFacets(context("other"), all, []);
    expect(facets[0]!.values.map(({ value }) => value)).toEqual(["theirs"]);
  });
});

describe("the heatmap", () => {
  it("counts every span once, in the column of its time and the row of its duration", async () => {
    const map = await spanHeatmap(context(), roots, 10);
    expect(map).toMatchObject({ columns: 10, stepMs: 60_000, scanned: { share: 1 } });
    expect(map.count.reduce((sum, count) => sum + count, 0)).toBe(240);
    expect(new Set(map.column)).toEqual(new Set([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
    for (const [at, row] of map.row.entries()) {
      const isSlow = map.boundsMs[row]! > 100;
      expect(isSlow && map.column[at]! < 5).toBe(false);
    }
    const [low, high] = [map.boundsMs[0]!, map.boundsMs.at(-1)!];
    expect(low <= 10 && high > 525 && map.boundsMs.length <= 61).toBe(true);
  });

  it("has the failed ones within the cells", async () => {
    const { errors, count } = await spanHeatmap(context(), all, 50);
    expect(errors.reduce((sum, one) => sum + one, 0)).toBe(20);
    expect(errors.every((one, at) => one <= count[at]!)).toBe(true);
  });

  it("is empty where there are no spans", async () => {
    const range = { fromNs: T0 - 900n * SECOND, toNs: T0 - 1n };
    expect(await spanHeatmap(context(), { ...all, range }, 10)).toMatchObject({
      boundsMs: [],
      count: [],
    });
  });
});

describe("groups", () => {
  it("have counts, errors and quantiles of each value", async () => {
    const { data } = await spanGroups(context(), all, "service");
    expect(data.map(({ value, count, errors }) => [value, count, errors])).toEqual([
      ["cart", 240, 20],
      ["web", 240, 0],
    ]);
    expect(data[0]!.errorRate).toBeCloseTo(20 / 240, 9);
    expect(data[0]!.p50Ms).toBeGreaterThan(3);
    expect(data[0]!.p99Ms).toBeGreaterThan(400);
  });

  it("are by attributes too, wherever those stand; the empty value has none", async () => {
    const { data } = await spanGroups(context(), all, "host");
    expect(data.map(({ value, count }) => [value, count])).toEqual([
      ["", 240],
      ["cart-a", 160],
      ["cart-b", 80],
    ]);
  });
});

describe("the differences of a box", () => {
  it("name the zone and the service that are slow", async () => {
    const found = await findDifferences(context(), {
      selection: { range: RANGE, minDurationNs: 100n * MS },
      baseline: RANGE,
      conditions: [],
    });
    expect(found.selection).toMatchObject({ traces: 40, tracesSampled: 20 });
    expect(found.baseline).toMatchObject({ traces: 200, tracesSampled: 100 });
    const firsts = found.differences
      .slice(0, 3)
      .map(({ finding, alike }) =>
        [finding, ...alike.map((one) => one.finding)].filter(({ service }) => service === "cart"),
      );
    expect(firsts.flat()).toContainEqual(
      expect.objectContaining({ kind: "time", operation: "load" }),
    );
    expect(firsts.flat()).toContainEqual(expect.objectContaining({ key: "zone", value: "b" }));
    expect(found.differences[0]!.examples.length).toBeGreaterThan(0);
  });

  it("are none when all is selected", async () => {
    const found = await findDifferences(context(), {
      selection: { range: RANGE },
      baseline: RANGE,
      conditions: [],
    });
    expect(found.baseline.tracesSampled).toBe(0);
    expect(found.differences).toEqual([]);
  });

  it("compare with another time", async () => {
    const found = await findDifferences(context(), {
      selection: { range: { fromNs: T0 + 300n * SECOND, toNs: RANGE.toNs } },
      baseline: { fromNs: T0, toNs: T0 + 300n * SECOND - 1n },
      conditions: [],
    });
    expect(found.selection.tracesSampled + found.baseline.tracesSampled).toBe(120);
    expect(found.differences[0]?.finding).toMatchObject({ service: "cart" });
  });
});

describe("a scan", () => {
  const day = { fromNs: T0, toNs: T0 + 86_400n * SECOND };

  it("is of all spans while they are few enough", () => {
    expect(planOf(day, 1_000, 1_000)).toMatchObject({ share: 1 });
  });

  it("is of evenly spread stretches when they are more, about as many as are allowed", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e9 }),
        fc.integer({ min: 1_000, max: 1e7 }),
        (spans, max) => {
          const { share, when } = planOf(day, spans, max);
          expect(share > 0 && share <= 1).toBe(true);
          expect(share * spans).toBeLessThanOrEqual(Math.max(max, spans / 100) * 1.1);
          expect(share < 1).toBe(when.text.includes("toStartOfFiveMinutes(ts) IN"));
        },
      ),
    );
  });
});
