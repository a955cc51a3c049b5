import { type Fragment, literal, sql } from "#store/sql.ts";

/** What the body of a log record must have. */
export interface TextQuery {
  /** Whole words, lower case: letters and digits, as the text index keeps them. */
  readonly words: readonly string[];
  /** Pieces of text, lower case, that must stand in the body as they are. */
  readonly phrases: readonly string[];
}

const WORDS_MAX = 64;

/**
 * Reads a search: words parted by spaces, and phrases in double quotes. A word with punctuation in
 * it (`10.0.0.1`, `/api/cart`) is looked for as it is written. A quote that is not closed reaches to
 * the end. Only ASCII letters lose their case, as in the index.
 */
export function parseTextQuery(text: string): TextQuery {
  const words = new Set<string>();
  const phrases = new Set<string>();
  for (const [, quoted, bare] of asciiLower(text).matchAll(/"([^"]*)"?|([^\s"]+)/g)) {
    const piece = quoted ?? bare!;
    const tokens = tokensOf(piece);
    for (const token of tokens) words.add(token);
    if (piece !== "" && !(tokens.length === 1 && tokens[0] === piece)) phrases.add(piece);
  }
  return { words: [...words].slice(0, WORDS_MAX), phrases: [...phrases].slice(0, WORDS_MAX) };
}

/** The pieces that the index's tokenizer `splitByNonAlpha` makes: it parts at ASCII that is no letter or digit. */
function tokensOf(text: string): string[] {
  return text.split(/[^A-Za-z0-9\P{ASCII}]+/u).filter((token) => token !== "");
}

function asciiLower(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** Conditions on `body`; the words are found through the text index on `lower(body)`. */
export function textConditions({ words, phrases }: TextQuery): Fragment[] {
  const conditions: Fragment[] = [];
  if (words.length > 0) {
    conditions.push(sql`hasAllTokens(lower(body), ${literal.strings(words)})`);
  }
  for (const phrase of phrases) {
    conditions.push(sql`position(lower(body), ${literal.string(phrase)}) > 0`);
  }
  return conditions;
}
