import { duration, fullCount, shortBytes } from "./format.ts";
import { cut, visible } from "./visible-text.ts";

/**
 * How numbers are measured: a UCUM code as OpenTelemetry has them (`ms`, `By`, `By/s`, `{request}`, `%`, `1`),
 * or `ratio`, which is ours: a share from 0 to 1, shown as per cent.
 */
export type Unit = string;

/** What a unit says about how its numbers are written. */
interface Measure {
  readonly kind: "seconds" | "bytes" | "bits" | "percent" | "prefixed" | "plain";
  /** What one of the unit is of the kind's own: 0.001 for `ms`, which are seconds. */
  readonly factor: number;
  /** What stands behind numbers of the kinds that bring no unit of their own; may be empty. */
  readonly word: string;
  /** A word of the sender's for what is counted, which takes a plural. */
  readonly isCounted: boolean;
  /** `/s` and the like, or nothing. */
  readonly per: string;
}

const SECONDS: Readonly<Record<string, number>> = {
  ns: 1e-9,
  us: 1e-6,
  µs: 1e-6,
  ms: 1e-3,
  s: 1,
  min: 60,
  h: 3_600,
  d: 86_400,
  nanoseconds: 1e-9,
  microseconds: 1e-6,
  milliseconds: 1e-3,
  seconds: 1,
  minutes: 60,
  hours: 3_600,
};

const BYTES: Readonly<Record<string, number>> = {
  By: 1,
  kBy: 1e3,
  KBy: 1e3,
  MBy: 1e6,
  GBy: 1e9,
  TBy: 1e12,
  KiBy: 2 ** 10,
  MiBy: 2 ** 20,
  GiBy: 2 ** 30,
  TiBy: 2 ** 40,
  bytes: 1,
  byte: 1,
};

const BITS: Readonly<Record<string, number>> = { bit: 1, kbit: 1e3, Mbit: 1e6, Gbit: 1e9 };

/** Units that take the prefixes of thousands. */
const PREFIXED = new Set(["Hz", "V", "A", "W", "J", "Wh", "m", "g", "Pa"]);

const WORDS: Readonly<Record<string, string>> = { "1": "", Cel: "°C", deg: "°" };

/** Characters of a unit that are shown; what senders write there has no bound. */
const WORD_CHARACTERS_MAX = 24;

const known = new Map<string, Measure>();
/** Units that are remembered; a page sees a few. */
const KNOWN_MAX = 500;

function measureOf(unit: Unit): Measure {
  let measure = known.get(unit);
  if (measure === undefined) {
    if (known.size >= KNOWN_MAX) known.clear();
    known.set(unit, (measure = parse(unit.trim())));
  }
  return measure;
}

function parse(unit: string): Measure {
  const [, of = unit, time = ""] = /^(.*)\/(s|min|h|d)$/s.exec(unit) ?? [];
  // A second a second is a number: cores that were busy.
  if (time !== "" && of === time) return plain("", false, "");
  const per = time === "" ? "" : `/${time}`;
  const seconds = own(SECONDS, of);
  if (seconds !== undefined) return { ...plain("", false, per), kind: "seconds", factor: seconds };
  const bytes = own(BYTES, of);
  if (bytes !== undefined) return { ...plain("", false, per), kind: "bytes", factor: bytes };
  const bits = own(BITS, of);
  if (bits !== undefined) return { ...plain("bit", false, per), kind: "bits", factor: bits };
  if (of === "%" || of === "percent")
    return { ...plain("", false, per), kind: "percent", factor: 1 };
  if (of === "ratio") return { ...plain("", false, per), kind: "percent", factor: 100 };
  if (PREFIXED.has(of)) return { ...plain(of, false, per), kind: "prefixed" };
  const annotation = /^(?:1)?\{(.+)\}$/s.exec(of)?.[1];
  if (annotation !== undefined) return plain(shown(annotation), true, per);
  return plain(own(WORDS, of) ?? shown(of), false, per);
}

function plain(word: string, isCounted: boolean, per: string): Measure {
  return { kind: "plain", factor: 1, word, isCounted, per };
}

function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

/** A sender's word, short, with what hides or reorders in it made visible. */
function shown(word: string): string {
  const short = cut(word, WORD_CHARACTERS_MAX);
  return `${visible(short)}${short.length < word.length ? "…" : ""}`;
}

/** A value in words: `12.3 ms`, `4.56 MB/s`, `1.2k requests/s`, `12.5%`; a dash for none. */
export function formatValue(unit: Unit, value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const { kind, factor, word, isCounted, per } = measureOf(unit);
  const base = value * factor;
  switch (kind) {
    case "seconds":
      return duration(base * 1_000) + per;
    case "bytes":
      return signed(base, bytesText) + per;
    case "percent":
      return `${shortNumber(base)}%${per}`;
    case "bits":
    case "prefixed":
      return signed(base, (size) => prefixed(size, word)) + per;
    case "plain": {
      const noun = isCounted && value !== 1 ? plural(word) : word;
      const number = shortNumber(value);
      return noun === "" && per === "" ? number : `${number}${noun === "" ? "" : " "}${noun}${per}`;
    }
  }
}

/** A value for a place that already says what is counted: `1.2k` where {@link formatValue} has `1.2k requests/s`. */
export function formatNumber(unit: Unit, value: number | null | undefined): string {
  return formatValue(measureOf(unit).kind === "plain" ? "" : unit, value);
}

/** Whether values need {@link unitWords} beside them, since an axis has numbers alone. */
export function isBareNumber(unit: Unit): boolean {
  return measureOf(unit).kind === "plain";
}

/** Every digit of a value, for a tooltip: `1,234,567.25 By`. */
export function fullValue(unit: Unit, value: number | null): string {
  if (value === null) return "no value";
  const number = Number.isInteger(value) ? fullCount(value) : String(value);
  return unit === "" || unit === "1" ? number : `${number} ${shown(unit)}`;
}

/** What an axis or a heading calls the unit: `requests/s`, `ms`; empty for plain numbers. */
export function unitWords(unit: Unit): string {
  const { kind, word, isCounted, per } = measureOf(unit);
  switch (kind) {
    case "seconds":
    case "bytes":
      return shown(unit.trim());
    case "percent":
      return `%${per}`;
    default:
      return `${isCounted ? plural(word) : word}${per}`;
  }
}

/** The unit of a value for each second of another. */
export function perSecondOf(unit: Unit): Unit {
  return unit === "" || unit === "1" ? "1/s" : `${unit}/s`;
}

/** English words in their plural; of anything else, what was given. */
function plural(word: string): string {
  if (!/^[a-z]+$/.test(word) || /(?:s|data)$/.test(word)) return word;
  if (/[^aeiou]y$/.test(word)) return `${word.slice(0, -1)}ies`;
  return /(?:x|ch|sh|z)$/.test(word) ? `${word}es` : `${word}s`;
}

function signed(value: number, text: (size: number) => string): string {
  return value < 0 ? `−${text(-value)}` : text(value);
}

function bytesText(size: number): string {
  return size < 10 && size % 1 !== 0 ? `${shortNumber(size)} B` : shortBytes(size);
}

const PREFIXES = [
  [1e12, "T"],
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"],
] as const;

function prefixed(size: number, word: string): string {
  const [divisor, letter] = PREFIXES.find(([least]) => size >= least * 0.9995) ?? [1, ""];
  return `${shortNumber(size / divisor)} ${letter}${word}`;
}

/** A number in at most about three significant digits, thousands as letters: `0.0123`, `12.5`, `1.23M`. */
export function shortNumber(value: number): string {
  const size = Math.abs(value);
  const sign = value < 0 ? "−" : "";
  if (size === 0) return "0";
  if (size < 0.0001) return `${sign}${size.toExponential(1)}`;
  if (size >= 1e15) return `${sign}${size.toExponential(2)}`;
  const found = PREFIXES.find(([least]) => size >= Math.max(10_000, least * 0.9995));
  if (found !== undefined) return `${sign}${digits(size / found[0])}${found[1]}`;
  return sign + (size >= 999.5 ? fullCount(Math.round(size)) : digits(size));
}

/** Three significant digits without zeros at their end. */
function digits(size: number): string {
  return String(Number(size.toPrecision(3)));
}

/** By what the numbers of one axis are divided, and what then stands behind each. */
interface AxisScale {
  readonly divisor: number;
  readonly suffix: string;
}

const TIME_SCALES = [
  [86_400, " d"],
  [3_600, " h"],
  [60, " min"],
  [1, " s"],
  [1e-3, " ms"],
  [1e-6, " µs"],
  [1e-9, " ns"],
] as const;

/** The scale that fits an axis whose values reach up to `largest`, in the unit. */
function axisScale(unit: Unit, largest: number): AxisScale {
  const { kind, factor, word, per } = measureOf(unit);
  const base = largest * factor;
  if (kind === "seconds") {
    const least = base > 0 ? base : 1;
    const [size, name] =
      TIME_SCALES.find(([candidate]) => least >= candidate * (candidate >= 60 ? 2 : 1)) ??
      TIME_SCALES[TIME_SCALES.length - 1]!;
    return { divisor: size / factor, suffix: name + per };
  }
  if (kind === "percent") return { divisor: 1 / factor, suffix: `%${per}` };
  // Counts keep their digits up to ten thousand; bytes and hertz are never read so.
  const counts = kind === "plain";
  const [size, letter] = PREFIXES.find(
    ([least]) => base >= (counts ? Math.max(1e4, least) : least),
  ) ?? [1, ""];
  const divisor = size / factor;
  if (counts) return { divisor, suffix: letter };
  return { divisor, suffix: ` ${letter}${kind === "bytes" ? "B" : word}${per}` };
}

/** The least of 1, 2, 2.5 and 5, times a power of ten, that is at least `step`. */
function niceStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  const nice = [1, 2, 2.5, 5, 10].find((candidate) => candidate * power >= step * 0.999_999);
  return (nice ?? 10) * power;
}

/**
 * From where to where an axis goes for values between `min` and `max`, in the unit; about `ticks` steps. Zero is
 * in it where `fromZero`, and where the values are not far from it measured by their spread.
 */
export function axisRange(
  unit: Unit,
  [min, max]: readonly [number, number],
  ticks: number,
  fromZero: boolean,
): [number, number] {
  if (!Number.isFinite(min) || !Number.isFinite(max) || min > max) return [0, 1];
  const low = min > 0 && (fromZero || min < 0.75 * max || min === max) ? 0 : min;
  const high = max < 0 && (fromZero || max > 0.75 * min || min === max) ? 0 : max;
  if (low === 0 && high === 0) return [0, 1];
  const { divisor } = axisScale(unit, Math.max(Math.abs(low), Math.abs(high)));
  const span = high === low ? Math.abs(high) : high - low;
  const step = niceStep(span / divisor / Math.max(1, ticks));
  // A little room, so that the highest line is not drawn on the edge.
  const room = (span / divisor) * 0.02;
  const bottom = low === 0 ? 0 : Math.floor((low / divisor - room) / step) * step;
  const top = high === 0 ? 0 : Math.ceil((high / divisor + room) / step) * step;
  return [bottom * divisor, top * divisor];
}

/** The values between `min` and `max`, in the unit, at which an axis has its lines. */
export function axisTicks(unit: Unit, min: number, max: number, ticks: number): number[] {
  const { divisor } = axisScale(unit, Math.max(Math.abs(min), Math.abs(max)));
  const step = niceStep((max - min) / divisor / Math.max(1, ticks));
  const [first, last] = [
    Math.ceil(min / divisor / step - 1e-9),
    Math.floor(max / divisor / step + 1e-9),
  ];
  const count = Math.max(0, Math.min(100, last - first + 1));
  return Array.from({ length: count }, (_, index) => (first + index) * step * divisor);
}

/** What stands at the lines of an axis: all in one scale, with as many decimals as tell them apart. */
export function axisLabels(unit: Unit, ticks: readonly number[]): string[] {
  const { divisor, suffix } = axisScale(unit, Math.max(0, ...ticks.map(Math.abs)));
  const step = ticks.length > 1 ? Math.abs(ticks[1]! - ticks[0]!) / divisor : 1;
  const decimals = Math.max(
    0,
    Math.min(12, -Math.floor(Math.log10(step) + 1e-9) + (isHalf(step) ? 1 : 0)),
  );
  return ticks.map((tick) => {
    const value = tick / divisor;
    const isZero = Math.abs(value) < 1e-12;
    if (isZero && /^[kMGT]?$/.test(suffix)) return "0";
    const number = isZero ? "0" : trimmed(value.toFixed(decimals));
    return `${number.replace("-", "−")}${suffix}`;
  });
}

/** Whether a step is 2.5 times a power of ten, which needs a decimal more. */
function isHalf(step: number): boolean {
  const power = 10 ** Math.floor(Math.log10(step) + 1e-9);
  return Math.abs(step / power - 2.5) < 1e-6;
}

function trimmed(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}
