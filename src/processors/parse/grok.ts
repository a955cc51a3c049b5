import { GROK_PATTERNS } from "./grok-patterns.ts";
import type { ValueType } from "./typed-text.ts";

/** Definitions within each other; more is a definition that needs itself. */
const DEPTH_MAX = 24;
/** Characters of an expanded pattern: definitions that repeat each other grow fast. */
const CHARACTERS_MAX = 65_536;

const TYPES: Readonly<Record<string, ValueType>> = {
  int: "int",
  integer: "int",
  long: "int",
  float: "double",
  double: "double",
  number: "double",
  bool: "bool",
  boolean: "bool",
  string: "string",
};

/** `%{NAME}`, `%{NAME:field}` or `%{NAME:field:type}`; a field may be written `[a][b]`, which is `a.b`. */
const REFERENCE = /%\{([A-Za-z0-9_]+)(?::([A-Za-z0-9_@.[\]-]+))?(?::([a-z]+))?\}/g;

/** A group with a name of the pattern's own. */
const NAMED_GROUP = /\(\?P?<([A-Za-z_][A-Za-z0-9_]*)>/g;

/** What a group of a pattern is: the field that it fills, and the type that was written with it. */
export interface Capture {
  readonly field: string;
  readonly type: ValueType | undefined;
}

export interface ExpandedGrok {
  /** A regular expression of RE2. */
  readonly source: string;
  /** What its groups are, by their names in it. */
  readonly captures: ReadonlyMap<string, Capture>;
}

/**
 * Puts definitions in the place of their names: Logstash's grok
 * (https://www.elastic.co/docs/reference/logstash/plugins/plugins-filters-grok).
 *
 * @param definitions The user's own, which come before those of the library.
 * @throws RangeError when a name is not known, a type is none, or it grows without end.
 */
export function expandGrok(
  pattern: string,
  definitions: Readonly<Record<string, string>>,
): ExpandedGrok {
  const captures = new Map<string, Capture>();
  const open = (field: string, type: ValueType | undefined): string => {
    const name = `g${captures.size}`;
    captures.set(name, { field: dotted(field), type });
    return `(?P<${name}>`;
  };
  let characters = 0;
  const expand = (text: string, depth: number): string => {
    if (depth > DEPTH_MAX)
      throw new RangeError(`definitions are nested deeper than ${DEPTH_MAX}: one may need itself`);
    characters += text.length;
    if (characters > CHARACTERS_MAX)
      throw new RangeError(`the pattern has more than ${CHARACTERS_MAX} characters when expanded`);
    return text
      .replaceAll(NAMED_GROUP, (_, field: string) => `(?P<:${field}>`)
      .replaceAll(REFERENCE, (_, name: string, field?: string, type?: string) => {
        const inner = expand(definitionOf(name, definitions), depth + 1);
        if (field === undefined) return `(?:${inner})`;
        return `${open(field, typeOf(type, name))}${inner})`;
      });
  };
  const expanded = expand(pattern, 0);
  const stray = /%\{[^}]*\}?/.exec(expanded);
  if (stray !== null)
    throw new RangeError(
      `${stray[0]} is not of the form %{NAME}, %{NAME:field} or %{NAME:field:type}`,
    );
  const source = expanded.replaceAll(/\(\?P<:([A-Za-z0-9_]+)>/g, (_, field: string) =>
    open(field, undefined),
  );
  return { source, captures };
}

function definitionOf(name: string, own: Readonly<Record<string, string>>): string {
  const found = Object.hasOwn(own, name) ? own[name] : GROK_PATTERNS.get(name);
  if (found !== undefined) return found;
  throw new RangeError(
    `there is no grok pattern ${name}: definitions may add it; there are ${[...GROK_PATTERNS.keys()].join(", ")}`,
  );
}

function typeOf(type: string | undefined, name: string): ValueType | undefined {
  if (type === undefined) return undefined;
  const found = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
  if (found !== undefined) return found;
  throw new RangeError(`${type} of ${name} is no type: types are ${Object.keys(TYPES).join(", ")}`);
}

function dotted(field: string): string {
  return field.startsWith("[") ? field.slice(1).replaceAll("][", ".").replace(/\]$/, "") : field;
}
