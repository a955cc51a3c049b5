/** What the browser would not keep: it lasts as long as the page, and undefined stands for what was taken out. */
const held = new Map<string, string | undefined>();

/** What was kept for the reader under `key`; undefined where there is nothing. */
export function readStored(key: string): string | undefined {
  if (held.has(key)) return held.get(key);
  try {
    return localStorage.getItem(key) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Keeps `value` in this browser, or takes it out where it is undefined. Says whether it outlives the page. */
export function writeStored(key: string, value: string | undefined): boolean {
  try {
    if (value === undefined) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
    held.delete(key);
    return true;
  } catch {
    // Storage is forbidden, or full.
    held.set(key, value);
    return false;
  }
}
