import { severityOfWord } from "#core/build/severity.ts";
import { severityNumberOf, severityOf } from "#core/vocabulary.ts";

/** Words that are levels of their own, though they stand for the severity number of another. */
const OWN_LEVELS: ReadonlySet<string> = new Set(["success"]);

/** Texts of levels whose judgement is remembered: there are few. */
const TEXTS_REMEMBERED_MAX = 256;

/** A set of levels, by their words and by the severity numbers that they have. */
export class Levels {
  private readonly words = new Set<string>();
  /** The levels all of whose severity numbers belong to the set. */
  private readonly severities = new Set<string>();

  /** What was judged before, by text and number. */
  private readonly known = new Map<string, boolean[]>();

  constructor(levels: readonly string[]) {
    for (const level of levels) {
      const word = level.trim().toLowerCase();
      this.words.add(word);
      const severity = plainLevel(word);
      if (severity !== undefined) this.severities.add(severity);
    }
  }

  get isEmpty(): boolean {
    return this.words.size === 0;
  }

  /**
   * Whether a record has one of the levels: by its word, or by its number where the word is none that has
   * a meaning of its own. `debug` is so every record of the numbers 5 to 8, and `error` no `alert`.
   */
  has(severity: number, text: string): boolean {
    let known = this.known.get(text);
    if (known === undefined) {
      if (this.known.size >= TEXTS_REMEMBERED_MAX) this.known.clear();
      this.known.set(text, (known = []));
    }
    return (known[severity] ??= this.judge(severity, text));
  }

  private judge(severity: number, text: string): boolean {
    const word = text.toLowerCase();
    if (this.words.has(word)) return true;
    const named = word === "" ? undefined : plainLevel(word);
    if (named !== undefined) return this.severities.has(named);
    if (OWN_LEVELS.has(word) || severityOfWord(word) > 0) return false;
    const level = severityOf(severity);
    return level !== undefined && this.severities.has(level);
  }
}

/** The level that a word is a spelling of, such as `warning`; undefined for one between two levels. */
function plainLevel(word: string): string | undefined {
  if (OWN_LEVELS.has(word)) return undefined;
  const number = severityOfWord(word);
  const level = severityOf(number);
  return level !== undefined && severityNumberOf(level) === number ? level : undefined;
}
