const QUOTE = '"';

/**
 * The fields of the CSV record that begins at `from` (RFC 4180): fields in double quotes may hold separators,
 * line ends and doubled quotes. A quote inside a field that does not begin with one is a character like any other.
 *
 * @param separator One character.
 * @returns The fields, and where the next record begins; undefined where a quoted field does not end or is
 *   followed by anything but a separator or a line end.
 */
export function readCsvRecord(
  text: string,
  from: number,
  separator = ",",
): { readonly fields: string[]; readonly next: number } | undefined {
  const fields: string[] = [];
  let at = from;
  for (;;) {
    const field = text[at] === QUOTE ? quotedField(text, at) : plainField(text, at, separator);
    if (field === undefined) return undefined;
    fields.push(field.value);
    at = field.end;
    if (text[at] === separator) {
      at++;
      continue;
    }
    const lineEnd = text.startsWith("\r\n", at) ? 2 : 1;
    if (at >= text.length) return { fields, next: text.length };
    if (text[at] === "\n" || lineEnd === 2) return { fields, next: at + lineEnd };
    return undefined;
  }
}

interface Field {
  readonly value: string;
  /** Where what is after it begins. */
  readonly end: number;
}

function quotedField(text: string, from: number): Field | undefined {
  let at = from + 1;
  for (;;) {
    const end = text.indexOf(QUOTE, at);
    if (end < 0) return undefined;
    if (text[end + 1] !== QUOTE)
      return { value: text.slice(from + 1, end).replaceAll('""', QUOTE), end: end + 1 };
    at = end + 2;
  }
}

function plainField(text: string, from: number, separator: string): Field {
  let end = from;
  while (end < text.length && text[end] !== separator && text[end] !== "\n") end++;
  // The carriage return of a line end is no part of the field.
  if (text[end] === "\n" && end > from && text[end - 1] === "\r") end--;
  return { value: text.slice(from, end), end };
}
