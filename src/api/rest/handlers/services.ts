import { serviceMap } from "#query/service-map.ts";
import { listOperations, listServices } from "#query/services.ts";
import type { SERVICE_ROUTES } from "../../contract/service-routes.ts";
import type { HandlersOf, RangeOf } from "../route-request.ts";

export function serviceHandlers(range: RangeOf): HandlersOf<keyof typeof SERVICE_ROUTES> {
  return {
    listServices: async ({ query, context }) => ({
      data: await listServices(context, range(query)),
    }),
    listOperations: async ({ query, params, context }) => ({
      data: await listOperations(context, range(query), params.service),
    }),
    getServiceMap: async ({ query, context }) => ({
      data: await serviceMap(context, range(query), query.service),
    }),
  };
}
