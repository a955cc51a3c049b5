import type { MetricDescriptor } from "#core/attributes.ts";
import type { RemoteWriteSettings } from "./settings.ts";

type Translation = RemoteWriteSettings["translation"];

/** UCUM's units as Prometheus calls them. */
const UNITS: ReadonlyMap<string, string> = new Map([
  ["d", "days"],
  ["h", "hours"],
  ["min", "minutes"],
  ["s", "seconds"],
  ["ms", "milliseconds"],
  ["us", "microseconds"],
  ["ns", "nanoseconds"],
  ["By", "bytes"],
  ["KiBy", "kibibytes"],
  ["MiBy", "mebibytes"],
  ["GiBy", "gibibytes"],
  ["TiBy", "tibibytes"],
  ["KBy", "kilobytes"],
  ["MBy", "megabytes"],
  ["GBy", "gigabytes"],
  ["TBy", "terabytes"],
  ["m", "meters"],
  ["V", "volts"],
  ["A", "amperes"],
  ["J", "joules"],
  ["W", "watts"],
  ["g", "grams"],
  ["Cel", "celsius"],
  ["Hz", "hertz"],
  ["1", ""],
  ["%", "percent"],
]);

/** The same after a slash. */
const PER_UNITS: ReadonlyMap<string, string> = new Map([
  ["s", "second"],
  ["m", "minute"],
  ["h", "hour"],
  ["d", "day"],
  ["w", "week"],
  ["mo", "month"],
  ["y", "year"],
]);

const ONLY_UNDERSCORES = /^_*$/;

interface UnitSuffixes {
  readonly main: string;
  /** With `per_` before it. */
  readonly per: string;
}

/** Whether a metric is a counter of Prometheus: a sum that only grows. */
export function isCounter({ type, monotonic }: MetricDescriptor): boolean {
  return type === "sum" && monotonic;
}

/** Whether it is one of its gauges: a sum that may fall is one, too. */
function isGauge({ type, monotonic }: MetricDescriptor): boolean {
  return type === "gauge" || (type === "sum" && !monotonic);
}

/**
 * A metric's name in Prometheus, by the rules of its own OTLP endpoint
 * (https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#otlp-metric-points-to-prometheus);
 * empty where nothing is left of it.
 */
export function metricName(metric: MetricDescriptor, translation: Translation): string {
  switch (translation) {
    case "NoTranslation":
      return metric.name;
    case "NoUTF8EscapingWithSuffixes":
      return suffixed(metric);
    case "UnderscoreEscapingWithoutSuffixes":
      return usable(
        metric.name.split(/[^a-zA-Z0-9:_]+/).filter((token) => token !== ""),
        metric,
      );
    case "UnderscoreEscapingWithSuffixes":
      return usable(suffixedTokens(metric), metric);
  }
}

/** The unit in the words of Prometheus, such as `bytes_per_second`. */
export function unitName(unit: string): string {
  const { main, per } = unitSuffixes(unit);
  return [main, per]
    .map(cleaned)
    .filter((part) => part !== "")
    .join("_");
}

function usable(tokens: readonly string[], { name }: MetricDescriptor): string {
  const joined = tokens.join("_");
  const found = /^[0-9]/.test(joined) ? `_${joined}` : joined;
  return found !== name && ONLY_UNDERSCORES.test(found) ? "" : found;
}

function suffixedTokens(metric: MetricDescriptor): string[] {
  let tokens = metric.name.split(/[^a-zA-Z0-9:]+/).filter((token) => token !== "");
  const { main, per } = unitSuffixes(metric.unit);
  const perUnit = cleaned(per).replace(/_$/, "");
  let mainUnit = cleaned(main);
  if (perUnit !== "") mainUnit = mainUnit.replace(/_$/, "");
  const isNew = (unit: string): boolean => unit !== "" && unit !== "per" && !tokens.includes(unit);
  const added = [mainUnit, perUnit].filter(isNew);
  tokens.push(...added);
  if (isCounter(metric)) tokens = [...tokens.filter((token) => token !== "total"), "total"];
  if (metric.unit === "1" && isGauge(metric))
    tokens = [...tokens.filter((token) => token !== "ratio"), "ratio"];
  return tokens;
}

/** With suffixes as they are: what is there already, at its end, is moved behind those that come before it. */
function suffixed(metric: MetricDescriptor): string {
  const { main, per } = unitSuffixes(metric.unit);
  const ratio = metric.unit === "1" && isGauge(metric) ? "ratio" : "";
  const total = isCounter(metric) ? "total" : "";
  let { name } = metric;
  for (const suffix of [ratio, total, per]) name = withoutSuffix(name, suffix);
  if (main !== "" && !name.endsWith(main)) name += `_${main}`;
  for (const suffix of [per, total, ratio]) if (suffix !== "") name += `_${suffix}`;
  return name;
}

function withoutSuffix(name: string, suffix: string): string {
  const isThere = suffix !== "" && name.endsWith(suffix) && name.length > suffix.length + 1;
  return isThere ? name.slice(0, -(suffix.length + 1)) : name;
}

/** Annotations in braces, such as `{request}`, are no units. */
function unitSuffixes(unit: string): UnitSuffixes {
  const slash = unit.indexOf("/");
  const first = (slash < 0 ? unit : unit.slice(0, slash)).trim();
  const second = slash < 0 ? "" : unit.slice(slash + 1).trim();
  const main = /[{}]/.test(first) ? "" : (UNITS.get(first) ?? first);
  const per = /[{}]/.test(second) ? "" : (PER_UNITS.get(second) ?? second);
  return { main, per: per === "" ? "" : `per_${per}` };
}

function cleaned(unit: string): string {
  return unit.replace(/[^a-zA-Z0-9:]+/g, "_").replace(/^_/, "");
}

/**
 * A label's name; empty where nothing is left of it. What begins with an underscore is not a label's of its own:
 * two of them are Prometheus' own, `__name__` before all.
 */
export function labelName(key: string, translation: Translation): string {
  if (translation === "NoTranslation" || translation === "NoUTF8EscapingWithSuffixes")
    return key.startsWith("__") ? `key${key}` : key;
  const escaped = key.replace(/[^a-zA-Z0-9_]+/g, "_");
  if (ONLY_UNDERSCORES.test(escaped)) return "";
  if (/^[0-9]/.test(escaped)) return `key_${escaped}`;
  return escaped.startsWith("_") ? `key${escaped}` : escaped;
}
