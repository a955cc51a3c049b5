import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";

/**
 * State that lives in the address, shown at once. Writing an address takes a while, and a key that repeats
 * is faster: without this each press would start from where the one before it had not yet arrived.
 * States are plain values, compared as JSON. `change` stays the same function; it is given the newest state.
 */
export function useAddressState<T>(
  address: T,
  write: (state: T) => void,
): readonly [T, (next: (now: T) => T) => void] {
  const [shown, setShown] = useState(address);
  const written = useRef<string[]>([]);
  const latest = useRef({ address, shown, write });
  // Before any other press: an effect that is run later would bring back what the press has changed.
  useLayoutEffect(() => {
    latest.current = { address, shown, write };
  });
  const addressText = JSON.stringify(address);
  useEffect(() => {
    const own = written.current.lastIndexOf(addressText);
    // What was not written here came from outside: a link, or the way back.
    if (own === -1) setShown(latest.current.address);
    written.current = own === -1 ? [] : written.current.slice(own + 1);
  }, [addressText]);
  const change = useCallback((next: (now: T) => T) => {
    const state = next(latest.current.shown);
    const text = JSON.stringify(state);
    if (text === JSON.stringify(latest.current.shown)) return;
    latest.current.shown = state;
    written.current.push(text);
    setShown(state);
    latest.current.write(state);
  }, []);
  return [shown, change];
}
