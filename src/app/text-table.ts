/** A text without control characters, which could act on a terminal. */
export function terminalText(text: string): string {
  return text.replace(
    // oxlint-disable-next-line no-control-regex -- control characters are what is replaced here
    /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    "\ufffd",
  );
}

/** Rows as text columns, two spaces apart, numbers to the right. The first row is the header. */
export function textTable(rows: readonly (readonly (string | number)[])[]): string {
  const texts = rows.map((row) => row.map((value) => terminalText(String(value))));
  const widths = (texts[0] ?? []).map((_, column) =>
    Math.max(...texts.map((row) => (row[column] ?? "").length)),
  );
  const isNumber = widths.map((_, column) =>
    rows.slice(1).every((row) => typeof row[column] === "number"),
  );
  return texts
    .map((row) =>
      row
        .map((text, column) =>
          isNumber[column] === true ? text.padStart(widths[column]!) : text.padEnd(widths[column]!),
        )
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
