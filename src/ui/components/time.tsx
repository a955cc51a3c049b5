import { clockTime, fullTime, otherDay } from "../lib/time.ts";
import { useZone } from "../lib/use-zone.ts";

/** A moment in the zone of the page, to the millisecond; UTC and every nanosecond in the tooltip. */
export function Time({ value, className = "" }: { value: string; className?: string }) {
  const zone = useZone();
  const day = otherDay(value, undefined, zone);
  return (
    <time dateTime={value} title={fullTime(value)} className={`whitespace-nowrap ${className}`}>
      {day === "" ? "" : `${day} `}
      {clockTime(value, zone)}
    </time>
  );
}
