/** What this tab keeps where the browser may not keep it: the choice then lasts as long as the page. */
const held = new Map<string, string>();

/** What was kept for the reader under `key`; undefined where there is nothing. */
export function readStored(key: string): string | undefined {
  try {
    return localStorage.getItem(key) ?? undefined;
  } catch {
    return held.get(key);
  }
}

/** Keeps `value` in this browser, or takes it out where it is undefined. Says whether it outlives the page. */
export function writeStored(key: string, value: string | undefined): boolean {
  if (value === undefined) held.delete(key);
  else held.set(key, value);
  try {
    if (value === undefined) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
    return true;
  } catch {
    // Storage is forbidden, or full.
    return false;
  }
}
