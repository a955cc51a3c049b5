import type { Buffer } from "node:buffer";
import { type Matcher, RE2JS } from "re2js";
import type { Clock } from "#core/clock.ts";
import { KINDS, Matches } from "./detect/matches.ts";

/** A pattern of the user's own. */
export interface OwnPattern {
  /** What the statistics call what it finds. */
  readonly name: string;
  readonly regex: string;
  readonly flags: string;
}

/** The flags of JavaScript that RE2 has too. Patterns are always looked for everywhere, and know Unicode. */
const FLAGS: Readonly<Record<string, number>> = {
  g: 0,
  u: 0,
  i: RE2JS.CASE_INSENSITIVE,
  m: RE2JS.MULTILINE,
  s: RE2JS.DOTALL,
};

/** @throws Error that says what is wrong with the pattern or its flags. */
export function compile({ regex, flags }: Pick<OwnPattern, "regex" | "flags">): RE2JS {
  let bits = 0;
  for (const flag of flags) {
    const bit = FLAGS[flag];
    if (bit === undefined)
      throw new Error(`flag ${JSON.stringify(flag)} is not known: allowed are g, i, m, s and u`);
    bits |= bit;
  }
  return RE2JS.compile(regex, bits);
}

/**
 * What the search for all matches of one pattern may take. One match is found in linear time, but a
 * pattern such as `a[^b]*b|a` looks to the end of the text for each, which a sender can make use of.
 */
const SEARCH_MS_MIN = 20;
const SEARCH_MS_PER_BYTE = 0.001;
/** How many matches apart the time is looked at. */
const MATCHES_PER_LOOK = 16;

/**
 * The user's own patterns over texts, in time linear in the text whatever the pattern: RE2's
 * semantics have no backtracking, and no back-references therefore. Where a search has to be stopped
 * all the rest of the text counts as found, since what was not looked at must not get through.
 */
export class OwnPatterns {
  /** Searches that were stopped. */
  stopped = 0;
  private readonly patterns: readonly RE2JS[];
  private readonly clock: Clock;
  private readonly own = new Matches();
  private readonly spares = [new Matches(), new Matches()] as const;

  /** @throws Error that says what is wrong with a pattern. */
  constructor(patterns: readonly OwnPattern[], clock: Clock) {
    this.clock = clock;
    this.patterns = patterns.map(compile);
  }

  /** What other detectors have found in the text together with what the patterns find. Good until the next call. */
  unite(bytes: Buffer, from: number, to: number, found: Matches): Matches {
    let all = found;
    if (this.patterns.length === 0) return all;
    const text = bytes.subarray(from, to);
    for (let i = 0; i < this.patterns.length; i++) {
      const pattern = this.patterns[i]!;
      // A test alone is several times faster than a search for places, and most texts fail it.
      if (!pattern.test(text)) continue;
      this.search(pattern.matcher(text), from, to, KINDS.length + i);
      const united = all === this.spares[0] ? this.spares[1] : this.spares[0];
      united.unite(all, this.own);
      all = united;
    }
    return all;
  }

  /** Fills `own` with the matches in the text that lies from `from` to `to`. */
  private search(matcher: Matcher, from: number, to: number, kind: number): void {
    const { own, clock } = this;
    own.clear();
    const untilMs = clock.monotonicMs() + SEARCH_MS_MIN + (to - from) * SEARCH_MS_PER_BYTE;
    for (let count = 1; matcher.find(); count++) {
      const [start, end] = [from + matcher.start(), from + matcher.end()];
      if (end > start) own.add(start, end, kind);
      if (count % MATCHES_PER_LOOK !== 0 || clock.monotonicMs() <= untilMs) continue;
      if (to > end) own.add(end, to, kind);
      this.stopped++;
      return;
    }
  }
}
