import { useEffect } from "react";
import { useLive } from "../../lib/live.ts";
import { liveStream } from "../../lib/live-stream.ts";
import { onToken } from "../../lib/token.ts";

/** Keeps the stream of events open while the page is live and looked at. Draws nothing. */
export function LiveConnection() {
  const isLive = useLive();
  useEffect(() => {
    liveStream.follow(isLive);
    return () => liveStream.follow(false);
  }, [isLive]);
  useEffect(() => {
    const look = (): void => liveStream.show(document.visibilityState !== "hidden");
    const nudge = (): void => liveStream.nudge();
    look();
    document.addEventListener("visibilitychange", look);
    window.addEventListener("online", nudge);
    const forget = onToken(nudge);
    return () => {
      document.removeEventListener("visibilitychange", look);
      window.removeEventListener("online", nudge);
      forget();
    };
  }, []);
  return null;
}
