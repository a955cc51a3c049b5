import { formatSearch } from "#core/search/format-search.ts";
import { combined, parseSearch } from "#core/search/parse-search.ts";
import { searchField } from "#core/search/search-fields.ts";
import type { FieldNode, SearchNode } from "#core/search/search-node.ts";

export interface TermOptions {
  /** Excludes what has the value. */
  readonly isNot?: boolean;
  /** Added to the values of the field that are there, any of which may hold; else it takes their place. */
  readonly isAny?: boolean;
  /** The field is the key of an attribute, even where a field has that name. */
  readonly isAttribute?: boolean;
}

/**
 * The search with one more term, as a click on a value adds it. A term that is there already stays once; its
 * opposite goes. A search that cannot be read keeps its words, with the term behind them.
 *
 * @example withTerm("status:error", "service", "cart") // "status:error service:cart"
 */
export function withTerm(
  q: string,
  field: string,
  value: string,
  options: TermOptions = {},
): string {
  const term = termOf(field, value, options);
  const parsed = parseSearch(q);
  if (!parsed.ok) return `${q.trimEnd()} ${formatSearch(term)}`.trimStart();
  const parts = partsOf(parsed.search);
  const own = parts.find((part) => isOfField(part, fieldOf(term)));
  if (options.isNot !== true && options.isAny === true && own?.kind === "field") {
    const values = own.values.includes(value) ? own.values : [...own.values, value];
    return formatParts(parts.map((part) => (part === own ? { ...own, values } : part)));
  }
  const rest = parts.filter(
    (part) =>
      !isSame(part, term) &&
      !isSame(part, opposite(term)) &&
      (options.isNot === true || !isOfField(part, fieldOf(term))),
  );
  return formatParts([...rest, term]);
}

/** The search without a value: the others of its field stay. */
export function withoutTerm(
  q: string,
  field: string,
  value: string,
  options: TermOptions = {},
): string {
  const parsed = parseSearch(q);
  if (!parsed.ok) return q;
  const term = termOf(field, value, options);
  const parts = partsOf(parsed.search).flatMap((part): SearchNode[] => {
    if (isSame(part, term)) return [];
    if (part.kind !== "field" || !isOfField(part, fieldOf(term))) return [part];
    const values = part.values.filter((one) => one !== value);
    return values.length === 0 ? [] : [{ ...part, values }];
  });
  return formatParts(parts);
}

/** What a search says of a value by a term of its own: that it must be, or must not be. */
export function termState(
  q: string,
  field: string,
  value: string,
  options: TermOptions = {},
): "in" | "out" | undefined {
  const parsed = parseSearch(q);
  if (!parsed.ok) return undefined;
  const term = termOf(field, value, options);
  const parts = partsOf(parsed.search);
  if (parts.some((part) => isSame(part, opposite(term)))) return "out";
  const isIn = parts.some(
    (part) =>
      part.kind === "field" && isOfField(part, fieldOf(term)) && part.values.includes(value),
  );
  return isIn ? "in" : undefined;
}

function termOf(field: string, value: string, { isNot, isAttribute }: TermOptions): SearchNode {
  const known = isAttribute === true ? undefined : searchField(field);
  const node: FieldNode = {
    kind: "field",
    field: known?.name ?? field,
    isAttribute: known === undefined,
    operator: "=",
    values: [value],
    at: { from: 0, to: 0 },
  };
  return isNot === true ? { kind: "not", part: node } : node;
}

function fieldOf(term: SearchNode): FieldNode {
  return (term.kind === "not" ? term.part : term) as FieldNode;
}

function opposite(term: SearchNode): SearchNode {
  return term.kind === "not" ? term.part : { kind: "not", part: term };
}

function partsOf(search: SearchNode | undefined): readonly SearchNode[] {
  if (search === undefined) return [];
  return search.kind === "and" ? search.parts : [search];
}

function formatParts(parts: readonly SearchNode[]): string {
  return formatSearch(combined("and", parts));
}

/** A condition that the field has one of some values. */
function isOfField(part: SearchNode, { field, isAttribute }: FieldNode): boolean {
  return (
    part.kind === "field" &&
    part.operator === "=" &&
    part.field === field &&
    part.isAttribute === isAttribute
  );
}

function isSame(a: SearchNode, b: SearchNode): boolean {
  return formatSearch(a) === formatSearch(b);
}
