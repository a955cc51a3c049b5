import type { Clock } from "#core/clock.ts";
import { changes } from "#query/changes.ts";
import type { CHANGE_ROUTES } from "../../contract/change-routes.ts";
import type { HandlersOf, RangeOf } from "../route-request.ts";

export function changeHandlers(
  range: RangeOf,
  clock: Clock,
): HandlersOf<keyof typeof CHANGE_ROUTES> {
  return {
    getChanges: ({ query, context }) => changes(context, range(query), clock.nowMs()),
  };
}
