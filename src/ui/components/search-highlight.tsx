import type { SearchError } from "#core/search/search-node.ts";
import { searchTokens, type TokenKind } from "#core/search/search-tokens.ts";
import { pieces } from "../lib/visible-text.ts";

interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly look: string;
  readonly isWrong: boolean;
}

const LOOKS: Readonly<Record<TokenKind, string>> = {
  open: "text-faint",
  close: "text-faint",
  comma: "text-faint",
  and: "font-semibold text-faint",
  or: "font-semibold text-faint",
  not: "font-semibold text-bad",
  operator: "font-semibold text-faint",
  star: "font-semibold text-faint",
  field: "text-accent",
  value: "text-text",
  text: "text-text",
};

/**
 * A search with its parts in their looks, and what is wrong underlined: drawn behind the field in which it is
 * written, character for character in the same places.
 */
export function SearchHighlight({
  text,
  errors,
}: {
  text: string;
  errors: readonly SearchError[];
}) {
  return stretches(text, errors).map(({ from, to, look, isWrong }) => (
    <span
      key={from}
      className={`${look} ${isWrong ? "rounded-xs bg-bad-soft underline decoration-bad decoration-wavy decoration-1 underline-offset-3" : ""}`}
    >
      {inPlace(text.slice(from, to))}
    </span>
  ));
}

/** The text cut where the look changes, or where an error begins or ends. */
function stretches(text: string, errors: readonly SearchError[]): Stretch[] {
  const { tokens } = searchTokens(text);
  const cuts = new Set([0, text.length]);
  for (const { at } of [...tokens, ...errors]) cuts.add(at.from).add(at.to);
  const places = [...cuts].toSorted((a, b) => a - b);
  let token = 0;
  return places.slice(0, -1).map((from, i) => {
    const to = places[i + 1]!;
    while (token < tokens.length && tokens[token]!.at.to <= from) token++;
    const here = tokens[token];
    const look = here !== undefined && here.at.from <= from ? LOOKS[here.kind] : "";
    return { from, to, look, isWrong: errors.some(({ at }) => at.from <= from && to <= at.to) };
  });
}

/** A character that a reader does not see keeps its place as one that is seen. */
function inPlace(text: string): string {
  return pieces(text)
    .map((piece) => (piece.kind === "mark" ? "\ufffd" : piece.text))
    .join("");
}
