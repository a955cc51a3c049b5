/** The views of a trace, by their names in the address. */
export const TRACE_VIEWS = ["waterfall", "flame", "table", "graph", "logs", "compare"] as const;
export type TraceViewName = (typeof TRACE_VIEWS)[number];
