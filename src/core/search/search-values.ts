import { SEVERITIES, severityNumberOf } from "../vocabulary.ts";
import type { FieldOperator } from "./search-node.ts";

const UNIT_NS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3_600e9,
};

const DURATION = /^(\d{1,12}(?:\.\d{1,9})?)(ns|us|µs|ms|s|m|h)?$/;

/** Nanoseconds of `200ms`, `1.5s` or `2h`; a number alone is milliseconds. Undefined for anything else. */
export function searchDurationNs(text: string): bigint | undefined {
  const [, amount, unit = "ms"] = DURATION.exec(text) ?? [];
  if (amount === undefined) return undefined;
  const ns = Math.round(Number(amount) * UNIT_NS[unit]!);
  return ns <= Number.MAX_SAFE_INTEGER ? BigInt(ns) : undefined;
}

const NUMBER = /^[+-]?(\d{1,20}(\.\d{0,20})?|\.\d{1,20})([eE][+-]?\d{1,3})?$/;

/** A number as attributes are compared with; undefined for what is none. */
export function searchNumber(text: string): number | undefined {
  const number = NUMBER.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
}

const FRACTION = /^(-?(?:0|[1-9]\d{0,20}))\.(\d{1,20})$/;

/**
 * The texts that an attribute may have to be equal to `value`: the value as it is written, and for a number
 * with zeros at its end the text under which it is stored, so that `1.50` finds 1.5 and `502.0` finds 502.
 */
export function equalTexts(value: string): readonly string[] {
  const [, whole, fraction] = FRACTION.exec(value) ?? [];
  if (whole === undefined || fraction === undefined || !fraction.endsWith("0")) return [value];
  const digits = fraction.replace(/0+$/, "");
  return [value, digits === "" ? whole : `${whole}.${digits}`];
}

/** Severity numbers from `min` to `max`; 0 is a record that says nothing of its severity. */
export interface SeveritySpan {
  readonly min: number;
  readonly max: number;
}

const SEVERITY_MAX = 24;

/** The severity numbers of a level's name, or of one number from 1 to 24; undefined for anything else. */
export function severitySpan(value: string): SeveritySpan | undefined {
  const name = value.toLowerCase();
  if (name === "unspecified") return { min: 0, max: 0 };
  const level = SEVERITIES.find((one) => one === name);
  if (level !== undefined) {
    const first = severityNumberOf(level);
    return { min: first, max: first + 3 };
  }
  const number = /^\d{1,2}$/.test(value) ? Number(value) : 0;
  return number >= 1 && number <= SEVERITY_MAX ? { min: number, max: number } : undefined;
}

/** What a condition on the severity allows; undefined for a value that is no severity. */
export function severityAllowed(operator: FieldOperator, value: string): SeveritySpan | undefined {
  const span = severitySpan(value);
  if (span === undefined) return undefined;
  switch (operator) {
    case ">":
      return { min: span.max + 1, max: SEVERITY_MAX };
    case ">=":
      return { min: span.min, max: SEVERITY_MAX };
    // What says nothing of its severity is not less severe than anything.
    case "<":
      return { min: 1, max: span.min - 1 };
    case "<=":
      return { min: 1, max: span.max };
    default:
      return span;
  }
}

/**
 * The severity number of a record: its own, or the first of the level that its text begins with where it has
 * none from 1 to 24; 0 where neither says anything.
 */
export function effectiveSeverity(number: number, text: string): number {
  if (number >= 1 && number <= SEVERITY_MAX) return number;
  const lower = text.toLowerCase();
  const level = SEVERITIES.find((one) => lower.startsWith(one));
  return level === undefined ? 0 : severityNumberOf(level);
}
