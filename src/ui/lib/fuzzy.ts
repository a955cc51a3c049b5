/**
 * How well what was typed fits a text: undefined when it does not, else the more the better. Words may stand
 * in any order; each must be in the text, whole or letter by letter.
 */
export function fit(typed: string, text: string): number | undefined {
  const words = typed
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  const lower = text.toLowerCase();
  let sum = 0;
  for (const word of words) {
    const score = wordFit(word, lower);
    if (score === undefined) return undefined;
    sum += score;
  }
  // Of two that fit alike the shorter is meant.
  return sum - Math.min(text.length, 200) / 1_000;
}

/** The best `max` of `items` that fit, best first; items of equal fit stay in their order. */
export function fitting<T>(
  typed: string,
  items: readonly T[],
  textOf: (item: T) => string,
  max: number,
): T[] {
  if (typed.trim() === "") return items.slice(0, max);
  return items
    .flatMap((item) => {
      const score = fit(typed, textOf(item));
      return score === undefined ? [] : [{ item, score }];
    })
    .toSorted((a, b) => b.score - a.score)
    .slice(0, max)
    .map(({ item }) => item);
}

const BOUNDARY = /[\s/_.:\-–·]/;

function wordFit(word: string, text: string): number | undefined {
  const at = text.indexOf(word);
  if (at === 0) return text.length === word.length ? 5 : 4;
  if (at > 0) {
    // At the start of any word is better than within one.
    for (let place = at; place !== -1; place = text.indexOf(word, place + 1)) {
      if (BOUNDARY.test(text[place - 1] ?? "")) return 3;
    }
    return 2;
  }
  return lettersFit(word, text);
}

/** The letters in their order, however far apart: the denser the better, from 0 to 1. */
function lettersFit(word: string, text: string): number | undefined {
  // Two letters are found in that order in almost anything.
  if (word.length < 3) return undefined;
  const first = text.indexOf(word[0]!);
  let at = first;
  for (const letter of word.slice(1)) {
    at = at === -1 ? -1 : text.indexOf(letter, at + 1);
  }
  return at === -1 ? undefined : word.length / (at - first + 1);
}
