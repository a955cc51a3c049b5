import { createContext, useContext } from "react";

/** Whether the page follows the data. The shell sets it, from `live=off` in the address. */
export const LiveContext = createContext(true);

export function useLive(): boolean {
  return useContext(LiveContext);
}
