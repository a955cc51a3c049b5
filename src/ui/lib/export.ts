import { csvText, fileName } from "./export-text.ts";

/**
 * Saves rows as `name.csv`: comma-separated with a heading, UTF-8. A text that a spreadsheet would run as a
 * formula is saved so that it is only shown.
 *
 * @example
 * saveCsv("slow-traces", ["trace", "duration_ms"], traces.map((one) => [one.traceId, one.durationMs]));
 */
export function saveCsv(
  name: string,
  columns: readonly string[],
  rows: readonly (readonly CsvValue[])[],
): void {
  save(`${fileName(name)}.csv`, new Blob([csvText(columns, rows)], { type: "text/csv" }));
}

export type CsvValue = string | number | boolean | null | undefined;

/** Saves a value as `name.json`, indented. */
export function saveJson(name: string, value: unknown): void {
  const text = `${JSON.stringify(value, undefined, 2)}\n`;
  save(`${fileName(name)}.json`, new Blob([text], { type: "application/json" }));
}

/**
 * Saves what a canvas shows as `name.png`.
 *
 * @throws Error Where the browser makes no picture of it: it is empty, or too large.
 */
export async function savePng(name: string, canvas: HTMLCanvasElement): Promise<void> {
  const picture = await new Promise<Blob | null>((resolve) => {
    canvas.toBlob(resolve, "image/png");
  });
  if (picture === null) throw new Error("The browser could make no picture of it");
  save(`${fileName(name)}.png`, picture);
}

/** The browser has read the address long before. */
const FORGOTTEN_MS = 60_000;

function save(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), FORGOTTEN_MS);
}
