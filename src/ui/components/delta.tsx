import type { Change } from "../lib/change.ts";

const TONES = { worse: "font-medium text-bad", better: "text-good", none: "text-faint" } as const;
const ARROWS = { up: "▲", down: "▼", none: "" } as const;

/**
 * How a figure has changed against the range before, in a few characters; what it was stands in the tooltip.
 * What is worse also says so in words. `isNew`: there was nothing before.
 */
export function Delta({ change, isNew = false }: { change: Change | undefined; isNew?: boolean }) {
  if (isNew) {
    return (
      <span title="Nothing in the equal range before" className="text-faint">
        new
      </span>
    );
  }
  if (change === undefined || change.direction === "none") return null;
  const { text, tone, direction, before } = change;
  const isMarked = tone !== "none";
  return (
    <span
      title={`${before} in the equal range before`}
      className={`whitespace-nowrap ${TONES[tone]}`}
    >
      {isMarked ? (
        <>
          <span aria-hidden="true" className="mr-0.5 text-[0.75em]">
            {ARROWS[direction]}
          </span>
          <span className="sr-only">{tone}: </span>
        </>
      ) : null}
      {text}
    </span>
  );
}
