import { parseSearch } from "#core/search/parse-search.ts";
import type { SearchError, SearchNode, SearchSignal } from "#core/search/search-node.ts";
import { InvalidRequest } from "./invalid-request.ts";

const FOUND_CHARACTERS_MAX = 100;

/**
 * The search of the parameter `q`; undefined, which finds everything, where it is left out.
 *
 * @throws InvalidRequest That says of each fault where in the text it stands.
 */
export function searchOf(q: string | undefined, signal: SearchSignal): SearchNode | undefined {
  const text = q ?? "";
  const parsed = parseSearch(text, signal);
  if (parsed.ok) return parsed.search;
  throw invalidSearch(text, parsed.errors);
}

/** What is said of a text of the parameter `q` that is no search: of each fault where it stands. */
export function invalidSearch(text: string, errors: readonly SearchError[]): InvalidRequest {
  return new InvalidRequest(
    errors.map(({ message, at }) => {
      const found = text.slice(at.from, Math.min(at.to, at.from + FOUND_CHARACTERS_MAX));
      return { where: "q", found: JSON.stringify(found.toWellFormed()), allowed: message, at };
    }),
  );
}
