/**
 * A source with one entry more in the object that the constant `name` is, in the order of the keys.
 *
 * @throws Error when there is no such constant, or it has the key already.
 */
export function withEntry(source: string, name: string, key: string, value: string): string {
  const match = new RegExp(
    `(?<head>\\nconst ${name}\\b[^=]*= \\{\\n)(?<body>[^]*?)(?<tail>\\n\\};\\n)`,
  ).exec(source);
  const { head, body, tail } = match?.groups ?? {};
  if (match === null || head === undefined || body === undefined || tail === undefined)
    throw new Error(`there is no object ${name}`);
  // An entry begins with two blanks and its key; what is deeper belongs to it.
  const entries = body.split(/\n(?= {2}\w+:)/);
  const keyOf = (entry: string): string => /^ {2}(?<key>\w+):/.exec(entry)?.groups?.["key"] ?? "";
  if (entries.some((entry) => keyOf(entry) === key)) throw new Error(`${name} has ${key} already`);
  const place = entries.findIndex((entry) => keyOf(entry) > key);
  entries.splice(place < 0 ? entries.length : place, 0, `  ${key}: ${value},`);
  const before = source.slice(0, match.index);
  const after = source.slice(match.index + match[0].length);
  return `${before}${head}${entries.join("\n")}${tail}${after}`;
}
