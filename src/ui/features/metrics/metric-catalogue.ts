import type { AttributesAnswer } from "#api/contract/attributes.ts";
import type { ComboOption } from "../../components/combobox.tsx";
import { askAttributes } from "../../lib/api/attributes.ts";
import { askMetrics, type MetricSummary } from "../../lib/api/metrics.ts";
import { shortCount } from "../../lib/format.ts";
import { everyMsIn, isOwnService, POLL_MS, usePolled } from "../../lib/queries.ts";
import { requestRange, type TimeRange } from "../../lib/time-range.ts";
import { unitWords } from "../../lib/units.ts";
import { kindWords } from "./aggregations.ts";

/** New metrics are rare, and the list is long: it is asked for no oftener than so. */
const LIST_POLL_MS = 5 * POLL_MS.lists;

/** Every metric of the time range. */
export function useMetrics(range: TimeRange) {
  return usePolled({
    key: ["metrics", "list", range],
    ask: (cancel) => askMetrics(requestRange(range, Date.now()), cancel),
    everyMs: everyMsIn(range, LIST_POLL_MS),
    keepPrevious: true,
  });
}

/** The keys that metrics are filtered and grouped by: those of `metric`, and what its resources may have. */
export function useKeyOptions(
  range: TimeRange,
  metric: MetricSummary | undefined,
): readonly ComboOption[] {
  const { data } = usePolled<AttributesAnswer>({
    key: ["metrics", "keys", range],
    ask: (cancel) =>
      askAttributes({ signal: "metrics", ...requestRange(range, Date.now()) }, cancel),
    everyMs: false,
  });
  const own = (metric?.attributes ?? []).map((value) => ({ value, detail: "of this metric" }));
  const ofResources = (data?.data ?? [])
    .filter(({ level }) => level === "resource")
    .map(({ key }) => ({ value: key, detail: "resource" }));
  const seen = new Set<string>();
  return [{ value: "service", detail: "service.name" }, ...own, ...ofResources].filter(
    ({ value }) => {
      if (seen.has(value) || value === "service.name") return false;
      seen.add(value);
      return true;
    },
  );
}

/** The values that a key has in metrics, the most frequent first; none before `isAsked`. */
export function useValueOptions(
  range: TimeRange,
  key: string,
  isAsked: boolean,
): readonly ComboOption[] {
  const name = key === "service" ? "service.name" : key;
  const { data } = usePolled<AttributesAnswer>({
    key: ["metrics", "values", name, range],
    ask: (cancel) =>
      askAttributes({ signal: "metrics", key: name, ...requestRange(range, Date.now()) }, cancel),
    everyMs: false,
    enabled: isAsked && name !== "",
  });
  const counts = new Map<string, number>();
  for (const { value = "", count } of data?.data ?? [])
    counts.set(value, (counts.get(value) ?? 0) + count);
  return [...counts].map(([value, count]) => ({ value, detail: shortCount(count) }));
}

/** What a completion says of a metric. */
export function metricOption({ name, type, monotonic, unit }: MetricSummary): ComboOption {
  const words = unitWords(unit);
  return { value: name, detail: [kindWords(type, monotonic), words].filter(Boolean).join(" · ") };
}

/** Whether only Sightglass itself sends it. */
export function isOwnMetric({ services }: MetricSummary): boolean {
  return services.every(isOwnService);
}

/** How much a kind of metric tells at a glance. */
const WEIGHTS = { histogram: 3, exponential_histogram: 3, sum: 2, gauge: 2, summary: 1 } as const;

/** The metrics in the order in which they are worth a look: what others send first, then durations, then by series. */
export function byInterest(metrics: readonly MetricSummary[]): readonly MetricSummary[] {
  return metrics.toSorted(
    (one, other) =>
      Number(isOwnMetric(one)) - Number(isOwnMetric(other)) ||
      WEIGHTS[other.type] - WEIGHTS[one.type] ||
      other.series - one.series ||
      (one.name < other.name ? -1 : 1),
  );
}
