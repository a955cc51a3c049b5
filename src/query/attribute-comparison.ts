import type { FieldOperator } from "#core/search/search-node.ts";
import { equalTexts, searchNumber } from "#core/search/search-values.ts";
import { type Fragment, join, literal, sql } from "#store/sql.ts";

/** An attribute's condition in a search: numbers compare as numbers, texts exactly as they are written. */
export interface AttributeComparison {
  readonly key: string;
  readonly operator: FieldOperator;
  readonly values: readonly string[];
}

/** Condition, never NULL, that the map in `column` has the attribute, and with such a value. */
export function comparesIn(column: Fragment, comparison: AttributeComparison): Fragment {
  const { operator, values } = comparison;
  const key = literal.string(comparison.key);
  const item = sql`${column}[${key}]`;
  const isThere = sql`mapContains(${column}, ${key})`;
  if (operator === "exists") return isThere;
  if (operator !== "=" && operator !== "^=") return comparesNumber(item, operator, values[0]!);
  const holds = operator === "=" ? isOneOf(item, exactTexts(comparison)) : beginsWith(item, values);
  // The engine gives an absent key the empty text.
  return values.includes("") ? sql`(${isThere} AND ${holds})` : holds;
}

/** The texts of which the attribute has one; none where that is not what is asked. */
export function exactTexts({ operator, values }: AttributeComparison): readonly string[] {
  return operator === "=" ? values.flatMap(equalTexts) : [];
}

/** Condition that `item` is one of the texts. */
export function isOneOf(item: Fragment, texts: readonly string[]): Fragment {
  if (texts.length === 1) return sql`${item} = ${literal.string(texts[0]!)}`;
  return sql`${item} IN (${join(texts.map(literal.string), ", ")})`;
}

/** Condition that `item` begins with one of the texts. */
export function beginsWith(item: Fragment, texts: readonly string[]): Fragment {
  const each = texts.map((text) => sql`startsWith(${item}, ${literal.string(text)})`);
  return each.length === 1 ? each[0]! : sql`(${join(each, " OR ")})`;
}

const COMPARES = { ">": sql`>`, ">=": sql`>=`, "<": sql`<`, "<=": sql`<=` } as const;

/** The operator that stands between two numbers. */
export function comparison(operator: keyof typeof COMPARES): Fragment {
  return COMPARES[operator];
}

function comparesNumber(item: Fragment, operator: keyof typeof COMPARES, value: string): Fragment {
  // A value that is no number is NULL, which would be left out of what is not so, too.
  const number = literal.float(searchNumber(value) ?? Number.NaN);
  const found = sql`toFloat64OrNull(${item})`;
  return sql`ifNull(isFinite(${found}) AND ${found} ${comparison(operator)} ${number}, false)`;
}
