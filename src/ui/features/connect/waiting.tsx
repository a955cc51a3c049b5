import type { ReactNode } from "react";
import { useLive } from "../../lib/live.ts";

/** The page before anything was sent: what works, ready to paste. It goes when the first data arrives. */
export function Waiting(props: {
  /** "Waiting for first data" when left out. */
  title?: string;
  /** What the snippet for curl sends: "trace" when left out. */
  what?: string;
  children: ReactNode;
}) {
  const { title = "Waiting for first data", what = "trace", children } = props;
  return (
    <section
      aria-labelledby="waiting"
      className="grid overflow-clip rounded-lg border border-line bg-surface lg:grid-cols-[2fr_3fr]"
    >
      <div className="flex flex-col justify-center gap-3 border-line p-5 max-lg:border-b sm:p-8 lg:border-r">
        <Listening />
        <h2 id="waiting" className="text-xl font-semibold tracking-tight text-balance">
          {title}
        </h2>
        <p className="max-w-prose text-muted">
          Anything that speaks OpenTelemetry can send here. Paste the curl snippet into a terminal
          to see a first {what}, or start your application with one of the others. This page fills
          by itself.
        </p>
      </div>
      <div className="min-w-0">{children}</div>
    </section>
  );
}

/** A level that moves in its glass; still when the page is paused, and where less motion is wanted. */
function Listening() {
  const live = useLive();
  return (
    <svg viewBox="0 0 64 64" aria-hidden="true" className="size-14 text-accent">
      <clipPath id="glass">
        <circle cx="32" cy="32" r="25" />
      </clipPath>
      <g clipPath="url(#glass)">
        <path
          className={live ? "animate-[level_4s_linear_infinite]" : ""}
          d="M-64 38c8-6 16-6 24 0s16 6 24 0 16-6 24 0 16 6 24 0 16-6 24 0 16 6 24 0 16-6 24 0v40H-64Z"
          fill="currentColor"
          opacity="0.85"
        />
      </g>
      <circle cx="32" cy="32" r="28" fill="none" stroke="currentColor" strokeWidth="3" />
    </svg>
  );
}
