import { clockTime, fullTime, otherDay } from "../lib/time.ts";

/** A moment in the browser's zone, to the millisecond; UTC and every nanosecond in the tooltip. */
export function Time({ value, className = "" }: { value: string; className?: string }) {
  const day = otherDay(value);
  return (
    <time dateTime={value} title={fullTime(value)} className={`whitespace-nowrap ${className}`}>
      {day === "" ? "" : `${day} `}
      {clockTime(value)}
    </time>
  );
}
