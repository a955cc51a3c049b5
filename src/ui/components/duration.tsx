import { duration } from "../lib/format.ts";

/** A duration in the unit that fits; the exact milliseconds in the tooltip. */
export function Duration({ ms, className = "" }: { ms: number; className?: string }) {
  return (
    <span title={`${ms} ms`} className={`whitespace-nowrap ${className}`}>
      {duration(ms)}
    </span>
  );
}
