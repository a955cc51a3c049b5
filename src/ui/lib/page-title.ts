import { useEffect, useSyncExternalStore } from "react";

let ownTitle: string | undefined;
const listeners = new Set<() => void>();

/**
 * Names the page in the browser's tab, where its entry in the navigation does not say enough: the name of a
 * service, the root of a trace. Undefined while it is not known yet. Text from outside is given as
 * `visible()` makes it.
 */
export function usePageTitle(title: string | undefined): void {
  useEffect(() => {
    tell(title);
    return () => tell(undefined);
  }, [title]);
}

/** What the page that is shown called itself; undefined where it did not. */
export function useOwnTitle(): string | undefined {
  return useSyncExternalStore(subscribe, () => ownTitle);
}

function tell(title: string | undefined): void {
  ownTitle = title;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
