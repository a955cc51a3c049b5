import type { Buffer } from "node:buffer";
import { LinearRegex } from "#pipeline/expression/linear-regex.ts";
import { KINDS, Matches } from "./detect/matches.ts";

/** A pattern of the user's own. */
export interface OwnPattern {
  /** What the statistics call what it finds. */
  readonly name: string;
  readonly regex: string;
  readonly flags: string;
}

/** @throws RangeError that says what is wrong with the pattern or its flags. */
export function compile({ regex, flags }: Pick<OwnPattern, "regex" | "flags">): LinearRegex {
  // JavaScript's g and u say nothing here: patterns are always looked for everywhere, and know Unicode.
  return new LinearRegex(regex, flags.replaceAll(/[gu]/g, ""));
}

/**
 * The user's own patterns over texts, in time linear in the text whatever the pattern. Where a search has to
 * be stopped all the rest of the text counts as found, since what was not looked at must not get through.
 */
export class OwnPatterns {
  /** Searches that were stopped. */
  stopped = 0;
  private readonly patterns: readonly LinearRegex[];
  private readonly own = new Matches();
  private readonly spares = [new Matches(), new Matches()] as const;

  /** @throws RangeError that says what is wrong with a pattern. */
  constructor(patterns: readonly OwnPattern[]) {
    this.patterns = patterns.map(compile);
  }

  /** What other detectors have found in the text together with what the patterns find. Good until the next call. */
  unite(bytes: Buffer, from: number, to: number, found: Matches): Matches {
    let all = found;
    if (this.patterns.length === 0) return all;
    const text = bytes.subarray(from, to);
    for (let i = 0; i < this.patterns.length; i++) {
      this.search(this.patterns[i]!, text, from, KINDS.length + i);
      if (this.own.length === 0) continue;
      const united = all === this.spares[0] ? this.spares[1] : this.spares[0];
      united.unite(all, this.own);
      all = united;
    }
    return all;
  }

  /** Fills `own` with the matches in a text that begins at `at`. */
  private search(pattern: LinearRegex, text: Buffer, at: number, kind: number): void {
    const { own } = this;
    own.clear();
    const searched = pattern.everyMatch(text, ([start = 0, end = 0]) => {
      if (end > start) own.add(at + start, at + end, kind);
    });
    if (searched === text.length) return;
    own.add(at + searched, at + text.length, kind);
    this.stopped++;
  }
}
