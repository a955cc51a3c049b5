import type { CsvValue } from "./export.ts";
import { cut } from "./visible-text.ts";

/** Longer names are cut: file systems take 255 bytes, with the ending. */
const NAME_CHARACTERS_MAX = 80;

/** A name for a file from a title: `traces: cart` is `traces-cart`; never empty. */
export function fileName(title: string): string {
  const name = title
    .normalize("NFKC")
    .replaceAll(/[^\p{L}\p{N}._-]+/gu, "-")
    .replaceAll(/^[-.]+|[-.]+$/g, "");
  return cut(name, NAME_CHARACTERS_MAX) || "sightglass";
}

/** Rows as RFC 4180 has them, with a heading and CRLF after each line. */
export function csvText(
  columns: readonly string[],
  rows: readonly (readonly CsvValue[])[],
): string {
  return [columns, ...rows].map((row) => `${row.map(csvCell).join(",")}\r\n`).join("");
}

/**
 * Spreadsheets run a cell that begins so, whatever quotes stand around it; what blanks they drop before it
 * counts too. Numbers of ours are no texts and stay numbers.
 */
const FORMULA = /^[\s\p{Cf}]*[=+\-@|%＝＋－＠]|^[\t\r\n]/u;

function csvCell(value: CsvValue): string {
  if (value === null || value === undefined) return "";
  if (typeof value !== "string") return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
