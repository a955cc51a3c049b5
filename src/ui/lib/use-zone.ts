import { createContext, useContext } from "react";
import type { Zone } from "./zone.ts";

/** The zone that the page shows its times in. The shell sets it, from `zone` in the address. */
export const ZoneContext = createContext<Zone>(undefined);

/** The zone of the page, for the functions of time.ts; undefined is the browser's own. */
export function useZone(): Zone {
  return useContext(ZoneContext);
}
