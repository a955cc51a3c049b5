/** A piece of a configuration's text, and what it is. */
export interface Piece {
  readonly kind: "plain" | "key" | "string" | "number" | "comment" | "reference" | "mark";
  readonly text: string;
}

const PATTERN = new RegExp(
  [
    String.raw`(?<comment>(?<=^|\s)#.*$)`,
    String.raw`(?<reference>\$\{[^}\n]*\})`,
    String.raw`(?<key>(?:"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[\w$./-]+)(?=\s*:(?:\s|$)))`,
    String.raw`(?<string>"(?:[^"\\\n]|\\.)*"?|'[^'\n]*'?)`,
    String.raw`(?<number>(?<![\w.-])(?:-?\d+(?:\.\d+)?|true|false|null)(?![\w.-]))`,
    String.raw`(?<mark>[[\]{},]|^\s*-(?=\s)|:(?=\s|$))`,
  ].join("|"),
  "gm",
);

/**
 * The pieces of a text in YAML or JSON, for the eye: what is taken for what may be wrong where the text is
 * unusual, and all of the text is there in any case. Linear in the text.
 */
export function highlight(text: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(PATTERN)) {
    const { index, groups = {} } = match;
    const kind = Object.keys(groups).find((name) => groups[name] !== undefined);
    if (index > from) pieces.push({ kind: "plain", text: text.slice(from, index) });
    pieces.push({ kind: kind as Piece["kind"], text: match[0] });
    from = index + match[0].length;
  }
  if (from < text.length) pieces.push({ kind: "plain", text: text.slice(from) });
  return pieces;
}
