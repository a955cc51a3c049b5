import { MatcherInput, RE2JS, RE2JSException, RE2Set } from "re2js";
import { everyMatch, type MatchPlaces } from "./every-match.ts";
import { EXPRESSION_LIMITS } from "./expression-limits.ts";

/** Flags of a pattern, as RE2 has them: letters' case, lines for ^ and $, and . for line ends. */
const FLAGS: Readonly<Record<string, number>> = {
  i: RE2JS.CASE_INSENSITIVE,
  m: RE2JS.MULTILINE,
  s: RE2JS.DOTALL,
};

/**
 * A regular expression of which any method takes a time in proportion to the text's length, whatever pattern
 * and text are: the syntax of RE2 (https://github.com/google/re2/wiki/Syntax), so without look-around and back-references.
 */
export class LinearRegex {
  readonly pattern: string;
  private readonly regex: RE2JS;
  private readonly words: RegExp | undefined;
  /** Finds in lower-case ASCII what the pattern finds in either case, and much faster. */
  private readonly folded: RE2JS | undefined;
  private readonly named: readonly (readonly [name: string, group: number])[];

  /**
   * @param flags Letters of `i`, `m`, `s`.
   * @param instructionsMax What the compiled pattern may have: a match takes at most this much time a character.
   * @throws RangeError that says what is wrong with the pattern.
   */
  constructor(
    pattern: string,
    flags = "",
    instructionsMax: number = EXPRESSION_LIMITS.regexInstructionsMax,
  ) {
    this.pattern = pattern;
    this.regex = compiled(pattern, flags);
    this.words = wordSearch(pattern, flags);
    const folded = flags.includes("i") ? foldedPattern(pattern) : undefined;
    if (folded !== undefined) this.folded = compiled(folded, flags.replaceAll("i", ""));
    if (this.regex.programSize() > instructionsMax)
      throw new RangeError("the pattern is too large: it repeats too much too often");
    this.named = Object.entries(this.regex.namedGroups());
  }

  /** The names of the pattern's groups. */
  get groupNames(): string[] {
    return this.named.map(([name]) => name);
  }

  /**
   * Looks for the pattern once, and tells of each group with a name that took part in the match.
   *
   * @returns whether it is anywhere in the text.
   */
  capture(text: string, visit: (name: string, value: string) => void): boolean {
    // A match at the very start is the first there is, and is found several times faster when looked for there.
    const places =
      this.places(text, RE2Set.ANCHOR_START) ??
      (this.regex.test(text) ? this.places(text, RE2Set.UNANCHORED) : undefined);
    if (places === undefined) return false;
    for (const [name, group] of this.named) {
      const start = places[group * 2]!;
      if (start >= 0) visit(name, text.slice(start, places[group * 2 + 1]));
    }
    return true;
  }

  /** Where the match and all groups begin and end, in one search: a matcher needs two. */
  private places(text: string, anchor: number): readonly number[] | undefined {
    const re2 = this.regex.re2();
    const groups = 1 + this.regex.groupCount();
    const input = MatcherInput.utf16(text);
    // Whether it is found, and the places: -1 of a group that took no part.
    const found: readonly unknown[] = re2.matchMachineInput(input, 0, text.length, anchor, groups);
    return (found[1] as readonly number[] | null) ?? undefined;
  }

  /** Whether the pattern is found anywhere in the text. */
  test(text: string): boolean {
    const { words, folded, regex } = this;
    if (words !== undefined) return words.test(text);
    if (folded !== undefined && isAscii(text)) return folded.test(text.toLowerCase());
    return regex.test(text);
  }

  /**
   * Visits where the matches are, one after the other, until `visit` returns false: in UTF-16 units of a
   * string, in bytes of UTF-8.
   *
   * @returns up to where the text was searched: all of it, or less where its matches are such that a search
   *   for all of them would take too long. What comes after that is to be taken for a match, or left out.
   */
  everyMatch(
    text: string | Uint8Array,
    visit: (places: MatchPlaces) => boolean | void,
    groups = 0,
  ): number {
    // A test is several times faster than a search for places, and most texts fail it.
    const isFound = typeof text === "string" ? this.test(text) : this.regex.test(text);
    return isFound ? everyMatch(this.regex, text, groups, visit) : text.length;
  }

  /**
   * The text with each match replaced: `$1` or `${name}` in `replacement` stands for a group. Cut at
   * `charactersMax`, and where {@link everyMatch} ends: what was not looked at may be what must not stay.
   */
  replace(text: string, replacement: string, charactersMax: number): string {
    const groups = replacement.includes("$") ? this.regex.groupCount() : 0;
    let made = "";
    let from = 0;
    const replaceOne = (places: MatchPlaces): boolean => {
      const [start = 0, end = 0] = places;
      made += text.slice(from, start);
      made += expanded(replacement, (group) => this.groupOf(text, places, group));
      from = end;
      return made.length <= charactersMax;
    };
    const searched = this.everyMatch(text, replaceOne, groups);
    made += text.slice(from, searched);
    return made.length > charactersMax ? made.slice(0, charactersMax) : made;
  }

  /** A group that took no part, or that there is none of, is empty. */
  private groupOf(text: string, places: MatchPlaces, group: string): string {
    const number = /^\d+$/.test(group)
      ? Number(group)
      : this.named.find(([name]) => name === group)?.[1];
    if (number === undefined) return "";
    const [start = -1, end = -1] = places.slice(number * 2, number * 2 + 2);
    return start < 0 ? "" : text.slice(start, end);
  }
}

/**
 * The search for a pattern that is nothing but words, such as `timeout|refused`: the runtime's own engine has
 * nothing to go back to in these, means the same by them and is much faster. Undefined for other patterns.
 */
function wordSearch(pattern: string, flags: string): RegExp | undefined {
  if (!/^[A-Za-z0-9 _:;,=<>@"'!#%&~-]+(?:\|[A-Za-z0-9 _:;,=<>@"'!#%&~-]+)*$/.test(pattern))
    return undefined;
  // With u, letters of either case are folded as RE2 folds them.
  return new RegExp(pattern, flags.includes("i") ? "iu" : "u");
}

/** Literals and quantifiers, escapes that mean the same in either case, and groups without flags. */
const FOLDABLE = /^(?:\\[dDwWsSbB]|\\[^A-Za-z0-9]|\(\?:|\((?!\?)|[^\\(\u0080-\uffff])*$/;
const RANGE = /(?:[a-z]-[a-z]|[A-Z]-[A-Z]|[0-9]-[0-9])/g;

/** The pattern for text that is in lower case; undefined where it may not mean the same there. */
function foldedPattern(pattern: string): string | undefined {
  const hasClass = pattern.includes("[");
  if (hasClass && (pattern.includes("[:") || pattern.replaceAll(RANGE, "").includes("-")))
    return undefined;
  if (!FOLDABLE.test(pattern)) return undefined;
  return pattern.replaceAll(/\\.|[A-Z]/gs, (part) =>
    part.startsWith("\\") ? part : part.toLowerCase(),
  );
}

function isAscii(text: string): boolean {
  return !/[^\0-\x7f]/.test(text);
}

function compiled(pattern: string, flags: string): RE2JS {
  let bits = 0;
  for (const flag of flags) {
    const bit = FLAGS[flag];
    if (bit === undefined)
      throw new RangeError(`there is no flag ${flag}: flags are ${Object.keys(FLAGS).join(", ")}`);
    bits |= bit;
  }
  try {
    return RE2JS.compile(RE2JS.translateRegExp(pattern), bits);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw new RangeError(reasonOf(error, pattern), { cause: error });
  }
}

function reasonOf(error: RE2JSException, pattern: string): string {
  const hint = /\(\?<?[=!]|\\[1-9]/.test(pattern)
    ? " (patterns have no look-ahead, look-behind and back-references, so that they always end)"
    : "";
  return `the pattern is not valid: ${error.message.replace("error parsing regexp: ", "")}${hint}`;
}

function expanded(replacement: string, group: (name: string) => string): string {
  if (!replacement.includes("$")) return replacement;
  return replacement.replaceAll(
    /\$\$|\$(\d+)|\$\{(\w+)\}/g,
    (text, number: string | undefined, name: string | undefined) =>
      text === "$$" ? "$" : group(number ?? name ?? ""),
  );
}
