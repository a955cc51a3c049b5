import { createContext, useContext, useSyncExternalStore } from "react";
import { liveStream, type LiveState } from "./live-stream.ts";

/** Whether the page follows the data. The shell sets it, from `live=off` in the address. */
export const LiveContext = createContext(true);

export function useLive(): boolean {
  return useContext(LiveContext);
}

/** How the page follows the data at the moment. */
export function useLiveState(): LiveState {
  return useSyncExternalStore(liveStream.onState, liveStream.getState);
}

/** Whether the server tells of changes, so that nothing has to be asked for at an interval. */
export function useIsPushed(): boolean {
  return useLiveState() === "pushed";
}
