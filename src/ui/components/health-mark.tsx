import { type Health, HEALTH_WORDS } from "../lib/service-health.ts";

const LOOKS: Readonly<Record<Health, string>> = {
  good: "text-good",
  degraded: "text-warn",
  failing: "text-bad",
  silent: "text-faint",
};

/** How a service does: a shape of its own for each health, in its colour, and words for who sees neither. */
export function HealthMark({
  health,
  className = "size-3.5",
}: {
  health: Health;
  className?: string;
}) {
  return (
    <span title={HEALTH_WORDS[health]} className={`inline-flex shrink-0 ${LOOKS[health]}`}>
      <svg
        viewBox="0 0 16 16"
        aria-hidden="true"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.6"
        strokeLinecap="round"
        strokeLinejoin="round"
        className={className}
      >
        <Shape health={health} />
      </svg>
      <span className="sr-only">{HEALTH_WORDS[health]}</span>
    </span>
  );
}

/** A ticked circle, a triangle, an octagon, an empty circle: told apart without colour. */
function Shape({ health }: { health: Health }) {
  switch (health) {
    case "good":
      return (
        <>
          <circle cx="8" cy="8" r="6" />
          <path d="m5.4 8.2 1.8 1.8 3.4-3.8" />
        </>
      );
    case "degraded":
      return (
        <>
          <path d="M8 2.2 14.3 13.3H1.7Z" />
          <path d="M8 6.5v3M8 11.4v.1" />
        </>
      );
    case "failing":
      return (
        <>
          <path d="M5.4 1.8h5.2l3.6 3.6v5.2l-3.6 3.6H5.4l-3.6-3.6V5.4Z" fill="currentColor" />
          <path d="M8 4.8v3.7M8 11.1v.1" stroke="var(--surface)" />
        </>
      );
    case "silent":
      return <circle cx="8" cy="8" r="5" strokeDasharray="2 2.4" />;
  }
}
