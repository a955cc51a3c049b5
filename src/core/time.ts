/** Unix nanoseconds of the latest time that every time column can hold: 2106-02-07T06:28:15Z. */
export const TIME_NS_MAX = 4_294_967_295_000_000_000n;

const RFC3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9})\d*)?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;

/**
 * Reads a time in RFC 3339 (an offset is required, digits after the ninth fraction digit are cut) or
 * in Unix nanoseconds. Undefined for anything else, Unix seconds and milliseconds included: below
 * 10^17 (1973) a number is far more likely to be one of those.
 */
export function parseTime(text: string): bigint | undefined {
  if (/^\d{1,19}$/.test(text)) {
    const ns = BigInt(text);
    return ns === 0n || ns >= 10n ** 17n ? ns : undefined;
  }
  const match = RFC3339.exec(text);
  return match === null ? undefined : nanosecondsOf(match);
}

function nanosecondsOf(match: RegExpExecArray): bigint | undefined {
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number);
  const offsetHours = Number(match[9] ?? 0);
  const offsetMinutes = Number(match[10] ?? 0);
  if (hour! > 23 || minute! > 59 || second! > 60 || offsetHours > 23 || offsetMinutes > 59) {
    return undefined;
  }
  const midnight = Date.UTC(year!, month! - 1, day!);
  // A day that the month does not have would roll over into the next month.
  if (new Date(midnight).getUTCDate() !== day || month! < 1 || month! > 12) return undefined;
  const sign = match[8] === "-" ? -1 : 1;
  const offsetSeconds = sign * (offsetHours * 3_600 + offsetMinutes * 60);
  const seconds = midnight / 1_000 + hour! * 3_600 + minute! * 60 + second! - offsetSeconds;
  return BigInt(seconds) * 1_000_000_000n + BigInt((match[7] ?? "").padEnd(9, "0"));
}

/** Writes Unix nanoseconds as RFC 3339 in UTC with nine fraction digits. */
export function formatTime(ns: bigint): string {
  const seconds = ns / 1_000_000_000n - (ns % 1_000_000_000n < 0n ? 1n : 0n);
  const fraction = String(ns - seconds * 1_000_000_000n).padStart(9, "0");
  return `${new Date(Number(seconds) * 1_000).toISOString().slice(0, -5)}.${fraction}Z`;
}

/** Nanoseconds as milliseconds with fractions, the nearest double. */
export function millisecondsOf(ns: bigint): number {
  return Number(ns) / 1_000_000;
}
