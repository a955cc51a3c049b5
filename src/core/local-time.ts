const HOUR_MS = 3_600_000;
const OFFSETS_REMEMBERED_MAX = 64;

/**
 * Gives the Unix milliseconds of a time in a zone, which is handed over as if it were UTC. A time that
 * the zone skips or has twice in a change of clocks is one of its neighbours.
 *
 * @throws RangeError when there is no such zone.
 * @example localTimeIn("Europe/Berlin")(Date.UTC(2026, 0, 1, 1)) // midnight UTC
 */
export function localTimeIn(zone: string): (localMs: number) => number {
  if (zone === "UTC") return (localMs) => localMs;
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  const remembered = new Map<number, number>();
  /** Offsets change at whole quarters of an hour at the soonest, so one lookup serves a quarter. */
  const offsetAt = (utcMs: number): number => {
    const quarter = Math.floor(utcMs / (HOUR_MS / 4));
    const known = remembered.get(quarter);
    if (known !== undefined) return known;
    if (remembered.size >= OFFSETS_REMEMBERED_MAX) remembered.clear();
    const at = quarter * (HOUR_MS / 4);
    const offset = wallClock(format, at) - at;
    remembered.set(quarter, offset);
    return offset;
  };
  return (localMs) => {
    const guess = localMs - offsetAt(localMs);
    return localMs - offsetAt(guess);
  };
}

function wallClock(format: Intl.DateTimeFormat, utcMs: number): number {
  const parts = new Map(
    format.formatToParts(utcMs).map(({ type, value }) => [type, Number(value)]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  return Date.UTC(
    part("year"),
    part("month") - 1,
    part("day"),
    part("hour"),
    part("minute"),
    part("second"),
  );
}
