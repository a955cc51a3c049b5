import type { TraceLog } from "./trace-queries.ts";

const LOOK: Readonly<Record<TraceLog["severity"], string>> = {
  fatal: "bg-bad-soft font-semibold text-bad",
  error: "bg-bad-soft font-semibold text-bad",
  warn: "bg-warn-soft font-medium text-warn",
  info: "text-muted",
  debug: "text-faint",
  trace: "text-faint",
  unspecified: "text-faint",
};

/** The level of a record, in its word. */
export function LogLevel({ severity }: { severity: TraceLog["severity"] }) {
  return (
    <span className={`w-14 rounded-sm px-1 text-center text-2xs uppercase ${LOOK[severity]}`}>
      {severity === "unspecified" ? "–" : severity}
    </span>
  );
}
