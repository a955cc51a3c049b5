import { AGGREGATIONS, type Aggregation } from "#core/vocabulary.ts";
import type { ChartKind } from "../../charts/plot.ts";
import { nonEmpty, oneOf, texts } from "../../lib/search-text.ts";

/** The names of the queries of a page, in their order. */
export const QUERY_IDS = ["a", "b", "c", "d", "e"] as const;
export type QueryId = (typeof QUERY_IDS)[number];

export const CHART_KINDS = ["line", "area", "stacked", "bars"] as const satisfies ChartKind[];
export const STEPS = ["1s", "10s", "15s", "30s", "1m", "5m", "15m", "1h", "6h", "1d"] as const;
export const TOPS = ["5", "10", "20", "50", "100"] as const;
const COMPARISONS = ["before", "day", "week"] as const;
/** What the chart is compared with: the time just before, or a day or a week ago. */
export type Comparison = (typeof COMPARISONS)[number];

/** How all metrics are shown before one is chosen. */
export const LISTINGS = ["glance", "list", "cardinality"] as const;
export type Listing = (typeof LISTINGS)[number];

const TOP_DEFAULT = 10;
const FORMULAS_MAX = 3;
const KEYS_MAX = 8;
const FILTERS_MAX = 16;

/** One query of the builder. Without an aggregation the server takes what suits the metric's type. */
export interface QueryView {
  readonly id: QueryId;
  readonly metric: string;
  readonly aggregation: Aggregation | undefined;
  readonly groupBy: readonly string[];
  /** `key=value` each; all must match. */
  readonly filters: readonly string[];
  /** Asked for, since a formula may use it, but not drawn. */
  readonly isHidden: boolean;
}

/** All that the page of the metrics shows, but for the time range. */
export interface MetricsView {
  readonly queries: readonly QueryView[];
  readonly formulas: readonly string[];
  /** Of what the formulas make. */
  readonly unit: string | undefined;
  readonly kind: ChartKind;
  readonly step: string | undefined;
  /** Lines that are drawn of each query and formula. */
  readonly top: number;
  readonly comparison: Comparison | undefined;
  /** What the list of metrics is narrowed to. */
  readonly find: string | undefined;
  readonly service: string | undefined;
  readonly listing: Listing;
}

type PartName = "" | ".agg" | ".by" | ".where" | ".hide";
type Text = string | readonly string[] | undefined;

/** How a view stands in an address: `a=http.server.request.duration&a.agg=p95&a.by=service&f=a*2`. */
export type MetricsSearch = { readonly [Name in `${QueryId}${PartName}`]?: Text } & {
  readonly f?: Text;
  readonly unit?: string | undefined;
  readonly kind?: string | undefined;
  readonly step?: string | undefined;
  readonly top?: string | undefined;
  readonly compare?: string | undefined;
  readonly find?: string | undefined;
  readonly service?: string | undefined;
  readonly listing?: string | undefined;
};

/** What of an address is a view; what is none is left out. */
export function metricsSearch(search: Readonly<Record<string, unknown>>): MetricsSearch {
  return searchOfView(viewOf(search));
}

/** The view of an address. */
export function viewOf(search: Readonly<Record<string, unknown>>): MetricsView {
  return {
    queries: QUERY_IDS.flatMap((id) => {
      const metric = nonEmpty(search[id]);
      if (metric === undefined) return [];
      return [
        {
          id,
          metric,
          aggregation: oneOf(search[`${id}.agg`], AGGREGATIONS),
          groupBy: texts(search[`${id}.by`], KEYS_MAX) ?? [],
          filters: (texts(search[`${id}.where`], FILTERS_MAX) ?? []).filter((filter) =>
            /^[^=]+=/s.test(filter),
          ),
          isHidden: search[`${id}.hide`] === "yes",
        },
      ];
    }),
    formulas: texts(search["f"], FORMULAS_MAX) ?? [],
    unit: nonEmpty(search["unit"]),
    kind: oneOf(search["kind"], CHART_KINDS) ?? "line",
    step: oneOf(search["step"], STEPS),
    top: Number(oneOf(search["top"], TOPS) ?? TOP_DEFAULT),
    comparison: oneOf(search["compare"], COMPARISONS),
    find: nonEmpty(search["find"]),
    service: nonEmpty(search["service"]),
    listing: oneOf(search["listing"], LISTINGS) ?? "glance",
  };
}

/** Puts a view into an address: every part is given, so that an older one goes. */
export function searchOfView(view: MetricsView): MetricsSearch {
  const parts: Record<string, Text> = {};
  for (const id of QUERY_IDS) {
    const query = view.queries.find((one) => one.id === id);
    parts[id] = query?.metric;
    parts[`${id}.agg`] = query?.aggregation;
    parts[`${id}.by`] = listed(query?.groupBy);
    parts[`${id}.where`] = listed(query?.filters);
    parts[`${id}.hide`] = query?.isHidden === true ? "yes" : undefined;
  }
  return {
    ...parts,
    f: listed(view.formulas),
    unit: view.unit,
    kind: view.kind === "line" ? undefined : view.kind,
    step: view.step,
    top: view.top === TOP_DEFAULT ? undefined : String(view.top),
    compare: view.comparison,
    find: view.find,
    service: view.service,
    listing: view.listing === "glance" ? undefined : view.listing,
  };
}

function listed(values: readonly string[] | undefined): readonly string[] | undefined {
  return values === undefined || values.length === 0 ? undefined : values;
}

/** A query of one metric alone, grouped and filtered by nothing. */
export function plainQuery(id: QueryId, metric: string): QueryView {
  return { id, metric, aggregation: undefined, groupBy: [], filters: [], isHidden: false };
}

/** The first name that no query has; undefined when there are as many as there can be. */
export function freeId({ queries }: MetricsView): QueryId | undefined {
  return QUERY_IDS.find((id) => queries.every((query) => query.id !== id));
}

/** Whether a further formula has room. */
export function hasRoomForFormula({ formulas }: MetricsView): boolean {
  return formulas.length < FORMULAS_MAX;
}

/** The view with one query in place of the one of its name, or added at its place in the order. */
export function withQuery(view: MetricsView, query: QueryView): MetricsView {
  const others = view.queries.filter(({ id }) => id !== query.id);
  const queries = [...others, query].toSorted((one, other) => (one.id < other.id ? -1 : 1));
  return { ...view, queries };
}

/** How long ago what the chart is compared with was; a whole number of steps, so that both stand in line. */
export function shiftOf(comparison: Comparison, rangeMs: number, stepMs: number): number {
  const wanted = { before: rangeMs, day: 86_400_000, week: 604_800_000 }[comparison];
  return Math.ceil(wanted / stepMs) * stepMs;
}
