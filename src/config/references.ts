/** The environment as it is given: a variable that is not set is undefined. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A reference in a text. */
export const REFERENCE = /\$\{(?<kind>env|file):(?<name>[^}]*)\}/g;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** The files that texts of `value` name as `${file:path}`. */
export function referencedFiles(value: unknown): Set<string> {
  const names = new Set<string>();
  const walk = (found: unknown): void => {
    if (typeof found === "string")
      for (const { groups } of found.matchAll(REFERENCE))
        if (groups!["kind"] === "file") names.add(groups!["name"]!);
    if (typeof found === "object" && found !== null)
      for (const item of Object.values(found)) walk(item);
  };
  walk(value);
  return names;
}

/** A tree of plain values in which every `${env:NAME}` and `${file:path}` was replaced. */
export interface Resolved {
  readonly value: unknown;
  /** Paths, joined by a NUL, of values that came from text and may stand for a number or a flag. */
  readonly fromText: ReadonlySet<string>;
  readonly missing: readonly MissingReference[];
}

export interface MissingReference {
  readonly path: readonly string[];
  /** As it is written: `${env:NAME}`. */
  readonly reference: string;
  readonly kind: "env" | "file";
}

/**
 * Replaces the references in every text of `value`; `files` has the contents of those that could be read.
 * What cannot be replaced is reported, all of it.
 */
export function resolveReferences(
  value: unknown,
  environment: Environment,
  files: ReadonlyMap<string, string>,
): Resolved {
  const fromText = new Set<string>();
  const missing: MissingReference[] = [];

  const lookUp = (kind: "env" | "file", name: string): string | undefined => {
    if (kind === "file") return files.get(name);
    return VARIABLE.test(name) ? environment[name] : undefined;
  };

  const text = (found: string, path: string[]): string => {
    return found.replace(REFERENCE, (reference, kind: "env" | "file", name: string) => {
      fromText.add(path.join("\0"));
      const replacement = lookUp(kind, name);
      if (replacement !== undefined) return replacement;
      missing.push({ path, reference, kind });
      return reference;
    });
  };

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

  return { value: walk(value, []), fromText, missing };
}

/** What `text` stands for when a number or a flag is expected; undefined when it can only be text. */
export function scalarOf(text: string): number | boolean | undefined {
  if (text === "true") return true;
  if (text === "false") return false;
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  return undefined;
}
