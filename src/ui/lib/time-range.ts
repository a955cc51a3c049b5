/** The time ranges that a list can look back over. */
export const RANGES = ["15m", "1h", "6h", "24h"] as const;
export type Range = (typeof RANGES)[number];

/** What the server takes without a range, too. */
export const DEFAULT_RANGE: Range = "1h";

const MINUTES: Readonly<Record<Range, number>> = { "15m": 15, "1h": 60, "6h": 360, "24h": 1_440 };

export const RANGE_WORDS: Readonly<Record<Range, string>> = {
  "15m": "last 15 minutes",
  "1h": "last hour",
  "6h": "last 6 hours",
  "24h": "last 24 hours",
};

/** `from` and `to` of a request for `range` that ends at `untilMs`. */
export function requestRange(range: Range, untilMs: number): { from: string; to: string } {
  return {
    from: new Date(untilMs - MINUTES[range] * 60_000).toISOString(),
    to: new Date(untilMs).toISOString(),
  };
}
