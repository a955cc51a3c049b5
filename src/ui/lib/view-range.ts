import { useSearch } from "@tanstack/react-router";
import { rangeOf, type TimeRange } from "./time-range.ts";

/** The time range of the address, which all pages share. */
export function useViewRange(): TimeRange {
  return rangeOf(useSearch({ from: "__root__" }));
}
