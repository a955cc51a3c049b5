/** The environment as it is given: a variable that is not set is undefined. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What `${` may be in a text: a reference, a name that says not what it is a name of, or neither; with one
 * more dollar before it, it is a text like any other.
 */
const BRACE = /\$\$\{|\$\{(?:(?<kind>env|file):(?<name>[^}]*)\}|[A-Za-z_]\w*\})?/g;
const ESCAPED = "$${";
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** A reference in a text. */
export interface Reference {
  /** As it is written: `${env:NAME}`. */
  readonly written: string;
  readonly index: number;
  readonly kind: "env" | "file";
  readonly name: string;
}

/** The references in a text, in their order. */
export function referencesIn(text: string): Reference[] {
  return [...text.matchAll(BRACE)].flatMap(({ 0: written, index, groups }) => {
    const { kind, name } = groups as { kind?: Reference["kind"]; name?: string };
    return kind === undefined || name === undefined ? [] : [{ written, index, kind, name }];
  });
}

/** The files that texts of `value` name as `${file:path}`. */
export function referencedFiles(value: unknown): Set<string> {
  const names = new Set<string>();
  const walk = (found: unknown): void => {
    if (typeof found === "string")
      for (const { kind, name } of referencesIn(found)) if (kind === "file") names.add(name);
    if (typeof found === "object" && found !== null)
      for (const item of Object.values(found)) walk(item);
  };
  walk(value);
  return names;
}

/** A tree of plain values with its `${env:NAME}` and `${file:path}` replaced, as far as they could be. */
export interface Resolved {
  readonly value: unknown;
  /** Paths, joined by a NUL, of values that came from text and may stand for a number or a flag. */
  readonly fromText: ReadonlySet<string>;
  readonly unresolved: readonly UnresolvedReference[];
}

/** What could not be replaced, and stays as it is. */
export interface UnresolvedReference {
  readonly path: readonly string[];
  /** As it is written: `${env:NAME}`; of what is no reference `${NAME}`, or only `${`. */
  readonly written: string;
  readonly kind: Reference["kind"] | "none";
}

/**
 * Replaces the references in every text of `value`, and `$${` by `${`; `files` has the contents of those
 * that could be read. What cannot be replaced is reported, all of it.
 */
export function resolveReferences(
  value: unknown,
  environment: Environment,
  files: ReadonlyMap<string, string>,
): Resolved {
  const fromText = new Set<string>();
  const unresolved: UnresolvedReference[] = [];

  const lookUp = (kind: string | undefined, name: string): string | undefined => {
    if (kind === "file") return files.get(name);
    return kind === "env" && VARIABLE.test(name) ? environment[name] : undefined;
  };

  const text = (found: string, path: string[]): string =>
    found.replace(BRACE, (written, kind: Reference["kind"] | undefined, name: string) => {
      if (written === ESCAPED) return ESCAPED.slice(1);
      if (kind !== undefined) fromText.add(path.join("\0"));
      const replacement = lookUp(kind, name);
      if (replacement !== undefined) return replacement;
      unresolved.push({ path, written, kind: kind ?? "none" });
      return written;
    });

  const walk = (found: unknown, path: string[]): unknown => {
    if (typeof found === "string") return text(found, path);
    if (Array.isArray(found))
      return found.map((item, index) => walk(item, [...path, String(index)]));
    // A section without content is null in YAML, and means its defaults.
    if (found === null) return undefined;
    if (typeof found !== "object") return found;
    const copy: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    for (const [key, item] of Object.entries(found)) copy[key] = walk(item, [...path, key]);
    return copy;
  };

  return { value: walk(value, []), fromText, unresolved };
}

/** What `text` stands for when a number or a flag is expected; undefined when it can only be text. */
export function scalarOf(text: string): number | boolean | undefined {
  if (text === "true") return true;
  if (text === "false") return false;
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  return undefined;
}
