import { SightglassError } from "#core/errors.ts";

/** Where something stands in the source: characters from 0, the end not included. */
export interface Place {
  readonly from: number;
  readonly to: number;
}

/** Characters of the source that are shown on either side of the fault. */
const SHOWN_CHARACTERS = 60;

/** A field that belongs to another signal says least of what is wrong. */
export const WEIGHTS = { foreignField: 0, unknownField: 1, misspelledField: 2, other: 3 } as const;

/**
 * An expression that cannot be used. The message says what was found and what is allowed, and shows the
 * place:
 *
 * ```text
 * there is no field "sevrity_number"; did you mean severity_number?
 *   sevrity_number >= 9
 *   ^^^^^^^^^^^^^^
 * ```
 */
export class ExpressionError extends SightglassError {
  readonly place: Place;
  /** What is wrong, without the picture of the place. */
  readonly reason: string;
  /** Of the errors that several signals give for one expression, the one to show has the most of this. */
  readonly weight: number;

  constructor(reason: string, source: string, place: Place, weight: number = WEIGHTS.other) {
    super("config_invalid", `${reason}\n${picture(source, place)}`);
    this.name = "ExpressionError";
    this.reason = reason;
    this.place = place;
    this.weight = weight;
  }
}

/** The line of the source that the fault is in, with carets below it. */
function picture(source: string, { from, to }: Place): string {
  const lineFrom = source.lastIndexOf("\n", from - 1) + 1;
  const nextLine = source.indexOf("\n", from);
  const lineTo = nextLine < 0 ? source.length : nextLine;
  const shownFrom = Math.max(lineFrom, from - SHOWN_CHARACTERS);
  const shownTo = Math.min(lineTo, from + SHOWN_CHARACTERS);
  const before = shownFrom > lineFrom ? "…" : "";
  const after = shownTo < lineTo ? "…" : "";
  const shown = source.slice(shownFrom, shownTo).replaceAll(/\p{Cc}/gu, " ");
  const carets = Math.max(1, Math.min(to, shownTo) - from);
  const indent = " ".repeat(2 + before.length + from - shownFrom);
  return `  ${before}${shown}${after}\n${indent}${"^".repeat(carets)}`;
}

/** The candidate that the word was probably meant to be, for "did you mean". */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance >= bestDistance) continue;
    best = candidate;
    bestDistance = distance;
  }
  return best;
}

/** Characters longer than which a word is no misspelling of anything. */
const WORD_CHARACTERS_MAX = 64;

function editDistance(a: string, b: string): number {
  if (a.length > WORD_CHARACTERS_MAX) return a.length;
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const exchanged = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(exchanged, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
