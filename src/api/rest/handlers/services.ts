import type { Clock } from "#core/clock.ts";
import { SightglassError } from "#core/errors.ts";
import { QUERY_LIMITS } from "#core/limits.ts";
import { serviceMap } from "#query/service-map.ts";
import { serviceResources } from "#query/service-resources.ts";
import { serviceSeries } from "#query/service-series.ts";
import { listOperations, listServices } from "#query/services.ts";
import type { SERVICE_ROUTES } from "../../contract/service-routes.ts";
import type { HandlersOf, RangeOf } from "../route-request.ts";

const DEPTH_DEFAULT = 2;

export function serviceHandlers(
  range: RangeOf,
  clock: Clock,
): HandlersOf<keyof typeof SERVICE_ROUTES> {
  return {
    listServices: async ({ query, context }) => {
      const { compare, service } = query;
      const options = { nowMs: clock.nowMs(), compare, service };
      return { data: await listServices(context, range(query), options) };
    },
    getServiceSeries: ({ query, context }) => {
      const { service, by, operation, points: pointsMax } = query;
      assertService(service, by ?? operation);
      return serviceSeries(context, range(query), {
        service,
        by: operation === undefined ? by : "operation",
        operation,
        pointsMax: pointsMax ?? QUERY_LIMITS.servicePointsDefault,
        nowMs: clock.nowMs(),
      });
    },
    listOperations: async ({ query, params, context }) => {
      const { service } = params;
      const options = { nowMs: clock.nowMs(), compare: query.compare, service };
      return { data: await listOperations(context, range(query), options) };
    },
    listServiceResources: ({ query, params, context }) =>
      serviceResources(context, range(query), params.service),
    getServiceMap: ({ query, context }) =>
      serviceMap(context, range(query), {
        service: query.service,
        focus: query.focus,
        depth: query.depth ?? DEPTH_DEFAULT,
        servicesMax: query.limit ?? QUERY_LIMITS.mapServicesDefault,
        nowMs: clock.nowMs(),
      }),
  };
}

/** Operations are those of one service. @throws SightglassError `bad_request` without its name. */
function assertService(service: string | undefined, ofOperations: string | undefined): void {
  if (service !== undefined || ofOperations === undefined) return;
  throw new SightglassError(
    "bad_request",
    "service: found nothing, allowed is the name of the service whose operations are asked for",
  );
}
