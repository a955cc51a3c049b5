import { attributesAnswer, attributesQuery } from "./attributes.ts";
import type { Route } from "./route.ts";

/** What is asked of the catalogue of attributes. */
export const ATTRIBUTE_ROUTES = {
  listAttributes: {
    path: "/api/v1/attributes",
    tag: "Attributes",
    summary: "Attribute keys with counts, or the top values of one key",
    description: "From a catalogue of whole hours that is kept as rows arrive.",
    query: attributesQuery,
    answer: attributesAnswer,
  },
} as const satisfies Record<string, Route>;
