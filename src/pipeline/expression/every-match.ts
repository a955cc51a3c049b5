import { MatcherInput, type RE2JS, RE2Set } from "re2js";

/** Where a match and its groups begin and end: -1 of a group that took no part. */
export type MatchPlaces = readonly number[];

/**
 * How many times as much as one look at the whole text the search for all its matches may take. One match
 * is found in a time in proportion to the text, but a pattern such as `a[^b]*b|a` looks to the end of the
 * text for each of them, which a sender can make use of.
 */
const LOOKS_MAX = 4;
/** What is granted to the shortest of texts beside that, in characters. */
const CHARACTERS_GRANTED = 256;
/** Characters that are looked at in any search, however near its match is. */
const SEARCH_LOOKS = 4;
/** Instructions times characters up to which re2js looks at a character once for each instruction. */
const BACKTRACKED_MAX = 262_144;

/** What re2js reads a text with. */
interface EngineInput {
  /** A character and its width; below 0 at the end. */
  step(position: number): number;
  /** Whether it is worth to look for the pattern after a position: asked before each search. */
  hasString(): boolean;
  hasAnyString(): boolean;
}

/**
 * Visits the matches of a pattern one after the other, until `visit` returns false. Their places are those
 * of UTF-16 units in a string, and of bytes in UTF-8.
 *
 * @param groups How many groups the places are wanted of, beside that of the match itself.
 * @returns up to where the text was searched: all of it, or the end of the last match where the search took
 *   too much. The same text is always searched as far.
 */
export function everyMatch(
  regex: RE2JS,
  text: string | Uint8Array,
  groups: number,
  visit: (places: MatchPlaces) => boolean | void,
): number {
  const re2 = regex.re2();
  const { length } = text;
  const input = engineInput(regex, text);
  let left = looksOf(regex, length);
  const step = input.step.bind(input);
  input.step = (position) => {
    left -= 1;
    return step(position);
  };
  // That looks through the rest of the text again and again, uncounted.
  input.hasString = () => true;
  input.hasAnyString = () => true;
  let from = 0;
  while (from <= length) {
    left += SEARCH_LOOKS;
    const places = re2.executeEngine(
      input,
      from,
      RE2Set.UNANCHORED,
      2 + 2 * groups,
    ) as MatchPlaces | null;
    if (places === null || visit(places) === false) return length;
    const [start = 0, end = 0] = places;
    from = end > start ? end : end + Math.max(1, step(end) & WIDTH);
    if (left < 0) return Math.min(from, length);
  }
  return length;
}

/** The bits of a step that are the width of its character. */
const WIDTH = 7;

function looksOf(regex: RE2JS, length: number): number {
  const instructions = regex.programSize();
  const isBacktracked = instructions * length <= BACKTRACKED_MAX;
  return LOOKS_MAX * (length + CHARACTERS_GRANTED) * (isBacktracked ? instructions : 1);
}

/** The input that re2js makes for a search, which it gives to nobody but its engine. */
function engineInput(regex: RE2JS, text: string | Uint8Array): EngineInput {
  let made: EngineInput | undefined;
  const taker = {
    executeEngine(input: EngineInput) {
      made = input;
      return null;
    },
  };
  const given = typeof text === "string" ? MatcherInput.utf16(text) : MatcherInput.utf8(text);
  regex.re2().matchMachineInput.call(taker, given, 0, text.length, RE2Set.UNANCHORED, 1);
  if (made === undefined) throw new RangeError("re2js has changed how it searches");
  return made;
}
