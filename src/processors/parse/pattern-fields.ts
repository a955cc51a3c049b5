import { ATTRIBUTE_TYPES } from "#core/attributes.ts";
import { LinearRegex } from "#pipeline/expression/linear-regex.ts";
import type { Fields } from "./fields.ts";
import { type Capture, expandGrok } from "./grok.ts";
import { stringOf, type TextParser } from "./text-parser.ts";
import { addDetected, addTyped } from "./typed-text.ts";

/** Instructions of a compiled pattern: those of the grok library repeat much. */
const INSTRUCTIONS_MAX = 8_000;

/** Longer texts are not searched: a search takes a time in proportion to text and pattern. */
export const PATTERN_CHARACTERS_MAX = 16_384;

/** A compiled pattern, and what its groups are by their names. */
export interface CapturePattern {
  readonly regex: LinearRegex;
  readonly captures: ReadonlyMap<string, Capture>;
}

/** @throws RangeError that says what is wrong with the pattern, such as that it has no group with a name. */
export function regexPattern(pattern: string): CapturePattern {
  const regex = new LinearRegex(pattern, "", INSTRUCTIONS_MAX);
  const captures = regex.groupNames.map(
    (name) => [name, { field: name, type: undefined }] as const,
  );
  if (captures.length === 0)
    throw new RangeError("the pattern has no group with a name, such as (?<status>[0-9]+)");
  return { regex, captures: new Map(captures) };
}

/** @throws RangeError that says what is wrong with the pattern or a definition. */
export function grokPattern(
  pattern: string,
  definitions: Readonly<Record<string, string>>,
): CapturePattern {
  const { source, captures } = expandGrok(pattern, definitions);
  if (captures.size === 0)
    throw new RangeError("the pattern names no field, such as %{NUMBER:status}");
  return { regex: new LinearRegex(source, "", INSTRUCTIONS_MAX), captures };
}

/** Fields from the groups of the first pattern that is found in the text. */
export function patternParser(
  patterns: readonly CapturePattern[],
  detectTypes: boolean,
): TextParser {
  return (source, into) => {
    if (source.to - source.from > PATTERN_CHARACTERS_MAX)
      return `found ${source.to - source.from} bytes, and patterns are looked for in ${PATTERN_CHARACTERS_MAX} at most`;
    const text = stringOf(source);
    for (const { regex, captures } of patterns) {
      const add = (name: string, value: string): void =>
        addCapture(into, captures.get(name)!, value, detectTypes);
      if (regex.capture(text, add)) return undefined;
    }
    return patterns.length === 1 ? "the pattern is not found" : "none of the patterns is found";
  };
}

function addCapture(
  into: Fields,
  { field, type }: Capture,
  value: string,
  detectTypes: boolean,
): void {
  // A name may stand in several branches of a pattern: the first that took part counts.
  if (into.indexOf(field) >= 0) return;
  if (type !== undefined) addTyped(into, field, value, type);
  else if (detectTypes) addDetected(into, field, value);
  else into.add(field, value, ATTRIBUTE_TYPES.string);
}
