import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AGGREGATIONS } from "#core/vocabulary.ts";
import { parseSearch, stringifySearch } from "../../lib/search-text.ts";
import {
  CHART_KINDS,
  freeId,
  LISTINGS,
  metricsSearch,
  type MetricsView,
  plainQuery,
  QUERY_IDS,
  searchOfView,
  shiftOf,
  STEPS,
  TOPS,
  viewOf,
  withQuery,
} from "./metric-view.ts";

const text = fc.string({ minLength: 1, maxLength: 20, unit: "grapheme" });
const view: fc.Arbitrary<MetricsView> = fc.record({
  queries: fc.subarray([...QUERY_IDS]).chain((ids) =>
    fc.tuple(
      ...ids.map((id) =>
        fc.record({
          id: fc.constant(id),
          metric: text,
          aggregation: fc.option(fc.constantFrom(...AGGREGATIONS), { nil: undefined }),
          groupBy: fc.array(text, { maxLength: 8 }),
          filters: fc.array(
            fc.tuple(text, text).map(([key, value]) => `${key.replaceAll("=", "-")}=${value}`),
            { maxLength: 4 },
          ),
          isHidden: fc.boolean(),
        }),
      ),
    ),
  ),
  formulas: fc.array(text, { maxLength: 3 }),
  unit: fc.option(text, { nil: undefined }),
  kind: fc.constantFrom(...CHART_KINDS),
  step: fc.option(fc.constantFrom(...STEPS), { nil: undefined }),
  top: fc.constantFrom(...TOPS).map(Number),
  comparison: fc.constantFrom(undefined, "before" as const, "day" as const, "week" as const),
  find: fc.option(text, { nil: undefined }),
  service: fc.option(text, { nil: undefined }),
  listing: fc.constantFrom(...LISTINGS),
});

describe("the view of the metrics", () => {
  test("is the same after its address, whatever the names in it", () => {
    fc.assert(
      fc.property(view, (given) => {
        const address = stringifySearch(searchOfView(given));
        expect(viewOf(parseSearch(address))).toEqual(given);
      }),
    );
  });

  test("stands in an address that can be read", () => {
    const query = {
      ...plainQuery("a", "http.server.request.duration"),
      aggregation: "p95" as const,
    };
    const shown = withQuery(viewOf({}), { ...query, groupBy: ["service"], filters: ["zone=eu"] });
    expect(decodeURIComponent(stringifySearch(searchOfView(shown)))).toBe(
      "?a=http.server.request.duration&a.agg=p95&a.by=service&a.where=zone=eu",
    );
  });

  test("leaves out what has no meaning", () => {
    expect(
      stringifySearch(
        metricsSearch({
          "a.agg": "p95",
          b: "up",
          "b.agg": "p123",
          "b.where": "=x",
          kind: "pie",
          step: "7s",
          top: "-1",
          z: "up",
          compare: "never",
        }),
      ),
    ).toBe("?b=up");
  });

  test("gives a new query the first name that is free, in its place", () => {
    const two = withQuery(withQuery(viewOf({}), plainQuery("c", "z")), plainQuery("a", "x"));
    expect(two.queries.map(({ id }) => id)).toEqual(["a", "c"]);
    expect(freeId(two)).toBe("b");
    const full = QUERY_IDS.reduce((before, id) => withQuery(before, plainQuery(id, "x")), two);
    expect(freeId(full)).toBeUndefined();
  });
});

test("what a chart is compared with is whole steps ago", () => {
  expect(shiftOf("before", 3_600_000, 15_000)).toBe(3_600_000);
  expect(shiftOf("before", 3_590_000, 60_000)).toBe(3_600_000);
  expect(shiftOf("day", 1, 900_000)).toBe(86_400_000);
});
