import { askMetric, type MetricAnswer } from "../../lib/api/metrics.ts";
import { ApiFailure, type Parameters } from "../../lib/api/request.ts";
import { usePolled } from "../../lib/queries.ts";
import { requestRange, type TimeRange } from "../../lib/time-range.ts";
import { Turns } from "../../lib/turns.ts";
import type { QueryOutcome, ViewOutcome } from "./metric-lines.ts";
import { type MetricsView, type QueryView, shiftOf } from "./metric-view.ts";

/** Questions that the page has under way at once; the server answers four. */
const AT_ONCE = 4;
export const metricTurns = new Turns(AT_ONCE);

/** New points come with the senders' next export; asking sooner than a step would show the same. */
const POLL_MS_MIN = 5_000;
const POLL_MS_MAX = 60_000;
/** Columns for which lines are thinned out where a formula does not need every step. */
const PIXELS = 1_000;

/** Asks for every query of a view, again as time goes on; a query that fails leaves the others their answers. */
export function useViewOutcome(view: MetricsView, range: TimeRange) {
  const { queries, step, comparison } = view;
  const asked = queries.map(({ isHidden: _, ...query }) => query);
  const isWhole = view.formulas.length > 0;
  return usePolled<ViewOutcome>({
    key: ["metrics", "view", asked, step, comparison, isWhole, range],
    ask: (cancel) => askView(view, range, cancel),
    everyMs: ({ state }) => {
      if (range.kind === "absolute") return false;
      const steps = state.data?.queries.map(({ answer }) => answer?.stepMs ?? 0) ?? [];
      return Math.min(POLL_MS_MAX, Math.max(POLL_MS_MIN, ...steps));
    },
    keepPrevious: true,
    enabled: queries.length > 0,
  });
}

async function askView(
  view: MetricsView,
  range: TimeRange,
  cancel: AbortSignal,
): Promise<ViewOutcome> {
  const { from, to } = requestRange(range, Date.now());
  const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
  const queries = await Promise.all(
    view.queries.map((query) => askQuery(view, query, { fromMs, toMs }, cancel)),
  );
  return { fromMs, toMs, queries };
}

async function askQuery(
  view: MetricsView,
  query: QueryView,
  { fromMs, toMs }: { fromMs: number; toMs: number },
  cancel: AbortSignal,
): Promise<QueryOutcome> {
  const ask = (backMs: number): Promise<MetricAnswer> => {
    const parameters = parametersOf(view, query, fromMs - backMs, toMs - backMs);
    return metricTurns.take(cancel, () => askMetric(parameters, cancel));
  };
  try {
    const answer = await ask(0);
    if (view.comparison === undefined)
      return { query, answer, failure: undefined, before: undefined };
    const shiftMs = shiftOf(view.comparison, toMs - fromMs, answer.stepMs);
    return { query, answer, failure: undefined, before: { answer: await ask(shiftMs), shiftMs } };
  } catch (error) {
    if (!(error instanceof ApiFailure)) throw error;
    return { query, answer: undefined, failure: error, before: undefined };
  }
}

function parametersOf(
  view: MetricsView,
  query: QueryView,
  fromMs: number,
  toMs: number,
): Parameters {
  return {
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    name: query.metric,
    filter: query.filters,
    groupBy: query.groupBy,
    aggregation: query.aggregation,
    step: view.step,
    ...(view.formulas.length > 0 ? {} : { downsample: "minmax", pixels: PIXELS }),
  };
}
