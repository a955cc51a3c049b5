/** The bearer token of this tab: kept by the tab only, and gone when it closes. */
const KEY = "sightglass.token";
let held: string | undefined;
const listeners = new Set<() => void>();

export function token(): string | undefined {
  if (held === undefined) {
    try {
      held = sessionStorage.getItem(KEY) ?? undefined;
    } catch {
      // Storage is forbidden here: the token is asked for again after a reload.
    }
  }
  return held;
}

/** Tells the listener when another token is held, until what it returns is called. */
export function onToken(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

export function holdToken(value: string): void {
  held = value;
  try {
    sessionStorage.setItem(KEY, value);
  } catch {
    // As above.
  }
  for (const listener of listeners) listener();
}
