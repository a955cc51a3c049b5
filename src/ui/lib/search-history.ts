import { readStored, writeStored } from "./stored.ts";

/** Searches that are remembered for each kind of rows. */
export const SEARCHES_REMEMBERED_MAX = 20;
const CHARACTERS_MAX = 500;

/** What was searched for in this browser, the latest first. */
export function searchHistory(signal: string): readonly string[] {
  try {
    const kept: unknown = JSON.parse(readStored(keyOf(signal)) ?? "[]");
    if (!Array.isArray(kept)) return [];
    const texts = (kept as unknown[]).filter((one) => typeof one === "string");
    return texts.slice(0, SEARCHES_REMEMBERED_MAX);
  } catch {
    // Something else has written there.
    return [];
  }
}

/** Puts a search before the others; one that was there moves. */
export function rememberSearch(signal: string, q: string): void {
  if (q === "" || q.length > CHARACTERS_MAX) return;
  const others = searchHistory(signal).filter((one) => one !== q);
  const kept = [q, ...others].slice(0, SEARCHES_REMEMBERED_MAX);
  writeStored(keyOf(signal), JSON.stringify(kept));
}

function keyOf(signal: string): string {
  return `sightglass-searches-${signal}`;
}
