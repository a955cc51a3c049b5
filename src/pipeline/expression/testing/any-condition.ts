import fc from "fast-check";
import type { Signal } from "#core/signal.ts";

// Expressions whose types fit, as text, for a signal.

const TEXTS: Readonly<Record<Signal, readonly string[]>> = {
  traces: ["name", "status.message", "trace_id", "span_id", "parent_span_id", "trace_state"],
  logs: ["severity_text", "event_name", "trace_id", "span_id"],
  metrics: ["metric.name", "metric.description", "metric.unit"],
};
const NUMBERS: Readonly<Record<Signal, readonly string[]>> = {
  traces: [
    "kind",
    "status.code",
    "flags",
    "start_time_unix_nano",
    "end_time_unix_nano",
    "SPAN_KIND_SERVER",
    "nanoseconds(duration)",
    "milliseconds(duration)",
  ],
  logs: [
    "severity_number",
    "flags",
    "time_unix_nano",
    "observed_time_unix_nano",
    "SEVERITY_NUMBER_WARN",
  ],
  metrics: [
    "value",
    "count",
    "sum",
    "min",
    "max",
    "time_unix_nano",
    "start_time_unix_nano",
    "metric.type",
    "metric.aggregation_temporality",
  ],
};
const ANY: Readonly<Record<Signal, readonly string[]>> = {
  traces: [],
  logs: ["body", 'body["k"]', "body[0]"],
  metrics: [],
};
const BOOLS: Readonly<Record<Signal, readonly string[]>> = {
  traces: [
    "duration > 250ms",
    "duration <= 250ms",
    "duration * 2 == 500ms",
    "duration / 1ms > 3",
    "duration - 1s < 0s",
  ],
  logs: [],
  metrics: ["metric.is_monotonic"],
};

/** One of these, as a text whatever they are. */
const oneOf = (...texts: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...texts);

const OWNERS = ["attributes", "resource.attributes", "scope.attributes"];
const attribute = fc
  .tuple(oneOf(...OWNERS), oneOf("a", "b", "k", "é", "none"), oneOf("", "", '["k"]', "[0]"))
  .map(([owner, key, element]) => `${owner}["${key}"]${element}`);

const attributeText = 'attributes["a"]';

const compared = oneOf("==", "!=", "<", "<=", ">", ">=");

interface Texts {
  bool: string;
  number: string;
  text: string;
  any: string;
}

/** Conditions and values of a signal. */
export function anySource(signal: Signal): {
  condition: fc.Arbitrary<string>;
  value: fc.Arbitrary<string>;
} {
  const { bool, any, text, number } = fc.letrec<Texts>((tie: fc.LetrecTypedTie<Texts>) => {
    const pair = (arbitrary: fc.Arbitrary<string>) => fc.tuple(arbitrary, compared, arbitrary);
    return {
      any: fc.oneof(
        { depthSize: "small", withCrossShrink: true },
        attribute,
        oneOf('"x"', "1", "0.5", "true", ...ANY[signal]),
        tie("text").map((a) => `(${a})`),
        tie("number").map((a) => `(${a})`),
        fc.tuple(tie("any"), tie("any")).map(([a, b]) => `coalesce(${a}, ${b})`),
        fc
          .tuple(tie("text"), oneOf('["k"]', "[0]", '["k"][1]["k"]'))
          .map(([a, key]) => `parse_json(${a})${key}`),
        tie("text").map((a) => `split(${a}, " ")[0]`),
        oneOf(...OWNERS),
        fc.array(tie("any"), { maxLength: 2 }).map((items) => `[${items.join(", ")}]`),
      ),
      number: fc.oneof(
        { depthSize: "small", withCrossShrink: true },
        oneOf("0", "1", "-5", "0.5", "9007199254740993", "9223372036854775807", ...NUMBERS[signal]),
        attribute,
        fc
          .tuple(tie("number"), oneOf("+", "-", "*", "/", "%"), tie("number"))
          .map(([a, op, b]) => `(${a} ${op} ${b})`),
        tie("number").map((a) => `-(${a})`),
        tie("any").map((a) => `int(${a})`),
        tie("any").map((a) => `double(${a})`),
        tie("any").map((a) => `len(${a})`),
      ),
      text: fc.oneof(
        { depthSize: "small", withCrossShrink: true },
        oneOf('"x"', '""', '"GET /cart"', '"é😀"', ...TEXTS[signal]),
        tie("any").map((a) => `string(${a})`),
        tie("any").map((a) => `lower(${a})`),
        fc.tuple(tie("any"), tie("any")).map(([a, b]) => `concat(${a}, ${b})`),
        fc
          .tuple(tie("text"), oneOf('"x"', "/[aeiou]/", '""', attributeText))
          .map(([a, b]) => `replace(${a}, ${b}, "<$0>")`),
        fc.tuple(tie("text"), tie("number")).map(([a, b]) => `substring(${a}, int(${b}), 2)`),
        tie("text").map((a) => `sha256(${a})`),
        fc.tuple(tie("text"), tie("text")).map(([a, b]) => `trim(concat(${a}, " ", upper(${b})))`),
      ),
      bool: fc.oneof(
        { depthSize: "small", withCrossShrink: true },
        oneOf("true", ...BOOLS[signal], attributeText),
        fc.tuple(tie("any"), oneOf("==", "!="), attribute).map((parts) => parts.join(" ")),
        fc.tuple(attribute, compared, tie("text")).map((parts) => parts.join(" ")),
        pair(tie("number")).map((parts) => parts.join(" ")),
        pair(tie("text")).map((parts) => parts.join(" ")),
        attribute.map((a) => `${a} != nil`),
        fc
          .tuple(attribute, fc.array(tie("any"), { maxLength: 3 }), oneOf("in", "not in"))
          .map(([a, items, word]) => `${a} ${word} [${items.join(", ")}]`),
        fc
          .tuple(tie("text"), oneOf('["x", "GET /cart"]', '["warn"]'))
          .map(([a, items]) => `${a} in ${items}`),
        tie("any").map((a) => `is_match(${a}, /^(get|x)/i)`),
        fc
          .tuple(oneOf("starts_with", "ends_with", "contains"), tie("any"), tie("text"))
          .map(([f, a, b]) => `${f}(${a}, ${b})`),
        fc
          .tuple(tie("bool"), oneOf("and", "or"), tie("bool"))
          .map(([a, op, b]) => `(${a} ${op} ${b})`),
        tie("bool").map((a) => `not (${a})`),
      ),
    };
  });
  return { condition: bool, value: fc.oneof(any, text, number, bool) };
}
