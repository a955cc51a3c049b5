import { ATTRIBUTE_PREFIX, searchField } from "./search-fields.ts";
import type { FieldNode, SearchNode } from "./search-node.ts";

/** A search as text, such that parsing it gives the same search again; nothing for undefined. */
export function formatSearch(search: SearchNode | undefined): string {
  if (search === undefined) return "";
  switch (search.kind) {
    case "or":
      return search.parts.map(formatSearch).join(" OR ");
    case "and":
      return search.parts
        .map((part) => (part.kind === "or" ? `(${formatSearch(part)})` : formatSearch(part)))
        .join(" ");
    case "not": {
      const { kind } = search.part;
      const part = formatSearch(search.part);
      return kind === "and" || kind === "or" ? `-(${part})` : `-${part}`;
    }
    case "text":
      return search.isPhrase ? quoted(search.text) : search.text;
    case "field":
      return formatField(search);
  }
}

function formatField({ field, isAttribute, operator, values }: FieldNode): string {
  const name = isAttribute ? attributeName(field) : field;
  if (operator === "exists") return `${name}:*`;
  const texts = values.map((value) => formatValue(value));
  if (operator !== "=" && operator !== "^=") return `${name}:${operator}${texts[0]}`;
  const shown = operator === "=" ? texts : texts.map((text) => `${text}*`);
  return shown.length === 1 ? `${name}:${shown[0]}` : `${name}:(${shown.join(" OR ")})`;
}

const PLAIN_NAME = /^[A-Za-z_@$/][\w.@$/-]*$/;

/** The key of an attribute as it must be written before a colon. */
export function attributeName(key: string): string {
  const isTaken = searchField(key) !== undefined || key.startsWith(ATTRIBUTE_PREFIX);
  const name = isTaken ? ATTRIBUTE_PREFIX + key : key;
  return PLAIN_NAME.test(name) ? name : quoted(name);
}

/** A value as it must be written behind a field; in quotes where anything in it has a meaning. */
export function formatValue(value: string): string {
  const isPlain = /^[^\s"(),*<>][^\s"(),*]*$/.test(value) && value !== "OR" && !isRange(value);
  return isPlain ? value : quoted(value);
}

function isRange(value: string): boolean {
  return value.includes("..");
}

function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}
