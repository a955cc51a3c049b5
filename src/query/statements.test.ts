import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { AGGREGATIONS } from "#core/vocabulary.ts";
import type { Fragment } from "#store/sql.ts";
import { heldConditions, holdersStatement, type ResolvedMatch } from "./attribute-filter.ts";
import { parseSearch } from "#core/search/parse-search.ts";
import type { SearchSignal } from "#core/search/search-node.ts";
import { attributeKeysStatement, attributeValuesStatement } from "./attributes.ts";
import {
  attributeSampleStatement,
  resourceCountsStatement,
  serviceLevelsStatement,
} from "./log-facets.ts";
import { histogramStatement } from "./log-histogram.ts";
import {
  operationsStatement as operationNamesStatement,
  scopeNamesStatement,
} from "./search/completions.ts";
import { conditionsOf, type SearchConditions } from "./search/search-conditions.ts";
import { cardinalityStatements, metricLabelsStatements } from "./cardinality.ts";
import {
  comparedLogsStatement,
  comparedSpansStatement,
  sidesStatement,
  traceSizesStatement,
} from "./differences/difference-statements.ts";
import {
  eventAtStatement,
  eventCountStatement,
  type EventFilter,
  eventGroupsStatement,
  eventOfIdStatement,
  eventsStatement,
  eventTimelineStatement,
  eventTotalsStatement,
} from "./event-statements.ts";
import { newOperationsStatement } from "./changes.ts";
import { type LogFilter, logsStatement, logTimesStatement } from "./log-statements.ts";
import { bucketsStatement, exponentialStatement, scaleStatement } from "./metric-buckets.ts";
import {
  intervalStatement,
  type MetricPlan,
  type MetricShape,
  shapeStatement,
} from "./metric-series.ts";
import {
  carriedStatement,
  exemplarsStatement,
  numberStatement,
  totalsStatement,
} from "./metric-statements.ts";
import { metricsStatement } from "./metrics.ts";
import { serviceMapStatement } from "./service-map.ts";
import { resourceSpansStatement, serviceResourcesStatement } from "./service-resources.ts";
import { operationStepsStatement, serviceStepsStatement } from "./service-series.ts";
import type { Steps } from "./service-steps.ts";
import { operationsStatement, servicesStatement } from "./services.ts";
import { resourcesStatement, scopesStatement } from "./stored-attributes.ts";
import {
  candidatesStatement,
  givenStatement,
  longestSpansStatement,
  type SpanFilter,
  summariesStatement,
} from "./trace-search-statements.ts";
import { incomingStatement, outgoingStatement, spansByIdStatement } from "./linked-spans.ts";
import { matchesStatement } from "./trace-matches.ts";
import { outlineStatements } from "./trace-outline.ts";
import { traceTimesStatement } from "./trace-times.ts";
import { traceStatements } from "./trace.ts";
import { planOf, spansStatement } from "./trace-views/scan-plan.ts";
import { attributeFacetsStatement, fieldFacetsStatement } from "./trace-views/span-facets.ts";
import { countedBy } from "./trace-views/span-fields.ts";
import { groupsStatement } from "./trace-views/span-groups.ts";
import { heatmapStatement } from "./trace-views/span-heatmap.ts";
import type { SpanSet } from "./trace-views/span-set.ts";

const ORG = "acme";
const SECOND = 1_000_000_000n;
const FROM = 1_790_000_040n * SECOND;
const RANGE = { fromNs: FROM, toNs: FROM + 3_600n * SECOND };
const DAY = { fromNs: FROM, toNs: FROM + 86_400n * SECOND };
const TRACE = "0123456789abcdef0123456789abcdef";

const onRows: ResolvedMatch = { key: "http.route", value: "/cart", held: [] };
const pattern: ResolvedMatch = { key: "user", value: "a.*", held: [] };
const zone = { key: "zone", value: "eu" };
const found = { services: ["cart", "web"], inResources: true, inScopes: true };
const held: ResolvedMatch = { ...zone, held: heldConditions(ORG, RANGE, zone, found) };
const manyServices = Array.from({ length: 101 }, (_, n) => `service-${n}`);
const heldByMany: ResolvedMatch = {
  ...zone,
  held: heldConditions(ORG, RANGE, zone, { ...found, services: manyServices, inScopes: false }),
};

const everySpan: SpanFilter = { matches: [] };
const oneSpan: SpanFilter = {
  service: "web",
  operation: "GET /",
  status: "error",
  minDurationNs: 1_000n,
  maxDurationNs: 2_000n,
  matches: [],
};
const everyLog: LogFilter = { text: { words: [], phrases: [] }, matches: [] };
const oneLog: LogFilter = {
  text: { words: ["cart", "failed"], phrases: ["cart/7"] },
  service: "web",
  severity: 17,
  traceId: TRACE,
  matches: [],
};

const MINUTES: Steps = { startMs: 1_790_000_040_000, stepMs: 60_000, count: 60, by: "minutes" };
const HOURS: Steps = { startMs: 1_789_999_200_000, stepMs: 7_200_000, count: 12, by: "hours" };
function searched(text: string, signal: SearchSignal): SearchConditions {
  const parsed = parseSearch(text, signal);
  if (!parsed.ok || parsed.search === undefined) throw new Error(text);
  return conditionsOf(parsed.search, { signal, org: ORG, range: RANGE, resolved: new Map() });
}

const spanSearch = (text: string): SpanFilter => ({
  matches: [],
  search: searched(text, "traces"),
});
const logSearch = (text: string): LogFilter => ({ ...everyLog, search: searched(text, "logs") });
const SPAN_SET: SpanSet = { range: RANGE, isRoots: true, search: [] };
const ALL_OF_IT = planOf(RANGE, 1_000, 4_000_000);
const A_PART = planOf(DAY, 40_000_000, 4_000_000);
const COMPARED = [{ trace: TRACE, startNs: FROM, lastStartNs: FROM + SECOND }];

const SLOWEST = { durationNs: 5n * SECOND, trace: TRACE };

const HOLDERS = ["1", "18446744073709551615"];

const plan = (shape: Partial<MetricShape>, more: Partial<MetricPlan> = {}): MetricPlan => ({
  org: ORG,
  metric: "requests",
  range: RANGE,
  matches: [],
  groupBy: [],
  stepNs: 60n * SECOND,
  shape: { type: "gauge", temporality: "unspecified", monotonic: false, unit: "1", ...shape },
  ...more,
});
const cumulative = { type: "sum", temporality: "cumulative", monotonic: true } as const;

const named = (about: string, statements: Record<string, Fragment>): Record<string, Fragment> =>
  Object.fromEntries(Object.entries(statements).map(([name, one]) => [`${name} ${about}`, one]));

const oneEvent: EventFilter = {
  type: "task_failed",
  level: "error",
  master: "development",
  worker: "w-1",
  hasError: true,
  text: "time'out",
};
const PAGE = / OFFSET toUInt64\(\d+\)$/;

/** Every statement that this folder can emit, by file and name. */
const STATEMENTS: Record<string, Record<string, Fragment>> = {
  services: {
    services: servicesStatement(ORG, RANGE, undefined),
    "operations of a service": operationsStatement(ORG, RANGE, "web"),
    "services of a day": servicesStatement(ORG, DAY, undefined),
    "operations of a service of a day": operationsStatement(ORG, DAY, "web"),
    "one service": servicesStatement(ORG, RANGE, "web"),
  },
  "service-series": {
    "services by the minute": serviceStepsStatement(ORG, MINUTES, undefined),
    "one service by the hour": serviceStepsStatement(ORG, HOURS, "web"),
    "operations by the minute": operationStepsStatement(ORG, MINUTES, "web", undefined),
    "one operation by the hour": operationStepsStatement(ORG, HOURS, "web", "GET /"),
  },
  "service-resources": {
    "resources of a service": serviceResourcesStatement(ORG, RANGE, "web"),
    "spans of its resources": resourceSpansStatement(ORG, RANGE, "web"),
  },
  changes: {
    "new operations": newOperationsStatement(ORG, RANGE, FROM + 1_800n * SECOND),
    "new operations of a day": newOperationsStatement(ORG, DAY, FROM + 43_200n * SECOND),
  },
  "service-map": {
    "all calls": serviceMapStatement(ORG, RANGE, undefined),
    "calls of one service": serviceMapStatement(ORG, RANGE, "web"),
  },
  "trace-search": {
    "candidates, no condition": candidatesStatement(ORG, RANGE, everySpan, 150),
    "candidates, every condition": candidatesStatement(ORG, RANGE, oneSpan, 150),
    "candidates by an attribute that rows have": candidatesStatement(
      ORG,
      RANGE,
      { matches: [onRows] },
      150,
    ),
    "candidates by a pattern": candidatesStatement(ORG, RANGE, { matches: [pattern] }, 150),
    "candidates by an attribute that resources and scopes have": candidatesStatement(
      ORG,
      RANGE,
      { matches: [held] },
      150,
    ),
    "candidates by several attributes": candidatesStatement(
      ORG,
      RANGE,
      { matches: [held, onRows] },
      150,
    ),
    "candidates by an attribute of many services": candidatesStatement(
      ORG,
      RANGE,
      { matches: [heldByMany] },
      150,
    ),
    "longest spans": longestSpansStatement(ORG, RANGE, everySpan, {
      after: undefined,
      leftOut: [],
      limit: 66,
    }),
    "longest spans, every condition": longestSpansStatement(ORG, RANGE, oneSpan, {
      after: SLOWEST,
      leftOut: [TRACE],
      limit: 66,
    }),
    "longest spans by either of two that are indexed": longestSpansStatement(
      ORG,
      RANGE,
      spanSearch("trace_id:0af7651916cd43dd8448eb211c80319c OR http.route:/cart"),
      { after: SLOWEST, leftOut: [], limit: 66 },
    ),
    "traces that were given": givenStatement(ORG, RANGE, oneSpan, {
      traces: COMPARED,
      before: SLOWEST,
    }),
    "times of traces": traceTimesStatement(ORG, [TRACE]),
    summaries: summariesStatement(ORG, [
      { trace: TRACE, startNs: FROM, lastStartNs: FROM + SECOND },
      { trace: TRACE, startNs: FROM + 9_000n * SECOND, lastStartNs: FROM + 9_001n * SECOND },
    ]),
    "holders among resources": holdersStatement(ORG, "resources", RANGE, [onRows, pattern]),
    "holders among scopes": holdersStatement(ORG, "scopes", RANGE, [onRows]),
  },
  trace: {
    ...traceStatements(ORG, TRACE, RANGE),
    "one span": traceStatements(ORG, TRACE, RANGE, "0123456789abcdef").spans,
  },
  "one-trace": {
    ...outlineStatements(ORG, TRACE, RANGE),
    "spans that link to it": incomingStatement(ORG, TRACE, RANGE),
    "its own links": outgoingStatement(ORG, TRACE, RANGE),
    "spans by id": spansByIdStatement(
      ORG,
      [{ trace: TRACE, startNs: FROM, lastStartNs: FROM + SECOND }],
      ["0123456789abcdef"],
    ),
    "spans with a text": matchesStatement(ORG, TRACE, RANGE, "it's"),
  },
  logs: {
    "times, newest first": logTimesStatement(ORG, RANGE, everyLog, "desc", 51),
    "times, every condition, oldest first": logTimesStatement(
      ORG,
      RANGE,
      { ...oneLog, matches: [held, onRows] },
      "asc",
      51,
    ),
    "resources of a page": resourcesStatement(ORG, RANGE, HOLDERS),
    "scopes of a page": scopesStatement(ORG, RANGE, HOLDERS),
    "records, newest first": logsStatement(ORG, RANGE, everyLog, {
      order: "desc",
      limit: 51,
      from: undefined,
    }),
    "records of a later page": logsStatement(ORG, RANGE, everyLog, {
      order: "desc",
      limit: 51,
      from: { time: FROM, tie: 3n },
    }),
    "records, every condition, a later page, oldest first": logsStatement(
      ORG,
      RANGE,
      { ...oneLog, matches: [held, onRows] },
      { order: "asc", limit: 51, from: { time: FROM, tie: 3n } },
    ),
  },
  metrics: {
    "all metrics": metricsStatement(ORG, RANGE, undefined),
    "metrics by a search": metricsStatement(ORG, RANGE, "req"),
  },
  "metric-query": {
    shape: shapeStatement(plan({})),
    "how far points are apart": intervalStatement(plan({}), plan({}).shape),
    "shape of selected series": shapeStatement(
      plan({}, { matches: [held, { ...onRows, key: "service", value: "web" }] }),
    ),
    ...Object.fromEntries(
      AGGREGATIONS.map((aggregation) => [
        `${aggregation} of a gauge`,
        numberStatement(plan({}), aggregation),
      ]),
    ),
    "increase of a counter": numberStatement(plan(cumulative), "increase"),
    "increase of delta sums": numberStatement(
      plan({ ...cumulative, temporality: "delta" }),
      "increase",
    ),
    "last of a sum that falls too": numberStatement(
      plan({ ...cumulative, monotonic: false }),
      "last",
    ),
    "by attributes of series and resources": numberStatement(
      plan({}, { groupBy: ["service", "zone"], matches: [held] }),
      "avg",
    ),
    "totals of cumulative histograms": totalsStatement(
      plan({ type: "histogram", temporality: "cumulative" }),
    ),
    "totals of delta histograms": totalsStatement(
      plan({ type: "histogram", temporality: "delta" }),
    ),
    "greatest value of histograms": carriedStatement(
      plan({ type: "histogram", temporality: "delta" }),
      "max",
    ),
    "quantile of summaries": carriedStatement(plan({ type: "summary" }), "p90"),
    "explicit buckets, cumulative": bucketsStatement(
      plan({ type: "histogram", temporality: "cumulative" }),
    ),
    "explicit buckets, delta": bucketsStatement(plan({ type: "histogram", temporality: "delta" })),
    "scale of exponential histograms": scaleStatement(
      plan({ type: "exponential_histogram", temporality: "delta" }),
    ),
    "exponential buckets, cumulative": exponentialStatement(
      plan({ type: "exponential_histogram", temporality: "cumulative" }),
      -2,
    ),
    exemplars: exemplarsStatement(plan({}, { groupBy: ["zone"] })),
  },
  search: {
    "spans by every field": candidatesStatement(
      ORG,
      RANGE,
      spanSearch(
        "service:web,cart operation:GET* status:error kind:server duration:1ms..2s trace_id:* span_id:0000000000000001 scope:lib",
      ),
      150,
    ),
    "spans by text and attributes": candidatesStatement(
      ORG,
      RANGE,
      spanSearch('"card declined" http.route:/cart code:>=500 user:a* -zone:eu -gone:*'),
      150,
    ),
    "spans by either of two that are indexed": candidatesStatement(
      ORG,
      RANGE,
      spanSearch("http.route:/cart OR service:web"),
      150,
    ),
    "records by every field": logsStatement(
      ORG,
      RANGE,
      logSearch(`severity:>=warn body:GET* trace_id:${TRACE} -scope:lib*`),
      { order: "desc", limit: 51, from: undefined },
    ),
    "times of records by either of two that are indexed": logTimesStatement(
      ORG,
      RANGE,
      logSearch("card OR order:77"),
      "desc",
      51,
    ),
    histogram: histogramStatement(ORG, RANGE, logSearch("card"), {
      stepNs: 60n * SECOND,
      stepsMax: 60,
    }),
    "services and levels": serviceLevelsStatement(ORG, RANGE, everyLog),
    resources: resourceCountsStatement(ORG, RANGE, everyLog),
    "sample of attributes": attributeSampleStatement(ORG, RANGE, logSearch("card")),
    "names of operations": operationNamesStatement(ORG, RANGE, "get"),
    "names of scopes": scopeNamesStatement(ORG, RANGE, "lib"),
  },
  cardinality: {
    ...named("of all metrics", cardinalityStatements(ORG, RANGE)),
    ...named("of one metric", metricLabelsStatements(ORG, RANGE, "requests")),
  },
  "trace-views": {
    "spans of a range": spansStatement(ORG, RANGE),
    "spans of a day": spansStatement(ORG, DAY),
    heatmap: heatmapStatement(ORG, SPAN_SET, ALL_OF_IT, 30n * SECOND),
    "heatmap of a part of a day": heatmapStatement(
      ORG,
      { range: DAY, isRoots: false, search: [] },
      A_PART,
      720n * SECOND,
    ),
    "facets of fields": fieldFacetsStatement(ORG, SPAN_SET, ALL_OF_IT),
    "facets of attributes": attributeFacetsStatement(ORG, SPAN_SET, ALL_OF_IT, ["zone", "user.id"]),
    "groups by a field": groupsStatement(ORG, SPAN_SET, ALL_OF_IT, countedBy("operation")),
    "groups by an attribute": groupsStatement(ORG, SPAN_SET, ALL_OF_IT, countedBy("zone")),
  },
  differences: {
    sides: sidesStatement(ORG, {
      selection: { range: RANGE, minDurationNs: 1_000n, maxDurationNs: 2_000n, status: "error" },
      baseline: DAY,
      conditions: [],
    }),
    "sizes of traces": traceSizesStatement(ORG, [TRACE]),
    spans: comparedSpansStatement(ORG, COMPARED, FROM),
    logs: comparedLogsStatement(ORG, COMPARED),
  },
  events: {
    page: eventsStatement(ORG, RANGE, oneEvent, {
      sortBy: "duration_ms",
      isDescending: false,
      limit: 50,
      offset: 100,
    }),
    "number of events": eventCountStatement(ORG, RANGE, { hasError: false }),
    "event of a record": eventAtStatement(ORG, { time: FROM, tie: 7n }),
    "event with an id": eventOfIdStatement(ORG, RANGE, "e-1"),
    "figures by level": eventGroupsStatement(ORG, RANGE, "event_level"),
    "figures of all": eventTotalsStatement(ORG, RANGE),
    "figures by time": eventTimelineStatement(ORG, RANGE, "day"),
  },
  attributes: {
    keys: attributeKeysStatement(ORG, RANGE, "traces"),
    "values of a key": attributeValuesStatement(ORG, RANGE, "logs", "http.route"),
  },
};

describe("every statement", () => {
  it.each(Object.entries(STATEMENTS))("of %s is as it was reviewed", async (file, statements) => {
    const text = Object.entries(statements).map(
      ([name, statement]) => `-- ${name}\n${statement.text};\n`,
    );
    await expect(text.join("\n")).toMatchFileSnapshot(`snapshots/${file}.sql`);
  });

  const all = Object.values(STATEMENTS).flatMap((statements) => Object.entries(statements));

  it.each(all)("%s reads rows of one organization only, within a time or by id", (_, statement) => {
    const froms = [...statement.text.matchAll(/FROM (\S+)\n(.*)/g)].filter(
      ([, name]) => !name!.startsWith("("),
    );
    expect(froms.length).toBeGreaterThan(0);
    for (const [, , next] of froms) expect(next).toBe("WHERE org = 'acme'");
    expect(statement.text).toMatch(/ts >= |minute >= |hour >= |day >= |trace_id IN \(/);
    // Only seed 003's pages have numbers, up to a bound.
    const paged = statement === STATEMENTS["events"]!["page"] ? PAGE : /^$/;
    expect(statement.text.replace(paged, "")).not.toMatch(/OFFSET|SETTINGS|FORMAT|;/);
  });

  it.each(all)(
    "%s has a bound on its rows, or one row for each id that is asked for",
    (name, statement) => {
      const bounded = /LIMIT (toUInt64\(\d+\)|1|2)( BY [\w ]+)?$/.test(
        statement.text.replace(PAGE, ""),
      );
      const byId = /(trace_id|resource_id|scope_id)( GLOBAL)? IN \(/.test(statement.text);
      const oneRow =
        /^SELECT (count\(\)|(\[countIf|groupArray|min|toUnixTimestamp64Nano\(min)\()/.test(
          statement.text,
        );
      expect({ name, is: bounded || byId || oneRow }).toEqual({ name, is: true });
    },
  );
});

describe("the folder", () => {
  it("names a table in one place only, which adds the organization", () => {
    const folder = import.meta.dirname;
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
      (name) => name.endsWith(".ts") && !name.endsWith(".test.ts") && !name.includes("testing"),
    );
    const naming = files.filter((name) =>
      /\btable\(|\bidentifier\(|FROM [a-z_`]/.test(
        readFileSync(join(folder, name), "utf8").replace(/^\s*(\*|\/\/|\/\*).*$/gm, ""),
      ),
    );
    expect(naming).toEqual(["scoped.ts"]);
  });
});
