import type { Place } from "./search-node.ts";
import { type SearchToken, searchTokens } from "./search-tokens.ts";

/** What is being written at a place of a search, and what a completion would replace. */
export type SearchCursor =
  | { readonly kind: "term"; readonly typed: string; readonly at: Place }
  | {
      readonly kind: "value";
      /** The name before the colon, as it is written. */
      readonly field: string;
      readonly typed: string;
      readonly at: Place;
      /** A comparison stands before the value. */
      readonly isCompared: boolean;
      /** It stands within parentheses, with others. */
      readonly inList: boolean;
    }
  /** Within quotes, where anything may be meant. */
  | { readonly kind: "text" };

/** What is being written where the cursor is, behind `offset` characters. */
export function searchCursor(text: string, offset: number): SearchCursor {
  const { tokens } = searchTokens(text);
  const index = tokens.findLastIndex((token) => token.at.from < offset);
  const token = tokens[index];
  const here = { from: offset, to: offset };
  if (token === undefined) return { kind: "term", typed: "", at: here };
  const isInside = offset <= token.at.to;
  const inList = token.inList && token.kind !== "close";
  if (!isInside && !inList) return { kind: "term", typed: "", at: here };
  const typed = isInside ? typedOf(text, token, offset) : "";
  switch (token.kind) {
    case "text":
      if (token.isQuoted) return isClosed(text, token, offset) ? term("", here) : { kind: "text" };
      return term(typed, token.at);
    case "and":
    case "or":
    case "not":
      if (inList) return value(tokens, index, "", here);
      return term(
        token.kind === "not" && token.text === "-" ? "" : typed,
        token.text === "-" ? here : token.at,
      );
    case "field":
      return offset === token.at.to ? value(tokens, index, "", here) : term(typed, token.at);
    case "value":
    case "star":
      return isInside ? value(tokens, index, typed, token.at) : value(tokens, index, "", here);
    case "operator":
    case "comma":
      return value(tokens, index, "", here);
    case "open":
      return inList ? value(tokens, index, "", here) : term("", here);
    case "close":
      return term("", here);
  }
}

function term(typed: string, at: Place): SearchCursor {
  return { kind: "term", typed, at };
}

function value(
  tokens: readonly SearchToken[],
  index: number,
  typed: string,
  at: Place,
): SearchCursor {
  const before = tokens.slice(0, index + 1);
  const field = before.findLast(({ kind }) => kind === "field");
  if (field === undefined) return term(typed, at);
  const isCompared = before.at(-1)?.kind === "operator" || before.at(-2)?.kind === "operator";
  const inList = tokens[index]!.inList;
  return { kind: "value", field: field.text, typed, at, isCompared, inList };
}

function typedOf(text: string, token: SearchToken, offset: number): string {
  const start = token.isQuoted ? token.at.from + 1 : token.at.from;
  const end = token.isQuoted && isClosed(text, token, offset) ? offset - 1 : offset;
  return text.slice(start, Math.max(start, end)).replaceAll(/\\(["\\])/g, "$1");
}

/** Whether the cursor is behind the quote that ends the token. */
function isClosed(text: string, { at }: SearchToken, offset: number): boolean {
  return offset === at.to && at.to - at.from > 1 && text[at.to - 1] === '"';
}
