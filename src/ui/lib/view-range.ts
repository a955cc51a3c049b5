import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";
import { rangeOf, searchOf, type TimeRange } from "./time-range.ts";

/** The time range of the address, which all pages share. */
export function useViewRange(): TimeRange {
  return rangeOf(useSearch({ from: "__root__" }));
}

/** Names in an address that mean a place within a list: they make no sense in another range. */
const PLACES_IN_LISTS = { before: undefined, until: undefined, cursor: undefined };

/**
 * Sets the range of the page that is shown: a step that the browser's way back undoes. The picker uses it,
 * and so does what selects a stretch of a chart.
 */
export function useSetRange(): (range: TimeRange) => void {
  const navigate = useNavigate();
  return useCallback(
    (range) => {
      const part = { ...PLACES_IN_LISTS, ...searchOf(range) };
      void navigate({ to: ".", search: (search) => ({ ...search, ...part }), resetScroll: false });
    },
    [navigate],
  );
}
