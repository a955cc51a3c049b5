import type { Document, LineCounter } from "yaml";
import { ConfigError, type ConfigProblem } from "./problems.ts";

/** A configuration file as a plain value, which knows the line of each of its settings. */
export interface ConfigDocument {
  readonly value: unknown;
  /** `sightglass.yaml:12` for the setting at `path`, or for the nearest section that is there. */
  where(path: readonly PropertyKey[]): string;
}

/**
 * Reads YAML, or JSON, which is YAML too. `name` is how messages call the file.
 * The parser is loaded only here, since most starts have no file.
 *
 * @throws ConfigError with the line of each syntax error.
 */
export async function parseDocument(text: string, name: string): Promise<ConfigDocument> {
  const { LineCounter, parseDocument: parseYaml } = await import("yaml");
  const lines = new LineCounter();
  const document = parseYaml(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const problems = [...document.errors, ...document.warnings].map(
    ({ message, pos }): ConfigProblem => ({
      where: `${name}:${lines.linePos(pos[0]).line}`,
      path: "",
      found: message,
      allowed: "valid YAML or JSON",
    }),
  );
  if (problems.length > 0) throw new ConfigError(problems);
  return { value: toValue(document, name), where: (path) => whereIs(document, lines, name, path) };
}

function toValue(document: Document.Parsed, name: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    const reason = error instanceof Error ? error.message : "aliases that cannot be resolved";
    throw new ConfigError([
      { where: name, path: "", found: reason, allowed: "valid YAML or JSON" },
    ]);
  }
}

function whereIs(
  document: Document.Parsed,
  lines: LineCounter,
  name: string,
  path: readonly PropertyKey[],
): string {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (hasRange(node)) return `${name}:${lines.linePos(node.range[0]).line}`;
  }
  return name;
}

function hasRange(node: unknown): node is { range: [number, number, number] } {
  return typeof node === "object" && node !== null && "range" in node && Array.isArray(node.range);
}
