/** A use that the rules forbid and that is right all the same, with the reason why. */
export interface AllowedUse {
  readonly path: string;
  readonly use: string;
  readonly reason: string;
}

export const ALLOWED_USES: readonly AllowedUse[] = [
  {
    path: "src/core/clock.ts",
    use: "Date.now",
    reason: "The real clock, which is given to all else",
  },
  { path: "src/core/clock.ts", use: "performance.now", reason: "The real clock's other hand" },
  {
    path: "src/app/start-garbage.ts",
    use: "perf_hooks.performance",
    reason:
      "How busy the event loop is; the global one's type is the browser's, which has no such thing",
  },
];

/** Files of more than 500 lines that are one idea all the same: path, and the reason. */
export const LONG_FILES: Readonly<Record<string, string>> = {};

/** Folders of `src/` where any file may reach outside: the one door for it. */
export const DOORS: Readonly<Record<string, readonly string[]>> = {
  "process.env": ["src/config/", "src/app/"],
  // The command line speaks to a running server over HTTP.
  fetch: ["src/ui/lib/", "src/app/"],
  // The demo is a sender of telemetry. Whatever else goes to other hosts goes through the guarded way.
  "http.request": ["src/app/demo/", "src/pipeline/outbound/"],
  "https.request": ["src/app/demo/", "src/pipeline/outbound/"],
  "http2.connect": ["src/app/demo/", "src/pipeline/outbound/"],
  WebSocket: ["src/ui/lib/"],
  EventSource: ["src/ui/lib/"],
};
