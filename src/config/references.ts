/** The environment as it is given: a variable that is not set is undefined. */
export type Environment = Readonly<Record<string, string | undefined>>;

const REFERENCE = /\$\{env:(?<name>[^}]*)\}/g;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** A tree of plain values in which every `${env:NAME}` was replaced. */
export interface Resolved {
  readonly value: unknown;
  /** Paths, joined by a NUL, of values that came from text and may stand for a number or a flag. */
  readonly fromText: ReadonlySet<string>;
  readonly missing: readonly { readonly path: readonly string[]; readonly name: string }[];
}

/** Replaces `${env:NAME}` in every text of `value`. Names that are not set are reported, all of them. */
export function resolveReferences(value: unknown, environment: Environment): Resolved {
  const fromText = new Set<string>();
  const missing: { path: string[]; name: string }[] = [];

  const text = (found: string, path: string[]): string => {
    if (!found.includes("${env:")) return found;
    fromText.add(path.join("\0"));
    return found.replace(REFERENCE, (whole, name: string) => {
      const replacement = VARIABLE.test(name) ? environment[name] : undefined;
      if (replacement !== undefined) return replacement;
      missing.push({ path, name });
      return whole;
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
