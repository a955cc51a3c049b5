import { nonEmpty } from "./search-text.ts";

/**
 * The stretch of time that a page looks at: so many seconds up to now, or between two moments (Unix
 * milliseconds), which then stand still.
 */
export type TimeRange =
  | { readonly kind: "relative"; readonly seconds: number }
  | { readonly kind: "absolute"; readonly fromMs: number; readonly toMs: number };

/** How a range stands in an address: `range=6h`, or `from` and `to` in RFC 3339. */
export interface RangeSearch {
  readonly range?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** What the server takes without a range, too. */
export const DEFAULT_RANGE: TimeRange = { kind: "relative", seconds: 3_600 };

const UNITS = [
  { letter: "w", seconds: 604_800, word: "week" },
  { letter: "d", seconds: 86_400, word: "day" },
  { letter: "h", seconds: 3_600, word: "hour" },
  { letter: "m", seconds: 60, word: "minute" },
] as const;

const RELATIVE = /^([1-9]\d{0,4})([mhdw])$/;

/** Seconds of `15m`, `6h`, `7d` or `2w`; undefined for what is none of these. */
export function parseRelative(text: string): number | undefined {
  const [, count, letter] = RELATIVE.exec(text) ?? [];
  const unit = UNITS.find((candidate) => candidate.letter === letter);
  return unit === undefined ? undefined : Number(count) * unit.seconds;
}

/** The shortest text of whole minutes: `15m`, `6h`, `7d`. */
export function relativeText(seconds: number): string {
  const unit = unitOf(seconds);
  return `${seconds / unit.seconds}${unit.letter}`;
}

/** What of an address is a range; what is none is left out. */
export function rangeSearch(search: Readonly<Record<string, unknown>>): RangeSearch {
  const from = momentOf(search["from"]);
  const to = momentOf(search["to"]);
  if (from !== undefined && to !== undefined && Date.parse(from) < Date.parse(to))
    return { from, to };
  const range = nonEmpty(search["range"]);
  return range === undefined || parseRelative(range) === undefined ? {} : { range };
}

/** The range of an address that {@link rangeSearch} has read. */
export function rangeOf({ range, from, to }: RangeSearch): TimeRange {
  if (from !== undefined && to !== undefined)
    return { kind: "absolute", fromMs: Date.parse(from), toMs: Date.parse(to) };
  const seconds = range === undefined ? undefined : parseRelative(range);
  return seconds === undefined ? DEFAULT_RANGE : { kind: "relative", seconds };
}

/** Puts a range into an address: each part is given, so that an older one goes. */
export function searchOf(range: TimeRange): {
  range: string | undefined;
  from: string | undefined;
  to: string | undefined;
} {
  if (range.kind === "relative")
    return { range: relativeText(range.seconds), from: undefined, to: undefined };
  return {
    range: undefined,
    from: new Date(range.fromMs).toISOString(),
    to: new Date(range.toMs).toISOString(),
  };
}

/** `from` and `to` of a request for the range, were it now `nowMs`. */
export function requestRange(range: TimeRange, nowMs: number): { from: string; to: string } {
  const [fromMs, toMs] =
    range.kind === "absolute" ? [range.fromMs, range.toMs] : [nowMs - range.seconds * 1_000, nowMs];
  return { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
}

/** `last hour`, `last 15 minutes`; a range between two moments is the `chosen time range` (spanText has them). */
export function rangeWords(range: TimeRange): string {
  if (range.kind === "absolute") return "chosen time range";
  const unit = unitOf(range.seconds);
  const count = range.seconds / unit.seconds;
  return count === 1 ? `last ${unit.word}` : `last ${count} ${unit.word}s`;
}

/** The largest unit that measures it in whole numbers. */
function unitOf(seconds: number): (typeof UNITS)[number] {
  return UNITS.find((unit) => seconds % unit.seconds === 0) ?? UNITS[UNITS.length - 1]!;
}

function momentOf(value: unknown): string | undefined {
  const text = nonEmpty(value);
  return text === undefined || Number.isNaN(Date.parse(text)) ? undefined : text;
}
