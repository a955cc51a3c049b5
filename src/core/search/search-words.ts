/** A piece of text taken apart as the text index keeps it. */
export interface SearchWords {
  /** Whole words, lower case: letters and digits. All of them must be there. */
  readonly words: readonly string[];
  /** Lower case; must stand in the text as it is. Undefined where the words say it all. */
  readonly phrase: string | undefined;
}

/** Takes a word or a phrase apart. A word with punctuation in it (`10.0.0.1`, `/api/cart`) is a phrase too. */
export function searchWords(text: string): SearchWords {
  const piece = asciiLower(text);
  const words = wordsOf(piece);
  const isOneWord = words.length === 1 && words[0] === piece;
  return { words, phrase: isOneWord || piece === "" ? undefined : piece };
}

/** Whether `text` has all the words, each whole, and the phrase. */
export function hasWords(text: string, { words, phrase }: SearchWords): boolean {
  const lower = asciiLower(text);
  if (phrase !== undefined && !lower.includes(phrase)) return false;
  const present = new Set(wordsOf(lower));
  return words.every((word) => present.has(word));
}

/** The pieces that the index's tokenizer `splitByNonAlpha` makes: it parts at ASCII that is no letter or digit. */
export function wordsOf(text: string): string[] {
  return text.split(/[^A-Za-z0-9\P{ASCII}]+/u).filter((word) => word !== "");
}

/** Only ASCII letters lose their case, as in the index. */
export function asciiLower(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
