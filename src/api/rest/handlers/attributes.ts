import { listAttributeKeys, listAttributeValues } from "#query/attributes.ts";
import type { ATTRIBUTE_ROUTES } from "../../contract/attribute-routes.ts";
import type { HandlersOf, RangeOf } from "../route-request.ts";

export function attributeHandlers(range: RangeOf): HandlersOf<keyof typeof ATTRIBUTE_ROUTES> {
  return {
    listAttributes: async ({ query, context }) => {
      const { signal = "traces", key } = query;
      const data =
        key === undefined
          ? await listAttributeKeys(context, range(query), signal)
          : await listAttributeValues(context, range(query), signal, key);
      return { data };
    },
  };
}
