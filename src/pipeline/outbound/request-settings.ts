import { z } from "zod";

/** The longest that rows may wait for others. */
const FLUSH_INTERVAL_MS_MAX = 3_600_000;

/** `timeout` and `bufferSize` of a destination that sends rows in requests, to be spread among its settings. */
export const REQUEST_SETTINGS = {
  timeout: z.int().min(100).max(300_000).default(30_000).describe("How long a request may take."),
  bufferSize: z.int().min(1).max(10_000).default(1_000).describe("Rows that are sent at once."),
};

/** A destination's `flushInterval`: milliseconds that rows wait, so that more of them go together. */
export function flushInterval(
  defaultMs: number,
  description = "How long rows wait for others to be sent with.",
) {
  return z.int().min(0).max(FLUSH_INTERVAL_MS_MAX).default(defaultMs).describe(description);
}
