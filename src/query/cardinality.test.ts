import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listCardinality, listMetricLabels } from "./cardinality.ts";
import { seriesInserts, type SeriesInput } from "./testing/metric-rows.ts";
import { openTelemetryStore, type TelemetryStore } from "./testing/telemetry-store.ts";

const SECOND = 1_000_000_000n;
const T0 = 1_790_000_040n * SECOND;
const DAY = 86_400n * SECOND;
const RANGE = { fromNs: T0, toNs: T0 + 600n * SECOND };

let store: TelemetryStore;
beforeAll(async () => {
  store = await openTelemetryStore();
  await store.insert(seriesInserts(SERIES));
});
afterAll(() => store.close());

const one = (
  metric: string,
  attributes: NonNullable<SeriesInput["attributes"]>,
  more: Partial<SeriesInput> = {},
): SeriesInput => ({ metric, attributes, numbers: [{ timeNs: T0, value: 1n }], ...more });

/** Requests by two methods and many users, sent by two instances; a metric without labels; another day. */
const SERIES: SeriesInput[] = [
  ...["GET", "POST"].flatMap((method) =>
    Array.from({ length: 20 }, (_, user) => [
      one("requests", { method, user: `u${user}` }, { resource: { host: "a" } }),
      one("requests", { method, user: `u${user}` }, { resource: { host: "b" }, service: "mail" }),
    ]).flat(),
  ),
  {
    metric: "up",
    type: "histogram",
    temporality: "delta",
    distributions: [{ timeNs: T0, count: 1, sum: 1 }],
  },
  one(
    "errors",
    { method: "GET" },
    { exemplars: [{ timeNs: T0, value: 1n, trace: "a".repeat(32), span: "b".repeat(16) }] },
  ),
  one(
    "requests",
    { method: "PUT", user: "u0" },
    { numbers: [{ timeNs: T0 + 3n * DAY, value: 1n }] },
  ),
  one("requests", { method: "GET", user: "x" }, { org: "other" }),
];

const context = (org = "default") => ({ reader: store.reader, org });

describe("cardinality", () => {
  it("counts the series of each metric and the values of each label", async () => {
    const found = await listCardinality(context(), RANGE);
    expect(found).toMatchObject({ series: 82, metrics: 3 });
    expect(found.data).toEqual([
      { name: "requests", series: 80, services: 2, resources: 2 },
      { name: "errors", series: 1, services: 1, resources: 1 },
      { name: "up", series: 1, services: 1, resources: 1 },
    ]);
    expect(found.labels).toEqual([
      { key: "user", values: 20, metrics: 1, series: 80 },
      { key: "method", values: 2, metrics: 2, series: 81 },
    ]);
  });

  it("tells of one metric how many series each label makes", async () => {
    const found = await listMetricLabels(context(), RANGE, "requests");
    expect(found).toMatchObject({
      name: "requests",
      series: 80,
      services: 2,
      resources: 2,
      seriesWithoutResources: 40,
    });
    expect(found.data).toMatchObject([
      { key: "user", values: 20, series: 80, seriesWithout: 4 },
      { key: "method", values: 2, series: 80, seriesWithout: 40 },
    ]);
    expect(found.data[0]!.topValues).toHaveLength(10);
    expect(found.data[1]!.topValues.toSorted()).toEqual(["GET", "POST"]);
  });

  it("has nothing of a metric that is not there, of other days and of other organizations", async () => {
    expect(await listMetricLabels(context(), RANGE, "nothing")).toMatchObject({
      series: 0,
      data: [],
    });
    expect(await listCardinality(context("other"), RANGE)).toMatchObject({ series: 1, metrics: 1 });
    const later = { fromNs: T0 + 3n * DAY, toNs: T0 + 3n * DAY };
    expect(await listCardinality(context(), later)).toMatchObject({ series: 1, metrics: 1 });
  });
});
