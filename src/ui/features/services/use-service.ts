import type { ServiceResourcesAnswer, ServiceSummary } from "#api/contract/services.ts";
import type { UseQueryResult } from "@tanstack/react-query";
import { askServiceResources, askServices } from "../../lib/api/services.ts";
import { everyMsIn, POLL_MS, usePolled } from "../../lib/queries.ts";
import { requestRange, type TimeRange } from "../../lib/time-range.ts";

/** The figures of one service with those before; null when it sent nothing in the range. */
export function useServiceSummary(
  service: string,
  range: TimeRange,
): UseQueryResult<ServiceSummary | null> {
  return usePolled({
    key: ["services", "summary", service, range],
    ask: async (cancel) => {
      const parameters = { ...requestRange(range, Date.now()), compare: "previous", service };
      const { data } = await askServices(parameters, cancel);
      return data[0] ?? null;
    },
    everyMs: everyMsIn(range, POLL_MS.lists),
  });
}

/** Asked for by the charts, for when versions changed, and by the tab that lists them: one question. */
export function useServiceResources(
  service: string,
  range: TimeRange,
): UseQueryResult<ServiceResourcesAnswer> {
  return usePolled({
    key: ["services", "resources", service, range],
    ask: (cancel) => askServiceResources(service, requestRange(range, Date.now()), cancel),
    everyMs: everyMsIn(range, POLL_MS.resources),
    keepPrevious: true,
  });
}
