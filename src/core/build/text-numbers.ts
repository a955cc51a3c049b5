import type { Dictionary } from "../dictionary.ts";

/** Texts whose number is remembered: rows of one source have the same few. */
const TEXTS_REMEMBERED_MAX = 1_024;

/** Longer texts are not remembered. */
const CHARACTERS_MAX = 512;

/** The numbers that texts have in a dictionary, found without encoding the text each time. */
export class TextNumbers {
  private readonly dictionary: Dictionary;
  private readonly known = new Map<string, number>();

  constructor(dictionary: Dictionary) {
    this.dictionary = dictionary;
  }

  /** To be called when the dictionary was reset. */
  reset(): void {
    this.known.clear();
  }

  /**
   * The number of what `usable` makes of a text (within its limits), which the dictionary is given when it is new;
   * undefined where that is undefined. `usable` must always say the same of a text.
   */
  numberOf(text: string, usable: (text: string) => string | undefined): number | undefined {
    const found = this.known.get(text);
    if (found !== undefined) return found;
    const kept = usable(text);
    if (kept === undefined) return undefined;
    const number = this.dictionary.numberOfText(kept);
    if (text.length <= CHARACTERS_MAX && this.known.size < TEXTS_REMEMBERED_MAX)
      this.known.set(text, number);
    return number;
  }
}
