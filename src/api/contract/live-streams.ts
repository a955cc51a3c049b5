import {
  tailChanged,
  tailDropped,
  tailGap,
  tailHeartbeat,
  tailQuery,
  tailRow,
  tailStatus,
} from "./live.ts";
import type { StreamRoute } from "./route.ts";

/** What is told as it happens. */
export const LIVE_STREAMS = {
  tail: {
    path: "/api/v1/tail",
    tag: "Live",
    summary: "Rows, counts and changes as they happen, as server-sent events",
    description:
      "Rows come once they are acknowledged, before a query finds them. After a broken connection send the last `id` as `Last-Event-ID`: rows that came meanwhile follow, as far as they are kept, and `gap` says when some are missing. Nothing waits for a slow reader: what there is no room for is counted in `dropped`. Beyond 100 streams the answer is 429.",
    query: tailQuery,
    events: {
      row: tailRow,
      dropped: tailDropped,
      gap: tailGap,
      status: tailStatus,
      changed: tailChanged,
      heartbeat: tailHeartbeat,
    },
  },
} as const satisfies Record<string, StreamRoute>;
