/** A backslash that is escaped, or half a surrogate pair, which `JSON.stringify` escapes where it stands alone. */
const ESCAPED = /\\\\|\\ud[89a-f][0-9a-f]{2}/g;
/** Without it there is none: most texts are looked through once, for this alone. */
const BEGINNING = "\\ud";

/**
 * A value as JSON on one line, of whole characters: senders' JSON may have halves of surrogate pairs, at
 * which many parsers stop. Each becomes U+FFFD.
 *
 * @example wellFormedJson({ text: "\ud83d" }); // '{"text":"�"}'
 */
export function wellFormedJson(value: unknown): string {
  const json = JSON.stringify(value);
  if (!json.includes(BEGINNING)) return json;
  return json.replaceAll(ESCAPED, (found) => (found === "\\\\" ? found : "\ufffd"));
}
