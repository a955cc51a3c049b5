import { Buffer } from "node:buffer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LOG_LIMITS } from "#core/limits.ts";
import { parseSearch } from "#core/search/parse-search.ts";
import { formatTime } from "#core/time.ts";
import { Cursors } from "./cursor.ts";
import { logContext } from "./log-context.ts";
import { logFacets } from "./log-facets.ts";
import { logHistogram } from "./log-histogram.ts";
import { searchLogs } from "./logs.ts";
import {
  type LogInput,
  openTelemetryStore,
  type TelemetryStore,
} from "./testing/telemetry-store.ts";

const T0 = 1_790_000_040_000_000_000n;
const SECOND = 1_000_000_000n;
const RANGE = { fromNs: T0, toNs: T0 + 3_600n * SECOND - 1n };
const cursors = new Cursors(Buffer.alloc(32, 7));

let store: TelemetryStore;
beforeAll(async () => {
  store = await openTelemetryStore();
  await store.logs(
    Array.from({ length: 360 }, (_, n): LogInput => ({
      timeNs: T0 + BigInt(n) * 10n * SECOND,
      body: `record ${n}`,
      service: n % 3 === 0 ? "cart" : "web",
      severity: n % 10 === 0 ? 17 : 9,
      attributes: { route: n % 4 === 0 ? "/cart" : "/", n: String(n) },
      resource: { pod: `pod-${n % 6}` },
    })),
  );
  await store.logs([
    { org: "same", timeNs: T0, body: "equal" },
    { org: "same", timeNs: T0, body: "equal" },
    { org: "same", timeNs: T0, body: "other" },
  ]);
});
afterAll(() => store.close());

const context = (org = "default") => ({ reader: store.reader, org, cursors });
const search = (text: string) => {
  const parsed = parseSearch(text, "logs");
  return { attributes: [], search: parsed.ok ? parsed.search : undefined };
};

describe("logHistogram", () => {
  it("counts records by level in steps that have a name", async () => {
    const found = await logHistogram(context(), RANGE, { ...search(""), stepsMax: 60 });
    expect(found.stepMs).toBe(60_000);
    expect(found.total).toBe(360);
    expect(found.data).toHaveLength(60);
    expect(found.data[0]).toEqual({
      time: formatTime(T0),
      count: 6,
      levels: { error: 1, info: 5 },
    });
  });

  it("counts what a search finds, and only steps that have some", async () => {
    const found = await logHistogram(context(), RANGE, {
      ...search("service:cart severity:error"),
      stepsMax: 60,
    });
    expect(found.total).toBe(12);
    expect(found.data).toHaveLength(12);
    expect(found.data.every(({ levels }) => levels.error === 1)).toBe(true);
  });

  it("takes steps of a nanosecond where the range is that short", async () => {
    const moment = { fromNs: T0, toNs: T0 + 5n };
    const found = await logHistogram(context(), moment, { ...search(""), stepsMax: 100 });
    expect(found).toMatchObject({ stepMs: 1e-6, total: 1 });
    expect(found.data[0]!.time).toBe(formatTime(T0));
  });
});

describe("logFacets", () => {
  it("counts services, levels, resources' attributes and records' attributes", async () => {
    const { total, sampledRows, data } = await logFacets(context(), RANGE, search(""));
    expect([total, sampledRows]).toEqual([360, 360]);
    const facet = (field: string) =>
      data.find((one) => one.field === field)?.values.map(({ value, count }) => [value, count]);
    expect(facet("service")).toEqual([
      ["web", 240],
      ["cart", 120],
    ]);
    expect(facet("severity")).toEqual([
      ["info", 324],
      ["error", 36],
    ]);
    expect(facet("route")).toEqual([
      ["/", 270],
      ["/cart", 90],
    ]);
    expect(facet("pod")).toHaveLength(6);
    expect(facet("n")).toHaveLength(12);
    expect(data.every(({ isSampled }) => !isSampled)).toBe(true);
  });

  it("are those of the records that a search finds", async () => {
    const { total, data } = await logFacets(context(), RANGE, search("service:cart"));
    expect(total).toBe(120);
    expect(data.find(({ field }) => field === "service")?.values).toEqual([
      { value: "cart", count: 120 },
    ]);
  });
});

describe("facets of many", () => {
  const { facetKeysMax, facetResourcesMax } = LOG_LIMITS;

  it("have room for those of resources, and each key once", async () => {
    const keys = Array.from({ length: facetKeysMax + 6 }, (_, n) => [`key-${n}`, "x"] as const);
    const one: LogInput = {
      org: "wide",
      timeNs: T0,
      body: "",
      attributes: Object.fromEntries([...keys, ["pod", "own"]]),
      resource: { pod: "pod-1", zone: "eu" },
    };
    await store.logs([one, one]);
    const { data } = await logFacets(context("wide"), RANGE, search(""));
    const fields = data.map(({ field }) => field);
    expect(fields).toHaveLength(2 + facetKeysMax);
    expect(new Set(fields).size).toBe(fields.length);
    expect(fields.slice(-2).toSorted()).toEqual(["pod", "zone"]);
    expect(data.find(({ field }) => field === "pod")?.values).toEqual([
      { value: "pod-1", count: 2 },
    ]);
    await store.logs([{ org: "held", timeNs: T0, body: "", resource: Object.fromEntries(keys) }]);
    const held = await logFacets(context("held"), RANGE, search(""));
    expect(held.data).toHaveLength(2 + facetKeysMax);
  });

  it("count all records by level and service, and say where those of resources are not all", async () => {
    const services = facetResourcesMax + 1;
    const levels = [1, 5, 9, 13, 17, 21];
    await store.logs(
      Array.from({ length: services * levels.length }, (_, n) => ({
        org: "many",
        timeNs: T0,
        body: "",
        service: `service-${Math.floor(n / levels.length)}`,
        severity: levels[n % levels.length]!,
        resource: { zone: "eu" },
      })),
    );
    const { total, data } = await logFacets(context("many"), RANGE, search(""));
    expect(total).toBe(services * levels.length);
    const [severity, service, zone] = data;
    expect(severity!.values.map(({ count }) => count)).toEqual(levels.map(() => services));
    expect(service!.values.map(({ count }) => count)).toEqual(
      Array.from({ length: 12 }, () => levels.length),
    );
    expect(data.map(({ field, isSampled }) => [field, isSampled])).toEqual([
      ["severity", false],
      ["service", false],
      ["zone", true],
    ]);
    expect(zone!.values).toEqual([{ value: "eu", count: facetResourcesMax * levels.length }]);
  });
});

describe("logContext", () => {
  const idOf = async (n: number): Promise<string> => {
    const { data } = await searchLogs(context(), RANGE, {
      ...search(`n:${n}`),
      order: "desc",
      limit: 1,
    });
    return data[0]!.id;
  };
  const bodies = (records: readonly { body: unknown }[]) => records.map(({ body }) => body);

  it.each([
    ["resource", ["record 108", "record 114"], ["record 126", "record 132"]],
    ["service", ["record 114", "record 117"], ["record 123", "record 126"]],
    ["all", ["record 118", "record 119"], ["record 121", "record 122"]],
  ] as const)("has the records of the same %s around one", async (of, before, after) => {
    const found = await logContext(context(), await idOf(120), { of, rows: 2 });
    expect(found.record.body).toBe("record 120");
    expect(bodies(found.before)).toEqual(before);
    expect(bodies(found.after)).toEqual(after);
  });

  it("ends where the records do", async () => {
    const found = await logContext(context(), await idOf(0), { of: "all", rows: 3 });
    expect(bodies(found.before)).toEqual([]);
    expect(bodies(found.after)).toEqual(["record 1", "record 2", "record 3"]);
  });

  it("has every other record of the same moment, and an equal one once", async () => {
    const { data } = await searchLogs(context("same"), RANGE, {
      ...search("equal"),
      order: "desc",
      limit: 5,
    });
    expect(data.map(({ id }) => id)).toEqual([data[0]!.id, data[0]!.id]);
    const found = await logContext(context("same"), data[0]!.id, { of: "all", rows: 5 });
    expect(
      bodies([...found.before, found.record, ...found.after])
        .map(String)
        .toSorted(),
    ).toEqual(["equal", "equal", "other"]);
  });

  it.each([
    "",
    "x",
    "1790000040000000000-0000000000000000",
    "99999999999999999999-0000000000000000",
  ])("says of the id %j that there is no such record", async (id) => {
    await expect(logContext(context(), id, { of: "all", rows: 2 })).rejects.toMatchObject({
      code: "not_found",
    });
  });

  it("does not show the records of another organization", async () => {
    const id = await idOf(5);
    await expect(logContext(context("same"), id, { of: "all", rows: 2 })).rejects.toThrow(
      /no record/,
    );
  });
});
