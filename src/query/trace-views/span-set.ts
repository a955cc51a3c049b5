import { type Fragment, sql } from "#store/sql.ts";
import type { TimeRange } from "../time-range.ts";

/** The spans that a question is about. */
export interface SpanSet {
  readonly range: TimeRange;
  /** Only the first span of each trace. */
  readonly isRoots: boolean;
  /** What a search asks of each span. */
  readonly search: readonly Fragment[];
}

/** What the spans of a set must be, apart from when they are. */
export function setConditions({ isRoots, search }: SpanSet): Fragment[] {
  return isRoots ? [sql`parent_span_id = toFixedString('', 8)`, ...search] : [...search];
}

/** Sums of spans by what they stand for. */
export const COUNT = sql`sum(toFloat64(weight))`;
export const ERRORS = sql`sumIf(toFloat64(weight), status = 'error')`;
